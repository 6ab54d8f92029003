//! What the manifests say of a service's private crates: `[workspace.metadata.quarry]` and
//! `[package.metadata.quarry]`.

use super::subject::Subject;
use crate::findings::{Finding, codes};
use crate::manifest::{Manifest, Setting, Stated, metadata_setting};
use crate::service::PinStyle;

/// How private crates are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// `=1.2.3`.
    Exact,
    /// `1.2.3`.
    Caret,
    /// Either, or `~1.2.3`.
    Any,
}

impl Policy {
    pub(super) fn allows(self, style: PinStyle) -> bool {
        match self {
            Self::Exact => style == PinStyle::Exact,
            Self::Caret => style == PinStyle::Caret,
            Self::Any => style != PinStyle::Other,
        }
    }
}

/// What counts for a package.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) pins: Policy,
    /// The crates that must be there in one version.
    pub(super) vocabulary: Vec<String>,
    /// What says neither.
    pub(super) invalid: Vec<Finding>,
}

/// The settings of a package, its own before its workspace's.
pub(super) fn load(subject: &Subject) -> Settings {
    let root = subject.workspace.as_ref().unwrap_or(&subject.manifest);
    let find = |key| {
        let own = metadata_setting(&subject.manifest, "package", key);
        own.or_else(|| metadata_setting(root, "workspace", key))
    };
    let mut settings = Settings {
        pins: Policy::Any,
        vocabulary: Vec::new(),
        invalid: Vec::new(),
    };
    if let Some(pins) = find("pins") {
        match policy(&pins.value) {
            Some(policy) => settings.pins = policy,
            None => settings.invalid.push(invalid(
                &pins,
                "`pins` is none of `\"exact\"`, `\"caret\"` and `\"any\"`",
                "write one of them, or leave it out",
            )),
        }
    }
    // It is one list for the whole lock file; that of a package alone is its root's, too.
    let list =
        vocabulary(root).or_else(|| metadata_setting(&subject.manifest, "package", "vocabulary"));
    if let Some(list) = list {
        match &list.value {
            Setting::List(names) => settings.vocabulary.clone_from(names),
            Setting::Text(_) | Setting::Other => settings.invalid.push(invalid(
                &list,
                "`vocabulary` is no list of crates",
                "write `vocabulary = [\"acme-types\"]`",
            )),
        }
    }
    settings
}

fn vocabulary(root: &Manifest) -> Option<Stated<Setting>> {
    metadata_setting(root, "workspace", "vocabulary")
}

fn policy(setting: &Setting) -> Option<Policy> {
    match setting {
        Setting::Text(text) => match text.as_str() {
            "exact" => Some(Policy::Exact),
            "caret" => Some(Policy::Caret),
            "any" => Some(Policy::Any),
            _ => None,
        },
        Setting::List(_) | Setting::Other => None,
    }
}

fn invalid(setting: &Stated<Setting>, message: &str, help: &str) -> Finding {
    let finding = codes::SETTING_INVALID.finding(message);
    finding.at([setting.place.clone()]).help(help)
}
