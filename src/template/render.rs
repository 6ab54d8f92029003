//! Templates to files.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use semver::Version;
use serde::Serialize;

use crate::model::{CrateName, RegistryName};

/// Each file's path in the repository, and its template.
const FILES: &[(&str, &str)] = &[
    (".gitignore", include_str!("files/gitignore")),
    ("README.md", include_str!("files/README.md")),
    ("CHANGELOG.md", include_str!("files/CHANGELOG.md")),
    ("release.toml", include_str!("files/release.toml")),
    (".github/workflows/ci.yml", include_str!("files/ci.yml")),
    (
        ".github/workflows/release.yml",
        include_str!("files/release.yml"),
    ),
];

/// Only where the registry's index is not configured elsewhere.
const CONFIG: (&str, &str) = (".cargo/config.toml", include_str!("files/config.toml"));

/// What a library's files are made from.
#[derive(Debug, Clone, Serialize)]
pub struct TemplateInput {
    /// Its name.
    pub name: CrateName,
    /// Its first version.
    pub version: Version,
    /// One line on what it is.
    pub description: String,
    /// The day of its first version, `YYYY-MM-DD`.
    pub date: String,
    /// Where its code comes from; none for a new library.
    pub origin: Option<Origin>,
    /// The registry it is published to.
    pub registry: RegistryName,
    /// The URL of its index, for `.cargo/config.toml`; none if that is configured elsewhere.
    pub index: Option<String>,
    /// The branch that releases are made from.
    pub branch: String,
    /// Its licence, as an SPDX expression or the name of a file.
    pub license: Option<String>,
    /// The lowest Rust version it builds with, if that is stated.
    pub rust_version: Option<String>,
    /// Does it depend on crates of the registry? Then CI needs a token to build.
    pub private_dependencies: bool,
    /// Does it build with all features at once?
    pub all_features: bool,
    /// Files that come as they are: `rustfmt.toml`, `clippy.toml`, a licence.
    #[serde(skip)]
    pub extra: BTreeMap<Utf8PathBuf, String>,
}

/// Where a library's code comes from.
#[derive(Debug, Clone, Serialize)]
pub struct Origin {
    /// The repository, by name or URL.
    pub repository: String,
    /// What was taken, such as `crate::util::retry`.
    pub modules: Vec<String>,
    /// The package it was in.
    pub package: String,
    /// The commit it was taken from.
    pub commit: String,
}

/// A template that cannot be rendered: a fault of this program.
#[derive(Debug, thiserror::Error)]
#[error("cannot render the template of `{file}`")]
pub struct TemplateError {
    /// The file.
    file: &'static str,
    /// What is wrong.
    source: minijinja::Error,
}

impl TemplateError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        Some("this is a fault of cargo-quarry; please report it".to_owned())
    }
}

/// `<< >>` and `<% %>`: GitHub's workflows and cargo-release have `{{ }}` for themselves.
fn syntax() -> SyntaxConfig {
    let mut syntax = SyntaxConfig::builder();
    syntax
        .block_delimiters("<%", "%>")
        .variable_delimiters("<<", ">>")
        .comment_delimiters("<#", "#>")
        .trim_blocks(true)
        .keep_trailing_newline(true);
    syntax.build().expect("no two delimiters are the same")
}

/// Renders all files, by their paths in the repository.
pub fn render(input: &TemplateInput) -> Result<BTreeMap<Utf8PathBuf, String>, TemplateError> {
    let mut environment = Environment::new();
    environment.set_syntax(syntax());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let context = minijinja::context! {
        // The middle of cargo's environment variables for the registry.
        registry_variable => input.registry.environment(),
        // A URL is a link by itself, a name is set apart.
        repository => input.origin.as_ref().map(|origin| named(&origin.repository)),
        ..minijinja::Value::from(Serde(input))
    };
    let mut files = input.extra.clone();
    let config = input.index.is_some().then_some(&CONFIG);
    for &(file, template) in FILES.iter().chain(config) {
        let text = environment
            .render_named_str(file, template, &context)
            .map_err(|source| TemplateError { file, source })?;
        files.insert(file.into(), text);
    }
    Ok(files)
}

/// A repository in a text: its URL, or its name set apart.
fn named(repository: &str) -> String {
    if repository.contains("://") {
        repository.to_owned()
    } else {
        format!("`{repository}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> TemplateInput {
        TemplateInput {
            name: CrateName::new("acme-retry").unwrap(),
            version: Version::new(0, 1, 0),
            description: "Retries with backoff".to_owned(),
            date: "2026-01-01".to_owned(),
            origin: Some(Origin {
                repository: "https://git.example/shop".to_owned(),
                modules: vec![
                    "crate::util::retry".to_owned(),
                    "crate::util::jitter".to_owned(),
                ],
                package: "shop".to_owned(),
                commit: "0123456789".to_owned(),
            }),
            registry: RegistryName::new("internal").unwrap(),
            index: Some("sparse+https://crates.example/index/".to_owned()),
            branch: "main".to_owned(),
            license: Some("MIT".to_owned()),
            rust_version: Some("1.85".to_owned()),
            private_dependencies: true,
            all_features: true,
            extra: BTreeMap::from([("rustfmt.toml".into(), "max_width = 100\n".to_owned())]),
        }
    }

    #[test]
    fn files_are_whole_and_nothing_of_the_template_is_left() {
        for (with, origin) in [(true, input().origin), (false, None)] {
            let files = render(&TemplateInput {
                origin,
                private_dependencies: with,
                rust_version: input().rust_version.filter(|_| with),
                ..input()
            })
            .unwrap();
            for (path, text) in &files {
                assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path}");
                assert!(!text.contains("\n\n\n"), "{path}");
                assert!(!text.contains("<<") && !text.contains("<%"), "{path}");
            }
            assert_eq!(files.len(), 8);
        }
    }
}
