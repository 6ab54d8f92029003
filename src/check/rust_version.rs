//! Is `rust-version` true? It is compiled with that toolchain, where there is one.

use camino::Utf8Path;
use semver::Version;

use super::request::Found;
use super::subject::{Known, Subject, said};
use super::tree::Tree;
use super::{CheckError, Part};
use crate::cargo::{Built, Diagnostic, Invocation, check};
use crate::findings::codes;
use crate::manifest::{Stated, stated_field};
use crate::model::Place;
use crate::sys::{Program, SysError};

/// How many errors are shown.
const SHOWN: usize = 3;

/// The `rust-version` that the manifest states, and the version that it stands for. None where it
/// states none, or one with which cargo does not read the manifest.
pub(super) fn stated_version(
    subject: &Subject,
) -> Result<Option<(Stated<String>, Version)>, CheckError> {
    let stated = stated_field(
        &subject.manifest,
        subject.workspace.as_ref(),
        "rust-version",
    )?;
    Ok(stated.and_then(|stated| {
        let version = full_version(&stated.value)?;
        Some((stated, version))
    }))
}

/// `1.85` as cargo means it: `1.85.0`.
fn full_version(text: &str) -> Option<Version> {
    let missing = 2usize.checked_sub(text.matches('.').count())?;
    format!("{text}{}", ".0".repeat(missing)).parse().ok()
}

/// Compiles it.
pub(super) fn look(
    subject: &Subject,
    known: &Known,
    tree: Result<&Tree, &String>,
    offline: bool,
    tell: &dyn Fn(&str),
) -> Result<Found, CheckError> {
    let skip = |reason: String| Ok(Found::skip(Part::RustVersion, reason));
    let Some((stated, wanted)) = stated_version(subject)? else {
        return Ok(Found::default()); // a finding of its own
    };
    let Some(toolchain) = toolchain_for(&wanted, &subject.dir)? else {
        return skip(format!(
            "Rust {0} is not here (`rustup toolchain install {0}`)",
            stated.value
        ));
    };
    let tree = match tree {
        Ok(tree) => tree,
        Err(reason) => return skip(reason.clone()),
    };
    tell(&format!("compiling with Rust {}", stated.value));
    let built = compile(subject, known, tree, offline, &toolchain)?;
    if built.success {
        return Ok(Found::default());
    }
    let errors: Vec<&Diagnostic> = built.errors().map(|(_, error)| error).collect();
    let Some(first) = errors.first() else {
        return skip(format!("Rust {}: {}", stated.value, said(&built.stderr)));
    };
    let message = format!(
        "it does not compile with Rust {}, which `rust-version` names: {}",
        stated.value, first.message
    );
    let at = errors
        .iter()
        .take(SHOWN)
        .filter_map(|error| place(subject, tree, error));
    let finding = codes::RUST_VERSION_FALSE
        .finding(message)
        .at([stated.place])
        .at(at);
    Ok(Found {
        findings: vec![finding.help("raise `rust-version`, or do without what is newer")],
        skipped: Vec::new(),
    })
}

/// A toolchain of rustup's; or the one that is used here anyway.
enum Toolchain {
    Active,
    Named(String),
}

fn toolchain_for(wanted: &Version, dir: &Utf8Path) -> Result<Option<Toolchain>, CheckError> {
    let active = Program::new("rustc").arg("-V").dir(dir).stdout()?;
    if is_version(&active, wanted) {
        return Ok(Some(Toolchain::Active));
    }
    let list = Program::new("rustup").args(["toolchain", "list"]).dir(dir);
    let list = match list.run() {
        Ok(output) => output.stdout_text(),
        Err(SysError::Start { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    for name in list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
    {
        let version = name.split('-').next().and_then(full_version);
        let same =
            |version: Version| (version.major, version.minor) == (wanted.major, wanted.minor);
        // What the name promises may be broken or elsewhere: the compiler says what it is.
        let asked = || {
            Program::new("rustc")
                .arg("-V")
                .dir(dir)
                .env("RUSTUP_TOOLCHAIN", name)
                .run()
        };
        if version.is_some_and(same) && is_version(&asked()?.stdout_text(), wanted) {
            return Ok(Some(Toolchain::Named(name.to_owned())));
        }
    }
    Ok(None)
}

/// `rustc 1.85.1 (4eb161250 2025-03-15)`: the patch version does not matter, for patches add
/// nothing.
fn is_version(rustc: &str, wanted: &Version) -> bool {
    let version = rustc.split_whitespace().nth(1);
    let version = version.and_then(|version| version.parse::<Version>().ok());
    version.is_some_and(|version| {
        (version.major, version.minor) == (wanted.major, wanted.minor) && version.pre.is_empty()
    })
}

fn compile(
    subject: &Subject,
    known: &Known,
    tree: &Tree,
    offline: bool,
    toolchain: &Toolchain,
) -> Result<Built, CheckError> {
    let cargo = Invocation {
        locked: true,
        offline,
        target_dir: Some(known.target_dir.clone()),
        ..Invocation::new(tree.dir.clone())
    };
    let cargo = match toolchain {
        Toolchain::Active => cargo,
        Toolchain::Named(name) => Invocation {
            // Apart, so that neither toolchain's artifacts push out the other's.
            target_dir: Some(known.target_dir.join("quarry").join(name)),
            env: vec![("RUSTUP_TOOLCHAIN".to_owned(), name.clone())],
            ..cargo
        },
    };
    // What dependencies say they need is a finding of its own; this is about what is true.
    let mut args = vec!["-p", &subject.name, "--ignore-rust-version"];
    if known.has_library {
        args.push("--lib");
    }
    Ok(check(&cargo, &args, &mut |_| {})?)
}

/// Where an error is, if that is in the repository.
fn place(subject: &Subject, tree: &Tree, error: &Diagnostic) -> Option<Place> {
    let span = error.spans.iter().find(|span| span.is_primary)?;
    let path = tree.workspace_dir.join(&span.file_name);
    let path = subject
        .workspace_dir
        .join(path.strip_prefix(&tree.workspace_dir).ok()?);
    Some(Place {
        file: path.strip_prefix(&subject.root).ok()?.to_owned(),
        line: u32::try_from(span.line_start).ok()?,
        column: u32::try_from(span.column_start).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_the_same_up_to_the_patch() {
        let is = |rustc: &str, wanted: &str| {
            is_version(rustc, &full_version(wanted).expect("a version"))
        };
        assert!(is("rustc 1.85.1 (4eb161250 2025-03-15)", "1.85"));
        assert!(is("rustc 1.85.0 (4eb161250 2025-03-15)", "1.85.1"));
        assert!(!is("rustc 1.86.0 (4eb161250 2025-03-15)", "1.85"));
        assert!(!is("rustc 1.85.0-nightly (4eb161250 2025-03-15)", "1.85"));
        assert!(!is("error: toolchain '1.60' is not installed", "1.60"));
        assert!(full_version("1").is_some() && full_version("1.2.3.4").is_none());
    }
}
