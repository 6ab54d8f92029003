//! The capability: move from one registry to another. Versions are copied, with what the new
//! URL changes in them; then lock files are mended.
//!
//! What was published stays as it is in the old registry: nothing is written to it.

mod apply;
mod copy;
mod error;
mod order;
mod relock;
mod rewrite;

pub use apply::apply;
pub use copy::{Action, CopyRequest, Moved, Prepared, State, prepare};
pub use error::MigrateError;
pub use relock::{Mended, RelockRequest, Target, relock};
