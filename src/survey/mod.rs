//! What is worth taking out of a monolith, on evidence.
//!
//! | file | owns |
//! |---|---|
//! | `request` | what the user asks for, and how the work tells of itself |
//! | `monolith` | the repository as it is committed, its packages and their sources |
//! | `uses`, `tokens` | who uses what: by the compiler, or by the tokens alone |
//! | `services` | what other repositories use |
//! | `graph` | items and modules of all targets, by number |
//! | `closure` | what must move with a set of modules |
//! | `sets` | which sets of modules are candidates |
//! | `tally` | what tokens tell: sizes, other crates, unsafe code |
//! | `generated` | files that nobody writes by hand |
//! | `candidate`, `facts` | a candidate, and all that is known of it |
//! | `obstacle` | what stands in the way, and the cheapest way out |
//! | `past` | what it would have cost, from the history |
//! | `layouts` | groupings into repositories, replayed |
//! | `rank` | the order of candidates |
//! | `map` | all modules and what goes on between them, for a picture |
//! | `run` | all of that in order |

mod candidate;
mod closure;
mod error;
mod facts;
mod generated;
mod graph;
mod layouts;
mod map;
mod monolith;
mod obstacle;
mod past;
mod rank;
mod request;
mod run;
mod services;
mod sets;
mod tally;
#[cfg(test)]
mod tests;
mod tokens;
mod uses;

pub use candidate::{Advice, Candidate, Character, Face, Needs, Size, TargetName, Users};
pub use error::SurveyError;
pub use layouts::{Grouping, Layouts, Repository, Unit};
pub use map::{Area, AreaItem, Map};
pub use monolith::LeftOut;
pub use obstacle::{Obstacle, WayOut};
pub use past::Past;
pub use request::{Event, HistoryOptions, Listener, Options};
pub use run::{Counts, Method, Survey, survey};
