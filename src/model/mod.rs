//! The nouns of the tool. No I/O, no knowledge of where a value came from.
//!
//! Names are checked once, where they enter: a [`CrateName`] or a [`ModulePath`] that exists is
//! valid.

mod change;
mod digest;
mod file_text;
mod module_path;
mod name;
mod package_id;
mod reference;
mod secret;
mod sources;
mod version;
mod words;

pub use change::Change;
pub use digest::{CommitId, Digest};
pub use file_text::FileText;
pub use module_path::ModulePath;
pub use name::{CrateName, NameError, RegistryName};
pub use package_id::package_of_id;
pub use reference::{Place, Reference, Span};
pub use secret::Secret;
pub use sources::with_sources;
pub use version::Bump;
pub use words::{count, plural};
