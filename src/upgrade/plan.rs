//! What an upgrade will do.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::UpgradeError;
use super::offer;
use super::record::{self, Landed};
use super::request::{Event, Listener, Request, Wanted};
use crate::forge::GitHub;
use crate::git;
use crate::model::{Bump, CommitId};
use crate::plan::{Plan, Precondition, Reach, Step};
use crate::registry::IndexEntry;
use crate::service::{self, Pin, Service};
use crate::sys::durable::Lock;

/// The remote that branches go to.
pub(super) const REMOTE: &str = "origin";

/// What a step of an upgrade does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// Upgrades, mends and tries a copy, and lands it as a branch.
    Land {
        /// The branch.
        branch: String,
    },
    /// Pushes the branch.
    Push {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
    },
    /// Opens a pull request.
    PullRequest {
        /// The branch.
        branch: String,
        /// The repository: `OWNER/NAME`.
        repository: String,
    },
}

/// A pin that moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// The pin.
    pub pin: Pin,
    /// The version that it moves to.
    pub to: Version,
    /// All versions of the crate in its registry.
    #[serde(skip)]
    pub entries: Vec<IndexEntry>,
}

impl Move {
    /// The index's entry of the new version.
    pub fn entry(&self) -> &IndexEntry {
        let mut entries = self.entries.iter();
        let entry = entries.find(|entry| entry.vers == self.to);
        entry.expect("the version was chosen among the entries")
    }

    /// `acme-retry 1.2.0 -> 2.0.0`.
    pub fn line(&self) -> String {
        format!("{} {} -> {}", self.pin.name, self.pin.version, self.to)
    }

    /// `acme-retry 2.0.0`.
    pub(super) fn target(&self) -> String {
        format!("{} {}", self.pin.name, self.to)
    }
}

/// An upgrade, ready to be made.
#[derive(Debug)]
pub struct Prepared {
    /// The service.
    pub service: Service,
    /// What moves. Empty if all that is asked for is where it should be.
    pub moves: Vec<Move>,
    /// What will be done. Empty if it is done.
    pub plan: Plan<Action>,
    /// What an earlier run has made of the same, if it did.
    pub landed: Option<Landed>,
    /// Files that are not as they were committed: they are not part of it.
    pub uncommitted: Vec<Utf8PathBuf>,
    pub(super) branch: String,
    pub(super) head: CommitId,
    pub(super) github: Option<GitHub>,
    /// What an earlier run has left, of whatever versions; its branch may be gone.
    pub(super) earlier: Option<Landed>,
    pub(super) place: Utf8PathBuf,
    _lock: Lock,
}

/// Looks at what moves, and plans it. The repository stays as it is.
///
/// # Errors
/// If a crate is not pinned or a version is not there; if the manifests or the lockfile have
/// changes that are not committed; if the branch holds something else; if it is to be shared and
/// that cannot be.
pub fn prepare(request: &Request, listener: &mut Listener<'_>) -> Result<Prepared, UpgradeError> {
    let service = service::load(&request.dir, &request.load)?;
    let top = service.top.clone();
    let place = record::place(&top)?;
    let Some(lock) = Lock::try_acquire(&place.join("lock"))? else {
        return Err(UpgradeError::UnderWay { repository: top });
    };
    let head = head_of(&service)?;
    let uncommitted = uncommitted(&service)?;
    git::check_identity(&top)?;
    let moves = moves(&service, request, listener)?;
    let github = match &request.share {
        Some(access) if !moves.is_empty() => {
            let Some(url) = git::remote_url(&top, REMOTE)? else {
                let remote = REMOTE.to_owned();
                return Err(UpgradeError::NoRemote { remote });
            };
            Some(GitHub::open(&url, access)?)
        }
        Some(_) | None => None,
    };
    let branch = branch(&moves);
    let (earlier, is_there) = earlier(&place, &service, &branch)?;
    let is_same = |landed: &&Landed| {
        let lines = moves.iter().map(Move::line);
        landed.base == head && landed.builds && landed.moves.iter().cloned().eq(lines)
    };
    let landed = earlier.as_ref().filter(is_same).filter(|_| is_there);
    let landed = landed.cloned();
    let steps = steps(&moves, &branch, landed.as_ref(), github.as_ref());
    let targets: Vec<String> = moves.iter().map(Move::target).collect();
    let precondition = Precondition::Head {
        repository: top,
        commit: head.clone(),
    };
    Ok(Prepared {
        plan: Plan::new(
            format!("upgrade {}", targets.join(", ")),
            vec![precondition],
            steps,
        ),
        service,
        moves,
        landed,
        uncommitted,
        branch,
        head,
        github,
        earlier,
        place,
        _lock: lock,
    })
}

fn head_of(service: &Service) -> Result<CommitId, UpgradeError> {
    let head = git::commit_of(&service.top, "HEAD")?;
    Ok(head.ok_or_else(|| git::GitError::NoCommit {
        path: service.top.clone(),
    })?)
}

/// What is not committed. The pins were read from the manifests and the lockfile as they are on
/// disk: those must be committed.
fn uncommitted(service: &Service) -> Result<Vec<Utf8PathBuf>, UpgradeError> {
    let files = git::uncommitted(&service.top, &[])?;
    let root = service.root.strip_prefix(&service.top);
    let lock = root.unwrap_or(&service.root).join("Cargo.lock");
    let members = service.members.iter().map(|member| &member.manifest);
    let manifests = members.chain([&service.manifest]);
    let read: Vec<_> = manifests
        .map(|it| it.path().to_owned())
        .chain([lock])
        .collect();
    let changed: Vec<Utf8PathBuf> = files
        .iter()
        .filter(|it| read.contains(it))
        .cloned()
        .collect();
    if changed.is_empty() {
        Ok(files)
    } else {
        Err(git::GitError::Uncommitted { files: changed }.into())
    }
}

fn moves(
    service: &Service,
    request: &Request,
    listener: &mut Listener<'_>,
) -> Result<Vec<Move>, UpgradeError> {
    let mut pins: Vec<&Pin> = Vec::new();
    if request.crates.is_empty() {
        pins.extend(service.private()?.iter().filter(|pin| pin.is_direct()));
    }
    for name in &request.crates {
        pins.extend(service.pins_of(name)?);
    }
    pins.sort();
    pins.dedup();
    if let (Wanted::Version(version), false) = (&request.wanted, is_one(&pins)) {
        let version = version.clone();
        return Err(UpgradeError::WhichCrate { version });
    }
    let mut moves = Vec::new();
    for pin in pins {
        listener(Event::Progress(format!("asking for {}", pin.name)));
        let entries = service.versions(pin)?;
        let Some(entry) = offer::choose(pin, &entries, &request.wanted)? else {
            continue;
        };
        let to = entry.vers.clone();
        let (low, high) = if pin.version < to {
            (&pin.version, &to)
        } else {
            (&to, &pin.version)
        };
        if !pin.is_direct() && Bump::between(low, high) == Bump::Major {
            return Err(UpgradeError::NotDirect {
                step: format!("{} {} -> {to}", pin.name, pin.version),
                through: pin.through.clone(),
            });
        }
        moves.push(Move {
            pin: pin.clone(),
            to,
            entries,
        });
    }
    Ok(moves)
}

/// Are they all of one crate?
fn is_one(pins: &[&Pin]) -> bool {
    pins.windows(2).all(|two| two[0].name == two[1].name)
}

fn branch(moves: &[Move]) -> String {
    match moves {
        [one] => format!("quarry/upgrade-{}-{}", one.pin.name, one.to),
        _ => "quarry/upgrade".to_owned(),
    }
}

/// What an earlier run has left, and whether the branch is there.
///
/// # Errors
/// If the branch is somewhere else than that run left it.
fn earlier(
    place: &Utf8Path,
    service: &Service,
    branch: &str,
) -> Result<(Option<Landed>, bool), UpgradeError> {
    let recorded = Landed::load(place, branch)?;
    let Some(now) = git::head_of(&service.top, branch)? else {
        // A run was killed before it made the branch, or somebody removed it.
        return Ok((recorded, false));
    };
    match recorded {
        Some(landed) if landed.commit == now => Ok((Some(landed), true)),
        Some(_) | None => Err(UpgradeError::BranchTaken {
            branch: branch.to_owned(),
            commit: now,
        }),
    }
}

fn steps(
    moves: &[Move],
    branch: &str,
    landed: Option<&Landed>,
    github: Option<&GitHub>,
) -> Vec<Step<Action>> {
    if moves.is_empty() {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let branch = branch.to_owned();
    if landed.is_none() {
        let lines: Vec<String> = moves.iter().map(Move::line).collect();
        steps.push(Step {
            name: "land".to_owned(),
            reach: Reach::Local,
            title: format!(
                "upgrade {} in a copy, mend it and try it, and commit it to `{branch}`",
                lines.join(", ")
            ),
            action: Action::Land {
                branch: branch.clone(),
            },
        });
    }
    let is_pushed = landed.is_some_and(|it| it.pushed.as_ref() == Some(&it.commit));
    if !is_pushed {
        steps.push(Step {
            name: "push".to_owned(),
            reach: Reach::Remote,
            title: format!("push `{branch}` to `{REMOTE}`"),
            action: Action::Push {
                remote: REMOTE.to_owned(),
                branch: branch.clone(),
            },
        });
    }
    if landed.is_none_or(|it| it.pull_request.is_none()) {
        let repository = github.map(|it| it.repository().to_string());
        let repository = repository.unwrap_or_else(|| REMOTE.to_owned());
        steps.push(Step {
            name: "pull-request".to_owned(),
            reach: Reach::Remote,
            title: format!("open the pull request at {repository}"),
            action: Action::PullRequest { branch, repository },
        });
    }
    steps
}
