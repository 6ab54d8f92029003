//! One run of `cargo check` on the scratch copy, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anstream::adapter::strip_str;
use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::apart::Apart;
use super::compact::{Site, Use};
use super::marks::{MarkedFile, Marks, read_note};
use super::messages::{self, Diagnostic, DiagnosticSpan, Message};
use super::wrapper;
use super::{Checked, FeatureSet, MapRequest, ReferenceError};
use crate::model::{Place, Reference, Span};
use crate::syntax::SourceFile;
use crate::sys::{self, Program};

/// The files as they are while cargo runs.
pub(super) struct Sources<'a> {
    /// The scratch copy, with links resolved.
    pub(super) root: &'a Utf8Path,
    /// The folder that rustc's paths start from, relative to the root.
    pub(super) workspace: &'a Utf8Path,
    /// The files of all trees as the user has them, by their path relative to the root.
    pub(super) original: &'a BTreeMap<&'a Utf8Path, &'a SourceFile>,
    /// Those that have marks.
    pub(super) marked: &'a BTreeMap<Utf8PathBuf, MarkedFile>,
    /// The marks, whose notes are read.
    pub(super) marks: &'a Marks,
    /// Those that are not there.
    pub(super) dropped: &'a BTreeSet<u32>,
}

/// What a check said.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) success: bool,
    /// Each with what rustc calls the item.
    pub(super) references: BTreeSet<(Reference, String)>,
    pub(super) checked: BTreeSet<Checked>,
    /// Those that cargo had to check now.
    pub(super) compiled: BTreeSet<Checked>,
    /// Has cargo repeated what was said of other texts than those that are there?
    pub(super) is_stale: bool,
    pub(super) errors: Vec<CompileError>,
    pub(super) stderr: String,
}

/// An error of the compiler.
#[derive(Debug, Clone)]
pub(super) struct CompileError {
    /// The package's id.
    pub(super) package: String,
    pub(super) target: String,
    pub(super) kind: String,
    pub(super) message: String,
    /// As the compiler renders it.
    pub(super) rendered: String,
    /// Its places, relative to the root, in bytes of the files as they were checked: those it
    /// is about, with the macro calls that lead there.
    pub(super) places: Vec<(Utf8PathBuf, Range<usize>)>,
}

/// Runs cargo on the files as they are, all targets of the request or those apart.
pub(super) fn check(
    request: &MapRequest<'_>,
    features: &FeatureSet,
    sources: &Sources<'_>,
    apart: Option<&Apart>,
    on_progress: &mut dyn FnMut(&str),
) -> Result<Outcome, ReferenceError> {
    let program = match &request.wrapper {
        Some(program) => program.clone(),
        None => sys::env::current_exe()?,
    };
    let mut command = Program::new("cargo")
        .args(["check", "--keep-going"])
        // The short form is quicker to render, and only errors are shown. With colours, cargo
        // passes messages on as they are.
        .arg("--message-format=json-diagnostic-short,json-diagnostic-rendered-ansi")
        .args(["--manifest-path", request.manifest.as_str()])
        .args(["--target-dir", request.target_dir.as_str()])
        .args(request.selection.iter().cloned())
        .args(
            apart
                .map_or(&request.targets, |apart| &apart.targets)
                .clone(),
        )
        .args(features.args())
        .args(request.cargo_args.iter().cloned())
        .args(apart.iter().flat_map(|apart| apart.args()))
        .dir(&request.root)
        .env("RUSTC_WORKSPACE_WRAPPER", program.as_str())
        .env(wrapper::VARIABLE, wrapper::MAP)
        // A compiler cache takes the wrapper for a compiler that it does not know.
        .env("RUSTC_WRAPPER", "")
        // Without a record nothing is built a second time.
        .env(
            "CARGO_INCREMENTAL",
            if request.keep_record { "1" } else { "0" },
        );
    if !request.packages.is_empty() {
        let folders: Vec<&str> = request.packages.iter().map(|dir| dir.as_str()).collect();
        command = command
            .env("RUSTC_WRAPPER", program.as_str())
            .env(wrapper::PACKAGES, folders.join("\n"));
    }
    let output = command.run_lines(&mut |line| on_progress(line.trim_start()))?;
    let mut outcome = Outcome {
        success: output.success(),
        stderr: output.stderr_text(),
        ..Outcome::default()
    };
    for message in messages::read(&output.stdout) {
        take(message?, features, sources, &mut outcome);
    }
    Ok(outcome)
}

fn take(message: Message, features: &FeatureSet, sources: &Sources<'_>, outcome: &mut Outcome) {
    match message {
        Message::Artifact {
            package_id,
            target,
            profile,
            fresh,
        } => {
            let checked = Checked {
                package: package_id,
                target: target.name,
                kind: target.kind.join(","),
                test: profile.test,
                features: features.clone(),
            };
            if !fresh {
                outcome.compiled.insert(checked.clone());
            }
            outcome.checked.insert(checked);
        }
        Message::Diagnostic {
            package_id,
            target,
            message,
        } => {
            if message.level.starts_with("error") && !message.spans.is_empty() {
                outcome.errors.push(CompileError {
                    package: package_id,
                    target: target.name,
                    kind: target.kind.join(","),
                    places: error_places(&message, sources),
                    rendered: plain(&message),
                    message: message.message,
                });
            } else {
                for used in &message.uses {
                    take_use(used, sources, outcome);
                }
            }
        }
        Message::Other => {}
    }
}

fn take_use(used: &Use, sources: &Sources<'_>, outcome: &mut Outcome) {
    let Some((note, name)) = read_note(&used.message) else {
        return;
    };
    let item = sources.marks.number(&note);
    let Some(item) = item.filter(|item| !sources.dropped.contains(item)) else {
        outcome.is_stale = true;
        return;
    };
    let in_workspace = |file: &str| sources.file(file).is_some();
    if let Some((site, in_macro)) = used.user_site(&in_workspace) {
        let reference = Reference {
            made_by: used.made_by().map(Utf8PathBuf::from),
            ..sources.reference(item, site, in_macro)
        };
        outcome.references.insert((reference, name.to_owned()));
    }
}

/// How an error would look on a terminal without colours.
fn plain(message: &Diagnostic) -> String {
    let rendered = message.rendered.as_deref().unwrap_or_default();
    strip_str(rendered).to_string().trim_end().to_owned()
}

fn error_places(message: &Diagnostic, sources: &Sources<'_>) -> Vec<(Utf8PathBuf, Range<usize>)> {
    let primary = message.spans.iter().filter(|span| span.is_primary);
    let sites = primary.flat_map(DiagnosticSpan::with_call_sites);
    let places = sites.filter_map(|span| {
        let file = sources.file(&span.file_name)?;
        Some((file, span.byte_start..span.byte_end))
    });
    places.collect()
}

impl Sources<'_> {
    /// A path as rustc prints it, relative to the root; none if it leads out of it, or is no
    /// path (`<anon>`).
    fn file(&self, name: &str) -> Option<Utf8PathBuf> {
        if name.starts_with('<') {
            return None;
        }
        let mut path = Utf8PathBuf::new();
        let from_root = self.workspace.join(name);
        let from_root = from_root.strip_prefix(self.root).unwrap_or(&from_root);
        for component in from_root.components() {
            match component {
                Utf8Component::CurDir => {}
                Utf8Component::ParentDir => {
                    if !path.pop() {
                        return None;
                    }
                }
                Utf8Component::Normal(name) => path.push(name),
                Utf8Component::RootDir | Utf8Component::Prefix(_) => return None,
            }
        }
        Some(path)
    }

    fn reference(&self, item: u32, site: &Site, in_macro: bool) -> Reference {
        // What a build script generates is outside; it keeps the path that rustc prints.
        let file = self.file(&site.file);
        let file = file.unwrap_or_else(|| site.file.clone().into());
        let back = |offset| match self.marked.get(&file) {
            Some(marked) => marked.original(offset),
            None => offset,
        };
        let (start, end) = (back(site.start), back(site.end));
        let (line, column) = match self.original.get(file.as_path()) {
            Some(original) => original.line_column(start),
            None => (site.line, site.column),
        };
        let place = Place {
            file: file.clone(),
            line,
            column,
        };
        Reference {
            item,
            span: Span { file, start, end },
            place,
            in_macro,
            made_by: None,
        }
    }
}
