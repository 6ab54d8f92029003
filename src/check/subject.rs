//! The packages that are looked at.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Metadata;
use semver::Version;

use super::{CheckError, Request};
use crate::cargo::{CargoError, Invocation, load_metadata_no_deps};
use crate::findings::{Finding, codes};
use crate::manifest::{Manifest, ManifestError, PublishTo, Stated, stated_field, stated_publish};
use crate::model::Place;
use crate::sys::{SysError, fs};

/// A package, and what is around it.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) version: Option<Version>,
    /// The top of the git repository, or of the workspace where there is none. Places are
    /// relative to it.
    pub(super) root: Utf8PathBuf,
    pub(super) is_repository: bool,
    /// The folder of the manifest.
    pub(super) dir: Utf8PathBuf,
    /// The same, relative to `root`.
    pub(super) folder: Utf8PathBuf,
    /// The folder of the workspace's manifest: `Cargo.lock` is there.
    pub(super) workspace_dir: Utf8PathBuf,
    pub(super) manifest: Manifest,
    /// The workspace's own manifest, if that is another.
    pub(super) workspace: Option<Manifest>,
    pub(super) publish: Stated<PublishTo>,
    /// The folders of all packages of the workspace.
    pub(super) members: BTreeSet<Utf8PathBuf>,
    /// Is it one of many that are released from this repository? Then tags have its name.
    pub(super) is_one_of_many: bool,
    /// What cargo knows of it; or why it knows nothing.
    pub(super) known: Result<Known, String>,
}

/// What cargo knows of a package.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) has_library: bool,
    pub(super) readme: Option<Utf8PathBuf>,
    pub(super) target_dir: Utf8PathBuf,
}

/// Packages to check, or what keeps the manifest from being read.
#[derive(Debug)]
pub(super) enum Loaded {
    Subject(Box<Subject>),
    /// A package of a service: it is never published.
    Service(Box<Subject>),
    /// The manifest, relative to the root, and what is wrong with it.
    Broken(Utf8PathBuf, Finding),
    /// A package that is never published, and was not asked for by its name.
    Unpublished(String, Option<Version>, Utf8PathBuf),
}

impl Subject {
    pub(super) fn cargo(&self, offline: bool) -> Invocation {
        Invocation {
            offline,
            ..Invocation::new(self.dir.clone())
        }
    }

    /// The registries that it may be published to, crates.io not counted.
    pub(super) fn registries(&self) -> Vec<String> {
        match &self.publish.value {
            PublishTo::Anywhere => Vec::new(),
            PublishTo::Registries(names) => {
                let names = names.iter().filter(|name| *name != "crates-io");
                names.cloned().collect()
            }
        }
    }

    /// The version that a tag stands for, if it is one of this package: `v1.2.3`, and with other
    /// packages beside it `name-v1.2.3`. Older tags may have other forms.
    pub(super) fn version_of_tag(&self, tag: &str) -> Option<Version> {
        let own = tag
            .strip_prefix(&self.name)
            .and_then(|rest| rest.strip_prefix(['-', '/', '@', '_']));
        let plain = Some(tag).filter(|_| !self.is_one_of_many);
        let version = own.or(plain)?;
        version.strip_prefix('v').unwrap_or(version).parse().ok()
    }

    /// The first place of a file, by its path relative to the package.
    pub(super) fn place_of_file(&self, file: &Utf8Path) -> Place {
        Place {
            file: self.folder.join(file),
            line: 1,
            column: 1,
        }
    }
}

/// The packages that are asked for.
pub(super) fn load(request: &Request) -> Result<Vec<Loaded>, CheckError> {
    let dir = fs::canonical(&request.dir)?;
    let is_manifest = |folder: &&Utf8Path| folder.join("Cargo.toml").is_file();
    let Some(nearest) = dir.ancestors().find(is_manifest) else {
        return Err(CheckError::NoManifest { dir });
    };
    let root = dir.ancestors().find(|folder| folder.join(".git").exists());
    let place = Around {
        is_repository: root.is_some(),
        root: root.unwrap_or(nearest).to_owned(),
    };
    if let Err(broken) = place.manifest(nearest)? {
        return Ok(vec![broken]);
    }
    match load_metadata_no_deps(&Invocation::new(nearest), None) {
        Ok(metadata) => place.select(request, nearest, &metadata),
        Err(CargoError::Sys(SysError::Failed { stderr, .. })) => {
            Ok(vec![place.unknown_to_cargo(nearest, said(&stderr))?])
        }
        Err(error) => Err(error.into()),
    }
}

/// What cargo says is wrong, on one line, without its progress.
pub(super) fn said(stderr: &str) -> String {
    let lines = stderr.lines().map(str::trim);
    let lines = lines.skip_while(|line| !line.starts_with("error"));
    let mut text = String::new();
    let mut between = "";
    for line in lines.filter(|line| !line.is_empty()).take(LINES) {
        if line == "Caused by:" {
            between = ": ";
        } else {
            text = text + between + line;
            between = " ";
        }
    }
    match text.trim_start_matches("error: ") {
        "" => stderr.trim().to_owned(),
        text => text.to_owned(),
    }
}

/// More lines of an error are not shown.
const LINES: usize = 10;

struct Around {
    root: Utf8PathBuf,
    is_repository: bool,
}

impl Around {
    fn relative(&self, path: &Utf8Path) -> Utf8PathBuf {
        // A package outside the repository keeps its whole path.
        path.strip_prefix(&self.root).unwrap_or(path).to_owned()
    }

    /// The manifest in `folder`, its path relative to the root.
    fn manifest(&self, folder: &Utf8Path) -> Result<Result<Manifest, Loaded>, CheckError> {
        let path = folder.join("Cargo.toml");
        let shown = self.relative(&path);
        let text = match fs::read_text(&path) {
            Ok(text) => text,
            Err(SysError::NotText { .. }) => {
                let finding = codes::MANIFEST_INVALID
                    .finding("the manifest is not UTF-8 text")
                    .at([first(&shown)]);
                return Ok(Err(Loaded::Broken(shown, finding)));
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Manifest::parse(&shown, text.clone()).map_err(|error| {
            let finding = invalid(&error, &shown, &text);
            Loaded::Broken(shown, finding)
        }))
    }

    fn select(
        &self,
        request: &Request,
        nearest: &Utf8Path,
        metadata: &Metadata,
    ) -> Result<Vec<Loaded>, CheckError> {
        let workspace = Self {
            root: metadata.workspace_root.clone(),
            is_repository: false,
        };
        let around = if self.is_repository { self } else { &workspace };
        let members = metadata.workspace_packages();
        let known: Vec<String> = members.iter().map(|p| p.name.to_string()).collect();
        if let Some(name) = request.packages.iter().find(|name| !known.contains(name)) {
            return Err(CheckError::NoPackage {
                name: name.clone(),
                known,
            });
        }
        let here =
            |package: &&cargo_metadata::Package| package.manifest_path.parent() == Some(nearest);
        let all = request.workspace || !members.iter().copied().any(|package| here(&package));
        let has_service = members.iter().any(|package| is_service(package));
        let mut loaded = Vec::new();
        for package in &members {
            let named = request
                .packages
                .iter()
                .any(|name| package.name.as_str() == name);
            let chosen = if request.packages.is_empty() {
                all || here(package)
            } else {
                named
            };
            let dir = package.manifest_path.parent().unwrap_or(nearest);
            if !chosen {
                continue;
            }
            let unpublished = is_unpublished(package);
            loaded.push(if is_service(package) || (unpublished && has_service) {
                match around.subject(dir, metadata, package)? {
                    Loaded::Subject(subject) => Loaded::Service(subject),
                    other => other,
                }
            } else if all && !named && unpublished {
                let (name, version) = (package.name.to_string(), package.version.clone());
                Loaded::Unpublished(name, Some(version), dir.to_owned())
            } else {
                around.subject(dir, metadata, package)?
            });
        }
        Ok(loaded)
    }

    fn subject(
        &self,
        dir: &Utf8Path,
        metadata: &Metadata,
        package: &cargo_metadata::Package,
    ) -> Result<Loaded, CheckError> {
        let manifest = match self.manifest(dir)? {
            Ok(manifest) => manifest,
            Err(broken) => return Ok(broken),
        };
        let workspace_dir = &metadata.workspace_root;
        let workspace = if workspace_dir == dir {
            None
        } else {
            self.manifest(workspace_dir)?.ok()
        };
        let members = metadata.workspace_packages();
        let published = |package: &&&cargo_metadata::Package| {
            package.publish.as_ref().is_none_or(|to| !to.is_empty())
        };
        let is_one_of_many = members.iter().filter(published).count() > 1;
        let folders = members
            .iter()
            .filter_map(|p| Some(p.manifest_path.parent()?.to_owned()));
        let readme = package.readme.as_ref().map(|readme| dir.join(readme));
        Ok(Loaded::Subject(Box::new(Subject {
            name: package.name.to_string(),
            version: Some(package.version.clone()),
            publish: stated_publish(&manifest, workspace.as_ref())?,
            members: folders.collect(),
            is_one_of_many,
            known: Ok(Known {
                has_library: package.targets.iter().any(is_library),
                readme,
                target_dir: metadata.target_directory.clone(),
            }),
            ..self.bare(dir, workspace_dir, manifest, workspace)?
        })))
    }

    /// A package whose manifest is TOML, but that cargo refuses.
    fn unknown_to_cargo(&self, dir: &Utf8Path, error: String) -> Result<Loaded, CheckError> {
        let manifest = match self.manifest(dir)? {
            Ok(manifest) => manifest,
            Err(broken) => return Ok(broken),
        };
        // The workspace is not known either; what is inherited from it is then not found.
        let above = dir
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(&self.root));
        let mut workspace = None;
        for folder in above.filter(|folder| folder.join("Cargo.toml").is_file()) {
            let found = self.manifest(folder)?.ok();
            workspace = found.filter(|manifest| manifest.text().contains("[workspace"));
            if workspace.is_some() {
                break;
            }
        }
        let bare = self.bare(dir, dir, manifest, workspace)?;
        Ok(Loaded::Subject(Box::new(Subject {
            known: Err(error),
            ..bare
        })))
    }

    fn bare(
        &self,
        dir: &Utf8Path,
        workspace_dir: &Utf8Path,
        manifest: Manifest,
        workspace: Option<Manifest>,
    ) -> Result<Subject, CheckError> {
        let folder = self.relative(dir);
        let name = manifest.package_name().map(str::to_owned);
        let field = |field| {
            stated_field(&manifest, workspace.as_ref(), field)
                .ok()
                .flatten()
        };
        let version = field("version").and_then(|stated| stated.value.parse().ok());
        let publish = stated_publish(&manifest, workspace.as_ref()).unwrap_or(Stated {
            value: PublishTo::Registries(Vec::new()),
            place: first(manifest.path()),
        });
        Ok(Subject {
            name: name.unwrap_or_else(|| manifest.path().to_string()),
            version,
            root: self.root.clone(),
            is_repository: self.is_repository,
            dir: fs::canonical(dir)?,
            folder,
            workspace_dir: workspace_dir.to_owned(),
            publish,
            members: BTreeSet::new(),
            is_one_of_many: false,
            known: Err(String::new()),
            manifest,
            workspace,
        })
    }
}

/// A program that is never published; or one without a library, of which nothing says where it
/// is published.
fn is_service(package: &cargo_metadata::Package) -> bool {
    let is_program = package.targets.iter().any(cargo_metadata::Target::is_bin);
    let has_library = package.targets.iter().any(is_library);
    is_program && (is_unpublished(package) || (!has_library && package.publish.is_none()))
}

fn is_unpublished(package: &cargo_metadata::Package) -> bool {
    package.publish.as_ref().is_some_and(Vec::is_empty)
}

fn is_library(target: &cargo_metadata::Target) -> bool {
    let programs = ["bin", "test", "example", "bench", "custom-build"];
    target
        .kind
        .iter()
        .any(|kind| !programs.contains(&kind.to_string().as_str()))
}

fn first(file: &Utf8Path) -> Place {
    Place {
        file: file.to_owned(),
        line: 1,
        column: 1,
    }
}

/// A manifest that is no TOML, as a finding.
fn invalid(error: &ManifestError, path: &Utf8Path, text: &str) -> Finding {
    let (message, at) = match error {
        ManifestError::Syntax { source, .. } => (
            source.message().to_owned(),
            source.span().unwrap_or_default().start,
        ),
        error => (error.to_string(), 0),
    };
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let place = Place {
        file: path.to_owned(),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    };
    let message = message.trim().replace('\n', ", ");
    codes::MANIFEST_INVALID
        .finding(format!("the manifest is no TOML: {message}"))
        .at([place])
}
