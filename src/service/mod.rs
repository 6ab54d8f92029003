//! A repository that uses private crates: what it pins, and copies of it to try things in.
//!
//! It reads the repository and asks registries; it changes nothing but, in [`repin_all`], the
//! manifests of the folder that it is given.

mod error;
mod pin;
mod repin;

pub use error::ServiceError;
pub use pin::{Pin, PinStyle, PinUse};
pub use repin::repin_all;
