//! The tour's sample organisation: a monolith with two years of history, and two services that
//! copied code out of it.
//!
//! Owns the samples and the making of their repositories; what is done with them is the command
//! line's to say. Every version of a sample file lies woven in one text (`sample/**/*.weave`), the
//! commits in `history.toml` beside them. Author, date and message are fixed: the same sample
//! gives the same commit ids everywhere.

mod error;
mod history;
mod organisation;
mod sample;
mod weave;

pub use error::TourError;
pub use organisation::{Adoption, Organisation, SERVICES, create};
