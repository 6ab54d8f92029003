//! The plan of an extraction, and what its steps do. Each may be done twice.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::ExtractError;
use super::analysis::Analysis;
use super::earlier::is_vacant;
use super::publish::{PublishedCrate, publish, verify_published};
use super::repository::{BRANCH, NewRepository};
use super::request::{Event, Listener, Request};
use super::settle::monolith_dir;
use super::siblings::PackagedSibling;
use super::verify::Verification;
use crate::cargo::Dirty;
use crate::git;
use crate::model::{CommitId, CrateName, Digest, RegistryName};
use crate::plan::{Journal, Plan, Precondition, Reach, Step};
use crate::sys;

/// What a step of an extraction does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// Renames the finished repository to its place.
    Repository {
        /// Where it was made.
        from: Utf8PathBuf,
        /// Its place.
        to: Utf8PathBuf,
        /// Its head.
        head: CommitId,
    },
    /// Moves a library that is there already on to later commits.
    Advance {
        /// Where they were made.
        from: Utf8PathBuf,
        /// The library.
        to: Utf8PathBuf,
        /// Its new head.
        head: CommitId,
        /// Its head before.
        was: CommitId,
    },
    /// Makes the monolith's branch, or moves it on from where we left it.
    Branch {
        /// The monolith.
        repository: Utf8PathBuf,
        /// The branch.
        name: String,
        /// Its head.
        commit: CommitId,
        /// Its head before, if we made that.
        replaces: Option<CommitId>,
    },
    /// Tags the library's first version.
    Tag {
        /// The library.
        repository: Utf8PathBuf,
        /// The tag.
        name: String,
        /// The commit.
        commit: CommitId,
    },
    /// Pushes the library.
    Push {
        /// The library.
        repository: Utf8PathBuf,
        /// The remote's URL.
        url: String,
        /// What is pushed.
        references: Vec<String>,
    },
    /// Publishes those very bytes.
    Publish {
        /// The library.
        repository: Utf8PathBuf,
        /// The registry.
        registry: RegistryName,
        /// The crate.
        name: CrateName,
        /// The version.
        version: Version,
        /// The checksum of its `.crate`.
        checksum: Digest,
    },
    /// Publishes a package of the monolith's workspace that the library needs.
    PublishSibling {
        /// A copy of the package's folder.
        folder: Utf8PathBuf,
        /// The registry.
        registry: RegistryName,
        /// The crate.
        name: CrateName,
        /// The version.
        version: Version,
        /// The checksum of its `.crate`.
        checksum: Digest,
    },
    /// Builds the monolith's branch with what the registry gives.
    VerifyPublished {
        /// The monolith.
        repository: Utf8PathBuf,
        /// The branch's head.
        commit: CommitId,
        /// The folder in it that cargo runs in.
        workspace: Utf8PathBuf,
        /// The packages that are built.
        packages: Vec<String>,
    },
}

/// Where the journal of an extraction is kept: in the monolith's git folder, which is not tracked.
pub(super) fn journal_path(repository: &git::Repository, name: &CrateName) -> Utf8PathBuf {
    repository
        .common_dir()
        .join("quarry")
        .join(format!("{name}.journal.json"))
}

/// The plan that lands what was verified.
pub(super) fn plan(
    analysis: &Analysis,
    request: &Request,
    repository: &NewRepository,
    verification: &Verification,
    packages: Vec<String>,
) -> Result<Plan<Action>, ExtractError> {
    let subject = &analysis.subject;
    let root = subject.repository.root().to_owned();
    let changed: Vec<Utf8PathBuf> = verification.changed.iter().cloned().collect();
    let commit = git::commit_tree_from_dir(
        &root,
        subject.repository.head(),
        &subject.tree_root,
        &changed,
        &branch_message(analysis, request),
    )?;
    let branch = request.branch();
    let existing = git::head_of(&root, &branch)?;
    let ours = previous_branch(analysis, request)?;
    if existing.is_some() && existing != ours && existing.as_ref() != Some(&commit) {
        return Err(ExtractError::BranchExists { branch });
    }
    let head = Precondition::Head {
        repository: root.clone(),
        commit: subject.repository.head().clone(),
    };
    let reference = Precondition::Reference {
        repository: root.clone(),
        name: format!("refs/heads/{branch}"),
        commit: existing.clone(),
    };
    let (vacant, first) = library_step(request, repository);
    let mut steps = vec![
        first,
        Step {
            name: "branch".to_owned(),
            reach: Reach::Local,
            title: format!("make the branch `{branch}`"),
            action: Action::Branch {
                repository: root.clone(),
                name: branch,
                commit: commit.clone(),
                replaces: existing,
            },
        },
    ];
    let published = PublishedBuild {
        repository: root,
        commit,
        workspace: monolith_dir(subject, request),
        packages,
        version: subject.first_version(),
    };
    steps.extend(outward_steps(request, repository, published));
    let preconditions = vec![head, vacant, reference];
    Ok(Plan::new(describe(request), preconditions, steps))
}

/// The step that puts the library in its place, and what must be so there.
fn library_step(request: &Request, library: &NewRepository) -> (Precondition, Step<Action>) {
    let (from, to, head) = (&library.dir, &request.into, &library.head);
    let (precondition, title, action) = match &library.was {
        None => (
            Precondition::Vacant { path: to.clone() },
            format!("make the repository `{to}`"),
            Action::Repository {
                from: from.clone(),
                to: to.clone(),
                head: head.clone(),
            },
        ),
        Some(was) => (
            Precondition::Reference {
                repository: to.clone(),
                name: format!("refs/heads/{BRANCH}"),
                commit: Some(was.clone()),
            },
            format!("move the repository `{to}` on to {}", head.short()),
            Action::Advance {
                from: from.clone(),
                to: to.clone(),
                head: head.clone(),
                was: was.clone(),
            },
        ),
    };
    let step = Step {
        name: "repository".to_owned(),
        reach: Reach::Local,
        title,
        action,
    };
    (precondition, step)
}

struct PublishedBuild {
    repository: Utf8PathBuf,
    commit: CommitId,
    workspace: Utf8PathBuf,
    packages: Vec<String>,
    version: Version,
}

/// The steps that reach further than this machine.
fn outward_steps(
    request: &Request,
    library: &NewRepository,
    build: PublishedBuild,
) -> Vec<Step<Action>> {
    let version = build.version;
    let tag = format!("v{version}");
    let step = |name: &str, reach, title: String, action| Step {
        name: name.to_owned(),
        reach,
        title,
        action,
    };
    let push = |name: &str, reach, what: &str, url: &String| {
        let action = Action::Push {
            repository: request.into.clone(),
            url: url.clone(),
            references: vec![what.to_owned()],
        };
        step(name, reach, format!("push `{what}` to {url}"), action)
    };
    let mut steps = Vec::new();
    if let Some(url) = &request.remote {
        steps.push(push("push", Reach::Remote, BRANCH, url));
    }
    let (Some(registry), Some(package)) = (&request.registry, &library.package) else {
        return steps;
    };
    for sibling in &library.siblings {
        let PackagedSibling { name, version, .. } = sibling;
        let action = Action::PublishSibling {
            folder: sibling.folder.clone(),
            registry: registry.clone(),
            name: name.clone(),
            version: version.clone(),
            checksum: sibling.package.checksum.clone(),
        };
        let title = format!("publish {name} {version} to `{registry}`");
        steps.push(step(
            &format!("publish-{name}"),
            Reach::Permanent,
            title,
            action,
        ));
    }
    let action = Action::Tag {
        repository: request.into.clone(),
        name: tag.clone(),
        commit: library.release.clone(),
    };
    let title = format!("tag `{tag}`");
    steps.push(step("tag", Reach::Permanent, title, action));
    let action = Action::Publish {
        repository: request.into.clone(),
        registry: registry.clone(),
        name: request.name.clone(),
        version: version.clone(),
        checksum: package.checksum.clone(),
    };
    let title = format!("publish {} {version} to `{registry}`", request.name);
    steps.push(step("publish", Reach::Permanent, title, action));
    let action = Action::VerifyPublished {
        repository: build.repository,
        commit: build.commit,
        workspace: build.workspace,
        packages: build.packages,
    };
    let title = format!("build the branch with what `{registry}` gives");
    steps.push(step("verify-published", Reach::Permanent, title, action));
    if let Some(url) = &request.remote {
        steps.push(push("push-tag", Reach::Permanent, &tag, url));
    }
    steps
}

/// The arguments that make an extraction what it is: two with the same ones are the same.
pub(super) fn describe(request: &Request) -> String {
    let mut words = vec!["extract".to_owned()];
    let manifest = request.manifest_path.iter();
    words.extend(manifest.map(|path| format!("--manifest-path {path}")));
    words.extend(request.package.iter().map(|name| format!("-p {name}")));
    words.extend(request.modules.iter().map(ToString::to_string));
    words.push(format!("--name {} --into {}", request.name, request.into));
    let named = [
        (
            "--registry",
            request.registry.as_ref().map(ToString::to_string),
        ),
        ("--remote", request.remote.clone()),
        ("--branch", request.branch.clone()),
    ];
    for (flag, value) in named {
        words.extend(value.map(|value| format!("{flag} {value}")));
    }
    words.extend(request.leave.iter().map(|item| format!("--leave '{item}'")));
    let flags = [
        ("--with-needed", request.with_needed),
        ("--rewrite-paths", request.rewrite_paths),
        ("--no-history", request.no_history),
    ];
    let given = flags.iter().filter(|(_, given)| *given);
    words.extend(given.map(|(flag, _)| (*flag).to_owned()));
    words.join(" ")
}

/// Where an earlier run of the same extraction left the branch.
fn previous_branch(
    analysis: &Analysis,
    request: &Request,
) -> Result<Option<CommitId>, ExtractError> {
    let path = journal_path(&analysis.subject.repository, &request.name);
    let journal: Option<Journal<Action>> = Journal::load(&path)?;
    let mut steps = journal.into_iter().flat_map(|journal| journal.plan.steps);
    Ok(steps.find_map(|step| match step.action {
        Action::Branch { name, commit, .. } if name == request.branch() => Some(commit),
        _ => None,
    }))
}

fn branch_message(analysis: &Analysis, request: &Request) -> String {
    let subject = &analysis.subject;
    let from = match &request.registry {
        Some(registry) => format!("from the registry `{registry}`"),
        None => "by path".to_owned(),
    };
    let users = if subject.is_whole() {
        "What uses it"
    } else {
        subject.package.name.as_str()
    };
    format!(
        "Use {name} in place of {modules}\n\nThe code is a library of its own now. {users} depends on {name} {version},\n{from}.\n",
        name = request.name,
        modules = subject.taken(),
        version = subject.first_version(),
    )
}

/// Does what a step says; if it is done already, nothing.
pub(super) fn perform(
    step: &Step<Action>,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<(), ExtractError> {
    listener(Event::Stage("Applying", step.title.clone()));
    match &step.action {
        Action::Repository { from, to, .. } => land_repository(from, to),
        Action::Advance { from, to, head, .. } => advance(from, to, head),
        Action::Branch {
            repository,
            name,
            commit,
            replaces,
        } => Ok(git::create_branch(
            repository,
            name,
            commit,
            replaces.as_ref(),
        )?),
        Action::Tag {
            repository,
            name,
            commit,
        } => Ok(git::tag(repository, name, commit, &format!("{name}\n"))?),
        Action::Push {
            repository,
            url,
            references,
        } => {
            git::set_remote(repository, "origin", url)?;
            let references: Vec<&str> = references.iter().map(String::as_str).collect();
            Ok(git::push(repository, "origin", &references)?)
        }
        Action::Publish {
            repository,
            registry,
            name,
            version,
            checksum,
        } => {
            let crate_id = PublishedCrate {
                repository,
                registry,
                name,
                version,
                checksum,
                dirty: Dirty::Refuse,
            };
            publish(&crate_id, request, listener)
        }
        Action::PublishSibling {
            folder,
            registry,
            name,
            version,
            checksum,
        } => {
            let crate_id = PublishedCrate {
                repository: folder,
                registry,
                name,
                version,
                checksum,
                // It is a copy, which is in no repository.
                dirty: Dirty::Allow,
            };
            publish(&crate_id, request, listener)
        }
        Action::VerifyPublished {
            repository,
            commit,
            workspace,
            packages,
        } => verify_published(repository, commit, workspace, packages, request, listener),
    }
}

fn land_repository(from: &Utf8Path, to: &Utf8Path) -> Result<(), ExtractError> {
    // Renamed already, before a run that was cut off could note it.
    if from.is_dir() || !to.join(".git").is_dir() {
        if !is_vacant(to)? {
            return Err(ExtractError::NotVacant {
                path: to.to_owned(),
                made_by: None,
            });
        }
        // An empty folder would be in the way where folders cannot be renamed over others.
        sys::fs::remove_dir_all(to)?;
        sys::fs::rename(from, to)?;
    }
    remove_scratch(from)
}

/// Removes the scratch folder that a repository was made in.
fn remove_scratch(repository: &Utf8Path) -> Result<(), ExtractError> {
    match repository.parent() {
        Some(scratch) => Ok(sys::fs::remove_dir_all(scratch)?),
        None => Ok(()),
    }
}

fn advance(from: &Utf8Path, to: &Utf8Path, head: &CommitId) -> Result<(), ExtractError> {
    if git::head_of(to, BRANCH)?.as_ref() != Some(head) {
        git::fast_forward(to, from, BRANCH, head)?;
    }
    remove_scratch(from)
}
