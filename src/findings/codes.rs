//! The codes of all commands, each with its explanation. One that several commands have stands
//! with the first of them.

use super::{Code, Severity};

/// The codes of a command.
#[derive(Debug)]
pub struct Group {
    /// The command, as it is written after `cargo quarry`.
    pub command: &'static str,
    /// In the order in which it looks.
    pub codes: &'static [&'static Code],
}

macro_rules! codes {
    ($(
        $group:ident $command:literal {
            $($constant:ident $severity:ident $name:literal;)*
        }
    )*) => {
        $($(
            #[doc = concat!("`", $name, "`: see its explanation.")]
            pub static $constant: Code = Code {
                name: $name,
                severity: Severity::$severity,
                text: include_str!(concat!("explanations/", $name, ".md")),
            };
        )*)*
        $(
            #[doc = concat!("Those of `", $command, "`.")]
            pub static $group: Group = Group {
                command: $command,
                codes: &[$(&$constant),*],
            };
        )*
        /// All of them, by command.
        pub static GROUPS: &[&Group] = &[$(&$group),*];
        /// All of them, in the same order.
        pub static ALL: &[&Code] = &[$($(&$constant,)*)*];
    };
}

codes! {
    CHECK "check" {
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
        LINKED_CRATE Error "linked-crate";
        SETTING_INVALID Error "setting-invalid";
        PIN_STYLE Error "pin-style";
        REGISTRY_MIXED Error "registry-mixed";
        PRIVATE_TWICE Warning "private-twice";
        VOCABULARY_TWICE Error "vocabulary-twice";
        WAIVER_INVALID Error "waiver-invalid";
        WAIVER_EXPIRED Error "waiver-expired";
        WAIVER_UNUSED Warning "waiver-unused";
    }
    RELEASE "release" {
        LEVEL_TOO_LOW Error "level-too-low";
        NO_LEVEL Error "no-level";
        VERSION_GOES_BACK Error "version-goes-back";
        VERSION_EXISTS Error "version-exists";
        TAG_EXISTS Error "tag-exists";
        TAG_EXISTS_REMOTELY Error "tag-exists-remotely";
        CHANGELOG_HAS_VERSION Error "changelog-has-version";
        DIRTY_TREE Error "dirty-tree";
        NO_BRANCH Error "no-branch";
        BRANCH_NOT_ALLOWED Error "branch-not-allowed";
        NO_REMOTE Error "no-remote";
        REMOTE_UNREACHABLE Error "remote-unreachable";
        BEHIND_REMOTE Error "behind-remote";
        DIVERGED Error "diverged";
        REGISTRY_UNREACHABLE Error "registry-unreachable";
        LOCKFILE_UNCHECKED Error "lockfile-unchecked";
        NO_IDENTITY Error "no-identity";
        CANNOT_SIGN Error "cannot-sign";
        NO_CARGO_RELEASE Error "no-cargo-release";
        CARGO_RELEASE_VERSION Error "cargo-release-version";
        CARGO_RELEASE_SETTINGS Error "cargo-release-settings";
    }
    PUBLISH "publish" {
        NO_TAG Error "no-tag";
        TAG_ELSEWHERE Error "tag-elsewhere";
        TAG_MISMATCH Error "tag-mismatch";
        CHANGELOG_MISMATCH Error "changelog-mismatch";
        VERSION_DIFFERS Error "version-differs";
        SIBLING_MISSING Error "sibling-missing";
    }
    DEPRECATE "deprecate" {
        UNTIL_PAST Error "until-past";
        UNKNOWN_VERSION Error "unknown-version";
        UNKNOWN_ITEM Error "unknown-item";
        PRIVATE_ITEM Error "private-item";
        DEPRECATED_ALREADY Error "deprecated-already";
    }
    DOCTOR "registry doctor" {
        REGISTRY_MISSING Error "registry-missing";
        INDEX_TWICE Error "index-twice";
        INDEX_NO_SLASH Error "index-no-slash";
        INDEX_NOT_SPARSE Error "index-not-sparse";
        INDEX_GIT Note "index-git";
        UNREACHABLE Error "unreachable";
        NO_CHALLENGE Error "no-challenge";
        CONFIG_MISSING Error "config-missing";
        CONFIG_NOT_JSON Error "config-not-json";
        CONFIG_NO_DL Error "config-no-dl";
        CONFIG_API_SLASH Error "config-api-slash";
        PROVIDER_MISSING Error "provider-missing";
        TOKEN_IGNORED Error "token-ignored";
        TOKEN_MISSING Error "token-missing";
        TOKEN_REFUSED Error "token-refused";
        TOKEN_NOT_TRIED Note "token-not-tried";
        TOKEN_WITHOUT_REGISTRY Note "token-without-registry";
        TOKEN_COMMITTED Error "token-committed";
        TOKEN_IN_IMAGE Error "token-in-image";
        LOCK_OTHER_URL Error "lock-other-url";
        CLOCK_SKEW Warning "clock-skew";
    }
    VERIFY "registry verify" {
        MISSING_PACKAGE Error "missing-package";
        WRONG_CHECKSUM Error "wrong-checksum";
        MISSING_METADATA Error "missing-metadata";
        WRONG_METADATA Error "wrong-metadata";
        MISSING_OWNERS Error "missing-owners";
        WRONG_LINE Error "wrong-line";
        UNREADABLE_LINE Error "unreadable-line";
        MISPLACED_LINE Error "misplaced-line";
        DUPLICATE_LINE Error "duplicate-line";
        DUPLICATE_VERSION Error "duplicate-version";
        COLLIDING_NAMES Error "colliding-names";
        UNLISTED_VERSION Warning "unlisted-version";
        INCOMPLETE_VERSION Warning "incomplete-version";
        LEFTOVER_FILE Warning "leftover-file";
        UNKNOWN_FILE Note "unknown-file";
        UNLOGGED_VERSION Warning "unlogged-version";
        WRONG_YANK Warning "wrong-yank";
        LOST_VERSION Note "lost-version";
        UNREADABLE_LOG_LINE Note "unreadable-log-line";
    }
    OUTDATED "outdated" {
        PIN_GONE Error "pin-gone";
        PIN_YANKED Error "pin-yanked";
        PIN_UNSUPPORTED Error "pin-unsupported";
        PIN_DEPRECATED Warning "pin-deprecated";
    }
    EXTRACT "extract" {
        TEST_ONLY_ITEM Error "test-only-item";
        SHARED_FILE Error "shared-file";
        NON_EXHAUSTIVE Warning "non-exhaustive";
        PATH_IN_STRING Warning "path-in-string";
        UNSEEN_USE Warning "unseen-use";
        DOC_LINK Note "doc-link";
        INLINE_HISTORY Note "inline-history";
        MACRO_MADE_ITEM Warning "macro-made-item";
        MAP_FEATURES Warning "map-features";
        MAP_TARGET Warning "map-target";
        MAP_UNMARKED Warning "map-unmarked";
        MAP_MISSING_MODULE Note "map-missing-module";
        SIBLING_TYPES_CROSS Warning "sibling-types-cross";
        SIBLING_TWICE Note "sibling-twice";
    }
}
