//! The plan of an extraction, and what its steps do. Each may be done twice.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::ExtractError;
use super::analysis::Analysis;
use super::repository::{BRANCH, NewRepository};
use super::request::{Event, Listener, Request};
use super::verify::Verification;
use crate::cargo::{self, Dirty, Existence, Invocation};
use crate::git;
use crate::model::{CommitId, CrateName, Digest, RegistryName};
use crate::plan::{Journal, Plan, Precondition, Reach, Step};
use crate::sys;
use crate::sys::scratch::Scratch;

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
        /// The workspace's folder in it.
        workspace: Utf8PathBuf,
        /// The packages that are built.
        packages: Vec<String>,
    },
}

/// Where the journal of an extraction is kept: in the monolith's git folder, which is not tracked.
pub fn journal_path(repository: &git::Repository, name: &CrateName) -> Utf8PathBuf {
    repository
        .common_dir()
        .join("quarry")
        .join(format!("{name}.journal.json"))
}

/// The plan that lands what was verified.
pub fn plan(
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
    let preconditions = vec![
        Precondition::Head {
            repository: root.clone(),
            commit: subject.repository.head().clone(),
        },
        Precondition::Vacant {
            path: request.into.clone(),
        },
        Precondition::Reference {
            repository: root.clone(),
            name: format!("refs/heads/{branch}"),
            commit: existing.clone(),
        },
    ];
    let step = |name: &str, reach, title: String, action| Step {
        name: name.to_owned(),
        reach,
        title,
        action,
    };
    let mut steps = vec![
        step(
            "repository",
            Reach::Local,
            format!("make the repository `{}`", request.into),
            Action::Repository {
                from: repository.dir.clone(),
                to: request.into.clone(),
            },
        ),
        step(
            "branch",
            Reach::Local,
            format!("make the branch `{branch}`"),
            Action::Branch {
                repository: root.clone(),
                name: branch,
                commit: commit.clone(),
                replaces: existing,
            },
        ),
    ];
    let tag = format!("v{}", subject.first_version());
    if let Some(url) = &request.remote {
        steps.push(step(
            "push",
            Reach::Remote,
            format!("push `{BRANCH}` to {url}"),
            Action::Push {
                repository: request.into.clone(),
                url: url.clone(),
                references: vec![BRANCH.to_owned()],
            },
        ));
    }
    if let (Some(registry), Some(package)) = (&request.registry, &repository.package) {
        for sibling in &repository.siblings {
            steps.push(step(
                &format!("publish-{}", sibling.name),
                Reach::Permanent,
                format!(
                    "publish {} {} to `{registry}`",
                    sibling.name, sibling.version
                ),
                Action::PublishSibling {
                    folder: sibling.folder.clone(),
                    registry: registry.clone(),
                    name: sibling.name.clone(),
                    version: sibling.version.clone(),
                    checksum: sibling.package.checksum.clone(),
                },
            ));
        }
        steps.push(step(
            "tag",
            Reach::Permanent,
            format!("tag `{tag}`"),
            Action::Tag {
                repository: request.into.clone(),
                name: tag.clone(),
                commit: repository.head.clone(),
            },
        ));
        steps.push(step(
            "publish",
            Reach::Permanent,
            format!(
                "publish {} {} to `{registry}`",
                request.name,
                subject.first_version()
            ),
            Action::Publish {
                repository: request.into.clone(),
                registry: registry.clone(),
                name: request.name.clone(),
                version: subject.first_version(),
                checksum: package.checksum.clone(),
            },
        ));
        steps.push(step(
            "verify-published",
            Reach::Permanent,
            format!("build the branch with what `{registry}` gives"),
            Action::VerifyPublished {
                repository: root,
                commit,
                workspace: subject.workspace_dir(),
                packages,
            },
        ));
        if let Some(url) = &request.remote {
            steps.push(step(
                "push-tag",
                Reach::Permanent,
                format!("push `{tag}` to {url}"),
                Action::Push {
                    repository: request.into.clone(),
                    url: url.clone(),
                    references: vec![tag],
                },
            ));
        }
    }
    Ok(Plan::new(describe(request), preconditions, steps))
}

/// One line that names an extraction: two with the same one are the same.
pub fn describe(request: &Request) -> String {
    let modules: Vec<String> = if request.modules.is_empty() {
        request.package.iter().cloned().collect()
    } else {
        request.modules.iter().map(ToString::to_string).collect()
    };
    format!(
        "extract {} as {} into {}",
        modules.join(" "),
        request.name,
        request.into
    )
}

/// Where an earlier run of the same extraction left the branch.
fn previous_branch(
    analysis: &Analysis,
    request: &Request,
) -> Result<Option<CommitId>, ExtractError> {
    let path = journal_path(&analysis.subject.repository, &request.name);
    let journal: Option<Journal<Action>> = Journal::load(&path)?;
    let steps = journal.into_iter().flat_map(|journal| journal.plan.steps);
    Ok(steps
        .filter_map(|step| match step.action {
            Action::Branch { name, commit, .. } if name == request.branch() => Some(commit),
            _ => None,
        })
        .next())
}

fn branch_message(analysis: &Analysis, request: &Request) -> String {
    let subject = &analysis.subject;
    let from = match &request.registry {
        Some(registry) => format!("from the registry `{registry}`"),
        None => "by path".to_owned(),
    };
    let users = if subject.is_whole() {
        "What uses it".to_owned()
    } else {
        subject.package.name.to_string()
    };
    format!(
        "Use {name} in place of {modules}\n\nThe code is a library of its own now. {users} depends on {name} {version},\n{from}.\n",
        name = request.name,
        modules = subject.taken().replacen("The package", "the package", 1),
        version = subject.first_version(),
    )
}

/// Does what a step says; if it is done already, nothing.
pub fn perform(
    step: &Step<Action>,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<(), ExtractError> {
    listener(Event::Stage("Applying", step.title.clone()));
    match &step.action {
        Action::Repository { from, to } => land_repository(from, to),
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
    if !from.is_dir() && to.join(".git").is_dir() {
        return Ok(());
    }
    match sys::fs::list(to) {
        Ok(entries) if entries.is_empty() => sys::fs::remove_dir_all(to)?,
        Ok(_) => {
            return Err(ExtractError::NotVacant {
                path: to.to_owned(),
            });
        }
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(error.into()),
    }
    sys::fs::rename(from, to)?;
    if let Some(scratch) = from.parent() {
        sys::fs::remove_dir_all(scratch)?;
    }
    Ok(())
}

struct PublishedCrate<'a> {
    repository: &'a Utf8Path,
    registry: &'a RegistryName,
    name: &'a CrateName,
    version: &'a Version,
    checksum: &'a Digest,
    dirty: Dirty,
}

fn publish(
    it: &PublishedCrate<'_>,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<(), ExtractError> {
    // Configuration is found from the monolith: the new repository may lie elsewhere.
    let settings = cargo::registry_settings(&Invocation::new(&request.dir), it.registry)?;
    let mut cargo = Invocation::new(it.repository);
    if let Some(index) = settings.index {
        cargo.env.push((
            format!("CARGO_REGISTRIES_{}_INDEX", it.registry.environment()),
            index,
        ));
    }
    match cargo::crate_exists(&cargo, it.registry, it.name, Some(it.version))? {
        Existence::Found => {
            let message = format!("{} {} is in `{}` already", it.name, it.version, it.registry);
            listener(Event::Note(message));
            return Ok(());
        }
        Existence::NotFound => {}
        Existence::NotConfigured => {
            return Err(ExtractError::NoRegistry {
                registry: it.registry.clone(),
                repository: it.repository.to_owned(),
            });
        }
        Existence::Unauthorized(why) => {
            return Err(ExtractError::Unauthorized {
                registry: it.registry.clone(),
                why,
            });
        }
        Existence::Unreachable(why) => {
            return Err(ExtractError::Unreachable {
                registry: it.registry.clone(),
                why,
            });
        }
    }
    let target = Scratch::new()?;
    let package = cargo::package(&cargo, target.path(), it.dirty, &[])?;
    let checksum = Digest::of(&sys::fs::read(&package)?);
    if checksum != *it.checksum {
        return Err(ExtractError::OtherBytes {
            name: it.name.clone(),
            verified: it.checksum.clone(),
            now: checksum,
        });
    }
    cargo.target_dir = Some(target.path().to_owned());
    let mut on_line = |line: &str| listener(Event::Progress(line.trim().to_owned()));
    let args: &[&str] = match it.dirty {
        Dirty::Allow => &["--allow-dirty"],
        Dirty::Refuse => &[],
    };
    cargo::publish(&cargo, it.registry, args, &mut on_line)?;
    Ok(())
}

fn verify_published(
    repository: &Utf8Path,
    commit: &CommitId,
    workspace: &Utf8Path,
    packages: &[String],
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<(), ExtractError> {
    let opened = git::open(repository)?;
    let scratch = super::subject::scratch_beside(repository)?;
    let tree = scratch.path().join("tree");
    git::export_tree(repository, commit, &tree)?;
    let cargo = Invocation {
        target_dir: Some(super::subject::target_dir(&opened)),
        locked: true,
        offline: request.offline,
        ..Invocation::new(tree.join(workspace))
    };
    let mut args = vec!["--all-targets"];
    args.extend(packages.iter().flat_map(|name| ["-p", name.as_str()]));
    let built = cargo::check(&cargo, &args, &mut |line| {
        listener(Event::Progress(line.trim().to_owned()));
    })?;
    if built.success {
        return Ok(());
    }
    let errors: Vec<String> = built
        .errors()
        .map(|(_, error)| {
            error
                .rendered
                .clone()
                .unwrap_or_else(|| error.message.clone())
        })
        .collect();
    let errors = if errors.is_empty() {
        vec![built.stderr]
    } else {
        errors
    };
    Err(ExtractError::PublishedDoesNotBuild { errors })
}
