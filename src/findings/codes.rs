//! The codes of `cargo quarry check`, each with its explanation.

use super::{Code, Severity};

macro_rules! codes {
    ($($constant:ident $severity:ident $name:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`: see its explanation.")]
            pub static $constant: Code = Code {
                name: $name,
                severity: Severity::$severity,
                text: include_str!(concat!("explanations/", $name, ".md")),
            };
        )*
        /// All of them, in the order in which `check` looks.
        pub static ALL: &[&Code] = &[$(&$constant),*];
    };
}

codes! {
    MANIFEST_INVALID Error "manifest-invalid";
    BAD_NAME Error "bad-name";
    NO_LIBRARY Warning "no-library";
    NO_DESCRIPTION Error "no-description";
    NO_LICENSE Warning "no-license";
    NO_LICENSE_FILE Warning "no-license-file";
    NO_REPOSITORY Warning "no-repository";
    NO_README Warning "no-readme";
    NO_RUST_VERSION Warning "no-rust-version";
    RUST_VERSION_FALSE Error "rust-version-false";
    DOES_NOT_COMPILE Error "does-not-compile";
    RUST_VERSION_DEPENDENCY Warning "rust-version-dependency";
    PUBLISH_ANYWHERE Error "publish-anywhere";
    UNPUBLISHABLE Error "unpublishable";
    PATH_DEPENDENCY Error "path-dependency";
    GIT_DEPENDENCY Error "git-dependency";
    UNKNOWN_REGISTRY Error "unknown-registry";
    WILDCARD_REQUIREMENT Error "wildcard-requirement";
    NO_LINTS Warning "no-lints";
    LOCKFILE_MISSING Warning "lockfile-missing";
    LOCKFILE_STALE Error "lockfile-stale";
    PACKAGE_INVALID Error "package-invalid";
    PACKAGED_SECRET Error "packaged-secret";
    PACKAGED_CI Warning "packaged-ci";
    PACKAGED_LARGE Warning "packaged-large";
    NO_CHANGELOG Error "no-changelog";
    CHANGELOG_INVALID Error "changelog-invalid";
    CHANGELOG_ORDER Warning "changelog-order";
    CHANGELOG_EMPTY Warning "changelog-empty";
    CHANGELOG_BREAKING Error "changelog-breaking";
    VERSION_TOO_LOW Error "version-too-low";
    VERSION_TAKEN Warning "version-taken";
    API_BREAK Note "api-break";
    API_ADDITION Note "api-addition";
    DENIED_LICENCE Error "denied-licence";
    DENIED_ADVISORY Error "denied-advisory";
    DENIED_DEPENDENCY Error "denied-dependency";
    DENIED_SOURCE Error "denied-source";
    WAIVER_INVALID Error "waiver-invalid";
    WAIVER_EXPIRED Error "waiver-expired";
    WAIVER_UNUSED Warning "waiver-unused";
}
