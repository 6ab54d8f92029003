//! The files of a library repository, rendered from templates.
//!
//! A template is a folder of plain files in two parts: `repository/` has what a repository has
//! once (workflows, settings), `crate/` what each crate in it has (manifest, readme, changelog,
//! first code). A repository of one library has both at its top; a bounded context has each crate
//! in `crates/NAME`. The template is built into the program, or a team's own, from a folder or a
//! git URL. What renders to nothing is left out.
//!
//! | file | owns |
//! |---|---|
//! | `inputs` | what files are made from |
//! | `source` | where a template comes from, and its files |
//! | `builtin` | the one that is built in |
//! | `render` | templates to files |
//! | `record` | `.quarry/`: what a repository was made from, and what came of it then |
//!
//! Nothing is written here: who asks gets paths and texts.

mod builtin;
mod error;
mod inputs;
mod record;
mod render;
mod source;

pub use error::TemplateError;
pub use inputs::{CrateInputs, Inputs, Origin};
pub use record::{BASE, Base, RECORD, Record, is_authors};
pub use render::{Rendered, render};
pub use source::{Source, Template, load};
