//! A code: how much it weighs, and what it means.

use super::codes::ALL;
use super::{Finding, Severity};

/// A kind of finding. Its name is stable: waivers and scripts have it.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    pub(super) name: &'static str,
    pub(super) severity: Severity,
    pub(super) text: &'static str,
}

impl Code {
    /// Its name, kebab-case.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How much it weighs, where a finding does not say otherwise.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What it means, in one line.
    pub fn title(&self) -> &'static str {
        let (title, _) = self.text.split_once('\n').unwrap_or((self.text, ""));
        title.trim_start_matches("# ")
    }

    /// What it means, with an example and the way out: Markdown, without the title.
    pub fn explanation(&self) -> &'static str {
        let (_, text) = self.text.split_once('\n').unwrap_or_default();
        text.trim()
    }

    /// A finding of this kind.
    pub fn finding(&self, message: impl Into<String>) -> Finding {
        Finding::new(self.severity, self.name, message)
    }
}

/// The code of that name.
pub fn find_code(name: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.name == name)
}

/// Of these codes the ones whose names are nearest to what was written, at most three.
pub fn nearest_codes(written: &str, among: &[&'static Code]) -> Vec<&'static Code> {
    let written = written.to_lowercase().replace(['_', ' '], "-");
    let likeness = |code: &&'static Code| {
        let part = !written.is_empty() && code.name.contains(&written);
        let near = strsim::jaro_winkler(code.name, &written);
        if part { near + 1.0 } else { near }
    };
    let mut near: Vec<(f64, &'static Code)> = among
        .iter()
        .map(|code| (likeness(code), *code))
        .filter(|(likeness, _)| *likeness > 0.75)
        .collect();
    near.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(x.name.cmp(y.name)));
    near.into_iter().take(3).map(|(_, code)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_explanation_has_its_parts() {
        for code in ALL {
            assert!(code.text.starts_with("# "), "{}", code.name);
            assert!(code.title().len() < 72, "{}", code.title());
            assert!(!code.title().ends_with('.'), "{}", code.title());
            for part in ["\n## Example\n", "\n## The way out\n"] {
                assert!(code.text.contains(part), "{} has no {part}", code.name);
            }
        }
    }

    #[test]
    fn the_nearest_names_are_found() {
        let near = |written: &str| nearest_codes(written, ALL).first().map(|code| code.name);
        assert_eq!(near("no-licence"), Some("no-license"));
        assert_eq!(near("API_BREAK"), Some("api-break"));
        assert_eq!(near("secret"), Some("packaged-secret"));
        assert_eq!(near("xyzzy"), None);
        assert!(find_code("api-break").is_some() && find_code("api").is_none());
    }
}
