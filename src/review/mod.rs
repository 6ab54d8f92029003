//! The capability: what upgrades are there for a service, and what would they mean?
//!
//! It reads the service and asks its registries; it changes nothing of either.

mod each;
mod error;
mod offers;
mod outdated;

pub use error::ReviewError;
pub use offers::{Offers, Release};
pub use outdated::{Looked, Outdated, OutdatedOptions, Unanswered, outdated};
