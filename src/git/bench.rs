//! Trees put together and merged beside a repository: it sees that one's objects and keeps its
//! own, so that nothing is written into the other before the result is wanted.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::GitError;
use super::program::{NO_HOOKS, git};
use super::refs::create_branch;
use super::repository::objects_dir;
use super::worktree::{dated, share_identity};
use crate::model::{CommitId, FileText};
use crate::sys::scratch::Scratch;
use crate::sys::{self, Program};

/// A scratch repository beside another one.
#[derive(Debug)]
pub struct Bench {
    scratch: Scratch,
    repository: Utf8PathBuf,
}

/// A tree object on a bench.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree(String);

/// What came of a merge.
#[derive(Debug, Clone)]
pub struct Merged {
    /// All files; those with conflicts have git's marks.
    pub tree: Tree,
    /// What git says of each conflict, by path.
    pub conflicts: Vec<MergeConflict>,
}

/// A place that could not be merged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct MergeConflict {
    /// The file.
    pub path: Utf8PathBuf,
    /// What git says of it.
    pub message: String,
}

/// How a file of one tree differs in another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum TreeChange {
    /// It is new.
    Added {
        /// The file.
        path: Utf8PathBuf,
    },
    /// It is gone.
    Removed {
        /// The file.
        path: Utf8PathBuf,
    },
    /// It has another content or mode.
    Changed {
        /// The file.
        path: Utf8PathBuf,
    },
    /// It is elsewhere, perhaps changed.
    Moved {
        /// Where it was.
        from: Utf8PathBuf,
        /// Where it is.
        path: Utf8PathBuf,
    },
}

impl TreeChange {
    /// The file, where it is or was last.
    pub fn path(&self) -> &Utf8Path {
        match self {
            Self::Added { path }
            | Self::Removed { path }
            | Self::Changed { path }
            | Self::Moved { path, .. } => path,
        }
    }
}

/// Both sides of a conflict as its marks name them.
const OURS: &str = "repository";
const THEIRS: &str = "template";
const RESULT: &str = "result";
/// Who makes commits that nobody keeps: where a merge is only tried, git may not know anybody.
const NOBODY: [&str; 4] = [
    "-c",
    "user.name=nobody",
    "-c",
    "user.email=nobody@localhost",
];

impl Bench {
    /// A bench beside the repository at `dir`.
    pub fn beside(dir: &Utf8Path) -> Result<Self, GitError> {
        let scratch = Scratch::new()?;
        let format = git(dir, ["rev-parse", "--show-object-format"]).stdout()?;
        let init = ["init", "--quiet", "--template=", "--object-format"];
        git(scratch.path(), init)
            .arg(format.trim())
            .arg(".")
            .stdout()?;
        let objects = format!("{}\n", objects_dir(dir)?);
        let alternates = scratch.path().join(".git/objects/info/alternates");
        sys::fs::write(&alternates, objects)?;
        share_identity(dir, scratch.path())?;
        Ok(Self {
            scratch,
            repository: dir.to_owned(),
        })
    }

    fn git<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Program {
        git(self.scratch.path(), args).env("GIT_INDEX_FILE", self.index())
    }

    fn index(&self) -> String {
        self.scratch.path().join("index").into_string()
    }

    fn text<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Result<String, GitError> {
        Ok(self.git(args).stdout()?.trim_end().to_owned())
    }

    /// The tree of a commit of the repository.
    pub fn tree_of(&self, commit: &CommitId) -> Result<Tree, GitError> {
        self.text(["rev-parse", &format!("{commit}^{{tree}}")])
            .map(Tree)
    }

    /// The files of the repository's worktree that are committed, as in `head`, or would be.
    pub fn tree_of_worktree(&self, head: &CommitId) -> Result<Tree, GitError> {
        // Where files have no modes, those of the commit count.
        self.text(["read-tree", head.as_str()])?;
        let has_modes = ["config", "--type=bool", "--default=true", "core.fileMode"];
        let has_modes = git(&self.repository, has_modes).stdout()?;
        let has_modes = format!("core.fileMode={}", has_modes.trim());
        let place = format!("--work-tree={}", self.repository);
        let dir = format!("--git-dir={}", self.scratch.path().join(".git"));
        git(&self.repository, [dir, place])
            .args(["-c", &has_modes, "-c", "core.excludesFile="])
            .args(["add", "--all", "."])
            .env("GIT_INDEX_FILE", self.index())
            .stdout()?;
        self.text(["write-tree"]).map(Tree)
    }

    /// A tree of texts.
    pub fn tree_from(&self, files: &BTreeMap<Utf8PathBuf, FileText>) -> Result<Tree, GitError> {
        self.text(["read-tree", "--empty"])?;
        self.add(files)
    }

    /// `tree` with these texts in place of what it has there.
    pub fn tree_with(
        &self,
        tree: &Tree,
        files: &BTreeMap<Utf8PathBuf, FileText>,
    ) -> Result<Tree, GitError> {
        self.text(["read-tree", &tree.0])?;
        self.add(files)
    }

    /// `tree` with these paths as `other` has them: there, or not.
    pub fn tree_taking(
        &self,
        tree: &Tree,
        other: &Tree,
        paths: &[Utf8PathBuf],
    ) -> Result<Tree, GitError> {
        self.text(["read-tree", &tree.0])?;
        let mut lines = String::new();
        for path in paths {
            let found = self.text([
                "ls-tree",
                "-z",
                "--full-tree",
                &other.0,
                "--",
                path.as_str(),
            ])?;
            let entry = found.trim_end_matches('\0');
            lines += entry;
            if entry.is_empty() {
                // Mode 0 takes it out (git-update-index(1)).
                lines += "0 ";
                lines += &"0".repeat(tree.0.len());
                lines += "\t";
                lines += path.as_str();
            }
            lines += "\0";
        }
        let update = ["update-index", "--add", "--replace", "-z", "--index-info"];
        self.git(update).input(lines).stdout()?;
        self.text(["write-tree"]).map(Tree)
    }

    fn add(&self, files: &BTreeMap<Utf8PathBuf, FileText>) -> Result<Tree, GitError> {
        let mut lines = String::new();
        for (path, file) in files {
            let hash = ["hash-object", "-w", "--stdin"];
            let id = self.git(hash).input(file.text.as_bytes()).stdout()?;
            let mode = if file.executable {
                "100755 "
            } else {
                "100644 "
            };
            lines += [mode, id.trim(), "\t", path.as_str(), "\0"]
                .concat()
                .as_str();
        }
        let update = ["update-index", "--add", "--replace", "-z", "--index-info"];
        self.git(update).input(lines).stdout()?;
        self.text(["write-tree"]).map(Tree)
    }

    /// A file of a tree as text; none if it has none.
    pub fn read(&self, tree: &Tree, path: &Utf8Path) -> Result<Option<String>, GitError> {
        let listed = self.text(["ls-tree", "-z", "--full-tree", &tree.0, "--", path.as_str()])?;
        if listed.is_empty() {
            return Ok(None);
        }
        let blob = self.git(["cat-file", "blob", &format!("{}:{path}", tree.0)]);
        Ok(Some(blob.stdout()?))
    }

    /// How `to` differs from `from`, renames followed, sorted.
    pub fn changes(&self, from: &Tree, to: &Tree) -> Result<Vec<TreeChange>, GitError> {
        let args = ["-r", "-z", "-M", "-l0", "--name-status", &from.0, &to.0];
        let listed = self.git(["diff-tree"]).args(args).stdout()?;
        let mut fields = listed.split('\0');
        let mut changes = Vec::new();
        while let (Some(status), Some(path)) = (fields.next(), fields.next()) {
            let path = Utf8PathBuf::from(path);
            changes.push(match status.as_bytes().first() {
                Some(b'A') => TreeChange::Added { path },
                Some(b'D') => TreeChange::Removed { path },
                Some(b'R') => TreeChange::Moved {
                    from: path,
                    path: fields.next().unwrap_or_default().into(),
                },
                Some(_) => TreeChange::Changed { path },
                None => break,
            });
        }
        changes.sort();
        Ok(changes)
    }

    /// The differences in git's form, but for what is below `without`.
    pub fn diff(
        &self,
        from: &Tree,
        to: &Tree,
        without: &str,
        colour: bool,
    ) -> Result<String, GitError> {
        let colour = if colour {
            "--color=always"
        } else {
            "--color=never"
        };
        let exclude = format!(":(exclude){without}");
        let args = ["-M", "-l0", "--no-ext-diff", colour, &from.0, &to.0, "--"];
        let program = self.git(["diff"]).args(args).args([".", exclude.as_str()]);
        Ok(program.stdout()?)
    }

    /// Merges what `ours` and `theirs` made of `base`.
    pub fn merge(&self, base: &Tree, ours: &Tree, theirs: &Tree) -> Result<Merged, GitError> {
        let base = self.commit(base, &[], "base", &NOBODY)?;
        for (branch, tree) in [(OURS, ours), (THEIRS, theirs)] {
            let commit = self.commit(tree, &[&base], branch, &NOBODY)?;
            let name = format!("refs/heads/{branch}");
            self.text(["update-ref", &name, commit.as_str()])?;
        }
        let options = ["-c", "merge.renames=true", "-c", "merge.renameLimit=0"];
        let program = self
            .git(options)
            .args(["-c", "merge.conflictStyle=merge", "merge-tree"])
            .args(["--write-tree", "-z", "--name-only", "--messages"])
            .args([OURS, THEIRS]);
        let output = program.run()?;
        if !matches!(output.code, Some(0 | 1)) {
            program.expect_success(&output)?;
        }
        Ok(read_merge(&output.stdout_text()))
    }

    fn commit(
        &self,
        tree: &Tree,
        parents: &[&CommitId],
        message: &str,
        options: &[&str],
    ) -> Result<CommitId, GitError> {
        let parents = parents.iter().flat_map(|parent| ["-p", parent.as_str()]);
        let program = self
            .git(options.iter().copied())
            .args(["commit-tree", "--no-gpg-sign"])
            .args(parents)
            .args(["-F", "-", &tree.0]);
        let id = dated(program).input(message).stdout()?;
        CommitId::new(id.trim()).ok_or_else(|| GitError::UnknownRevision {
            name: id.trim().to_owned(),
            repository: self.scratch.path().to_owned(),
        })
    }

    /// Writes the files of a tree into the new folder `to`.
    pub fn export(&self, tree: &Tree, to: &Utf8Path) -> Result<(), GitError> {
        sys::fs::create_dir_all(to)?;
        self.text(["read-tree", &tree.0])?;
        let place = format!("--work-tree={to}");
        let dir = format!("--git-dir={}", self.scratch.path().join(".git"));
        git(to, [dir, place])
            .args(["checkout-index", "--all", "--force"])
            .env("GIT_INDEX_FILE", self.index())
            .stdout()?;
        Ok(())
    }

    /// Commits a tree on top of `head`; gives `head` itself if the tree is its own.
    pub fn commit_on(
        &self,
        tree: &Tree,
        head: &CommitId,
        message: &str,
    ) -> Result<CommitId, GitError> {
        if *tree == self.tree_of(head)? {
            return Ok(head.clone());
        }
        super::check_identity(&self.repository)?;
        self.commit(tree, &[head], message, &[])
    }

    /// Lands a commit of the bench as a branch of the repository, which is new, or at `expected`.
    pub fn land(
        &self,
        commit: &CommitId,
        branch: &str,
        expected: Option<&CommitId>,
    ) -> Result<(), GitError> {
        let name = format!("refs/heads/{RESULT}");
        self.text(["update-ref", &name, commit.as_str()])?;
        git(&self.repository, NO_HOOKS)
            .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false", "fetch"])
            .args(["--quiet", "--no-tags", "--no-write-fetch-head"])
            .args([self.scratch.path().as_str(), &name])
            .stdout()?;
        create_branch(&self.repository, branch, commit, expected)
    }
}

/// `TREE NUL (FILE NUL)… NUL (COUNT NUL (PATH NUL)… TYPE NUL MESSAGE NUL)…` (git-merge-tree(1)).
fn read_merge(output: &str) -> Merged {
    let mut fields = output.split('\0');
    let tree = Tree(fields.next().unwrap_or_default().trim().to_owned());
    let in_conflict: Vec<&str> = fields
        .by_ref()
        .take_while(|name| !name.is_empty())
        .collect();
    let mut conflicts = Vec::new();
    while let Some(count) = fields.next().and_then(|count| count.trim().parse().ok()) {
        let paths: Vec<&str> = fields.by_ref().take(count).collect();
        let kind = fields.next().unwrap_or_default();
        let message = fields.next().unwrap_or_default().trim();
        if kind.starts_with("CONFLICT") {
            conflicts.push(MergeConflict {
                path: paths.first().copied().unwrap_or_default().into(),
                message: message.to_owned(),
            });
        }
    }
    // None is lost, even if git has no words for it.
    for name in in_conflict {
        if !conflicts.iter().any(|conflict| conflict.path == name) {
            conflicts.push(MergeConflict {
                path: name.into(),
                message: format!("CONFLICT: {name}"),
            });
        }
    }
    conflicts.sort();
    conflicts.dedup();
    Merged { tree, conflicts }
}
