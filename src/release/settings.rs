//! What `release.toml` says, as cargo-release understands it.
//!
//! Where cargo-release is installed, it says itself what counts (`cargo release config`). In CI,
//! which only publishes, it is not: then the files of the repository are read here, in
//! cargo-release's order. A person's own configuration, which that leaves out, is not CI's.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::ReleaseError;
use super::checks::changelog;
use crate::cargo::Invocation;
use crate::sys;

/// The settings that matter here; see cargo-release's reference.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct Settings {
    allow_branch: Option<Vec<String>>,
    push_remote: Option<String>,
    push_options: Option<Vec<String>>,
    sign_commit: Option<bool>,
    sign_tag: Option<bool>,
    tag_name: Option<String>,
    tag_prefix: Option<String>,
    pre_release_hook: Option<Hook>,
    pre_release_replacements: Option<Vec<Replacement>>,
}

/// A replacement in a file, with all that cargo-release knows of it.
pub(super) type Replacement = BTreeMap<String, serde_json::Value>;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Hook {
    Line(String),
    Args(Vec<String>),
}

impl Settings {
    /// What counts for the package of `cargo.dir`, said by cargo-release.
    pub(super) fn load_effective(cargo: &Invocation) -> Result<Self, ReleaseError> {
        let manifest = cargo.dir.join("Cargo.toml");
        let program =
            cargo
                .program("release")
                .args(["config", "--manifest-path", manifest.as_str()]);
        let text = program.stdout()?;
        parse(&text, Utf8Path::new("the output of `cargo release config`"))
    }

    /// What counts for the package in `package`, by the files of the workspace at `root`.
    pub(super) fn load_files(root: &Utf8Path, package: &Utf8Path) -> Result<Self, ReleaseError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Manifest {
            workspace: Section,
            package: Section,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Section {
            metadata: Metadata,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Metadata {
            release: Settings,
        }
        let mut settings = Self::default();
        for folder in [root, package] {
            let path = folder.join("release.toml");
            if let Some(text) = sys::fs::read_text_if_exists(&path)? {
                settings.update(parse(&text, &path)?);
            }
            let path = folder.join("Cargo.toml");
            if let Some(text) = sys::fs::read_text_if_exists(&path)? {
                let manifest: Manifest = parse(&text, &path)?;
                settings.update(manifest.workspace.metadata.release);
                if folder == package {
                    settings.update(manifest.package.metadata.release);
                }
            }
        }
        Ok(settings)
    }

    fn update(&mut self, over: Self) {
        fn set<T>(value: &mut Option<T>, over: Option<T>) {
            if over.is_some() {
                *value = over;
            }
        }
        set(&mut self.allow_branch, over.allow_branch);
        set(&mut self.push_remote, over.push_remote);
        set(&mut self.push_options, over.push_options);
        set(&mut self.sign_commit, over.sign_commit);
        set(&mut self.sign_tag, over.sign_tag);
        set(&mut self.tag_name, over.tag_name);
        set(&mut self.tag_prefix, over.tag_prefix);
        set(&mut self.pre_release_hook, over.pre_release_hook);
        set(
            &mut self.pre_release_replacements,
            over.pre_release_replacements,
        );
    }

    /// The branches that releases are made from, in the notation of `.gitignore`.
    pub(super) fn allowed_branches(&self) -> Vec<String> {
        let any = || vec!["*".to_owned(), "!HEAD".to_owned()];
        self.allow_branch.clone().unwrap_or_else(any)
    }

    pub(super) fn remote(&self) -> &str {
        self.push_remote.as_deref().unwrap_or("origin")
    }

    pub(super) fn push_options(&self) -> &[String] {
        self.push_options.as_deref().unwrap_or_default()
    }

    pub(super) fn signs(&self) -> bool {
        self.sign_commit == Some(true) || self.sign_tag == Some(true)
    }

    /// The program that runs before the commit, as it is written.
    pub(super) fn hook(&self) -> Option<String> {
        self.pre_release_hook.as_ref().map(|hook| match hook {
            Hook::Line(line) => line.clone(),
            Hook::Args(args) => args.join(" "),
        })
    }

    /// What is replaced in other files of a crate than its changelog.
    pub(super) fn other_replacements(&self) -> Vec<Replacement> {
        let is_changelog = |replacement: &&Replacement| {
            let file = replacement.get("file").and_then(|file| file.as_str());
            let parts = file.map(|file| Utf8Path::new(file).components());
            parts.is_some_and(|parts| {
                let parts = parts.filter(|part| *part != Utf8Component::CurDir);
                parts.eq(Utf8Path::new(changelog::FILE).components())
            })
        };
        let all = self.pre_release_replacements.iter().flatten();
        all.filter(|it| !is_changelog(it)).cloned().collect()
    }

    /// How the tags of a crate are named.
    pub(super) fn tags(&self, name: &str, at_root: bool) -> TagName {
        let prefix = self.tag_prefix.as_deref();
        let prefix = prefix.unwrap_or(if at_root { "" } else { "{{crate_name}}-" });
        let template = self.tag_name.as_deref().unwrap_or("{{prefix}}v{{version}}");
        let template = template
            .replace("{{prefix}}", prefix)
            .replace("{{crate_name}}", name);
        TagName(template)
    }
}

/// The text of a file of settings with these replacements, which count in place of all others.
pub(super) fn with_replacements(replacements: &[Replacement]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    struct Over<'a> {
        pre_release_replacements: &'a [Replacement],
    }
    let over = Over {
        pre_release_replacements: replacements,
    };
    toml_edit::ser::to_string_pretty(&over).expect("it was read from TOML")
}

/// How the tags of one crate are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TagName(String);

impl TagName {
    const VERSION: &'static str = "{{version}}";

    /// The tag of a version.
    pub(super) fn of(&self, version: &Version) -> String {
        let mut bare = version.clone();
        bare.build = semver::BuildMetadata::EMPTY;
        self.0
            .replace(Self::VERSION, &bare.to_string())
            .replace("{{metadata}}", version.build.as_str())
    }

    /// All of them, as a pattern of git's.
    pub(super) fn pattern(&self) -> String {
        self.0
            .replace(Self::VERSION, "*")
            .replace("{{metadata}}", "*")
    }

    /// The version that a tag names; none if it is not of this crate.
    pub(super) fn version(&self, tag: &str) -> Option<Version> {
        let (before, after) = self.0.split_once(Self::VERSION)?;
        let version = tag.strip_prefix(before)?.strip_suffix(after)?;
        Version::parse(version).ok()
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str, path: &Utf8Path) -> Result<T, ReleaseError> {
    toml_edit::de::from_str(text).map_err(|source| ReleaseError::Settings {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_named_as_cargo_release_names_them() {
        let tags = |toml: &str, at_root| {
            let settings: Settings = parse(toml, "release.toml".into()).unwrap();
            settings.tags("acme-retry", at_root)
        };
        let version: Version = "1.3.0-rc.1+x".parse().unwrap();
        assert_eq!(tags("", true).of(&version), "v1.3.0-rc.1");
        assert_eq!(tags("", false).of(&version), "acme-retry-v1.3.0-rc.1");
        let named = tags("tag-name = \"{{crate_name}}/{{version}}\"", false);
        assert_eq!(named.of(&version), "acme-retry/1.3.0-rc.1");
        assert_eq!(
            named.version("acme-retry/1.0.0"),
            Some(Version::new(1, 0, 0))
        );
        for other in ["acme-other/1.0.0", "acme-retry/", "v1.0.0"] {
            assert_eq!(named.version(other), None, "{other}");
        }
    }

    #[test]
    fn replacements_in_the_changelog_are_told_from_others() {
        let text = "[[pre-release-replacements]]\nexactly = 1\nfile = \"README.md\"\n\
                    replace = \"b\\n\"\nsearch = 'a\\.'\n";
        let more = "[[pre-release-replacements]]\nfile = \"./CHANGELOG.md\"\nsearch = \"c\"\n";
        let settings: Settings = parse(&format!("{more}{text}"), "release.toml".into()).unwrap();
        let others = settings.other_replacements();
        assert_eq!(others.len(), 1);
        let over: Settings = parse(&with_replacements(&others), "over.toml".into()).unwrap();
        assert_eq!(over, parse(text, "release.toml".into()).unwrap());
        let none: Settings = parse(&with_replacements(&[]), "over.toml".into()).unwrap();
        assert_eq!(none.pre_release_replacements, Some(Vec::new()));
    }

    #[test]
    fn files_count_in_their_order() {
        let scratch = sys::scratch::Scratch::new().unwrap();
        let write = |path: &str, text: &str| {
            let path = scratch.path().join(path);
            sys::fs::write(&path, text).unwrap();
        };
        write(
            "release.toml",
            "push-remote = \"upstream\"\nsign-tag = true\n",
        );
        write(
            "Cargo.toml",
            "[workspace.metadata.release]\npush-remote = \"hub\"\n",
        );
        write("a/release.toml", "tag-prefix = \"a-\"\n");
        write(
            "a/Cargo.toml",
            "[package]\nname = \"a\"\n[package.metadata.release]\nsign-tag = false\n",
        );
        let settings = Settings::load_files(scratch.path(), &scratch.path().join("a")).unwrap();
        assert_eq!(settings.remote(), "hub");
        assert!(!settings.signs());
        let tag = settings.tags("a", false).of(&Version::new(1, 0, 0));
        assert_eq!(tag, "a-v1.0.0");
    }
}
