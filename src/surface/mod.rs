//! The public API of a library at two versions: what changed, and the bump that each change
//! needs.
//!
//! Both sides are read from rustdoc's JSON, which is made on the stable toolchain. The rules are
//! those of the cargo book's chapter "`SemVer` Compatibility". What a rule calls possibly
//! breaking, but minor, is minor here too.
//!
//! A [`verdict`] has three sources, the greatest of which counts: signatures compared by what they
//! mean, the lints of cargo-semver-checks where it is installed, and dependencies that show in the
//! API and moved to another major version. What one of them cannot say is named, never passed.

mod api;
mod attributes;
pub mod baseline;
mod brought;
mod cache;
mod error;
mod features;
mod fields;
mod function;
mod functions;
mod gates;
mod graft;
mod implementations;
mod impls;
mod known;
mod leaks;
mod lifetimes;
mod lints;
mod lower;
mod macros;
mod made_by;
mod merge;
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
mod verdict;
mod wrapper;

pub use baseline::Baseline;
pub use cache::Cache;
pub use error::SurfaceError;
pub use leaks::{ExposedType, exposed_types};
pub use rustdoc::{load_rustdoc, load_rustdoc_with};
pub use signatures::compare;
pub use subject::{Features, Package, PackageFacts, Rustdoc, Subject};
pub use verdict::{Progress, Skipped, Tools, Verdict, verdict};
pub use wrapper::run_as_wrapper;
