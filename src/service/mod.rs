//! A repository that uses private crates: what it pins, and copies of it to try things in.
//!
//! It reads the repository and asks registries; it changes nothing but, in [`repin_all`], the
//! manifests of the folder that it is given.

mod ask;
mod copy;
mod error;
mod load;
mod offers;
mod pin;
mod relock;
mod repin;
mod uses;

pub use copy::{Copy, DiskUsed, fingerprint, target_dir};
pub use error::ServiceError;
pub use load::{LoadOptions, Member, Service, load};
pub use offers::Offers;
pub use pin::{Pin, PinStyle, PinUse};
pub use relock::relock;
pub use repin::repin_all;
