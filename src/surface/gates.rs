//! Which features a package's code asks for.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::SurfaceError;
use crate::sys::fs;

/// Those of the `declared` features that a Rust file below `dir` names, be it as
/// `feature = "name"` or, in a build script, as `CARGO_FEATURE_NAME`; tests, benches and examples
/// don't count. A feature that is not among them, and switches nothing on, does nothing.
pub(super) fn asked_for(
    dir: &Utf8Path,
    declared: &BTreeMap<String, Vec<String>>,
) -> Result<BTreeSet<String>, SurfaceError> {
    let is_left = |path: &Utf8Path| {
        let name = path.file_name().unwrap_or_default();
        let is_library = path.parent() != Some(dir)
            || !matches!(name, "target" | "tests" | "benches" | "examples");
        !is_library || name.starts_with('.')
    };
    let mut asked = BTreeSet::new();
    for path in fs::walk_utf8(dir, &is_left)? {
        if path.extension() == Some("rs") {
            let text = fs::read(&path)?;
            let text = String::from_utf8_lossy(&text);
            let unknown = declared.keys().filter(|name| !asked.contains(*name));
            let found: Vec<String> = unknown.filter(|name| names(&text, name)).cloned().collect();
            asked.extend(found);
        }
    }
    Ok(asked)
}

fn names(text: &str, feature: &str) -> bool {
    let variable = feature.to_uppercase().replace('-', "_");
    text.contains(&format!("CARGO_FEATURE_{variable}"))
        || text
            .match_indices(&format!("\"{feature}\""))
            .any(|(at, _)| {
                let before = text[..at].trim_end();
                let before = before.strip_suffix('=').map(str::trim_end);
                before.is_some_and(|before| before.ends_with("feature"))
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_found_as_code_asks_for_them() {
        assert!(names("#[cfg(feature = \"a-b\")]", "a-b"));
        assert!(names("cfg!(feature=\"a-b\")", "a-b"));
        assert!(names("env::var_os(\"CARGO_FEATURE_A_B\")", "a-b"));
        assert!(!names(
            "#[cfg(feature = \"a-b-c\")] \"a-b\" // feature a-b",
            "a-b"
        ));
    }
}
