//! What stands in the way: stable codes, severity, advice. Bad code of a user is a finding, not
//! an error.

mod finding;

pub use finding::{Finding, Severity};
