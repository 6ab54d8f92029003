//! Repository facts, filtered history, worktrees and branches.
//!
//! | file | owns |
//! |---|---|
//! | `repository` | a repository and what is known of it |
//! | `history` | the plan of a filtered history: its types, and how it is read |
//! | `walk`, `links` | from the head backwards: where the files were |
//! | `snapshot` | what the tracked paths hold in a tree |
//! | `rename`, `similarity` | where a new file came from |
//! | `simplify` | from all commits to those that matter |
//! | `write`, `pack`, `pack_index`, `commit` | the plan becomes objects |
//! | `join` | two lines of history become one |
//! | `changes` | what each commit changed, with files by their names at the head |
//! | `reachable`, `diffs`, `lineage` | the commits within bounds, the files each changed, what those are called at the head |
//! | `read` | commits, read: their files, and who touched them |
//! | `refs` | branches, tags, remotes |
//! | `remote` | what a remote has; pushes of exact objects |
//! | `twin` | a second clone to work in; signing |
//! | `status` | what about the files concerned cannot be worked with |
//! | `folder` | the git folder, the index, and what is ignored |
//! | `worktree` | files of commits, and commits of files |
//! | `generated` | what `.gitattributes` says that nobody wrote |
//! | `dates` | when files, and what is in them, were first and last changed |
//! | `bench` | trees put together and merged beside a repository |
//! | `program`, `objects` | the git program, and git objects in process |
//! | `packs`, `bases`, `delta` | objects read from packs, a hundred thousand at a time |
//!
//! The user's worktree, index and branches are never touched but by [`create_branch`], [`place_tag`],
//! [`land`] and [`settle`].

mod bases;
mod bench;
mod changes;
mod commit;
mod dates;
mod delta;
mod diffs;
mod error;
mod folder;
mod generated;
mod history;
mod join;
mod lineage;
mod links;
mod objects;
mod pack;
mod pack_index;
mod packs;
mod program;
mod reachable;
mod read;
mod refs;
mod remote;
mod rename;
mod repository;
mod similarity;
mod simplify;
mod snapshot;
mod status;
mod twin;
mod walk;
mod worktree;
mod write;

pub use bench::{Bench, MergeConflict, Merged, Tree, TreeChange};
pub use changes::{
    Author, BlobId, Blobs, ChangeBounds, CommitChanges, CutReason, FileChange, FileChangeKind,
    FileChanges, FileId, HistoricFile, Reach, file_changes,
};
pub use commit::TRAILER;
pub use dates::{Dated, first_with, last_touching};
pub use error::GitError;
pub use folder::{git_dir, git_path, is_ignored, is_tracked, read_staged, staged_files};
pub use generated::{Generated, generated_files};
pub use history::{History, Rename, TrackedFile, plan_history};
pub use join::{Joined, join};
pub use read::{CommittedFile, FileKind, commits_touching, files_at, read_blob_at};
pub use refs::{
    branch_matches, commit_of, commits_between, create_branch, current_branch, delete_branch,
    head_of, is_ancestor, is_annotated, is_shallow, merge_base, object_of, place_tag, push,
    set_remote, tag, tags, tags_at,
};
pub use remote::{
    RemoteRef, bring_objects, has_remote, push_branch, push_objects, remote_refs, remote_url,
};
pub use repository::{Repository, common_dir, open, open_bare, worktree_root};
pub use status::{check_paths, uncommitted, visible_files};
pub use twin::{is_set, make_twin, try_to_sign};
pub use worktree::{
    check_identity, checkout, checkout_head, clone_at, clone_shallow, commit_all,
    commit_tree_from_dir, export_tree, fast_forward, init_repository, land, settle, share_identity,
    stage_executable, switch,
};
pub use write::{Written, write_history};
