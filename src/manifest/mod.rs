//! `Cargo.toml`, `Cargo.lock` and cargo's configuration as text that is edited in place.
//!
//! What is not edited keeps its bytes: comments, order, line endings, byte order mark. For that,
//! edits are made to the text, at the places that `toml_edit` gives. No cargo runs here.

mod alone;
mod config;
mod consumer;
mod dependency;
mod deprecations;
mod document;
mod edit;
mod error;
mod feature_text;
mod features;
mod inherit;
mod library;
mod lockfile;
mod overrides;
mod package;
mod redirect;
mod registries;
mod reindex;
mod repin;
mod section;
mod stated;
mod targets;

pub use alone::library_alone;
pub use config::{ConfiguredRegistry, RegistryConfig, configured_registry, set_registry_config};
pub use consumer::{
    Conflict, ConsumerEdit, ConsumerEdited, DependencyKey, Forward, add_workspace_dependency,
    edit_consumer, inherits_dependencies, remove_workspace_dependencies,
};
pub use dependency::{Dependency, DependencyKind, DependencySource, list_dependencies};
pub use deprecations::{Deprecated, Deprecation, add_deprecation, deprecations};
pub use document::Manifest;
pub use error::ManifestError;
pub use features::{Carried, FeatureSplit, declared_features, split_features};
pub use library::{Library, LibraryInput, Pick, Problem, Sibling, derive_library};
pub use lockfile::{
    LockedPackage, locked_graph, locked_package, locked_packages, place_of_locked, seed_lockfile,
};
pub use overrides::{LocalCopy, local_copies, set_path_overrides};
pub use package::{Package, PackageInput, derive_package};
pub use redirect::{Redirect, redirect_dependency, remove_member};
pub use registries::{NamedRegistry, RegistryUse, named_registries, places_of_tokens};
pub use reindex::{Relocked, relock, replace_config_index, replace_registry_index};
pub use repin::{Repinned, RequirementAt, next_requirement, repin, written_requirements};
pub use stated::{
    PublishTo, Setting, Stated, metadata_setting, metadata_tables, place_of_dependency,
    place_of_package, stated_field, stated_publish, stated_requirement, states_lints,
};
pub use targets::{WrittenTarget, written_targets};
