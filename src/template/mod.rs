//! The files of a library repository, rendered from templates.
//!
//! The templates are plain files under `files/`, built into the program. `Cargo.toml` is not
//! among them: the manifest room derives it.

mod render;

pub use render::{Origin, TemplateError, TemplateInput, render};
