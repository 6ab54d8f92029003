//! The registries: which versions do they have.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use super::super::ReleaseError;
use super::super::subject::{Candidate, Publish};
use super::{finding, from_error};
use crate::cargo::{self, Existence, Invocation};
use crate::client::Client;
use crate::endpoint::{self, EndpointError};
use crate::findings::{Finding, codes};
use crate::model::{CrateName, RegistryName};
use crate::registry::PackageName;

/// Registries, each opened once.
pub(super) struct Registries {
    dir: Utf8PathBuf,
    open: BTreeMap<RegistryName, Access>,
}

enum Access {
    Open(Box<Client>),
    /// Only cargo has the token.
    ByCargo,
    /// It was told.
    Closed,
}

impl Registries {
    pub(super) fn new(dir: &Utf8Path) -> Self {
        Self {
            dir: dir.to_owned(),
            open: BTreeMap::new(),
        }
    }

    /// The versions that the registries of a crate have; none where no registry tells them.
    pub(super) fn versions(
        &mut self,
        candidate: &Candidate,
        findings: &mut Vec<Finding>,
    ) -> Option<BTreeSet<Version>> {
        let names = match &candidate.publish {
            Publish::To(names) => names.clone(),
            Publish::Never => return None,
            Publish::Anywhere => {
                let message = format!("{}: Cargo.toml names no registry", candidate.name);
                let help = "say which ones may have it: `publish = [\"internal\"]`; without it, \
                            `cargo publish` sends it to crates.io";
                findings.push(finding(&codes::PUBLISH_ANYWHERE, message).help(help));
                return None;
            }
        };
        let mut versions = None;
        for name in &names {
            let Access::Open(client) = self.access(name, findings) else {
                continue;
            };
            let package = match PackageName::new(&candidate.name) {
                Ok(package) => package,
                Err(error) => {
                    let help = error.help();
                    findings.push(from_error(&codes::BAD_NAME, &candidate.name, &error, help));
                    continue;
                }
            };
            match client.versions(&package) {
                Ok(entries) => {
                    let known: &mut BTreeSet<Version> = versions.get_or_insert_default();
                    known.extend(entries.into_iter().map(|entry| entry.vers));
                }
                Err(error) => {
                    let help = error.help();
                    findings.push(unreachable(name, &error, help));
                    self.open.insert(name.clone(), Access::Closed);
                }
            }
        }
        versions
    }

    fn access(&mut self, name: &RegistryName, findings: &mut Vec<Finding>) -> &Access {
        if !self.open.contains_key(name) {
            let access = match endpoint::open(&self.dir, name) {
                Ok(client) => Access::Open(Box::new(client)),
                Err(EndpointError::Provider { .. }) => Access::ByCargo,
                Err(error) => {
                    let help = error.help();
                    findings.push(unreachable(name, &error, help));
                    Access::Closed
                }
            };
            self.open.insert(name.clone(), access);
        }
        &self.open[name]
    }

    /// Does a registry have that version already?
    pub(super) fn check_free(
        &mut self,
        candidate: &Candidate,
        version: &Version,
        findings: &mut Vec<Finding>,
    ) -> Result<(), ReleaseError> {
        let Publish::To(names) = &candidate.publish else {
            return Ok(());
        };
        for name in names {
            let taken = match self.access(name, findings) {
                Access::Open(client) => {
                    let package = PackageName::new(&candidate.name);
                    let entries = package.ok().and_then(|it| client.versions(&it).ok());
                    let mut entries = entries.into_iter().flatten();
                    entries.any(|entry| entry.is_version(version))
                }
                Access::ByCargo => self.ask_cargo(name, candidate, version, findings)?,
                Access::Closed => false,
            };
            if taken {
                let message = format!("{}: `{name}` has {version} already", candidate.name);
                let help = "a version never changes: release a later one";
                findings.push(finding(&codes::VERSION_EXISTS, message).help(help));
            }
        }
        Ok(())
    }

    fn ask_cargo(
        &self,
        registry: &RegistryName,
        candidate: &Candidate,
        version: &Version,
        findings: &mut Vec<Finding>,
    ) -> Result<bool, ReleaseError> {
        let Ok(name) = CrateName::new(&candidate.name) else {
            return Ok(false);
        };
        let cargo = Invocation::new(&self.dir);
        let said = match cargo::crate_exists(&cargo, registry, &name, Some(version))? {
            Existence::Found => return Ok(true),
            Existence::NotFound => return Ok(false),
            Existence::NotConfigured => "cargo's configuration does not have it".to_owned(),
            Existence::Unauthorized(said) | Existence::Unreachable(said) => said,
        };
        let message = format!("the registry `{registry}` cannot be asked: {said}");
        findings.push(finding(&codes::REGISTRY_UNREACHABLE, message));
        Ok(false)
    }
}

fn unreachable(
    name: &RegistryName,
    error: &(dyn std::error::Error + 'static),
    help: Option<String>,
) -> Finding {
    let what = format!("the registry `{name}` cannot be asked");
    from_error(&codes::REGISTRY_UNREACHABLE, &what, error, help)
}
