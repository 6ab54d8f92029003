//! Code that was copied: functions, types, impl blocks and macros that are the same or nearly so,
//! in several repositories or in one.
//!
//! | file | owns |
//! |---|---|
//! | `corpus` | the repositories read: their sources, and what was left out, with the reason |
//! | `test_path` | which files are all test code |
//! | `home` | the package, target and module that a file stands for |
//! | `outline` | the items of a file that may be copies, its tests and its imports |
//! | `header` | what the tokens before an item say: attributes, an impl's trait and type |
//! | `normal` | an item as symbols: without what a copy changes first |
//! | `binders`, `tables` | which names are local; lists of literals and flat matches |
//! | `winnow` | fingerprints of symbols |
//! | `similarity` | how much two sequences have in common |
//! | `pairs` | which items are alike: candidates by fingerprints, then compared whole |
//! | `cluster` | items alike as groups, groups of the same files as findings |
//! | `finding` | what is reported |
//! | `drift` | how copies came to differ |
//! | `start` | which copy is the best one to begin a library with |
//! | `dates` | who had it first, from the history of the files reported |
//!
//! All is by tokens: nothing is resolved, no macro expanded, no `cfg` evaluated. A finding says
//! that code is alike, and not who took it from whom: the dates say who had it first.

mod binders;
mod cluster;
mod corpus;
mod dates;
mod drift;
mod error;
mod finding;
mod header;
mod home;
mod normal;
mod outline;
mod pairs;
mod parallel;
mod similarity;
mod start;
mod tables;
mod test_path;
#[cfg(test)]
mod tests;
mod winnow;

pub use cluster::find_copies;
pub use corpus::{Corpus, LeftOut, Root, Source, load_corpus};
pub use dates::{Date, Dates, Origin, apply_dates, load_dates};
pub use drift::{Drift, Line, SHOWN};
pub use error::CopiesError;
pub use finding::{Copies, Finding, Group, Instance, Kind, Likeness, Options, Place};
pub use home::{Home, Target};
pub use start::{Candidate, Start, extract_arguments};
