//! Local copies in place of released crates: nobody else has them.

use camino::{Utf8Path, Utf8PathBuf};

use super::run::empty;
use super::subject::Subject;
use super::{CheckError, Checked};
use crate::findings::{Finding, codes};
use crate::git;
use crate::manifest::{LockedPackage, Manifest, local_copies, locked_packages, place_of_locked};
use crate::model::CommitId;
use crate::sys::fs;

/// The names under which cargo reads a configuration.
const CONFIGS: &[&str] = &[".cargo/config", ".cargo/config.toml"];

/// Those that cargo builds with now: by the configuration files of the repository, or the
/// workspace's manifest.
pub(super) fn look(subject: &Subject) -> Result<Vec<Finding>, CheckError> {
    let (root, workspace) = (&subject.root, &subject.workspace_dir);
    let folders = workspace
        .ancestors()
        .take_while(|dir| dir.starts_with(root));
    let configs = folders.flat_map(|folder| CONFIGS.iter().map(|name| folder.join(name)));
    let mut found = Vec::new();
    for path in configs.chain([workspace.join("Cargo.toml")]) {
        if let Some(text) = fs::read_text_if_exists(&path)? {
            let relative = path.strip_prefix(root).unwrap_or(&path);
            found.extend(in_file(root, relative, text));
        }
    }
    Ok(found)
}

/// Looks at what is staged for the next commit of the repository that `dir` is in, quickly: for
/// a hook.
///
/// # Errors
/// If `dir` is in no git repository, or git fails.
pub fn check_links(dir: &Utf8Path) -> Result<Checked, CheckError> {
    let root = git::worktree_root(dir)?;
    let files = git::staged_files(&root)?;
    let head = git::commit_of(&root, "HEAD")?;
    let name = root.file_name().unwrap_or(root.as_str()).to_owned();
    let mut checked = empty(name, root.clone());
    let staged = Staged { root, files, head };
    for file in &staged.files {
        checked.findings.extend(staged.in_file(file)?);
    }
    Ok(checked)
}

/// What is staged.
struct Staged {
    root: Utf8PathBuf,
    files: Vec<Utf8PathBuf>,
    head: Option<CommitId>,
}

impl Staged {
    fn in_file(&self, file: &Utf8Path) -> Result<Vec<Finding>, CheckError> {
        let is_config = CONFIGS.iter().any(|config| file.ends_with(config));
        // A patch counts in the manifest beside the lock file alone.
        let is_root = file.ends_with("Cargo.toml") && self.has(&file.with_file_name("Cargo.lock"));
        let is_lock = file.ends_with("Cargo.lock");
        if !is_config && !is_root && !is_lock {
            return Ok(Vec::new());
        }
        let Some(text) = self.text(file)? else {
            return Ok(Vec::new());
        };
        if is_lock {
            return self.in_lockfile(file, text);
        }
        Ok(in_file(&self.root, file, text))
    }

    fn has(&self, file: &Utf8Path) -> bool {
        self.files
            .binary_search_by(|other| other.as_path().cmp(file))
            .is_ok()
    }

    /// None where it is no text: no concern of cargo's.
    fn text(&self, file: &Utf8Path) -> Result<Option<String>, CheckError> {
        let bytes = git::read_staged(&self.root, file)?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// The crates that came from somewhere in the last commit, and from nowhere in the next.
    fn in_lockfile(&self, file: &Utf8Path, text: String) -> Result<Vec<Finding>, CheckError> {
        let Some(head) = &self.head else {
            return Ok(Vec::new());
        };
        let before = git::read_blob_at(&self.root, head, file)?;
        let before = before.and_then(|bytes| String::from_utf8(bytes).ok());
        let parsed = |text: String| Manifest::parse(file, text).ok();
        let (Some(before), Some(now)) = (before.and_then(parsed), parsed(text)) else {
            return Ok(Vec::new());
        };
        let (before, packages) = (locked_packages(&before), locked_packages(&now));
        let is_lost = |package: &&LockedPackage| {
            let was = before
                .iter()
                .any(|old| old.name == package.name && old.source.is_some());
            package.source.is_none() && was
        };
        let mut findings = Vec::new();
        for lost in packages.iter().filter(is_lost) {
            if self.is_own(&lost.name)? {
                continue;
            }
            let message = format!("`{file}` has `{}` without its registry", lost.name);
            findings.push(
                codes::LINKED_CRATE
                    .finding(message)
                    .about(&lost.name)
                    .at([place_of_locked(&now, &lost.name, &lost.version)])
                    .help(format!(
                        "`git restore --staged --worktree {file}`; it was written while a folder stood for the crate"
                    )),
            );
        }
        Ok(findings)
    }

    /// Is it a package of the repository itself now?
    fn is_own(&self, name: &str) -> Result<bool, CheckError> {
        for file in self
            .files
            .iter()
            .filter(|file| file.ends_with("Cargo.toml"))
        {
            let manifest = self
                .text(file)?
                .and_then(|text| Manifest::parse(file, text).ok());
            if manifest.is_some_and(|manifest| manifest.package_name() == Some(name)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The local copies outside of the repository that a configuration or a manifest (`file`,
/// relative to `root`) names. Whether it is TOML is another's concern.
fn in_file(root: &Utf8Path, file: &Utf8Path, text: String) -> Vec<Finding> {
    let Ok(parsed) = Manifest::parse(file, text) else {
        return Vec::new();
    };
    let folder = file.parent().unwrap_or(Utf8Path::new(""));
    // Paths in a configuration are relative to the folder that `.cargo` is in.
    let base = if folder.ends_with(".cargo") {
        folder.parent().unwrap_or(Utf8Path::new(""))
    } else {
        folder
    };
    let outside = |dir: &Utf8Path| !fs::normal(&root.join(base).join(dir)).starts_with(root);
    let copies = local_copies(&parsed);
    let copies = copies.into_iter().filter(|copy| outside(&copy.dir));
    let finding = |copy: crate::manifest::LocalCopy| {
        let name = copy
            .krate
            .or_else(|| copy.dir.file_name().map(str::to_owned));
        let name = name.unwrap_or_else(|| copy.dir.to_string());
        codes::LINKED_CRATE
            .finding(format!(
                "`{}` stands in place of the released `{name}`",
                copy.dir
            ))
            .about(name)
            .at([copy.place])
            .help("`cargo quarry unlink` ends it; the library's next release brings its changes")
    };
    copies.map(finding).collect()
}
