//! What holds for any path that is asked for in an index.

use cargo_quarry::registry::PackageName;

/// A path finds no name, or the one whose own path it is: a few parts of letters, digits, `-` and
/// `_`, which cannot leave the index's folder.
pub fn check(bytes: &[u8]) {
    let path = String::from_utf8_lossy(bytes);
    if let Some(name) = PackageName::from_index_path(&path) {
        assert_eq!(name.index_path(), path);
        assert!(path.ends_with(name.as_str()));
        let parts: Vec<&str> = path.split('/').collect();
        assert!(matches!(parts.len(), 2 | 3), "{path}");
        for part in parts {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            assert!(!part.is_empty() && part.chars().all(plain), "{path}");
        }
    }
    if let Ok(name) = PackageName::new(&path) {
        let found = PackageName::from_index_path(&name.index_path());
        assert!(found.is_some_and(|found| found.folded() == name.folded()));
    }
}
