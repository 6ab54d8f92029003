//! A suite: check of all targets, tests, doc tests, or a command of the user's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::cargo::{self, Built, Diagnostic, Invocation, TargetName};
use crate::sys::Program;

use super::TrialError;
use super::output::{Ran, Reader, TestOutcome, What};
use super::unbuilt::{Unbuilt, unbuilt};

/// How far a verification goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// All targets compile.
    Check,
    /// And their tests are run, doc tests too.
    Test,
    /// All targets compile, and this command of the user's, run by the shell in the folder of the
    /// suite, succeeds.
    Command(String),
}

/// What is run.
#[derive(Debug, Clone)]
pub struct Suite {
    /// How far to go.
    pub verify: Verify,
    /// The packages, by name; none for what cargo takes by default.
    pub packages: Vec<String>,
    /// Arguments that choose features: `--all-features`, `--features=…`.
    pub features: Vec<String>,
}

/// Did a target compile?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetOutcome {
    /// It did.
    Built,
    /// It did not.
    Failed,
}

/// Names a test.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TestId {
    /// The target it is in. Doc tests have the kind `doc`.
    pub target: TargetName,
    /// Its path in the target. A doc test is named by the item that it documents and its number
    /// among those of the item, for its line changes with each edit above: `util::retry #1`. An
    /// executable that is one test has an empty name.
    pub name: String,
}

impl fmt::Display for TestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            write!(f, "{}", self.target)
        } else {
            write!(f, "{}: {}", self.target, self.name)
        }
    }
}

/// What a suite came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SuiteResult {
    /// The targets that were compiled. One that depends on a failed one is missing.
    pub targets: BTreeMap<TargetName, TargetOutcome>,
    /// The tests that were run.
    pub tests: BTreeMap<TestId, TestOutcome>,
    /// The user's command, and whether it succeeded.
    pub command: Option<(String, bool)>,
    /// The compiler's errors.
    pub errors: Vec<(TargetName, Diagnostic)>,
    /// Its warnings of what is deprecated.
    pub deprecated: Vec<(TargetName, Diagnostic)>,
    /// The packages that were not built, as cargo says.
    pub unbuilt: BTreeSet<Unbuilt>,
    /// What cargo wrote, if it failed without an error of the compiler's; or the end of what the
    /// user's command wrote, if that failed.
    pub message: Option<String>,
    /// How long it took, by the clock.
    pub seconds: f64,
}

impl SuiteResult {
    /// Did all that was run succeed?
    pub fn succeeded(&self) -> bool {
        self.message.is_none()
            && self.errors.is_empty()
            && self.targets.values().all(|t| *t == TargetOutcome::Built)
            && self.tests.values().all(|t| *t != TestOutcome::Failed)
            && self
                .command
                .as_ref()
                .is_none_or(|(_, succeeded)| *succeeded)
    }

    /// Both results as one: those of the library and of the package that it left.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.targets.extend(other.targets);
        self.tests.extend(other.tests);
        self.errors.extend(other.errors);
        self.deprecated.extend(other.deprecated);
        self.unbuilt.extend(other.unbuilt);
        self.command = self.command.or(other.command);
        self.message = self.message.or(other.message);
        self.seconds += other.seconds;
        self
    }
}

/// Runs a suite. That something does not compile or pass is a result, no error.
pub fn run_suite(
    cargo: &Invocation,
    suite: &Suite,
    on_line: &mut dyn FnMut(&str),
) -> Result<SuiteResult, TrialError> {
    let start = Instant::now();
    let mut result = SuiteResult::default();
    let mut args = suite.package_args();
    args.extend(suite.features.iter().cloned());
    let check_args: Vec<&str> = texts(&args).chain(["--all-targets"]).collect();
    let checked = cargo::check(cargo, &check_args, on_line)?;
    result.add_built(&checked);
    match &suite.verify {
        Verify::Check => {}
        Verify::Test => {
            let args: Vec<&str> = texts(&args).collect();
            let built = cargo::test_executables(cargo, &args, on_line)?;
            result.add_built(&built);
            run_tests(cargo, suite, &args, &built, &mut result, on_line)?;
        }
        Verify::Command(command) => {
            let output = shell(cargo, command).run_merged(on_line)?;
            result.command = Some((command.clone(), output.success()));
            if !output.success() {
                result.message = Some(last_lines(&output.stdout_text()));
            }
        }
    }
    result.seconds = start.elapsed().as_secs_f64();
    Ok(result)
}

impl Suite {
    fn package_args(&self) -> Vec<String> {
        let names = self.packages.iter();
        names
            .flat_map(|name| ["-p".to_owned(), name.clone()])
            .collect()
    }
}

fn texts(args: &[String]) -> impl Iterator<Item = &str> {
    args.iter().map(String::as_str)
}

fn add_once(list: &mut Vec<(TargetName, Diagnostic)>, target: &TargetName, new: &Diagnostic) {
    if !list.iter().any(|(_, old)| old.rendered == new.rendered) {
        list.push((target.clone(), new.clone()));
    }
}

/// What a program said at its end: from its first error on, if it calls it one, and not more
/// than 40 lines.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let error = lines.iter().position(|line| line.starts_with("error"));
    let start = error.unwrap_or(0).max(lines.len().saturating_sub(40));
    lines[start..].join("\n")
}

/// The user's command, with the same target folder and environment as cargo has.
fn shell(cargo: &Invocation, command: &str) -> Program {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut program = Program::new(shell).args([flag, command]).dir(&cargo.dir);
    if let Some(target_dir) = &cargo.target_dir {
        program = program.env("CARGO_TARGET_DIR", target_dir.as_str());
    }
    for (name, value) in &cargo.env {
        program = program.env(name, value);
    }
    program
}

impl SuiteResult {
    fn add_built(&mut self, built: &Built) {
        for (name, target) in &built.targets {
            let Some(with_tests) = name.with_tests() else {
                self.add_target(name, !target.failed);
                continue;
            };
            if target.compiled || target.failed {
                self.add_target(name, target.compiled);
            }
            if target.compiled_with_tests || target.failed {
                self.add_target(&with_tests, target.compiled_with_tests);
            }
        }
        let mut compiler_said_why = false;
        for (target, error) in built.errors() {
            compiler_said_why = true;
            add_once(&mut self.errors, target, error);
        }
        for (target, warning) in built.deprecated() {
            add_once(&mut self.deprecated, target, warning);
        }
        self.unbuilt.extend(unbuilt(&built.stderr));
        if !built.success && !compiler_said_why && self.message.is_none() {
            self.message = Some(last_lines(&built.stderr));
        }
    }

    /// A target that any command failed to build has failed.
    fn add_target(&mut self, name: &TargetName, built: bool) {
        let outcome = self.targets.entry(name.clone());
        if built {
            outcome.or_insert(TargetOutcome::Built);
        } else {
            outcome.insert_entry(TargetOutcome::Failed);
        }
    }

    fn add_ran(&mut self, built: &Built, ran: Ran) {
        let target = match &ran.what {
            What::Nothing => return,
            What::Executable(file) => {
                let is_it = |(_, t): &(_, &cargo::BuiltTarget)| {
                    t.executable.as_ref().and_then(|path| path.file_name()) == Some(file)
                };
                let found = built.targets.iter().find(is_it);
                let Some((name, _)) = found else { return };
                name.clone()
            }
            What::DocTests(name) => doc_target(built, name),
        };
        let is_doc = matches!(ran.what, What::DocTests(_));
        let failed_by_name = ran.tests.values().any(|o| *o == TestOutcome::Failed);
        let tests = if is_doc {
            doc_names(ran.tests)
        } else {
            ran.tests
        };
        let id = |name: String| TestId {
            target: target.clone(),
            name,
        };
        if !ran.is_libtest || (!ran.succeeded && !failed_by_name) {
            // A harness of its own is one test; so is what failed beside its tests.
            let outcome = if ran.succeeded {
                TestOutcome::Passed
            } else {
                TestOutcome::Failed
            };
            self.tests.insert(id(String::new()), outcome);
        }
        self.tests
            .extend(tests.into_iter().map(|(name, o)| (id(name), o)));
    }
}

fn doc_target(built: &Built, name: &str) -> TargetName {
    let is_it = |t: &&TargetName| t.kind == "lib" && t.name == name.replace('-', "_");
    let library = built.targets.keys().find(is_it);
    TargetName {
        package: library.map_or(name, |library| &library.package).to_owned(),
        kind: "doc".to_owned(),
        name: name.replace('-', "_"),
    }
}

/// Doc tests by the item they document: `src/lib.rs - util::retry (line 3) - compile` becomes
/// `util::retry #1`; those of the crate itself, `#1`.
fn doc_names(tests: BTreeMap<String, TestOutcome>) -> BTreeMap<String, TestOutcome> {
    let mut places: BTreeMap<(String, String, u32), TestOutcome> = BTreeMap::new();
    for (name, outcome) in tests {
        let (file, rest) = name.split_once(" - ").unwrap_or(("", &name));
        let (item, line) = rest.rsplit_once("(line ").unwrap_or((rest, ""));
        let digits: String = line.chars().take_while(char::is_ascii_digit).collect();
        let line = digits.parse().unwrap_or(0);
        let place = (item.trim().to_owned(), file.to_owned(), line);
        places.insert(place, outcome);
    }
    let mut named = BTreeMap::new();
    let mut last = (String::new(), 0);
    for ((item, _, _), outcome) in places {
        let number = if item == last.0 { last.1 + 1 } else { 1 };
        let name = format!("{item} #{number}");
        named.insert(name.trim_start().to_owned(), outcome);
        last = (item, number);
    }
    named
}

/// Runs what was built. If something was not, all else still is, package by package: one target
/// that failed before must not hide the others.
fn run_tests(
    cargo: &Invocation,
    suite: &Suite,
    args: &[&str],
    built: &Built,
    result: &mut SuiteResult,
    on_line: &mut dyn FnMut(&str),
) -> Result<(), TrialError> {
    if built.success {
        return run_cargo_test(cargo, args, built, result, on_line);
    }
    let runs = |target: &cargo::BuiltTarget| !target.failed || target.compiled_with_tests;
    let packages: BTreeSet<&str> = built.targets.keys().map(|t| t.package.as_str()).collect();
    for package in packages {
        let of_package = built.targets.iter().filter(|(t, _)| t.package == package);
        let mut base = vec!["-p", package];
        base.extend(texts(&suite.features));
        let runnable = of_package
            .clone()
            .filter(|(_, target)| target.executable.is_some() && runs(target));
        let chosen: Vec<String> = runnable.flat_map(|(t, _)| t.arguments()).collect();
        if !chosen.is_empty() {
            let args: Vec<&str> = base.iter().copied().chain(texts(&chosen)).collect();
            run_cargo_test(cargo, &args, built, result, on_line)?;
        }
        if of_package
            .clone()
            .any(|(t, target)| t.kind == "lib" && target.compiled)
        {
            base.push("--doc");
            run_cargo_test(cargo, &base, built, result, on_line)?;
        }
    }
    Ok(())
}

fn run_cargo_test(
    cargo: &Invocation,
    args: &[&str],
    built: &Built,
    result: &mut SuiteResult,
    on_line: &mut dyn FnMut(&str),
) -> Result<(), TrialError> {
    let program = cargo.program("test").arg("--no-fail-fast");
    let program = program
        .args(args.iter().copied())
        .env("CARGO_TERM_COLOR", "never");
    let executables: BTreeSet<&str> = built
        .targets
        .values()
        .filter_map(|target| target.executable.as_ref()?.file_name())
        .collect();
    let is_executable = |name: &str| executables.contains(name);
    let mut reader = Reader::new(&is_executable);
    let output = program.run_merged(&mut |line| {
        on_line(line);
        reader.line(line);
    })?;
    let mut anything_failed = false;
    for ran in reader.finish() {
        anything_failed |= !ran.succeeded;
        result.add_ran(built, ran);
    }
    if !output.success() && !anything_failed && result.message.is_none() {
        result.message = Some(last_lines(&output.stdout_text()));
    }
    Ok(())
}
