//! The journal: which steps of a plan are done, on disk before the next one begins.

use camino::{Utf8Path, Utf8PathBuf};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Plan, Reach, Step};
use crate::sys::{self, SysError};

/// A journal that cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// A journal of another version, or damaged.
    #[error("cannot read the journal `{path}`")]
    Journal {
        /// The file.
        path: Utf8PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
}

impl PlanError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Sys(error) => error.help(),
            Self::Journal { path, .. } => Some(format!(
                "delete `{path}` to start again; nothing that was done is lost"
            )),
        }
    }
}

/// A plan and how far it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal<A> {
    /// The plan as it was first applied.
    pub plan: Plan<A>,
    /// The names of the steps that are done.
    pub done: Vec<String>,
}

impl<A: Serialize + DeserializeOwned> Journal<A> {
    /// Reads the journal at `path`; none if there is none.
    pub fn load(path: &Utf8Path) -> Result<Option<Self>, PlanError> {
        let Some(text) = sys::fs::read_text_if_exists(path)? else {
            return Ok(None);
        };
        let journal = serde_json::from_str(&text).map_err(|source| PlanError::Journal {
            path: path.to_owned(),
            source,
        })?;
        Ok(Some(journal))
    }

    /// Writes it, atomically.
    pub fn save(&self, path: &Utf8Path) -> Result<(), PlanError> {
        let text = serde_json::to_string_pretty(self).map_err(|source| PlanError::Journal {
            path: path.to_owned(),
            source,
        })?;
        Ok(sys::fs::write(path, text + "\n")?)
    }

    /// The steps still to do.
    pub fn pending(&self) -> impl Iterator<Item = &Step<A>> {
        self.plan
            .steps
            .iter()
            .filter(|step| !self.done.contains(&step.name))
    }

    /// Is every step done?
    pub fn is_complete(&self) -> bool {
        self.pending().next().is_none()
    }
}

/// What a run did and what it left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The steps that ran now.
    pub ran: Vec<String>,
    /// The steps that wait for leave to reach further.
    pub held: Vec<String>,
}

/// Runs the pending steps of the journal at `path`, up to `reach`, in order. Each is noted on
/// disk when it is done: after a crash the step under way runs again, so `perform` must stand
/// being called twice.
pub fn apply<A, E>(
    journal: &mut Journal<A>,
    path: &Utf8Path,
    reach: Reach,
    perform: &mut dyn FnMut(&Step<A>) -> Result<(), E>,
) -> Result<Applied, E>
where
    A: Serialize + DeserializeOwned + Clone,
    E: From<PlanError>,
{
    journal.save(path)?;
    let mut applied = Applied::default();
    let pending: Vec<Step<A>> = journal.pending().cloned().collect();
    for step in pending {
        if step.reach > reach {
            applied.held.push(step.name);
            continue;
        }
        perform(&step)?;
        journal.done.push(step.name.clone());
        journal.save(path)?;
        applied.ran.push(step.name);
    }
    Ok(applied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::scratch::Scratch;

    fn plan() -> Plan<String> {
        let step = |name: &str, reach| Step {
            name: name.to_owned(),
            reach,
            title: name.to_owned(),
            action: name.to_uppercase(),
        };
        let steps = vec![
            step("publish", Reach::Permanent),
            step("branch", Reach::Local),
            step("push", Reach::Remote),
            step("folder", Reach::Local),
        ];
        Plan::new("test".to_owned(), Vec::new(), steps)
    }

    #[test]
    fn steps_run_by_reach_and_wait_for_leave() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().join("journal.json");
        let mut journal = Journal {
            plan: plan(),
            done: Vec::new(),
        };
        let mut seen = Vec::new();
        let mut perform = |step: &Step<String>| -> Result<(), PlanError> {
            seen.push(step.action.clone());
            Ok(())
        };
        let applied = apply(&mut journal, &path, Reach::Local, &mut perform).unwrap();
        assert_eq!(applied.ran, ["branch", "folder"]);
        assert_eq!(applied.held, ["push", "publish"]);
        let mut again = Journal::load(&path).unwrap().unwrap();
        assert!(!again.is_complete());
        apply(&mut again, &path, Reach::Permanent, &mut perform).unwrap();
        assert!(again.is_complete());
        let applied = apply(&mut again, &path, Reach::Permanent, &mut perform).unwrap();
        assert_eq!(applied, Applied::default());
        assert_eq!(seen, ["BRANCH", "FOLDER", "PUSH", "PUBLISH"]);
    }

    #[test]
    fn a_step_that_fails_runs_again() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().join("journal.json");
        let mut journal = Journal {
            plan: plan(),
            done: Vec::new(),
        };
        let mut fail = |step: &Step<String>| match step.name.as_str() {
            "folder" => Err(PlanError::from(SysError::NotUtf8 {
                path: "x".to_owned(),
            })),
            _ => Ok(()),
        };
        assert!(apply(&mut journal, &path, Reach::Permanent, &mut fail).is_err());
        let again = Journal::<String>::load(&path).unwrap().unwrap();
        assert_eq!(again.done, ["branch"]);
        let pending: Vec<&str> = again.pending().map(|s| s.name.as_str()).collect();
        assert_eq!(pending, ["folder", "push", "publish"]);
    }
}
