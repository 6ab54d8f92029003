//! The capability: what upgrades are there for a service, and what would they mean?
//!
//! It reads the service and asks its registries; it changes nothing of either.

mod against;
mod cards;
mod each;
mod error;
mod kept;
mod outdated;
mod release;

pub use against::review_against;
pub use cards::{ReviewEvent, ReviewListener, ReviewOptions, Reviewed, review};
pub use error::ReviewError;
pub use outdated::{Looked, Outdated, OutdatedOptions, Unanswered, outdated};
pub use release::Release;
