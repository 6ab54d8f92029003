//! The capability: work on a library and a service side by side.
//!
//! A link makes cargo build a folder of this machine in place of the released crate, everywhere
//! in the service's graph. It is a path override (`paths` in cargo's configuration), not a
//! `[patch]`: an override replaces a crate whatever its version is and whatever version is asked
//! for, brings the folder's own path dependencies along, and leaves `Cargo.lock` alone. A patch
//! does none of that: where the version does not fit cargo warns and builds the old code, and it
//! writes a lock file that nobody else can build with.
//!
//! | file | owns |
//! |---|---|
//! | `place` | the service: its worktree, workspace, configuration |
//! | `state` | what is linked, and what was there before; in git's folder |
//! | `local` | the packages of a folder that is to be linked |
//! | `graph` | which package cargo uses, and who asks for it |
//! | `make`, `unlink`, `list` | the three verbs |
//! | `files` | the configuration and git's list of ignored files, written and restored |
//! | `hook` | the `pre-commit` hook that keeps links out of commits |
//!
//! The state is written first and removed last: what a killed run leaves half-done, the next one
//! takes out. What is linked is asserted from `cargo metadata`, or undone byte for byte.

mod error;
mod files;
mod graph;
mod hook;
mod list;
mod local;
mod make;
mod place;
mod state;
mod unlink;

pub use error::LinkError;
pub use graph::{User, Uses};
pub use hook::Hook;
pub use list::{Listed, Standing, list};
pub use make::{Linked, Request, link};
pub use unlink::{Unlinked, unlink};
