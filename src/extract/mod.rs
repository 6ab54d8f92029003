//! Take modules out of a monolith into a library repository of their own.
//!
//! | file | owns |
//! |---|---|
//! | `request` | what the user asks for, and how the work tells of itself |
//! | `subject` | the repository, the package, the target, the modules; the first refusals |
//! | `analysis` | the map, the boundary, what must come along |
//! | `boundary` | what enters, what leaves, what must come along |
//! | `obstacles` | what stands in the way, weighed |
//! | `above` | code that stands above its crate |
//! | `left` | items that are to stay, named by the user |
//! | `blind_spots` | what the map has nothing of |
//! | `hazards` | what may go wrong in another crate |
//! | `layout` | where each thing goes |
//! | `relocate`, `globs` | what each path becomes |
//! | `visibility` | what must be opened |
//! | `sources`, `monolith` | the files of both sides |
//! | `macros` | moved macros, brought back to where they were in scope |
//! | `edits`, `brought`, `root` | of the new crate's files: what changes, what came along, the root |
//! | `copied` | macros that come along and stay as well |
//! | `along` | tests and examples that come along |
//! | `mentions` | what the tokens mention: crates, features, files |
//! | `candidate` | the new crate in scratch: files and manifest |
//! | `overlay` | the registry as it will be |
//! | `siblings` | packages of the workspace that the new crate needs |
//! | `format` | what was formatted stays formatted |
//! | `single_version` | one version of each of those in every build |
//! | `whole` | a package that leaves as it is |
//! | `settle`, `repair` | both sides, built and mended until they compile |
//! | `prune` | imports that became unused |
//! | `repository`, `grow` | the new repository, made beside its place; later commits on top of it |
//! | `verify` | both sides as others will build them |
//! | `prepare`, `land`, `publish` | all of that in order; the plan, and what its steps do |
//! | `earlier` | what an earlier run left, and whose turn it is |
//! | `report` | what was found, as data |

mod above;
mod along;
mod analysis;
mod blind_spots;
mod boundary;
mod brought;
mod candidate;
mod copied;
mod earlier;
mod edits;
mod error;
mod format;
mod globs;
mod grow;
mod hazards;
mod land;
mod layout;
mod left;
mod macros;
mod mentions;
mod monolith;
mod obstacles;
mod overlay;
mod prepare;
mod prune;
mod publish;
mod relocate;
mod repair;
mod report;
mod repository;
mod request;
mod root;
mod settle;
mod siblings;
mod single_version;
mod sources;
mod subject;
mod verify;
mod visibility;
mod whole;

pub use above::Above;
pub use analysis::{Analysis, analyse};
pub use earlier::{Earlier, Record, Turn, begin};
pub use error::ExtractError;
pub use land::Action;
pub use obstacles::Obstacle;
pub use prepare::{Prepared, check, land, prepare, resume};
pub use report::{BackUse, BoundaryReport, EnteringItem, NeededItem, boundary_report};
pub use repository::NewRepository;
pub use request::{Event, Listener, Request, Scope, TargetChoice};
pub use settle::{Settled, Side};
pub use verify::Verification;
