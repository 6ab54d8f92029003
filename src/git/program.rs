//! The git program: for networks, worktrees and status, which are its own business.

use camino::Utf8Path;

use crate::sys::Program;

/// What git sets for its hooks, and what would lead a child to another repository than the one
/// that it is run in.
const LOCAL: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
];

/// `git ARGS…` in `dir`. It asks no questions: a terminal is for the user, not for its prompts.
pub(super) fn git<S: Into<String>>(dir: &Utf8Path, args: impl IntoIterator<Item = S>) -> Program {
    let program = LOCAL.iter().fold(Program::new("git"), |program, name| {
        program.env_remove(*name)
    });
    program
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .dir(dir)
        .args(args)
}

/// The option that keeps the user's hooks out of what is done behind their back.
pub(super) const NO_HOOKS: [&str; 2] = ["-c", "core.hooksPath=/dev/null"];
