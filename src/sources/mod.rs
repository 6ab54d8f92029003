//! Which source files somebody of a repository wrote: not a program, and not others.
//!
//! By what `.gitattributes` says of a file, by the folders that it is in, and by what it says
//! itself in its first lines. What a repository is read for is not known here.

mod reason;

pub use reason::{Reason, by_header, by_place};
