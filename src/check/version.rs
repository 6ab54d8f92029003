//! What the changes ask of the version.

use semver::Version;

use super::baseline::Compared;
use super::subject::Subject;
use crate::findings::{Finding, codes};
use crate::manifest::{place_of_package, stated_field};
use crate::model::{Bump, Place};

/// The least version of a release with a change of that weight. A pre-release promises nothing:
/// after one, its own version will do.
pub(super) fn next(bump: Bump, baseline: &Version) -> Version {
    if baseline.pre.is_empty() {
        bump.next(baseline)
    } else {
        Version::new(baseline.major, baseline.minor, baseline.patch)
    }
}

/// The findings of the version, where `next` is the least that the next release can have.
pub(super) fn look(subject: &Subject, compared: &Compared, next: &Version) -> Vec<Finding> {
    let (Some(current), Some(baseline)) = (&subject.version, &compared.baseline) else {
        return Vec::new();
    };
    let core = |version: &Version| (version.major, version.minor, version.patch);
    let place = place_of_version(subject);
    let mut findings = Vec::new();
    // Between releases the manifest has the last one's version, and that is as it should be.
    let is_raised = current.cmp_precedence(&baseline.version).is_gt();
    if is_raised && core(current) < core(next) {
        let message = format!(
            "the version is {current}, and after {} the changes ask for {next}",
            baseline.version
        );
        let help = format!("set the version to {next}, or undo the changes that need it");
        findings.push(
            codes::VERSION_TOO_LOW
                .finding(message)
                .at([place])
                .help(help),
        );
    } else if !is_raised && compared.taken.iter().any(|taken| taken == next) {
        let message = format!("the next version is {next}, which is released already");
        let help = "rebase on the branch that releases are made from";
        findings.push(codes::VERSION_TAKEN.finding(message).at([place]).help(help));
    }
    findings
}

fn place_of_version(subject: &Subject) -> Place {
    let stated = stated_field(&subject.manifest, subject.workspace.as_ref(), "version");
    let place = stated.ok().flatten().map(|stated| stated.place);
    place.unwrap_or_else(|| place_of_package(&subject.manifest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_pre_release_its_version_will_do() {
        let next = |bump, from: &str| next(bump, &from.parse().expect("a version")).to_string();
        assert_eq!(next(Bump::Major, "1.0.0-rc.1"), "1.0.0");
        assert_eq!(next(Bump::Major, "1.2.3"), "2.0.0");
        assert_eq!(next(Bump::Minor, "0.2.3"), "0.2.4");
    }
}
