//! Two results of a suite, compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cargo::TargetName;
use crate::model::ModulePath;

use super::output::TestOutcome;
use super::suite::{SuiteResult, TargetOutcome, TestId};

/// Something that a suite tries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// That a target compiles.
    Target(TargetName),
    /// That a test passes.
    Test(TestId),
    /// That the user's command succeeds.
    Command(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(target) => target.fmt(f),
            Self::Test(test) => test.fmt(f),
            Self::Command(command) => write!(f, "`{command}`"),
        }
    }
}

/// What a change did to a suite. All that is not listed succeeds before and after, or is new.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Succeeded before, and does not now. Named as it is now.
    pub broken: BTreeSet<Subject>,
    /// Failed before, and does now. Named as it is now.
    pub broken_already: BTreeSet<Subject>,
    /// Failed before, and succeeds now. Named as it is now.
    pub fixed: BTreeSet<Subject>,
    /// Was there before, and is not now. Named as it was.
    pub lost: BTreeSet<Subject>,
    /// Tests that are in another place now, by their names before.
    pub moved: BTreeMap<TestId, TestId>,
    /// How many tests passed before and pass now.
    pub passed: usize,
}

impl Comparison {
    /// Did the change break nothing and lose nothing?
    pub fn is_clean(&self) -> bool {
        self.broken.is_empty() && self.lost.is_empty()
    }
}

/// Compares a suite's results from before a change with those after it. `place` says where a
/// test of before is now; one that it doesn't move, it gives back. A target is asked for as its
/// test without a name.
pub fn compare(
    before: &SuiteResult,
    after: &SuiteResult,
    place: &dyn Fn(&TestId) -> TestId,
) -> Comparison {
    let mut comparison = Comparison::default();
    for (target, &was) in &before.targets {
        let whole = TestId {
            target: target.clone(),
            name: String::new(),
        };
        let placed = place(&whole).target;
        let now = after.targets.get(&placed);
        let subject = Subject::Target(match now {
            Some(_) => placed,
            None => target.clone(),
        });
        let is_stuck = now.is_none() && !after.errors.is_empty();
        match (was, now) {
            // It was not reached: something that it depends on doesn't compile.
            (was, None) if is_stuck => comparison.add(was == TargetOutcome::Built, false, subject),
            (TargetOutcome::Failed, None) => {}
            (TargetOutcome::Built, None) => _ = comparison.lost.insert(subject),
            (was, Some(now)) => comparison.add(
                was == TargetOutcome::Built,
                *now == TargetOutcome::Built,
                subject,
            ),
        }
    }
    for (test, &was) in &before.tests {
        let placed = place(test);
        if placed != *test {
            comparison.moved.insert(test.clone(), placed.clone());
        }
        let was_ok = was != TestOutcome::Failed;
        match after.tests.get(&placed) {
            Some(&now) => {
                // One that passed and is now ignored doesn't pass.
                let is_ok = now == TestOutcome::Passed
                    || now == TestOutcome::Ignored && was != TestOutcome::Passed;
                let both = was == TestOutcome::Passed && now == TestOutcome::Passed;
                comparison.passed += usize::from(both);
                comparison.add(was_ok, is_ok, Subject::Test(placed));
            }
            // The target says it for all its tests.
            None if after.target_failed(&placed.target) => {}
            None => _ = comparison.lost.insert(Subject::Test(test.clone())),
        }
    }
    if let (Some((command, was)), Some((_, is))) = (&before.command, &after.command) {
        comparison.add(*was, *is, Subject::Command(command.clone()));
    }
    comparison
}

impl Comparison {
    fn add(&mut self, was_ok: bool, is_ok: bool, subject: Subject) {
        match (was_ok, is_ok) {
            (true, true) => {}
            (true, false) => _ = self.broken.insert(subject),
            (false, false) => _ = self.broken_already.insert(subject),
            (false, true) => _ = self.fixed.insert(subject),
        }
    }
}

impl SuiteResult {
    /// Did the target of a test fail to compile, or was it not reached?
    fn target_failed(&self, target: &TargetName) -> bool {
        let compiled = match target.kind.as_str() {
            "doc" => Some(TargetName {
                kind: "lib".to_owned(),
                ..target.clone()
            }),
            _ => target.with_tests(),
        };
        let compiled = compiled.as_ref().unwrap_or(target);
        match self.targets.get(compiled) {
            Some(outcome) => *outcome == TargetOutcome::Failed,
            None => !self.errors.is_empty(),
        }
    }
}

/// Modules that moved from a package to a library: where their tests are now.
#[derive(Debug, Clone)]
pub struct ModuleMove {
    /// The package that they left.
    pub package: String,
    /// The library's package.
    pub library: String,
    /// Each module's path in the package, and in the library. A module that became the library
    /// itself has the root there.
    pub modules: Vec<(ModulePath, ModulePath)>,
    /// The package's targets that are the library's now: its integration tests, examples.
    pub targets: Vec<TargetName>,
}

impl ModuleMove {
    /// Where a test of before is now. Unit and doc tests are found by their module, those of other
    /// targets by their target.
    pub fn place(&self, test: &TestId) -> TestId {
        if self.targets.contains(&test.target) {
            let target = TargetName {
                package: self.library.clone(),
                ..test.target.clone()
            };
            let name = test.name.clone();
            return TestId { target, name };
        }
        let holds_modules = matches!(test.target.kind.as_str(), "lib" | "bin" | "doc");
        if test.target.package != self.package || !holds_modules {
            return test.clone();
        }
        let (path, number) = match test.name.rsplit_once('#') {
            Some((path, number)) if test.target.kind == "doc" => (path.trim(), Some(number)),
            Some(_) | None => (test.name.as_str(), None),
        };
        let path = ModulePath::parse(path);
        let moved = self.modules.iter().filter_map(|(from, to)| {
            let below = path.below(from)?;
            let segments = to.segments().iter().chain(below).cloned();
            Some((from.segments().len(), ModulePath::from_segments(segments)))
        });
        let Some((_, path)) = moved.max_by_key(|(depth, _)| *depth) else {
            return test.clone();
        };
        let name = path.segments().join("::");
        let name = match number {
            Some(number) => format!("{name} #{number}").trim_start().to_owned(),
            None => name,
        };
        let library = TargetName::library(&self.library);
        let kind = match test.target.kind.as_str() {
            "doc" => "doc",
            _ => "lib",
        };
        TestId {
            target: TargetName {
                kind: kind.to_owned(),
                ..library
            },
            name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(package: &str, kind: &str) -> TargetName {
        TargetName {
            package: package.to_owned(),
            kind: kind.to_owned(),
            name: package.replace('-', "_"),
        }
    }

    fn test(package: &str, kind: &str, name: &str) -> TestId {
        TestId {
            target: target(package, kind),
            name: name.to_owned(),
        }
    }

    fn retry() -> ModuleMove {
        ModuleMove {
            package: "shop".to_owned(),
            library: "acme-retry".to_owned(),
            modules: vec![(ModulePath::parse("util::retry"), ModulePath::root())],
            targets: vec![TargetName {
                name: "retrying".to_owned(),
                ..target("shop", "test")
            }],
        }
    }

    #[test]
    fn tests_of_moved_modules_are_found_in_the_library() {
        let place = |kind, name| retry().place(&test("shop", kind, name)).to_string();
        assert_eq!(
            place("lib", "util::retry::tests::gives_up"),
            "acme-retry (lib): tests::gives_up"
        );
        assert_eq!(
            place("lib", "util::retry2::a"),
            "shop (lib): util::retry2::a"
        );
        assert_eq!(
            place("doc", "util::retry::Retry<T>::new #2"),
            "acme-retry (doc \"acme_retry\"): Retry<T>::new #2"
        );
        assert_eq!(
            place("doc", "util::retry #1"),
            "acme-retry (doc \"acme_retry\"): #1"
        );
        assert_eq!(
            place("test", "util::retry::a"),
            "shop (test \"shop\"): util::retry::a"
        );
        let mut along = test("shop", "test", "a");
        along.target.name = "retrying".to_owned();
        assert_eq!(
            retry().place(&along).to_string(),
            "acme-retry (test \"retrying\"): a"
        );
    }

    #[test]
    fn a_change_answers_for_what_it_broke() {
        use TestOutcome::{Failed, Ignored, Passed};
        let result = |package: &str, tests: &[(&str, TestOutcome)]| SuiteResult {
            targets: BTreeMap::from([(target(package, "lib"), TargetOutcome::Built)]),
            tests: tests
                .iter()
                .map(|(n, o)| (test(package, "lib", n), *o))
                .collect(),
            ..SuiteResult::default()
        };
        let before = result(
            "shop",
            &[
                ("util::retry::a", Passed),
                ("util::retry::gone", Passed),
                ("same", Passed),
                ("breaks", Passed),
                ("ignored_now", Passed),
                ("old", Failed),
                ("healed", Failed),
            ],
        );
        let after = result(
            "shop",
            &[
                ("same", Passed),
                ("breaks", Failed),
                ("ignored_now", Ignored),
                ("old", Failed),
                ("healed", Passed),
                ("new", Failed),
            ],
        )
        .with(result("acme-retry", &[("a", Passed)]));
        let retry = retry();
        let comparison = compare(&before, &after, &|test| retry.place(test));
        let names = |set: &BTreeSet<Subject>| {
            let names = set.iter().map(ToString::to_string);
            names.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            names(&comparison.broken),
            "shop (lib): breaks, shop (lib): ignored_now"
        );
        assert_eq!(names(&comparison.broken_already), "shop (lib): old");
        assert_eq!(names(&comparison.fixed), "shop (lib): healed");
        assert_eq!(names(&comparison.lost), "shop (lib): util::retry::gone");
        assert_eq!(comparison.passed, 2);
        assert_eq!(comparison.moved.len(), 2);
        assert!(!comparison.is_clean());
    }
}
