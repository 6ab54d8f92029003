//! Auto traits of what functions return without naming it: futures and `impl Trait`.
//!
//! They follow from the body, so no signature shows them, and rustdoc doesn't either. The compiler
//! is asked: a scratch crate calls each such function and requires a trait of the result.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use rustdoc_types::{Function, GenericParamDefKind, Generics, Id, ItemEnum, Type};

use super::api::{Api, is_hidden, is_pub};
use super::{PackageFacts, Rustdoc, Subject, SurfaceError};
use crate::cargo::Invocation;
use crate::model::{Bump, Change};
use crate::sys::scratch::Scratch;
use crate::sys::{self, Program};

/// The auto traits of each opaque result, by the function's path.
pub(super) type Opaque = BTreeMap<String, BTreeSet<String>>;

/// Those that users rely on when they spawn or pin.
const TRAITS: [&str; 3] = ["Send", "Sync", "Unpin"];

/// A function whose result is asked about.
struct Candidate {
    path: String,
    inputs: usize,
}

/// Asks the compiler. Functions with type parameters can't be called without knowing what with,
/// and are left out.
pub(super) fn load_opaque(
    subject: &Subject,
    cargo: &Invocation,
    package: (&Utf8Path, &str),
    api: &Api,
    on_line: &mut dyn FnMut(&str),
) -> Result<Opaque, SurfaceError> {
    let mut candidates = candidates(api, has_no_types);
    if candidates.is_empty() {
        return Ok(Opaque::new());
    }
    let Some(library) = check(subject, cargo, package, &api.facts, on_line)? else {
        return Ok(Opaque::new());
    };
    for _ in 0..ATTEMPTS {
        let said = ask(cargo, &library, &candidates)?;
        if said.unknown.is_empty() {
            return Ok(said.answers(&candidates));
        }
        // An error of another kind may keep the compiler from looking for those that count.
        let mut nth = 0..candidates.len();
        candidates.retain(|_| nth.next().is_some_and(|nth| !said.unknown.contains(&nth)));
    }
    Ok(Opaque::new())
}

/// How often functions that can't be called so are left out before all are.
const ATTEMPTS: usize = 4;

/// What the compiler said.
#[derive(Default)]
struct Said {
    /// The lines whose trait is missing.
    lost: BTreeSet<usize>,
    /// The functions with other errors.
    unknown: BTreeSet<usize>,
}

fn ask(
    cargo: &Invocation,
    library: &Utf8Path,
    candidates: &[Candidate],
) -> Result<Said, SurfaceError> {
    let Some(first) = candidates.first() else {
        return Ok(Said::default());
    };
    let scratch = Scratch::new()?;
    let probe = scratch.path().join("probe.rs");
    sys::fs::write_scratch(&probe, source(candidates))?;
    let name = first.path.split("::").next().unwrap_or_default();
    let dependencies = library.parent().unwrap_or(Utf8Path::new("."));
    let output = Program::new("rustc")
        .dir(&cargo.dir)
        .args(["--edition=2024", "--crate-type=lib", "--crate-name=probe"])
        .args(["--emit=metadata", "--error-format=json", "-Awarnings"])
        .args(["--out-dir", scratch.path().as_str()])
        .args(["--extern", &format!("{name}={library}")])
        .arg(format!("-Ldependency={dependencies}"))
        .arg(probe.as_str())
        .run()?;
    Ok(Said::read(&output.stderr, candidates.len()))
}

/// The functions, on both sides, whose results the compiler was not asked about on either, or could
/// say nothing of.
pub(super) fn unasked(
    (before, old): (&Rustdoc, &Api),
    (after, new): (&Rustdoc, &Api),
) -> BTreeSet<String> {
    let paths = |api: &Api| -> BTreeSet<String> {
        let all = candidates(api, |_| true).into_iter();
        all.map(|candidate| candidate.path).collect()
    };
    let asked = |path: &String| before.opaque.contains_key(path) && after.opaque.contains_key(path);
    let mut both = &paths(old) & &paths(new);
    both.retain(|path| !asked(path));
    both
}

/// The functions with an opaque result whose own and whose type's generics `fit`.
fn candidates(api: &Api, fit: impl Fn(&Generics) -> bool) -> Vec<Candidate> {
    let mut candidates = BTreeMap::new();
    let mut add = |id: Id, path: String, function: &Function| {
        if is_opaque(function) && fit(&function.generics) {
            let inputs = function.sig.inputs.len();
            candidates.entry(id).or_insert(Candidate { path, inputs });
        }
    };
    for (key, entry) in api.entries.iter().filter(|(_, entry)| !entry.hidden) {
        let (generics, impls) = match api.item(entry.id).map(|item| &item.inner) {
            Some(ItemEnum::Function(function)) => {
                add(entry.id, key.path.clone(), function);
                continue;
            }
            Some(ItemEnum::Struct(of)) => (&of.generics, &of.impls),
            Some(ItemEnum::Enum(of)) => (&of.generics, &of.impls),
            Some(ItemEnum::Union(of)) => (&of.generics, &of.impls),
            _ => continue,
        };
        if !fit(generics) {
            continue;
        }
        for item in impls.iter().filter_map(|id| api.item(*id)) {
            let items = match &item.inner {
                ItemEnum::Impl(of) if of.trait_.is_none() => &of.items,
                _ => continue,
            };
            for item in items.iter().filter_map(|id| api.item(*id)) {
                if let (ItemEnum::Function(function), Some(name)) = (&item.inner, &item.name)
                    && is_pub(item)
                    && !is_hidden(item)
                {
                    add(item.id, format!("{}::{name}", key.path), function);
                }
            }
        }
    }
    candidates.into_values().collect()
}

fn has_no_types(generics: &Generics) -> bool {
    let mut params = generics.params.iter();
    params.all(|param| matches!(param.kind, GenericParamDefKind::Lifetime { .. }))
}

fn is_opaque(function: &Function) -> bool {
    let output = function.sig.output.as_ref();
    function.header.is_async || matches!(output, Some(Type::ImplTrait(_)))
}

/// The library's metadata, which a check leaves; none if it doesn't compile.
fn check(
    subject: &Subject,
    cargo: &Invocation,
    (dir, package): (&Utf8Path, &str),
    facts: &PackageFacts,
    on_line: &mut dyn FnMut(&str),
) -> Result<Option<Utf8PathBuf>, SurfaceError> {
    // The other side may be a package of the same name and version, and cargo would take its
    // build for this one's: a flag that was never given before makes it compile.
    let scratch = Scratch::new()?;
    let once = scratch.path().file_name().unwrap_or_default();
    let command = cargo
        .program("rustc")
        .args(["--profile", "check"])
        .args(["--manifest-path", dir.join("Cargo.toml").as_str()])
        .args(["--package", package, "--lib", "--message-format=json"])
        .args(subject.features.args(&facts.features))
        .args(["--", &format!("--cfg=quarry=\"{once}\"")]);
    let output = command.run_lines(on_line)?;
    let mut library = None;
    for message in Message::parse_stream(output.stdout.as_slice()).map_while(Result::ok) {
        if let Message::CompilerArtifact(artifact) = message
            && artifact.package_id.repr == package
        {
            let is_metadata = |path: &&Utf8PathBuf| path.extension() == Some("rmeta");
            library = artifact
                .filenames
                .iter()
                .find(is_metadata)
                .cloned()
                .or(library);
        }
    }
    Ok(library.filter(|_| output.success()))
}

/// A line for each function and trait, by which the compiler's errors tell them apart.
fn source(candidates: &[Candidate]) -> String {
    let mut text = String::new();
    for candidate in candidates {
        let args = vec!["todo!()"; candidate.inputs].join(", ");
        for required in TRAITS {
            let path = &candidate.path;
            let _ = writeln!(
                text,
                "const _: () = {{ fn is(_: impl {required}) {{}} fn f() {{ is(unsafe {{ {path}({args}) }}) }} }};"
            );
        }
    }
    text
}

impl Said {
    fn read(stderr: &[u8], candidates: usize) -> Self {
        let mut said = Self::default();
        let lines = stderr.split(|byte| *byte == b'\n');
        for diagnostic in lines.filter_map(|l| serde_json::from_slice::<Diagnostic>(l).ok()) {
            let is_error = matches!(
                diagnostic.level,
                DiagnosticLevel::Error | DiagnosticLevel::Ice
            );
            if !is_error || diagnostic.message.starts_with("aborting due to ") {
                continue;
            }
            let mut spans = diagnostic.spans.iter();
            let missing = ["cannot be sent", "cannot be shared", "cannot be unpinned"];
            match spans.find(|span| span.is_primary) {
                Some(span) if missing.iter().any(|text| diagnostic.message.contains(text)) => {
                    said.lost.insert(span.line_start - 1);
                }
                Some(span) => {
                    said.unknown.insert((span.line_start - 1) / TRAITS.len());
                }
                None => said.unknown.extend(0..candidates),
            }
        }
        said
    }

    fn answers(&self, candidates: &[Candidate]) -> Opaque {
        let candidates = candidates.iter().enumerate();
        candidates
            .map(|(nth, candidate)| {
                let has = |at: &usize| !self.lost.contains(&(nth * TRAITS.len() + at));
                let has = (0..TRAITS.len()).filter(has);
                let traits = has.map(|at| TRAITS[at].to_owned());
                (candidate.path.clone(), traits.collect())
            })
            .collect()
    }
}

/// The auto traits that results no longer have.
pub(super) fn compare_opaque(before: &Opaque, after: &Opaque) -> Vec<Change> {
    let mut changes = Vec::new();
    for (path, old) in before {
        let Some(new) = after.get(path) else {
            continue;
        };
        changes.extend(old.difference(new).map(|lost| Change {
            bump: Bump::Major,
            code: "auto-trait-lost".to_owned(),
            item: path.clone(),
            message: format!("what it returns is no longer `{lost}`"),
            before: None,
            after: None,
        }));
    }
    changes
}
