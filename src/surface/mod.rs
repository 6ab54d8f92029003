//! The public API of a library at two versions: what changed, and the bump that each change
//! needs.
//!
//! Both sides are read from rustdoc's JSON, which is made on the stable toolchain. The rules are
//! those of the cargo book's chapter "`SemVer` Compatibility". What a rule calls possibly
//! breaking, but minor, is minor here too.
//!
//! Owns the comparison of signatures. Knows nothing of where a baseline comes from other than a
//! folder with a package.

mod error;
mod rustdoc;
mod signatures;
mod subject;
mod wrapper;

pub use error::SurfaceError;
pub use rustdoc::load_rustdoc;
pub use signatures::compare;
pub use subject::{Features, PackageFacts, Rustdoc, Subject};
pub use wrapper::run_as_wrapper;
