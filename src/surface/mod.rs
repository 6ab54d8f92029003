//! The public API of a library at two versions: what changed, and the bump that each change
//! needs.
//!
//! Both sides are read from rustdoc's JSON, which is made on the stable toolchain. The rules are
//! those of the cargo book's chapter "`SemVer` Compatibility". What a rule calls possibly
//! breaking, but minor, is minor here too.
//!
//! Owns the comparison of signatures. Knows nothing of where a baseline comes from other than a
//! folder with a package.

mod api;
mod attributes;
mod error;
mod features;
mod fields;
mod function;
mod functions;
mod implementations;
mod impls;
mod known;
mod lifetimes;
mod lower;
mod macros;
mod methods;
mod opaque;
mod relation;
mod report;
mod rustdoc;
mod side;
mod signatures;
mod subject;
mod term;
mod traits;
mod types;
mod wrapper;

pub use error::SurfaceError;
pub use rustdoc::load_rustdoc;
pub use signatures::compare;
pub use subject::{Features, PackageFacts, Rustdoc, Subject};
pub use wrapper::run_as_wrapper;
