//! The registry protocol's data: names, index entries, publish requests, packages (`.crate`
//! files), and overlay registries made of them. No server, no network.
//!
//! Source of the rules: the cargo book, "Registry Index" and "Registry Web API".
//!
//! An *overlay* is a folder of packages that cargo takes in place of a registry (source
//! replacement). What is built against it gets the registry's real URL and checksums into its
//! `Cargo.lock`, though nothing is published yet.

mod agree;
mod archive;
mod cache;
mod config;
mod derive;
mod describe;
mod entry;
mod error;
mod name;
mod overlay;
mod publish;
mod repack;

pub use agree::{check_agreement, other_url};
pub use archive::{CrateArchive, read_crate, read_crate_file};
pub use cache::{CachedCrates, LockedCrate, load_from_cargo_cache, locked_crates};
pub use config::Config;
pub use entry::{
    CRATES_IO_INDEX, CRATES_IO_SPARSE, DependencyKind, IndexDependency, IndexEntry, parse_index,
    render_index,
};
pub use error::RegistryError;
pub use name::PackageName;
pub use overlay::{Overlay, OverlayCrate, source_replacement, write_overlay};
pub use publish::{Metadata, PublishDependency, PublishRequest, decode_publish, encode_publish};
pub use repack::{PackageFile, pack_crate, unpack_crate};
