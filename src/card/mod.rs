//! The card of an upgrade: what changed between two versions of a crate, what of it touches a
//! service, whether the service still builds, and what else would move.
//!
//! Each part says what it could not find out. None of them says that an upgrade is safe.

mod build;
mod error;
mod facts;
mod made;
mod mentions;
mod notes;
mod outcome;
mod pulled;
mod touches;
mod trial;
mod unpack;

pub use build::{BuildRequest, Progress, build};
pub use error::BuildError;
pub use facts::{
    Api, Broken, Card, Certainty, CompilerError, Duplicate, Entry, Moved, Notes, Now, Part,
    Promise, Pulled, Section, Stand, Touch, Touches, Trial, TwoMajors, Untraced, Use, VersionUsers,
};
pub use notes::notes;
pub use outcome::settle;
pub use pulled::{TypesRequest, name_repositories, name_types, pulled};
pub use touches::{Supplied, TouchError, TouchRequest, Touched, Trace, touches, traces};
pub use trial::{
    Before, NoUpgrade, TrialEvent, TrialListener, TrialRequest, trial, try_after, try_before,
    try_upgrade,
};
