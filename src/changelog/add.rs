//! A new entry, the rest of the text kept as it is.

use super::{Changelog, ChangelogError, Kind};

/// The changelog with `entry` (Markdown, without a bullet) last under the heading `kind` of what
/// is not released yet. A heading that is missing is made.
///
/// # Errors
/// If the text is no changelog, or has no section for what is not released yet.
pub fn with_entry(text: &str, kind: Kind, entry: &str) -> Result<String, ChangelogError> {
    let changelog = Changelog::parse(text)?;
    let Some(unreleased) = changelog.unreleased() else {
        return Err(ChangelogError::NoUnreleased);
    };
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines: Vec<&str> = text.lines().collect();
    let item = format!("- {}", entry.trim().replace('\n', &format!("{ending}  ")));
    let group = unreleased.groups.iter().find(|group| group.kind == kind);
    let (at, new) = if let Some(group) = group {
        // Behind the group's last line that is not empty.
        let from = group.entries.last().map_or(group.line, |last| {
            last.line + u32::try_from(last.text.matches('\n').count()).unwrap_or(0)
        });
        let new = if group.entries.is_empty() {
            vec![String::new(), item]
        } else {
            vec![item]
        };
        (from as usize, new)
    } else {
        let heading = vec![String::new(), format!("### {kind}"), String::new(), item];
        (end_of(&lines, unreleased), heading)
    };
    let mut out: Vec<String> = lines[..at].iter().map(|line| (*line).to_owned()).collect();
    out.extend(new);
    if group.is_none() && lines.get(at).is_some_and(|line| !line.trim().is_empty()) {
        out.push(String::new());
    }
    out.extend(lines[at..].iter().map(|line| (*line).to_owned()));
    Ok(out.join(ending) + ending)
}

/// The line behind a section's last one that is not empty, link definitions left out.
fn end_of(lines: &[&str], section: &super::Section) -> usize {
    let heading = section.line as usize;
    let notes = section.notes().lines().count();
    if notes == 0 {
        return heading;
    }
    let leading = lines[heading..]
        .iter()
        .take_while(|line| line.trim().is_empty())
        .count();
    heading + leading + notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, kind: Kind, expected: &str) {
        assert_eq!(
            with_entry(text, kind, "New").expect("a changelog"),
            expected
        );
    }

    #[test]
    fn entries_go_under_their_heading() {
        check(
            "# C\n\n## [Unreleased]\n\n### Added\n\n- One\n  more\n\n### Fixed\n\n- Two\n\n## [1.0.0]\n",
            Kind::Added,
            "# C\n\n## [Unreleased]\n\n### Added\n\n- One\n  more\n- New\n\n### Fixed\n\n- Two\n\n## [1.0.0]\n",
        );
    }

    #[test]
    fn a_heading_that_is_missing_is_made() {
        check(
            "# C\n\n## [Unreleased]\n\n## [1.0.0]\n",
            Kind::Deprecated,
            "# C\n\n## [Unreleased]\n\n### Deprecated\n\n- New\n\n## [1.0.0]\n",
        );
        check(
            "# C\r\n\r\n## [Unreleased]\r\n\r\n### Fixed\r\n\r\n- Two\r\n\r\n[a]: b\r\n",
            Kind::Deprecated,
            "# C\r\n\r\n## [Unreleased]\r\n\r\n### Fixed\r\n\r\n- Two\r\n\r\n### Deprecated\r\n\r\n- New\r\n\r\n[a]: b\r\n",
        );
    }

    #[test]
    fn without_a_section_there_is_no_place_for_it() {
        let error = with_entry("# 1.0.0\n", Kind::Added, "New");
        assert_eq!(error, Err(ChangelogError::NoUnreleased));
    }
}
