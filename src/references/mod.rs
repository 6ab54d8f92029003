//! The reference map: who uses what, as rustc resolves it.
//!
//! Every item of the chosen targets gets a `#[deprecated]` of its own in a scratch copy; cargo
//! checks that copy with this program in rustc's place, which forces the lint on; and each
//! warning is a reference. What is asked of the map is which references cross a boundary.
//!
//! It does not see what is switched off by `cfg` or features, doc tests, what derives make of
//! their input, and uses through trait impls (`.into()` by `From`). Of a path it sees what the
//! path ends in: the modules on the way are no references, nor is the enum of a variant.
//!
//! The next map of a copy at the same place checks only the packages that have changed and those
//! that depend on them, and targets that do not compile, if a record of the files is kept
//! ([`MapRequest::keep_record`]). It is the map that one without a record would be.

mod apart;
mod build;
mod check;
mod compact;
mod copy;
mod culprits;
mod error;
mod map;
mod marks;
mod messages;
mod own;
mod partition;
mod record;
mod wrapper;

pub use build::build_map;
pub use error::ReferenceError;
pub use map::{
    Checked, FailedFeatures, FailedTarget, FeatureSet, MapRequest, MarkedItem, NamedTree,
    ReferenceMap, RootReference, Unmarked,
};
pub use partition::{Boundary, Partition, partition};
pub use wrapper::run_as_wrapper;
