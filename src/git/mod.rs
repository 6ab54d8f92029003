//! Repository facts, filtered history, worktrees and branches.
