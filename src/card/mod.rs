//! The card of an upgrade: what changed between two versions of a crate, what of it touches a
//! service, whether the service still builds, and what else would move.
//!
//! Each part says what it could not find out. None of them says that an upgrade is safe.

mod facts;
mod pulled;
mod trial;

pub use facts::{
    Api, Broken, Card, CompilerError, Duplicate, Entry, Moved, Notes, Part, Promise, Pulled,
    Section, Stand, Touch, Touches, Trial, TwoMajors, Untraced, Use, VersionUsers,
};
pub use pulled::{name_repositories, name_types, pulled};
pub use trial::{
    Before, NoUpgrade, TrialEvent, TrialListener, TrialRequest, trial, try_after, try_before,
    try_upgrade,
};
