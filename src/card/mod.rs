//! The card of an upgrade: what changed between two versions of a crate, what of it touches a
//! service, whether the service still builds, and what else would move.
//!
//! Each part says what it could not find out. None of them says that an upgrade is safe.

mod facts;
mod touches;

pub use facts::{
    Api, Broken, Card, CompilerError, Duplicate, Entry, Moved, Notes, Part, Promise, Pulled,
    Section, Stand, Touch, Touches, Trial, TwoMajors, Untraced, Use, VersionUsers,
};
pub use touches::{Supplied, TouchError, TouchRequest, Touched, Trace, touches, traces};
