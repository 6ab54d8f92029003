//! The operating system: files, processes, environment, clock, scratch folders.
//!
//! The only room that touches them (`clippy.toml` holds the others to it), so that every error
//! names its path or its command, every write is atomic, and tests can set the clock.

pub mod clock;
pub mod durable;
pub mod env;
mod error;
pub mod fs;
pub mod process;
pub mod scratch;

pub use error::SysError;
pub use process::{Output, Program};
