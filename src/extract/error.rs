//! Why an extraction stops.

use camino::Utf8PathBuf;

use super::settle::Side;
use crate::cargo::CargoError;
use crate::git::GitError;
use crate::manifest::ManifestError;
use crate::model::{CrateName, Digest, ModulePath, NameError, Place, RegistryName};
use crate::plan::PlanError;
use crate::references::ReferenceError;
use crate::registry::RegistryError;
use crate::syntax::{LexError, SyntaxError};
use crate::sys::SysError;
use crate::template::TemplateError;
use crate::trial::{Comparison, TrialError};

/// Why an extraction stops. The user's repository is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// Files, processes.
    #[error(transparent)]
    Sys(#[from] SysError),
    /// The repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Cargo.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// A manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The reference map.
    #[error(transparent)]
    References(#[from] ReferenceError),
    /// Reading the target.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A trial build.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// The journal.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A moved file that cannot be read as tokens.
    #[error("cannot read `{file}` as Rust")]
    Lex {
        /// The file.
        file: Utf8PathBuf,
        /// What the lexer said.
        source: LexError,
    },
    /// A moved file that does not parse.
    #[error("cannot read `{file}` as Rust (line {line}): {message}")]
    Unparsed {
        /// The file.
        file: Utf8PathBuf,
        /// From 1.
        line: u32,
        /// What the parser said.
        message: String,
    },
    /// The folder for the new repository has something in it.
    #[error("the folder `{path}` is not empty")]
    NotVacant {
        /// The folder.
        path: Utf8PathBuf,
        /// The earlier extraction that made it, if one did.
        made_by: Option<String>,
    },
    /// The repository is not as the plan found it.
    #[error("something has changed since the work began: {changed}")]
    Stale {
        /// What.
        changed: String,
    },
    /// The library has gone on by itself, or is not checked out as it was made.
    #[error("the library `{library}` {why}")]
    Library {
        /// Its repository.
        library: Utf8PathBuf,
        /// What about it.
        why: String,
    },
    /// The library's own commits and the monolith's later ones do not go together.
    #[error(
        "the library `{library}` and the monolith have changed the same lines of {}",
        files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", ")
    )]
    BothChanged {
        /// Its repository.
        library: Utf8PathBuf,
        /// Its files.
        files: Vec<Utf8PathBuf>,
    },
    /// No manifest.
    #[error("there is no Cargo.toml in `{dir}` or above it")]
    NoManifest {
        /// Where it was looked for.
        dir: Utf8PathBuf,
    },
    /// A manifest outside the repository.
    #[error("`{manifest}` is not in the repository `{root}`")]
    OutsideManifest {
        /// The manifest.
        manifest: Utf8PathBuf,
        /// The repository.
        root: Utf8PathBuf,
    },
    /// A manifest that is not committed.
    #[error("`{manifest}` is not committed")]
    UntrackedManifest {
        /// The manifest.
        manifest: Utf8PathBuf,
    },
    /// No such package.
    #[error("the workspace has no package `{name}`")]
    NoPackage {
        /// What was asked for.
        name: String,
        /// What there is.
        members: Vec<String>,
    },
    /// A workspace with several packages, and none chosen.
    #[error("the workspace has several packages, and none was chosen")]
    WhichPackage {
        /// What there is.
        members: Vec<String>,
    },
    /// A module that several targets declare.
    #[error("several targets declare it: {}", targets.join(", "))]
    WhichTarget {
        /// The flags that choose each.
        targets: Vec<String>,
    },
    /// No such module.
    #[error("`{package}` has no module `{module}`")]
    NoModule {
        /// What was asked for.
        module: ModulePath,
        /// Of which package.
        package: String,
        /// What looks like it.
        near: Vec<String>,
    },
    /// No such item to leave.
    #[error("`{package}` has no item `{item}` outside what moves")]
    NoItem {
        /// What was asked for.
        item: String,
        /// Of which package.
        package: String,
    },
    /// A module without its file.
    #[error(
        "the file of the module `{module}` is not committed: {}",
        files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(" or ")
    )]
    NoModuleFile {
        /// The module.
        module: ModulePath,
        /// Where it was looked for.
        files: Vec<Utf8PathBuf>,
    },
    /// A proc-macro crate.
    #[error("`{package}` is a proc-macro crate: a module of it cannot live in another crate")]
    ProcMacro {
        /// The package.
        package: String,
    },
    /// A package without a target.
    #[error("`{package}` has nothing to compile")]
    NoTarget {
        /// The package.
        package: String,
    },
    /// The package that the workspace hangs on.
    #[error("`{package}` is the root of its workspace: without it there is no monolith")]
    WorkspaceRoot {
        /// The package.
        package: String,
    },
    /// A package of the workspace that cannot be published under its name.
    #[error("`{package}`, which the library needs, cannot be published")]
    SiblingName {
        /// The package.
        package: String,
        /// Why.
        source: NameError,
    },
    /// A library that needs what it leaves.
    #[error("`{name}` would need `{package}`, which is to use it: a cycle")]
    SiblingCycle {
        /// The package that the code leaves.
        package: String,
        /// The library.
        name: CrateName,
    },
    /// Types of packages that both sides need cross the boundary.
    #[error(
        "types of {} cross the boundary, and the monolith does not build with what the registry has of them:\n{}",
        list(siblings),
        lines(places)
    )]
    SiblingTypesCross {
        /// The packages.
        siblings: Vec<CrateName>,
        /// Where the compiler says so.
        places: Vec<Place>,
    },
    /// Packages of the workspace that must be published first.
    #[error(
        "the library needs {}, which `{registry}` does not have",
        list(siblings)
    )]
    SiblingsUnpublished {
        /// The packages.
        siblings: Vec<CrateName>,
        /// The registry.
        registry: RegistryName,
    },
    /// The crate's root.
    #[error("`crate` is the whole of `{package}`, not a module of it")]
    Root {
        /// The package.
        package: String,
    },
    /// No such registry.
    #[error("cargo's configuration has no registry `{registry}`")]
    NoRegistry {
        /// The registry.
        registry: RegistryName,
        /// The monolith.
        repository: Utf8PathBuf,
    },
    /// The registry protocol's data.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A branch of that name that we did not make.
    #[error("the branch `{branch}` exists")]
    BranchExists {
        /// The branch.
        branch: String,
    },
    /// No token to publish with.
    #[error("cargo has no token for the registry `{registry}`")]
    NoToken {
        /// The registry.
        registry: RegistryName,
    },
    /// The registry has a crate of that name.
    #[error("the registry `{registry}` has a crate `{name}` already")]
    NameTaken {
        /// The name.
        name: CrateName,
        /// The registry.
        registry: RegistryName,
    },
    /// The registry refuses.
    #[error("the registry `{registry}` does not let us in: {why}")]
    Unauthorized {
        /// The registry.
        registry: RegistryName,
        /// What cargo said.
        why: String,
    },
    /// The registry does not answer.
    #[error("the registry `{registry}` does not answer: {why}")]
    Unreachable {
        /// The registry.
        registry: RegistryName,
        /// What cargo said.
        why: String,
    },
    /// The library has changed since it was verified.
    #[error("the package of `{name}` is not the one that was verified ({now}, not {verified})")]
    OtherBytes {
        /// The crate.
        name: CrateName,
        /// The checksum that was verified.
        verified: Digest,
        /// The checksum now.
        now: Digest,
    },
    /// The suites do not say the same as before.
    #[error(
        "the extraction breaks something:\n{}",
        broken_lines(comparison, errors)
    )]
    NotVerified {
        /// What.
        comparison: Box<Comparison>,
        /// What was said of it, the compiler's errors rendered.
        errors: Vec<String>,
    },
    /// The branch does not build with what was published.
    #[error("the branch does not build with what the registry gives:\n{}", errors.join("\n"))]
    PublishedDoesNotBuild {
        /// The compiler's errors, rendered.
        errors: Vec<String>,
    },
    /// A side that does not compile, with the compiler's errors.
    #[error("{side} does not compile:\n{}", errors.join("\n"))]
    DoesNotBuild {
        /// Which side.
        side: Side,
        /// The compiler's errors, rendered.
        errors: Vec<String>,
    },
}

impl ExtractError {
    /// The way out, for a `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Sys(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::Cargo(error) => error.help(),
            Self::Manifest(error) => error.help(),
            Self::References(error) => error.help(),
            Self::Plan(error) => error.help(),
            Self::Trial(error) => error.help(),
            Self::Registry(error) => error.help(),
            Self::Template(error) => error.help(),
            Self::NoRegistry {
                registry,
                repository,
            } => Some(format!(
                "add `[registries.{registry}]` with its `index` to `{repository}/.cargo/config.toml`"
            )),
            Self::WorkspaceRoot { .. } => {
                Some("take modules out of it, or move it into a folder of its own first".to_owned())
            }
            Self::SiblingsUnpublished { .. } => {
                Some("publish them along with `--with-siblings`".to_owned())
            }
            Self::SiblingTypesCross { siblings, .. } => siblings.first().map(|sibling| {
                format!("take it out first: `cargo quarry extract -p {sibling} --name {sibling}`")
            }),
            Self::SiblingName { source, .. } => source.help(),
            Self::SiblingCycle { .. } => {
                Some("without `--registry` it is taken by path, for a first try".to_owned())
            }
            Self::NotVacant { made_by, .. } => Some(match made_by {
                Some(made_by) => format!(
                    "`cargo quarry {made_by}` made it; for other options, delete it and its \
                     branch, or choose another folder with `--into`"
                ),
                None => "choose another folder with `--into`".to_owned(),
            }),
            Self::Stale { .. } => Some("run it again; nothing was changed".to_owned()),
            Self::Library { .. } => Some(format!(
                "check out its branch `{}` with no changes, then run this again",
                super::repository::BRANCH
            )),
            Self::BothChanged { .. } => {
                Some("make these lines the same in both, commit, and run this again".to_owned())
            }
            Self::NoModuleFile { .. } => {
                Some("a file that a build script makes belongs to that script".to_owned())
            }
            Self::NoManifest { .. } => Some("name one with `--manifest-path`".to_owned()),
            Self::UntrackedManifest { .. } => Some("commit it first".to_owned()),
            Self::NoPackage { members, .. } | Self::WhichPackage { members } => {
                Some(format!("choose one with `-p`: {}", members.join(", ")))
            }
            Self::WhichTarget { targets } => Some(format!("add {}", targets.join(" or "))),
            Self::NoModule { near, .. } if !near.is_empty() => {
                Some(format!("did you mean {}?", near.join(" or ")))
            }
            Self::NoItem { .. } => Some(
                "name it as the report of `--dry-run` does: its path, or an impl's header"
                    .to_owned(),
            ),
            Self::Root { package } => Some(format!(
                "to take the package out whole: `cargo quarry extract -p {package}`"
            )),
            Self::DoesNotBuild { .. } => Some(
                "nothing was changed; take the named code along, or change it first".to_owned(),
            ),
            Self::BranchExists { .. } => {
                Some("delete it, or choose another with `--branch`".to_owned())
            }
            Self::NoToken { registry } => Some(format!(
                "run `cargo login --registry {registry}`, or set CARGO_REGISTRIES_{}_TOKEN and \
                 CARGO_REGISTRIES_{}_CREDENTIAL_PROVIDER=cargo:token",
                registry.environment(),
                registry.environment()
            )),
            Self::NameTaken { .. } => Some("choose another with `--name`".to_owned()),
            Self::Unauthorized { registry, .. } => {
                Some(format!("run `cargo login --registry {registry}`"))
            }
            Self::Unreachable { .. } => {
                Some("see that it runs; then run this again, it goes on where it was".to_owned())
            }
            Self::OtherBytes { .. } => {
                Some("commit or undo what was changed in the library since".to_owned())
            }
            Self::NotVerified { .. } => Some(
                "nothing was changed; make these independent of where the code lies, then run \
                 this again"
                    .to_owned(),
            ),
            Self::PublishedDoesNotBuild { .. }
            | Self::NoModule { .. }
            | Self::Syntax(_)
            | Self::Lex { .. }
            | Self::Unparsed { .. }
            | Self::OutsideManifest { .. }
            | Self::NoTarget { .. }
            | Self::ProcMacro { .. } => None,
        }
    }
}

fn list(names: &[CrateName]) -> String {
    let names: Vec<&str> = names.iter().map(CrateName::as_str).collect();
    names.join(", ")
}

fn lines(places: &[Place]) -> String {
    let lines: Vec<String> = places.iter().map(|place| format!("  {place}")).collect();
    lines.join("\n")
}

fn broken_lines(comparison: &Comparison, errors: &[String]) -> String {
    let broken = comparison
        .broken
        .iter()
        .map(|subject| format!("  broken: {subject}"));
    let lost = comparison
        .lost
        .iter()
        .map(|subject| format!("  lost: {subject}"));
    let lines = broken.chain(lost).chain(errors.iter().cloned());
    lines.collect::<Vec<_>>().join("\n")
}
