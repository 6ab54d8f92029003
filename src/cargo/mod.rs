//! Cargo as a subprocess: metadata, check, test, package, publish. Never links cargo.
//!
//! Cargo's configuration is read here too, for what cargo itself gives no stable command for:
//! which index a registry's name stands for, and whether there is a token. A token's value is
//! read for whom asks the registry in cargo's place, as a [`Secret`](crate::model::Secret).

mod build;
mod config;
mod error;
mod existence;
mod invocation;
mod lockfile;
mod metadata;
mod package;
mod plain_path;
mod token;
mod toolchain;

pub use build::{Built, BuiltTarget, TargetName, check, test_executables};
pub use config::{RegistrySettings, config_files, registry_names, registry_settings};
pub use error::CargoError;
pub use existence::{Existence, crate_exists};
pub use invocation::Invocation;
pub use lockfile::{generate_lockfile, update_lockfile, update_precise};
pub use metadata::{is_library, load_metadata, load_metadata_no_deps};
pub use package::{
    Dirty, package, packaged_files, packaged_sources, publish, publish_verified, verify_package,
};
pub use plain_path::plain_path;
pub use token::{TokenSource, load_token, login};
pub use toolchain::rust_version;

pub use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};
