//! A configuration for Renovate (<https://docs.renovatebot.com/rust/>), with which it updates a
//! repository's private crates.
//!
//! For registries other than crates.io Renovate reads only the index: where a crate's repository
//! is, and with it the changelog, is told by this configuration.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::{Value, json};

use super::ConnectError;
use crate::manifest::{Setting, metadata_setting};
use crate::service::{LoadOptions, Pin, Service, load};

/// What Renovate needs for one repository.
#[derive(Debug, Clone, PartialEq)]
pub struct Renovate {
    /// The repository's `renovate.json`.
    pub config: Value,
    /// The registries, whose tokens the bot must be given.
    pub registries: Vec<RenovateRegistry>,
    /// Crates whose releases do not say where their repository is: no changelog for them.
    pub without_repository: Vec<String>,
}

/// A registry that Renovate asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RenovateRegistry {
    /// Its name in cargo's configuration; none if it has none.
    pub name: Option<String>,
    /// The URL of its index.
    pub index: String,
    /// What the configuration calls its token.
    pub secret: String,
}

/// The configuration for the repository that `dir` is in.
///
/// # Errors
/// If what it pins cannot be read, or none of it is private.
pub fn renovate_config(dir: &Utf8Path, offline: bool) -> Result<Renovate, ConnectError> {
    let options = LoadOptions {
        offline,
        ..LoadOptions::default()
    };
    let service = load(dir, &options).map_err(Box::new)?;
    let pins = service.private().map_err(Box::new)?;
    let registries = registries(pins);
    let mut rules = Vec::new();
    for registry in &registries {
        let names = names(pins.iter().filter(|pin| pin.index == registry.index));
        rules.extend(rules_of(registry, &names, range_strategy(&service)));
    }
    let (sources, without_repository) = sources(&service, pins);
    rules.extend(sources);
    Ok(Renovate {
        config: json!({
            "$schema": "https://docs.renovatebot.com/renovate-schema.json",
            "extends": ["config:recommended"],
            "cargo": { "enabled": true },
            "separateMajorMinor": true,
            "hostRules": registries.iter().map(host_rule).collect::<Vec<_>>(),
            "packageRules": rules,
        }),
        registries,
        without_repository,
    })
}

fn registries(pins: &[Pin]) -> Vec<RenovateRegistry> {
    let mut found: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for pin in pins {
        let name = pin.registry.as_ref();
        found.insert(&pin.index, name.map(|name| name.as_str().to_owned()));
    }
    let registry = |(number, (index, name)): (usize, (&str, Option<String>))| {
        let variable = match pins
            .iter()
            .find(|pin| pin.index == index)
            .map(|pin| &pin.registry)
        {
            Some(Some(name)) => name.environment(),
            Some(None) | None => (number + 1).to_string(),
        };
        RenovateRegistry {
            name,
            index: index.to_owned(),
            secret: format!("CARGO_REGISTRIES_{variable}_TOKEN"),
        }
    };
    found.into_iter().enumerate().map(registry).collect()
}

fn names<'a>(pins: impl Iterator<Item = &'a Pin>) -> Vec<&'a str> {
    let mut names: Vec<&str> = pins.map(|pin| pin.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Cargo's registries want the bare token: no `Bearer` before it (the cargo book, "Registry Index",
/// `auth-required`). The token itself stands with the bot, under this name.
fn host_rule(registry: &RenovateRegistry) -> Value {
    let url = registry
        .index
        .trim_start_matches("sparse+")
        .trim_start_matches("registry+");
    json!({
        "hostType": "crate",
        "matchHost": url,
        "authType": "Token-Only",
        "token": format!("{{{{ secrets.{} }}}}", registry.secret),
    })
}

fn rules_of(registry: &RenovateRegistry, names: &[&str], range_strategy: &str) -> Vec<Value> {
    let called = registry.name.as_deref().unwrap_or("private");
    vec![
        json!({
            "description": format!("Crates of the registry {called}"),
            "matchManagers": ["cargo"],
            "matchDatasources": ["crate"],
            "matchPackageNames": names,
            "registryUrls": [registry.index],
            "versioning": "cargo",
            "rangeStrategy": range_strategy,
        }),
        json!({
            "description": format!("Compatible updates from {called} come together"),
            "matchManagers": ["cargo"],
            "matchPackageNames": names,
            "matchUpdateTypes": ["minor", "patch"],
            "groupName": format!("{called} crates, compatible"),
        }),
        // For cargo, 0.2 is not compatible with 0.1; for Renovate, it is a minor update.
        json!({
            "description": format!("Breaking updates from {called} come one by one"),
            "matchManagers": ["cargo"],
            "matchPackageNames": names,
            "matchUpdateTypes": ["minor"],
            "matchCurrentVersion": "/^0\\./",
            "groupName": Value::Null,
            "addLabels": ["breaking"],
        }),
        json!({
            "description": format!("Breaking updates from {called} come one by one"),
            "matchManagers": ["cargo"],
            "matchPackageNames": names,
            "matchUpdateTypes": ["major"],
            "groupName": Value::Null,
            "addLabels": ["breaking"],
        }),
    ]
}

/// How requirements are changed, by the policy for pins (see the finding `pin-style`).
fn range_strategy(service: &Service) -> &'static str {
    let manifests = service
        .members
        .iter()
        .map(|member| (&member.manifest, "package"));
    let manifests = [(&service.manifest, "workspace")]
        .into_iter()
        .chain(manifests);
    let mut settings =
        manifests.filter_map(|(manifest, of)| metadata_setting(manifest, of, "pins"));
    match settings.next().map(|stated| stated.value) {
        Some(Setting::Text(policy)) if policy == "exact" => "pin",
        Some(Setting::Text(policy)) if policy == "caret" => "update-lockfile",
        Some(Setting::Text(_) | Setting::List(_) | Setting::Other) | None => "auto",
    }
}

/// Where the repository of each crate is, as its release says.
fn sources(service: &Service, pins: &[Pin]) -> (Vec<Value>, Vec<String>) {
    let (mut rules, mut without) = (Vec::new(), Vec::new());
    for name in names(pins.iter()) {
        let packages = service.metadata.packages.iter();
        let packages = packages.filter(|package| package.name.as_str() == name);
        let newest = packages.max_by(|a, b| a.version.cmp(&b.version));
        match newest.and_then(|package| package.repository.as_ref()) {
            Some(url) => rules.push(json!({
                "description": format!("Where the changelog of {name} is"),
                "matchDatasources": ["crate"],
                "matchPackageNames": [name],
                "sourceUrl": url,
            })),
            None => without.push(name.to_owned()),
        }
    }
    (rules, without)
}
