//! Graphs by number: communities, and the longest chain of what depends on what.
//!
//! Knows nothing of crates or repositories: nodes are numbers from 0.

mod chain;
mod communities;

pub use chain::{Chain, circles, longest_chain};
pub use communities::communities;
