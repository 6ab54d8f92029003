//! A repository that uses private crates: what it pins, and copies of it to try things in.
//!
//! It reads the repository and asks registries; it changes nothing.

mod copy;
mod pin;
mod relock;

pub use copy::{Copy, CopyError, DiskUsed, target_dir};
pub use pin::{Pin, PinStyle, PinUse};
pub use relock::relock;
