//! What was planned, done to the new registry.

use std::time::Duration;

use semver::Version;

use super::MigrateError;
use super::copy::{Action, Prepared, package_path};
use crate::client::{Client, ClientError};
use crate::model::Digest;
use crate::plan::{self, Journal, Reach, Step};
use crate::registry::{Metadata, PackageName};
use crate::sys::fs;

/// So long, in seconds, a published version may take to appear in the index.
const PATIENCE: u32 = 60;

/// Publishes and yanks. `on_step` is told of each step before it is done. A yank that the registry
/// refuses keeps nothing else from being done: Kellnr 6.13 knows no crate by a name with capitals
/// when it is to yank it.
pub fn apply(prepared: Prepared, on_step: &mut dyn FnMut(&str)) -> Result<(), MigrateError> {
    let Prepared {
        plan,
        client,
        packages,
        ..
    } = prepared;
    let path = packages.path().join("journal.json");
    let mut journal = Journal {
        plan,
        done: Vec::new(),
    };
    let mut refused: Vec<(String, ClientError)> = Vec::new();
    let mut perform = |step: &Step<Action>| {
        on_step(&step.title);
        match &step.action {
            Action::Publish {
                name,
                version,
                checksum,
            } => {
                let package = fs::read(&package_path(packages.path(), name, version))?;
                let metadata = Metadata::from_crate(&package, client.index_url())?;
                client.publish(&metadata, &package)?;
                wait_for(&client, name, version, checksum)
            }
            Action::Yank { name, version } => match client.yank(name, version) {
                Err(error @ ClientError::Status { .. }) => {
                    refused.push((format!("{name} {version}"), error));
                    Ok(())
                }
                result => Ok(result?),
            },
        }
    };
    plan::apply(&mut journal, &path, Reach::Permanent, &mut perform)?;
    let versions = refused.iter().map(|(version, _)| version.clone()).collect();
    match refused.pop() {
        None => Ok(()),
        Some((_, source)) => Err(MigrateError::NotYanked { versions, source }),
    }
}

/// Waits, as cargo does, until the index has the version: what is published next may need it.
fn wait_for(
    client: &Client,
    name: &PackageName,
    version: &Version,
    checksum: &Digest,
) -> Result<(), MigrateError> {
    for _ in 0..PATIENCE {
        let entries = client.versions(name)?;
        if entries
            .iter()
            .any(|it| it.vers == *version && it.cksum == *checksum)
        {
            return Ok(());
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    Err(MigrateError::NotVisible {
        name: name.clone(),
        version: version.clone(),
        url: client.index_url().to_owned(),
        seconds: PATIENCE,
    })
}
