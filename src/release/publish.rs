//! Publishing a tag: CI's half of a release.
//!
//! The tag, the version and the changelog agree, or nothing is published. The package is made
//! once to be looked at, and cargo, which makes it again, must come to the same bytes. A version
//! that the registry has already with those bytes is published; with others it is an error.

mod changed;
mod tagged;

use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use self::changed::Difference;
pub use self::tagged::{Tagged, clear_notes, load_tag};
use super::ReleaseError;
use super::checks::{finding, from_error};
use super::request::{Event, Listener};
use super::subject::Publish;
use crate::cargo::{self, Dirty, Invocation};
use crate::client::Client;
use crate::endpoint;
use crate::findings::{Finding, codes};
use crate::model::{Digest, RegistryName};
use crate::plan::{Plan, Reach, Step};
use crate::registry::{PackageName, unpack_crate};
use crate::sys;
use crate::sys::scratch::Scratch;

/// How often the index is asked again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the index may take to show what was published.
const PATIENCE: Duration = Duration::from_mins(2);

/// A tag that is to be published.
#[derive(Debug, Clone)]
pub struct PublishRequest {
    /// A folder of the repository.
    pub dir: Utf8PathBuf,
    /// The tag; none: the one of the commit that is checked out.
    pub tag: Option<String>,
    /// How long to wait for crates of the same repository that it needs.
    pub patience: Duration,
}

/// What a step of publishing does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum PublishAction {
    /// Publishes those bytes.
    Publish {
        /// The registry.
        registry: RegistryName,
        /// The checksum of the `.crate`.
        checksum: Digest,
    },
}

/// A package, ready to be published; or why it may not be.
#[derive(Debug)]
pub struct PublishPlan {
    /// What stands in the way.
    pub findings: Vec<Finding>,
    /// The files of the package, sorted; none if it could not be made.
    pub files: Vec<String>,
    /// The size of the package, in bytes.
    pub size: u64,
    /// The checksum of the package.
    pub checksum: Option<Digest>,
    /// The registries that have it already, with the same checksum.
    pub there: Vec<RegistryName>,
    /// What will be done; nothing if all registries have it.
    pub plan: Plan<PublishAction>,
    /// What is published.
    pub tagged: Tagged,
}

/// Makes the package, and looks at what keeps it from being published. The repository and the
/// registries stay as they are.
pub fn prepare_publish(
    mut tagged: Tagged,
    request: &PublishRequest,
    listener: &mut Listener<'_>,
) -> Result<PublishPlan, ReleaseError> {
    let mut findings = std::mem::take(&mut tagged.findings);
    let registries = open_registries(&tagged, &mut findings);
    if findings.is_empty() {
        wait_for_siblings(&tagged, request, &registries, &mut findings, listener)?;
    }
    let subject = format!("publish {} {}", tagged.name, tagged.version);
    let mut planned = PublishPlan {
        findings,
        files: Vec::new(),
        size: 0,
        checksum: None,
        there: Vec::new(),
        plan: Plan::new(subject, Vec::new(), Vec::new()),
        tagged,
    };
    if !planned.findings.is_empty() {
        return Ok(planned);
    }
    let tagged = &planned.tagged;
    let what = format!("{} {}", tagged.name, tagged.version);
    listener(Event::Stage("Packaging", what));
    let bytes = make_package(tagged)?;
    let checksum = Digest::of(&bytes);
    planned.size = bytes.len() as u64;
    planned.files = files(tagged, &bytes)?;
    let mut steps = Vec::new();
    for (registry, client) in &registries {
        let Some(there) = published(tagged, client)? else {
            steps.push(Step {
                name: format!("publish-{registry}"),
                reach: Reach::Permanent,
                title: format!("publish {} {} to `{registry}`", tagged.name, tagged.version),
                action: PublishAction::Publish {
                    registry: registry.clone(),
                    checksum: checksum.clone(),
                },
            });
            continue;
        };
        if there.cksum == checksum {
            planned.there.push(registry.clone());
            continue;
        }
        let difference = Difference::between(&client.download(&there)?, &bytes)?;
        let message = format!(
            "`{registry}` has {} {} already, with another content: {difference}",
            tagged.name, tagged.version
        );
        let help = "a version never changes: release a later one";
        planned
            .findings
            .push(finding(&codes::VERSION_DIFFERS, message).help(help));
    }
    planned.plan.steps = if planned.findings.is_empty() {
        steps
    } else {
        Vec::new()
    };
    planned.checksum = Some(checksum);
    Ok(planned)
}

/// Has cargo do all but the upload: it builds what it packaged.
pub fn rehearse_publish(
    planned: &PublishPlan,
    listener: &mut Listener<'_>,
) -> Result<(), ReleaseError> {
    for step in &planned.plan.steps {
        let PublishAction::Publish { registry, .. } = &step.action;
        let what = format!("{} {}", planned.tagged.name, planned.tagged.version);
        listener(Event::Stage("Verifying", what));
        run_cargo(&planned.tagged, registry, &["--dry-run"], listener)?;
    }
    Ok(())
}

/// Publishes it, and waits until the index of each registry shows it.
pub fn apply_publish(
    planned: &PublishPlan,
    listener: &mut Listener<'_>,
) -> Result<(), ReleaseError> {
    let tagged = &planned.tagged;
    for step in &planned.plan.steps {
        let PublishAction::Publish { registry, checksum } = &step.action;
        let what = format!("{} {} to {registry}", tagged.name, tagged.version);
        listener(Event::Stage("Publishing", what));
        let client = endpoint::open(&tagged.dir, registry)?;
        if let Err(error) = run_cargo(tagged, registry, &[], listener) {
            // Another run of the same tag may have been quicker.
            let there = published(tagged, &client)?;
            if there.is_none_or(|there| there.cksum != *checksum) {
                return Err(error);
            }
        }
        await_index(tagged, registry, &client, checksum, listener)?;
    }
    Ok(())
}

fn run_cargo(
    tagged: &Tagged,
    registry: &RegistryName,
    args: &[&str],
    listener: &mut Listener<'_>,
) -> Result<(), ReleaseError> {
    let args = [&["--package", tagged.name.as_str()], args].concat();
    let mut on_line = |line: &str| listener(Event::Progress(line.trim().to_owned()));
    cargo::publish_verified(&cargo(tagged), registry, &args, &mut on_line)?;
    Ok(())
}

/// Cargo in the package's folder; `Cargo.lock` counts where there is one.
fn cargo(tagged: &Tagged) -> Invocation {
    Invocation {
        locked: tagged.locked,
        ..Invocation::new(&tagged.dir)
    }
}

fn await_index(
    tagged: &Tagged,
    registry: &RegistryName,
    client: &Client,
    checksum: &Digest,
    listener: &mut Listener<'_>,
) -> Result<(), ReleaseError> {
    let begin = Instant::now();
    listener(Event::Progress(format!(
        "waiting for `{registry}` to show it"
    )));
    loop {
        if let Some(entry) = published(tagged, client)? {
            if entry.cksum == *checksum {
                return Ok(());
            }
            return Err(ReleaseError::OtherBytes {
                name: tagged.name.clone(),
                registry: registry.clone(),
                made: checksum.clone(),
                there: entry.cksum,
            });
        }
        if begin.elapsed() > PATIENCE {
            return Err(ReleaseError::NotShown {
                name: tagged.name.clone(),
                registry: registry.clone(),
            });
        }
        std::thread::sleep(PAUSE);
    }
}

fn open_registries(tagged: &Tagged, findings: &mut Vec<Finding>) -> Vec<(RegistryName, Client)> {
    let mut open = Vec::new();
    let names = match &tagged.publish {
        Publish::To(names) => names.as_slice(),
        Publish::Never => {
            let message = format!("{}: Cargo.toml says `publish = false`", tagged.name);
            findings.push(finding(&codes::UNPUBLISHABLE, message));
            return open;
        }
        Publish::Anywhere => {
            let message = format!("{}: Cargo.toml names no registry", tagged.name);
            let help = "say which ones may have it: `publish = [\"internal\"]`";
            findings.push(finding(&codes::PUBLISH_ANYWHERE, message).help(help));
            return open;
        }
    };
    for name in names {
        match endpoint::open(&tagged.dir, name) {
            Ok(client) => open.push((name.clone(), client)),
            Err(error) => {
                let what = format!("the registry `{name}` cannot be asked");
                let help = error.help();
                findings.push(from_error(
                    &codes::REGISTRY_UNREACHABLE,
                    &what,
                    &error,
                    help,
                ));
            }
        }
    }
    open
}

/// The version's entry in the index; none if it is not published.
fn published(
    tagged: &Tagged,
    client: &Client,
) -> Result<Option<crate::registry::IndexEntry>, ReleaseError> {
    let name = PackageName::new(&tagged.name)?;
    let entries = client.versions(&name)?;
    let mut entries = entries.into_iter();
    Ok(entries.find(|entry| entry.is_version(&tagged.version)))
}

/// Crates of one repository are released together, and each tag starts a run of its own: the one
/// that others need may still be under way.
fn wait_for_siblings(
    tagged: &Tagged,
    request: &PublishRequest,
    registries: &[(RegistryName, Client)],
    findings: &mut Vec<Finding>,
    listener: &mut Listener<'_>,
) -> Result<(), ReleaseError> {
    let begin = Instant::now();
    for (registry, client) in registries {
        for (name, requirement) in &tagged.siblings {
            let package = PackageName::new(name)?;
            loop {
                let entries = client.versions(&package)?;
                if entries.iter().any(|it| requirement.matches(&it.vers)) {
                    break;
                }
                if begin.elapsed() >= request.patience {
                    let message = format!(
                        "{}: `{registry}` has no {name} that is {requirement}",
                        tagged.name
                    );
                    let help = "it is of this repository: publish it first";
                    findings.push(finding(&codes::SIBLING_MISSING, message).help(help));
                    break;
                }
                listener(Event::Progress(format!(
                    "waiting for {name} {requirement} in `{registry}`"
                )));
                std::thread::sleep(PAUSE);
            }
        }
    }
    Ok(())
}

fn make_package(tagged: &Tagged) -> Result<Vec<u8>, ReleaseError> {
    let target = Scratch::new()?;
    let args = ["--package", &tagged.name];
    let made = cargo::package(&cargo(tagged), target.path(), Dirty::Refuse, &args)?;
    Ok(sys::fs::read(&made)?)
}

/// The files of the package: those that cargo lists, and no others.
fn files(tagged: &Tagged, bytes: &[u8]) -> Result<Vec<String>, ReleaseError> {
    let listed = cargo::packaged_files(&cargo(tagged), &tagged.name)?;
    let mut listed: Vec<String> = listed.into_iter().map(Utf8PathBuf::into_string).collect();
    listed.sort();
    let packed = unpack_crate(bytes)?;
    let mut packed: Vec<String> = packed.iter().map(|file| file.name().to_owned()).collect();
    packed.sort();
    let odd = |a: &[String], b: &[String]| a.iter().find(|it| !b.contains(it)).cloned();
    if let Some(file) = odd(&packed, &listed).or_else(|| odd(&listed, &packed)) {
        return Err(ReleaseError::PackageFiles {
            name: tagged.name.clone(),
            file,
        });
    }
    Ok(packed)
}
