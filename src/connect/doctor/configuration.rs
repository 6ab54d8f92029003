//! What cargo's configuration says of a registry.

use crate::cargo::{Invocation, RegistrySettings, TokenSource, load_token, registry_settings};
use crate::connect::ConnectError;
use crate::findings::{Finding, Severity, codes};
use crate::model::RegistryName;
use crate::sys;

use super::repository::Files;

/// A registry as it is configured.
pub(super) struct Seen {
    pub(super) settings: RegistrySettings,
    pub(super) token: TokenSource,
    /// The variable for its token, if it is set.
    pub(super) variable: Option<String>,
    /// The URL to ask, mended if need be, without `sparse+`; none where it can't be asked.
    pub(super) base: Option<String>,
    pub(super) findings: Vec<Finding>,
}

pub(super) fn look(
    cargo: &Invocation,
    name: &RegistryName,
    files: &Files,
) -> Result<Seen, ConnectError> {
    let settings = registry_settings(cargo, name)?;
    let variable = format!("CARGO_REGISTRIES_{}_TOKEN", name.environment());
    let mut seen = Seen {
        token: load_token(cargo, name)?,
        variable: sys::env::var(&variable).map(|_| variable),
        base: None,
        findings: Vec::new(),
        settings,
    };
    let Some(index) = seen.settings.index.clone() else {
        seen.findings.extend(missing(name, &seen, files));
        return Ok(seen);
    };
    let from = match &seen.settings.index_from {
        Some(path) => path.to_string(),
        None => format!("CARGO_REGISTRIES_{}_INDEX", name.environment()),
    };
    let (base, finding) = index_form(name, &index, &from);
    seen.base = base;
    seen.findings.extend(finding);
    Ok(seen)
}

/// Named, but not configured. That stops cargo where a dependency comes from it, else only what
/// publishes.
fn missing(name: &RegistryName, seen: &Seen, files: &Files) -> Vec<Finding> {
    let (places, stops) = files.places_of(name);
    let severity = if stops || places.is_empty() {
        Severity::Error
    } else {
        Severity::Warning
    };
    let mut findings = vec![
        codes::REGISTRY_MISSING
            .finding(format!("cargo's configuration has no registry `{name}`"))
            .weighing(severity)
            .at(places)
            .help(format!(
                "`cargo quarry registry add {name} --kind … URL` writes it to `.cargo/config.toml`"
            )),
    ];
    if let Some(variable) = &seen.variable {
        let message = format!("{variable} is set for a registry that is not configured");
        findings.push(
            codes::TOKEN_WITHOUT_REGISTRY
                .finding(message)
                .help("a `-` in the registry's name is a `_` in the variable's"),
        );
    }
    findings
}

/// Is the URL one that cargo takes for a sparse index? Also what can be asked all the same.
fn index_form(name: &RegistryName, index: &str, from: &str) -> (Option<String>, Option<Finding>) {
    if let Some(base) = index.strip_prefix("sparse+") {
        let finding = (!base.ends_with('/')).then(|| {
            let message = format!(
                "the index URL of `{name}` does not end with a slash, which cargo refuses ({from})"
            );
            codes::INDEX_NO_SLASH
                .finding(message)
                .help(format!("index = \"{index}/\""))
        });
        return (Some(with_slash(base)), finding);
    }
    if index.starts_with("http://") || index.starts_with("https://") {
        // What it is, the server tells: see `server::ask`.
        return (Some(with_slash(index)), None);
    }
    let message = format!("`{name}` has a git index, which is not looked into ({from})");
    let finding = codes::INDEX_GIT.finding(message);
    (None, Some(finding))
}

fn with_slash(url: &str) -> String {
    format!("{}/", url.trim_end_matches('/'))
}
