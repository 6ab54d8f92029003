//! The service: its worktree, workspace and configuration.

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Metadata;

use super::state::State;
use super::{LinkError, files};
use crate::cargo::{CargoError, Invocation, load_metadata, load_metadata_no_deps};
use crate::git;
use crate::sys::durable::Lock;
use crate::sys::{SysError, fs};

/// Where links are made.
#[derive(Debug)]
pub(super) struct Place {
    /// The top of the worktree.
    pub(super) root: Utf8PathBuf,
    /// The folder of git that is this worktree's own.
    pub(super) git_dir: Utf8PathBuf,
    /// The folder of the workspace's manifest.
    pub(super) workspace: Utf8PathBuf,
    /// The configuration that cargo reads there; it need not be there.
    pub(super) config: Utf8PathBuf,
    pub(super) offline: bool,
}

impl Place {
    pub(super) fn find(dir: &Utf8Path, offline: bool) -> Result<Self, LinkError> {
        let dir = fs::canonical(dir)?;
        let nearest = dir.ancestors().find(|dir| dir.join("Cargo.toml").is_file());
        let Some(nearest) = nearest else {
            return Err(LinkError::NoManifest { dir });
        };
        let root = git::worktree_root(nearest)?;
        let metadata = load_metadata_no_deps(&Invocation::new(nearest), None)?;
        let workspace = fs::canonical(&metadata.workspace_root)?;
        // Where both are there, cargo reads the one without an extension.
        let old = workspace.join(".cargo").join("config");
        let config = if old.is_file() {
            old
        } else {
            old.with_extension("toml")
        };
        Ok(Self {
            git_dir: git::git_dir(&root)?,
            root,
            workspace,
            config,
            offline,
        })
    }

    pub(super) fn lockfile(&self) -> Utf8PathBuf {
        self.workspace.join("Cargo.lock")
    }

    pub(super) fn state_file(&self) -> Utf8PathBuf {
        self.git_dir.join(State::FILE)
    }

    /// What is linked; the repository may have been moved since.
    pub(super) fn state(&self) -> Result<Option<State>, LinkError> {
        let Some(mut state) = State::load(&self.state_file())? else {
            return Ok(None);
        };
        state.config.clone_from(&self.config);
        files::refresh(&mut state)?;
        Ok(Some(state))
    }

    /// One run at a time.
    pub(super) fn lock(&self) -> Result<Lock, LinkError> {
        let path = self.git_dir.join("quarry").join("link.lock");
        fs::create_dir_all(&self.git_dir.join("quarry"))?;
        Lock::try_acquire(&path)?.ok_or_else(|| LinkError::Busy {
            dir: self.workspace.clone(),
        })
    }

    /// What cargo makes of the workspace now; or what it says against it.
    pub(super) fn metadata(&self) -> Result<Result<Metadata, String>, LinkError> {
        let cargo = Invocation {
            offline: self.offline,
            ..Invocation::new(self.workspace.clone())
        };
        // A feature that is off may ask for the crate, too.
        match load_metadata(&cargo, None, &["--all-features"]) {
            Ok(metadata) => Ok(Ok(metadata)),
            Err(CargoError::Sys(SysError::Failed { stderr, .. })) => Ok(Err(said(&stderr))),
            Err(error) => Err(error.into()),
        }
    }
}

/// Cargo's error without its progress and warnings.
fn said(stderr: &str) -> String {
    let lines = stderr.lines().skip_while(|line| !line.starts_with("error"));
    let lines: Vec<&str> = lines.filter(|line| !line.trim().is_empty()).collect();
    match lines.join("\n").trim_start_matches("error: ") {
        "" => stderr.trim().to_owned(),
        text => text.to_owned(),
    }
}
