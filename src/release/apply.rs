//! From the twin to the world: the push, then the user's branch and tags. A run that is killed
//! after the push is completed by the next one.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::ReleaseError;
use super::plan::{Made, Prepared};
use super::rehearse;
use super::request::{Event, Listener, Request};
use super::subject::{Subject, place};
use crate::git::{self, GitError};
use crate::model::CommitId;
use crate::plan::PlanError;
use crate::sys;
use crate::sys::durable::{self, Lock};

/// A release that is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// The tags.
    pub tags: Vec<String>,
    /// The commit of the release.
    pub commit: CommitId,
    /// The remote that it was pushed to.
    pub remote: Option<String>,
    /// The branch.
    pub branch: String,
}

/// What is written down before the push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// The format of this data; 1.
    version: u32,
    branch: String,
    remote: Option<String>,
    made: Made,
}

impl Record {
    fn finished(&self) -> Finished {
        Finished {
            tags: self.made.tags.keys().cloned().collect(),
            commit: self.made.head.clone(),
            remote: self.remote.clone(),
            branch: self.branch.clone(),
        }
    }
}

fn record_path(repository: &git::Repository) -> Utf8PathBuf {
    place(repository).with_extension("json")
}

/// Makes the release as planned. If something fails, the repository and its remote are as they
/// were, unless the error says otherwise.
pub fn apply(
    prepared: &Prepared,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<Finished, ReleaseError> {
    let made = rehearse::release(prepared, listener)?;
    let subject = &prepared.subject;
    let root = subject.repository.root();
    check_still(subject)?;
    let branch = subject.branch();
    let mut names: Vec<String> = vec![format!("refs/heads/{branch}")];
    names.extend(made.tags.keys().map(|tag| format!("refs/tags/{tag}")));
    git::bring_objects(root, subject.twin.root().as_str(), &names)?;
    let record = Record {
        version: 1,
        branch: branch.to_owned(),
        remote: request.push.then(|| subject.settings.remote().to_owned()),
        made,
    };
    let path = record_path(&subject.repository);
    let text = serde_json::to_string_pretty(&record).expect("strings and maps serialise");
    durable::write(&path, text + "\n")?;
    if let Some(remote) = &record.remote {
        let what = record
            .made
            .tags
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        listener(Event::Stage(
            "Pushing",
            format!("{branch}, {what} to {remote}"),
        ));
        push(
            root,
            remote,
            &record,
            subject.settings.push_options(),
            &path,
        )?;
    }
    land(root, &record)?;
    sys::fs::remove_file(&path)?;
    Ok(record.finished())
}

/// Between the checks and the push, hooks ran and time passed.
fn check_still(subject: &Subject) -> Result<(), ReleaseError> {
    let root = subject.repository.root();
    let overtaken = |what: &str| {
        let what = what.to_owned();
        Err(ReleaseError::Overtaken { what })
    };
    let now = git::open(root)?;
    if now.head() != subject.repository.head() || now.branch() != subject.repository.branch() {
        return overtaken("another commit is checked out");
    }
    if !git::uncommitted(root, &[])?.is_empty() {
        return overtaken("there are changes that are not committed");
    }
    Ok(())
}

fn push(
    root: &Utf8Path,
    remote: &str,
    record: &Record,
    options: &[String],
    path: &Utf8Path,
) -> Result<(), ReleaseError> {
    let made = &record.made;
    let mut references = vec![(made.head.clone(), format!("refs/heads/{}", record.branch))];
    let tags = made.tags.iter();
    references.extend(tags.map(|(tag, object)| (object.clone(), format!("refs/tags/{tag}"))));
    let Err(source) = git::push_objects(root, remote, &references, options) else {
        return Ok(());
    };
    // A connection that breaks after the remote has taken it all.
    match is_out(root, remote, record) {
        Ok(true) => Ok(()),
        Ok(false) => {
            sys::fs::remove_file(path)?;
            let remote = remote.to_owned();
            Err(ReleaseError::Push { remote, source })
        }
        // Nobody knows: the record stays, and the next run asks again.
        Err(_) => Err(ReleaseError::Lost {
            remote: remote.to_owned(),
            source,
        }),
    }
}

/// Does the remote have the tags?
fn is_out(root: &Utf8Path, remote: &str, record: &Record) -> Result<bool, GitError> {
    let tags = &record.made.tags;
    let names: Vec<String> = tags.keys().map(|tag| format!("refs/tags/{tag}")).collect();
    let there = git::remote_refs(root, remote, &names)?;
    Ok(tags.iter().all(|(tag, object)| {
        let found = there.get(&format!("refs/tags/{tag}"));
        found.is_some_and(|found| found.object == *object)
    }))
}

fn land(root: &Utf8Path, record: &Record) -> Result<(), ReleaseError> {
    let failed = |source| ReleaseError::Land {
        branch: record.branch.clone(),
        source,
    };
    git::land(root, &record.made.head).map_err(failed)?;
    for (tag, object) in &record.made.tags {
        git::place_tag(root, tag, object).map_err(failed)?;
    }
    Ok(())
}

/// Is there a release that was cut off?
pub fn is_interrupted(dir: &Utf8Path) -> Result<bool, ReleaseError> {
    Ok(record_path(&git::open(dir)?).exists())
}

/// Completes a release that was cut off after its push: the user's branch follows, and the tags
/// are made. None if there is none, or if it was cut off before: then nothing has happened.
///
/// # Errors
/// If the branch that was released is not checked out or has moved elsewhere meanwhile, or if the
/// remote cannot be asked.
pub fn finish_interrupted(dir: &Utf8Path) -> Result<Option<Finished>, ReleaseError> {
    let repository = git::open(dir)?;
    let path = record_path(&repository);
    let lock = Lock::try_acquire(&place(&repository).with_extension("lock"))?;
    let Some(_lock) = lock else {
        return Err(ReleaseError::UnderWay {
            repository: repository.root().to_owned(),
        });
    };
    let Some(text) = sys::fs::read_text_if_exists(&path)? else {
        return Ok(None);
    };
    sys::fs::remove_dir_all(&place(&repository))?;
    let record: Record = serde_json::from_str(&text).map_err(|source| PlanError::Journal {
        path: path.clone(),
        source,
    })?;
    let root = repository.root();
    let made = &record.made;
    let happened = match &record.remote {
        Some(remote) => is_out(root, remote, &record)?,
        None => has_begun(root, repository.head(), &record)?,
    };
    // Whoever went on from there by other means needs nothing of us.
    let went_on =
        repository.head() != &made.head && git::is_ancestor(root, &made.head, repository.head())?;
    if happened && !went_on {
        if repository.branch() != Some(&record.branch) {
            let branch = record.branch;
            return Err(ReleaseError::OtherBranch { branch });
        }
        if repository.head() != &made.head {
            git::settle(root, &made.head)?;
        }
        land(root, &record)?;
    }
    sys::fs::remove_file(&path)?;
    Ok((happened && !went_on).then(|| record.finished()))
}

/// Without a push: is anything of it to be seen?
fn has_begun(root: &Utf8Path, head: &CommitId, record: &Record) -> Result<bool, GitError> {
    // A tag alone moves nothing: what is seen of the branch and the files is none of ours.
    let has_commit = record.made.head != record.made.base;
    if has_commit && (*head == record.made.head || !git::uncommitted(root, &[])?.is_empty()) {
        return Ok(true);
    }
    for (tag, object) in &record.made.tags {
        if git::object_of(root, &format!("refs/tags/{tag}"))?.as_ref() == Some(object) {
            return Ok(true);
        }
    }
    Ok(false)
}
