//! What `cargo test` prints, read: which executable runs, and what its tests came to.
//!
//! The JSON of libtest is unstable, so its text is read. Both streams come in one pipe: cargo
//! names the executable on standard error, the tests answer on standard output.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TestOutcome {
    /// It passed.
    Passed,
    /// It failed, or its process ended before it did.
    Failed,
    /// It was not run.
    Ignored,
}

/// What one executable, or the doc tests of one crate, said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ran {
    /// What ran.
    pub(super) what: What,
    /// Its tests by the names that it gave them. Empty for an executable with a harness of its
    /// own.
    pub(super) tests: BTreeMap<String, TestOutcome>,
    /// Did all of it succeed, as cargo says?
    pub(super) succeeded: bool,
    /// Did it speak as libtest does?
    pub(super) is_libtest: bool,
}

/// What runs tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum What {
    /// Nothing yet.
    #[default]
    Nothing,
    /// The executable with this file name.
    Executable(String),
    /// The doc tests of the crate with this name.
    DocTests(String),
}

/// Reads the lines of `cargo test`. `is_executable` says whether a file name is that of one of
/// its test executables: the output of tests may look like cargo's.
pub(super) struct Reader<'a> {
    is_executable: &'a dyn Fn(&str) -> bool,
    done: Vec<Ran>,
    now: Ran,
    place: Place,
    /// Announced by a line that something else wrote into: its outcome stands elsewhere.
    pending: BTreeSet<String>,
    failures: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before or after a list of tests.
    Outside,
    /// In the list.
    List,
    /// In what failed tests wrote, or in the list of their names below.
    Failures,
}

impl<'a> Reader<'a> {
    pub(super) fn new(is_executable: &'a dyn Fn(&str) -> bool) -> Self {
        Self {
            is_executable,
            done: Vec::new(),
            now: Ran::default(),
            place: Place::Outside,
            pending: BTreeSet::new(),
            failures: BTreeSet::new(),
        }
    }

    /// Reads a line without its end.
    pub(super) fn line(&mut self, line: &str) {
        if let Some(what) = self.starts(line) {
            self.begin(what);
        } else if line.starts_with("error: test failed, to rerun pass")
            || line.starts_with("error: doctest failed, to rerun pass")
        {
            self.now.succeeded = false;
            self.end_list(false);
        } else if line.starts_with("test result: ") {
            self.end_list(true);
        } else {
            match self.place {
                Place::Outside if is_announcement(line) => {
                    self.now.is_libtest = true;
                    self.place = Place::List;
                }
                Place::List if line == "failures:" || line == "successes:" => {
                    self.place = Place::Failures;
                }
                Place::List => self.test(line),
                Place::Failures => {
                    if let Some(name) = line.strip_prefix("    ") {
                        self.failures.insert(bare(name).to_owned());
                    }
                }
                Place::Outside => {}
            }
        }
    }

    /// All that ran.
    pub(super) fn finish(mut self) -> Vec<Ran> {
        self.begin(What::Nothing);
        self.done
    }

    /// `Running unittests src/lib.rs (target/debug/deps/acme-0123456789abcdef)` or
    /// `Doc-tests acme`.
    fn starts(&self, line: &str) -> Option<What> {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("Running ") {
            let (_, path) = rest.strip_suffix(')')?.rsplit_once('(')?;
            let name = path.rsplit(['/', '\\']).next()?;
            return (self.is_executable)(name).then(|| What::Executable(name.to_owned()));
        }
        let name = line.strip_prefix("Doc-tests ")?;
        (self.place == Place::Outside).then(|| What::DocTests(name.to_owned()))
    }

    fn begin(&mut self, what: What) {
        self.end_list(false);
        let next = Ran {
            what,
            succeeded: true,
            ..Ran::default()
        };
        let ran = std::mem::replace(&mut self.now, next);
        if ran.what != What::Nothing {
            self.done.push(ran);
        }
    }

    /// A line in the list: `test a::b ... ok`.
    fn test(&mut self, line: &str) {
        let Some((name, outcome)) = line
            .find("test ")
            .and_then(|at| line[at + 5..].split_once(" ... "))
        else {
            return;
        };
        let name = bare(name).to_owned();
        let starts = |word: &str| outcome.starts_with(word);
        if starts("FAILED") {
            self.now.tests.insert(name, TestOutcome::Failed);
        } else if starts("ignored") {
            self.now.tests.insert(name, TestOutcome::Ignored);
        } else if starts("ok") || starts("bench:") {
            self.now.tests.insert(name, TestOutcome::Passed);
        } else {
            self.pending.insert(name);
        }
    }

    /// The list is over: by its summary, or because the process ended.
    fn end_list(&mut self, with_summary: bool) {
        if self.place == Place::Outside {
            return;
        }
        self.place = Place::Outside;
        let failures = std::mem::take(&mut self.failures);
        for name in std::mem::take(&mut self.pending) {
            let passed = with_summary && !failures.contains(&name);
            let outcome = if passed {
                TestOutcome::Passed
            } else {
                TestOutcome::Failed
            };
            self.now.tests.insert(name, outcome);
        }
    }
}

/// `running 3 tests`.
fn is_announcement(line: &str) -> bool {
    let count = line
        .strip_prefix("running ")
        .and_then(|rest| rest.strip_suffix(" tests").or(rest.strip_suffix(" test")));
    count.is_some_and(|count| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()))
}

/// The test's name without what libtest says of it.
fn bare(name: &str) -> &str {
    name.trim().trim_end_matches(" - should panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Ran> {
        let is_executable = |name: &str| name.ends_with("-01");
        let mut reader = Reader::new(&is_executable);
        text.lines().for_each(|line| reader.line(line));
        reader.finish()
    }

    fn check(text: &str, expect: &[&str]) {
        let lines = read(text).into_iter().flat_map(|ran| {
            let what = format!("{:?} {}", ran.what, ran.succeeded);
            let tests = ran.tests.into_iter().map(|(n, o)| format!("{n}: {o:?}"));
            std::iter::once(what).chain(tests).collect::<Vec<_>>()
        });
        assert_eq!(lines.collect::<Vec<_>>(), expect);
    }

    #[test]
    fn tests_belong_to_what_runs() {
        check(
            "     Running unittests src/lib.rs (target/debug/deps/acme-01)

running 3 tests
test a::ok ... ok
test a::panics - should panic ... ok
test b ... ignored, slow

test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out

     Running tests/custom.rs (/abs/target/debug/deps/custom-01)
some words
   Doc-tests acme

running 1 test
test src/lib.rs - a::b (line 3) - compile ... ok

test result: ok. 1 passed",
            &[
                "Executable(\"acme-01\") true",
                "a::ok: Passed",
                "a::panics: Passed",
                "b: Ignored",
                "Executable(\"custom-01\") true",
                "DocTests(\"acme\") true",
                "src/lib.rs - a::b (line 3) - compile: Passed",
            ],
        );
    }

    #[test]
    fn what_a_failed_test_wrote_is_not_believed() {
        check(
            "     Running unittests src/lib.rs (deps/acme-01)
running 2 tests
test a ... FAILED
test b ... ok

failures:

---- a stdout ----
running 1 test
test fake ... ok
   Doc-tests fake
     Running tests/fake.rs (deps/fake-02)


failures:
    a

test result: FAILED. 1 passed; 1 failed
error: test failed, to rerun pass `--lib`",
            &["Executable(\"acme-01\") false", "a: Failed", "b: Passed"],
        );
    }

    #[test]
    fn lines_with_others_in_between_are_settled_by_the_summary() {
        check(
            "     Running unittests src/lib.rs (deps/acme-01)
running 3 tests
noise without an endtest a ... ok
test b ... hello
ok
test c ... hello
FAILED
failures:
failures:
    c
test result: FAILED.",
            &[
                "Executable(\"acme-01\") true",
                "a: Passed",
                "b: Passed",
                "c: Failed",
            ],
        );
    }

    #[test]
    fn a_process_that_dies_fails() {
        check(
            "     Running tests/ab.rs (deps/ab-01)
running 2 tests
test a ... ok
test b ... error: test failed, to rerun pass `--test ab`
     Running tests/c.rs (deps/c-01)
",
            &[
                "Executable(\"ab-01\") true",
                "a: Passed",
                "b: Failed",
                "Executable(\"c-01\") true",
            ],
        );
    }
}
