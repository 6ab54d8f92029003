//! Plans as data, their steps ordered by reach, and the journal of a run.
//!
//! A capability decides what its steps do (the type parameter `A`); this room knows only their
//! order, what may run without `--execute`, and how a run that was cut off goes on.

mod journal;
mod step;

pub use journal::{Applied, Journal, PlanError, apply};
pub use step::{Plan, Precondition, Reach, Step};
