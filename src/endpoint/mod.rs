//! A registry by its name in cargo's configuration, with cargo's token for it, ready to be asked.
//!
//! It reads what cargo would use, and stores nothing.

mod error;
mod open;

pub use error::EndpointError;
pub use open::{open, open_url};
