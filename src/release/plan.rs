//! What a release will do.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::ReleaseError;
use super::checks::{self, Checked};
use super::request::{Event, Listener, Request};
use super::subject::{Publish, Subject};
use super::version::word;
use crate::findings::Finding;
use crate::model::{Bump, CommitId};
use crate::plan::{Plan, Precondition, Reach, Step};

/// What a step of a release does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// Lets cargo-release make the commit and the tag of a crate, in a twin of the repository.
    Release {
        /// The crate.
        name: String,
        /// Its new version.
        version: Version,
        /// The tag.
        tag: String,
    },
    /// Pushes the branch and the tags, all or none.
    Push {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
        /// The tags.
        tags: Vec<String>,
    },
    /// Moves the branch that is checked out on to the release, and makes the tags.
    Land {
        /// The branch.
        branch: String,
        /// The tags.
        tags: Vec<String>,
    },
}

/// What one crate's release is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleasedCrate {
    /// Its name.
    pub name: String,
    /// Its folder, relative to the repository's root.
    pub folder: Utf8PathBuf,
    /// The version in its manifest.
    pub from: Version,
    /// The latest version that is out and no pre-release.
    pub latest: Option<Version>,
    /// Its next version.
    pub to: Version,
    /// How far that is from the latest; none for a first release.
    pub level: Option<Bump>,
    /// How far its changes need it to move, where that is known.
    pub needed: Option<Bump>,
    /// Its tag.
    pub tag: String,
    /// The registries that CI publishes it to.
    pub registries: Vec<String>,
    /// What the changelog says of it.
    pub notes: String,
    /// Does it say that under the version's number already? Then it stays as it is.
    pub is_described: bool,
}

/// A release, ready to be made; or why it may not be.
#[derive(Debug)]
pub struct Prepared {
    /// What stands in the way. With any, nothing can be applied.
    pub findings: Vec<Finding>,
    /// The crates whose next version is known, those that others need first.
    pub crates: Vec<ReleasedCrate>,
    /// What will be done. Empty if something stands in the way.
    pub plan: Plan<Action>,
    pub(super) subject: Subject,
}

/// Looks at all that must be so before a release, and plans it. `needed` says how far the changes
/// of each crate need its version to move, by its name; a crate that is not in it needs its level
/// named. The repository stays as it is.
///
/// # Errors
/// If something could not be looked at. What stands in the way is in the findings, all of it.
pub fn prepare(
    subject: Subject,
    request: &Request,
    needed: &BTreeMap<String, Bump>,
    listener: &mut Listener<'_>,
) -> Result<Prepared, ReleaseError> {
    listener(Event::Stage("Checking", subject_line(&subject)));
    let checked = checks::run(&subject, request, needed, listener)?;
    let Checked {
        mut findings,
        crates,
    } = checked;
    findings.sort();
    let steps = if findings.is_empty() {
        steps(&subject, request, &crates)
    } else {
        Vec::new()
    };
    let names = crates.iter().map(|it| format!("{} {}", it.name, it.to));
    let head = Precondition::Head {
        repository: subject.repository.root().to_owned(),
        commit: subject.repository.head().clone(),
    };
    // In this order, whatever their reach: the user's branch follows what is out.
    let plan = Plan {
        version: 1,
        subject: format!("release {}", names.collect::<Vec<_>>().join(", ")),
        preconditions: vec![head],
        steps,
    };
    Ok(Prepared {
        findings,
        crates,
        plan,
        subject,
    })
}

fn subject_line(subject: &Subject) -> String {
    let names: Vec<&str> = subject.crates.iter().map(|it| it.name.as_str()).collect();
    names.join(", ")
}

fn steps(subject: &Subject, request: &Request, crates: &[ReleasedCrate]) -> Vec<Step<Action>> {
    let mut steps: Vec<Step<Action>> = Vec::new();
    for (krate, candidate) in crates.iter().zip(&subject.crates) {
        let hook = match &candidate.hook {
            Some(hook) => format!(", with its hook `{hook}`"),
            None => String::new(),
        };
        let title = if krate.is_described {
            format!(
                "take {} {} as it is, and its changelog, and tag it `{}`{hook}",
                krate.name, krate.to, krate.tag
            )
        } else if krate.from == krate.to {
            format!(
                "commit {} {} as it is, and tag it `{}`{hook}",
                krate.name, krate.to, krate.tag
            )
        } else {
            format!(
                "commit {} {} -> {}, and tag it `{}`{hook}",
                krate.name, krate.from, krate.to, krate.tag
            )
        };
        steps.push(Step {
            name: format!("release-{}", krate.name),
            reach: Reach::Local,
            title,
            action: Action::Release {
                name: krate.name.clone(),
                version: krate.to.clone(),
                tag: krate.tag.clone(),
            },
        });
    }
    let tags: Vec<String> = crates.iter().map(|krate| krate.tag.clone()).collect();
    let listed = tags.iter().map(|tag| format!("`{tag}`"));
    let listed = listed.collect::<Vec<_>>().join(", ");
    let branch = subject.branch().to_owned();
    if request.push {
        let remote = subject.settings.remote().to_owned();
        steps.push(Step {
            name: "push".to_owned(),
            reach: Reach::Permanent,
            title: format!("push `{branch}` and {listed} to `{remote}`, all or none"),
            action: Action::Push {
                remote,
                branch: branch.clone(),
                tags: tags.clone(),
            },
        });
    }
    steps.push(Step {
        name: "land".to_owned(),
        reach: Reach::Local,
        title: format!("move `{branch}` here on to it, and make {listed}"),
        action: Action::Land { branch, tags },
    });
    steps
}

impl Prepared {
    /// Rehearses it in the twin: what is made there is compared with the plan and thrown away.
    /// False where a hook would run: then cargo-release's own dry run is all.
    ///
    /// # Errors
    /// As [`super::apply`], before anything is pushed.
    pub fn rehearse(&self, listener: &mut Listener<'_>) -> Result<bool, ReleaseError> {
        Ok(super::rehearse::rehearse(self, listener)?.is_some())
    }
}

impl ReleasedCrate {
    /// Its level for people: `minor`, `major; its changes need minor`, `first release`.
    pub fn level_line(&self) -> String {
        let level = self.level.map_or("first release", word);
        match self.needed {
            Some(needed) if self.level.is_some_and(|level| level != needed) => {
                format!("{level}; its changes need {}", word(needed))
            }
            _ => level.to_owned(),
        }
    }
}

impl Publish {
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::To(names) => names.iter().map(ToString::to_string).collect(),
            Self::Never | Self::Anywhere => Vec::new(),
        }
    }
}

/// What the release of all crates came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Made {
    /// The head of the branch before.
    pub(super) base: CommitId,
    /// Its head with the release.
    pub(super) head: CommitId,
    /// The tags and the objects that they name.
    pub(super) tags: BTreeMap<String, CommitId>,
}
