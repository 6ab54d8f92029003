//! Which files are all test code: no copies, but they say what is tested.

use camino::Utf8Path;

/// Folders that hold tests, or what tests read.
const TESTS: &[&str] = &[
    "tests",
    "test",
    "benches",
    "examples",
    "fuzz",
    "fuzz_targets",
    "testdata",
    "test_data",
    "test-data",
    "fixtures",
];

/// Is all of the file test code, by where it is: integration tests, benches, examples, and files
/// that are called `tests.rs`?
pub(super) fn is_test_path(path: &Utf8Path) -> bool {
    let folders = path.parent().into_iter().flat_map(Utf8Path::components);
    let named = matches!(path.file_stem(), Some("tests" | "test" | "benches"));
    let mut folders = folders.map(|folder| folder.as_str());
    named || folders.any(|folder| TESTS.contains(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_known_by_their_place() {
        for path in [
            "tests/it/main.rs",
            "a/benches/b.rs",
            "src/a/tests.rs",
            "examples/a.rs",
        ] {
            assert!(is_test_path(path.into()), "{path}");
        }
        for path in ["src/testing.rs", "src/lib.rs", "tests.d/lib.rs"] {
            assert!(!is_test_path(path.into()), "{path}");
        }
    }
}
