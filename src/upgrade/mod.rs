//! The capability: upgrade private crates of a service, on a branch.
//!
//! | file | owns |
//! |---|---|
//! | `request` | what is wanted, and what is told meanwhile |
//! | `offer` | the version that a crate moves to |
//! | `plan` | what will be done |
//! | `record` | what a run has made, for the next one |
//! | `apply` | the copy is upgraded, mended and tried; the branch |
//! | `mend` | uses mended: renames that the ledger declares, and what rustc suggests |
//! | `message` | the subject of the commit |
//! | `share` | the push, and the pull request |
//!
//! The user's checkout stays as it is: all is done in a copy of what is committed, and lands as one
//! commit on a branch of its own. A run that is killed leaves nothing, or all of it.

mod apply;
mod error;
mod mend;
mod message;
mod offer;
mod plan;
mod record;
mod request;
mod share;

pub use apply::{Cards, Made, Texts, apply};
pub use error::UpgradeError;
pub use mend::{Mended, Reason};
pub use plan::{Action, Move, Prepared, prepare};
pub use record::Landed;
pub use request::{Event, Listener, Request, Wanted};
pub use share::{Shared, share};
