//! `cargo check` and `cargo build`, their JSON messages read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use camino::Utf8PathBuf;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use cargo_metadata::{Message, Target};
use serde::{Deserialize, Serialize};

use crate::sys::Program;

use super::{CargoError, Invocation};

/// A target of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TargetName {
    /// The package's name.
    pub package: String,
    /// `lib` (for any kind of library), `bin`, `test`, `example`, `bench` or `custom-build`.
    /// Where a library or binary with its unit tests is told from the one without: `lib test`,
    /// `bin test`.
    pub kind: String,
    /// The target's name.
    pub name: String,
}

impl TargetName {
    /// The library target of `package`.
    pub fn library(package: impl Into<String>) -> Self {
        let package = package.into();
        Self {
            kind: "lib".to_owned(),
            name: package.replace('-', "_"),
            package,
        }
    }

    /// A target of `package`, as cargo's metadata and messages describe it.
    pub fn new(package: impl Into<String>, target: &Target) -> Self {
        const EXECUTABLE: [&str; 5] = ["bin", "test", "example", "bench", "custom-build"];
        let kinds = target.kind.iter().map(ToString::to_string);
        let kind = kinds.into_iter().find(|k| EXECUTABLE.contains(&k.as_str()));
        let name = match kind {
            Some(_) => target.name.clone(),
            // Older cargos give a library the name of its package.
            None => target.name.replace('-', "_"),
        };
        Self {
            package: package.into(),
            kind: kind.unwrap_or_else(|| "lib".to_owned()),
            name,
        }
    }

    /// Is it a library, of any kind?
    pub fn is_library(&self) -> bool {
        self.kind == "lib"
    }

    /// The same target with its unit tests; none for those that are tests themselves.
    #[must_use]
    pub fn with_tests(&self) -> Option<Self> {
        matches!(self.kind.as_str(), "lib" | "bin").then(|| Self {
            kind: format!("{} test", self.kind),
            ..self.clone()
        })
    }

    /// The arguments of `cargo test` or `cargo check` that choose this target of its package.
    pub fn arguments(&self) -> Vec<String> {
        match self.kind.as_str() {
            "lib" => vec!["--lib".to_owned()],
            kind => vec![format!("--{kind}"), self.name.clone()],
        }
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind.as_str() {
            "lib" | "lib test" => write!(f, "{} ({})", self.package, self.kind),
            "bin test" => write!(f, "{} (bin \"{}\" test)", self.package, self.name),
            kind => write!(f, "{} ({kind} \"{}\")", self.package, self.name),
        }
    }
}

/// The package's name in a package id: `URL#name@version`, or `URL/name#version`, or, of older
/// cargos, `name version (URL)` (the cargo book, "Package ID Specifications").
fn package_of(id: &str) -> &str {
    let Some((url, fragment)) = id.rsplit_once('#') else {
        return id.split(' ').next().unwrap_or(id);
    };
    match fragment.split_once('@') {
        Some((name, _)) => name,
        None => url.rsplit('/').next().unwrap_or(url),
    }
}

/// What cargo said of one target. A library or binary is compiled with and without its unit
/// tests; the compiler's errors don't say which of the two they are about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuiltTarget {
    /// Was it compiled?
    pub compiled: bool,
    /// Was it compiled with its unit tests?
    pub compiled_with_tests: bool,
    /// Was there an error in either?
    pub failed: bool,
    /// Its test executable, where one is made.
    pub executable: Option<Utf8PathBuf>,
}

/// What a build came to.
#[derive(Debug, Clone, Default)]
pub struct Built {
    /// Did cargo exit with 0?
    pub success: bool,
    /// The workspace's own targets that cargo said something of. One that depends on a target
    /// which failed is not built, and missing here.
    pub targets: BTreeMap<TargetName, BuiltTarget>,
    /// What the compiler said, in its order, each thing once.
    pub diagnostics: Vec<(TargetName, Diagnostic)>,
    /// What cargo wrote to standard error: its own errors are there.
    pub stderr: String,
}

impl Built {
    /// The compiler's errors, without the line that only counts them.
    pub fn errors(&self) -> impl Iterator<Item = &(TargetName, Diagnostic)> {
        let only_counts = |d: &Diagnostic| d.message.starts_with("aborting due to ");
        let diagnostics = self.diagnostics.iter();
        diagnostics.filter(move |(_, d)| is_error(d) && !only_counts(d))
    }

    /// The compiler's warnings of what is deprecated.
    pub fn deprecated(&self) -> impl Iterator<Item = &(TargetName, Diagnostic)> {
        let is_it = |d: &Diagnostic| {
            let code = d.code.as_ref().map(|code| code.code.as_str());
            d.level == DiagnosticLevel::Warning && code == Some("deprecated")
        };
        self.diagnostics.iter().filter(move |(_, d)| is_it(d))
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    matches!(
        diagnostic.level,
        DiagnosticLevel::Error | DiagnosticLevel::Ice
    )
}

/// `cargo check` with `args` (`--all-targets`, `-p`, features); goes on after errors.
pub fn check(
    cargo: &Invocation,
    args: &[&str],
    on_line: &mut dyn FnMut(&str),
) -> Result<Built, CargoError> {
    let program = cargo.program("check").arg("--keep-going");
    build(&program.args(args.iter().copied()), on_line)
}

/// Builds what `cargo test` with `args` runs; goes on after errors, which `cargo test --no-run`
/// can't.
pub fn test_executables(
    cargo: &Invocation,
    args: &[&str],
    on_line: &mut dyn FnMut(&str),
) -> Result<Built, CargoError> {
    // `cargo test` builds the examples too.
    let program = cargo
        .program("build")
        .args(["--tests", "--examples", "--keep-going"]);
    build(&program.args(args.iter().copied()), on_line)
}

/// Is the package of this workspace (or near it), and from no registry or git repository?
fn is_local(id: &str) -> bool {
    id.starts_with("path+") || id.contains("(path+")
}

fn build(program: &Program, on_line: &mut dyn FnMut(&str)) -> Result<Built, CargoError> {
    let program = program.clone().args(["--message-format", "json"]);
    let output = program.run_lines(on_line)?;
    let mut built = Built {
        success: output.success(),
        stderr: output.stderr_text(),
        ..Built::default()
    };
    let mut seen = BTreeSet::new();
    for message in Message::parse_stream(output.stdout.as_slice()) {
        let message = message.map_err(|error| CargoError::Output {
            command: program.line(),
            source: serde::de::Error::custom(error),
        })?;
        match message {
            Message::CompilerArtifact(artifact) if is_local(&artifact.package_id.repr) => {
                let name = TargetName::new(package_of(&artifact.package_id.repr), &artifact.target);
                let target = built.targets.entry(name).or_default();
                if artifact.profile.test {
                    target.compiled_with_tests = true;
                    target.executable = artifact.executable;
                } else {
                    target.compiled = true;
                }
            }
            Message::CompilerMessage(message) => {
                let name = TargetName::new(package_of(&message.package_id.repr), &message.target);
                if is_error(&message.message) {
                    built.targets.entry(name.clone()).or_default().failed = true;
                }
                if seen.insert((
                    message.message.rendered.clone(),
                    message.message.message.clone(),
                )) {
                    built.diagnostics.push((name, message.message));
                }
            }
            _ => {}
        }
    }
    Ok(built)
}
