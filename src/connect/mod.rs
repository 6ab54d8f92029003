//! The capability: bring cargo and a registry together. Writes the configuration, stores the
//! token through cargo, and finds what is wrong where it does not work.
//!
//! A token is handed from where it is to where it belongs, and is in no result.

mod add;
mod error;
mod kind;

pub use add::{Added, Outcome, Place, add};
pub use error::ConnectError;
pub use kind::Kind;
