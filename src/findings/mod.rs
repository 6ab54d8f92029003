//! What stands in the way: stable codes, severity, advice. Bad code of a user is a finding, not
//! an error.
//!
//! The codes are in [`codes`], by command, each with an explanation in a file of `explanations/`.

mod code;
pub mod codes;
mod finding;

pub use code::{Code, find_code, nearest_codes};
pub use finding::{Finding, Severity};
