//! The capability: may this library be merged, may it be released? Does this service take private
//! crates as it should?
//!
//! | file | owns |
//! |---|---|
//! | `request` | what is asked, and what comes of it |
//! | `subject` | the packages that are looked at, as far as cargo and we can read them |
//! | `run` | the parts, side by side, and what follows from them together |
//! | `manifest`, `dependencies` | what `Cargo.toml` says |
//! | `lockfile`, `rust_version` | what `Cargo.lock` pins, and whether the named Rust compiles it |
//! | `links` | local copies in place of released crates |
//! | `tree` | where it is compiled |
//! | `package`, `secrets` | what would be published |
//! | `baseline` | the version that is compared with |
//! | `verdict`, `version` | what changed in the public API, and the version that asks for |
//! | `changelog` | what the changelog says of that |
//! | `deny` | licences and advisories, by cargo-deny |
//! | `service` | the same for a service, which is never published |
//! | `pins`, `versions` | how private crates are asked for, and in how many versions they are there |
//! | `settings` | what the manifests say of that |
//! | `waivers` | findings that the repository lives with, for a while |
//!
//! It writes nothing but to cargo's target folder, and says what it did not look at.

mod baseline;
mod changelog;
mod deny;
mod dependencies;
mod error;
mod links;
mod lockfile;
mod manifest;
mod package;
mod pins;
mod request;
mod run;
mod rust_version;
mod secrets;
mod service;
mod settings;
mod subject;
mod tree;
mod verdict;
mod version;
mod versions;
mod waivers;

pub use baseline::{Baseline, Origin};
pub use error::CheckError;
pub use links::check_links;
pub use request::{Checked, Kind, Part, Request, Skipped, Waived};
pub use run::check;
