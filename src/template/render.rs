//! Templates to files.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use semver::Version;
use serde::Serialize;

use super::source::Part;
use super::{CrateInputs, Inputs, Origin, Template, TemplateError};
use crate::model::{CrateName, FileText, RegistryName};

/// Files by their paths in the repository.
pub type Rendered = BTreeMap<Utf8PathBuf, FileText>;

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

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_syntax(syntax());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // TOML's basic strings and JSON's have the same escapes.
    environment.add_filter("quoted", |text: &str| {
        serde_json::Value::from(text).to_string()
    });
    environment.add_filter("named", named);
    environment.add_filter("markdown", markdown);
    environment
}

/// Renders all files.
pub fn render(template: &Template, inputs: &Inputs) -> Result<Rendered, TemplateError> {
    let environment = environment();
    let mut files = Rendered::new();
    let whole = variables(inputs, inputs.crates.first());
    for file in &template.files {
        let mut add = |path: Utf8PathBuf, context: &Value| -> Result<(), TemplateError> {
            let text =
                environment.render_named_str(file.path.as_str(), &file.content.text, context);
            let text = text.map_err(|source| TemplateError::Render {
                path: file.path.clone(),
                source,
            })?;
            if !text.trim().is_empty() {
                let executable = file.content.executable;
                files.insert(path, FileText { text, executable });
            }
            Ok(())
        };
        match file.part {
            Part::Repository => add(file.path.clone(), &whole)?,
            Part::Crate => {
                for krate in &inputs.crates {
                    let path = inputs.folder(&krate.name).join(&file.path);
                    add(path, &variables(inputs, Some(krate)))?;
                }
            }
        }
    }
    Ok(files)
}

/// What templates may name.
#[derive(Serialize)]
struct Variables<'a> {
    context: Option<&'a CrateName>,
    crates: &'a [CrateInputs],
    registry: &'a RegistryName,
    /// The middle of cargo's environment variables for the registry.
    registry_variable: String,
    index: Option<&'a str>,
    branch: &'a str,
    license: Option<&'a str>,
    /// `MIT`, `Apache-2.0`: what the expression is made of.
    licenses: BTreeSet<&'a str>,
    repository: Option<&'a str>,
    rust_version: Option<&'a str>,
    all_features: bool,
    /// The version of this program, for workflows that install it.
    quarry_version: &'static str,
    // Of the crate; in the files of a context's repository, of its first one.
    name: Option<&'a CrateName>,
    identifier: Option<String>,
    version: Option<&'a Version>,
    description: Option<&'a str>,
    date: Option<&'a str>,
    year: Option<&'a str>,
    released: bool,
    origin: Option<&'a Origin>,
}

fn variables(inputs: &Inputs, krate: Option<&CrateInputs>) -> Value {
    let date = krate.map(|krate| krate.date.as_str());
    let variables = Variables {
        context: inputs.context.as_ref(),
        crates: &inputs.crates,
        registry: &inputs.registry,
        registry_variable: inputs.registry.environment(),
        index: inputs.index.as_deref(),
        branch: &inputs.branch,
        license: inputs.license.as_deref(),
        licenses: licenses(inputs.license.as_deref()),
        repository: inputs.repository.as_deref(),
        rust_version: inputs.rust_version.as_deref(),
        all_features: inputs.all_features,
        quarry_version: env!("CARGO_PKG_VERSION"),
        name: krate.map(|krate| &krate.name),
        identifier: krate.map(|krate| krate.name.identifier()),
        version: krate.map(|krate| &krate.version),
        description: krate.map(|krate| krate.description.as_str()),
        date,
        year: date.and_then(|date| date.get(..4)),
        released: krate.is_some_and(|krate| krate.released),
        origin: krate.and_then(|krate| krate.origin.as_ref()),
    };
    Value::from(Serde(&variables))
}

fn licenses(expression: Option<&str>) -> BTreeSet<&str> {
    let words = expression.unwrap_or_default().split([' ', '(', ')', '/']);
    words
        .filter(|word| !matches!(*word, "" | "AND" | "OR" | "WITH"))
        .collect()
}

/// A repository in a text: its URL, or its name set apart.
fn named(repository: &str) -> String {
    if repository.contains("://") {
        repository.to_owned()
    } else {
        format!("`{repository}`")
    }
}

/// One line as Markdown shows it: no part of it is taken for a link or a tag.
fn markdown(text: &str) -> String {
    let escaped = |c: char| {
        if "[]<>".contains(c) {
            vec!['\\', c]
        } else {
            vec![c]
        }
    };
    text.chars().flat_map(escaped).collect()
}

#[cfg(test)]
mod tests;
