//! What stands in the way: stable codes, severity, advice. Bad code of a user is a finding, not
//! an error.
//!
//! The codes of `check` are in [`codes`], each with an explanation in a file of
//! `explanations/`; other commands make theirs where they find them.

mod code;
pub mod codes;
mod finding;

pub use code::{Code, find_code, nearest_codes};
pub use finding::{Finding, Severity};
