//! Builds of both sides, before and after, compared.
//!
//! A suite is run on a tree as it was and as it would be; what the change broke is what worked
//! before and doesn't now. What failed before is named, and held against nobody.

mod compare;
mod error;
mod output;
mod resolved;
mod suite;
mod unbuilt;

pub use compare::{Comparison, ModuleMove, Subject, compare};
pub use error::TrialError;
pub use output::TestOutcome;
pub use resolved::{Expected, assert_resolved, assert_used};
pub use suite::{Suite, SuiteResult, TargetOutcome, TestId, Verify, run_suite};
pub use unbuilt::{Unbuilt, Why, missing_library, unbuilt};
