//! The arguments of `cargo quarry extract`.

use camino::Utf8PathBuf;
use cargo_quarry::extract::{Request, Scope, TargetChoice};
use cargo_quarry::model::{CrateName, ModulePath, RegistryName};
use cargo_quarry::references::FeatureSet;
use cargo_quarry::sys;
use cargo_quarry::trial::Verify;
use clap::{Args, ValueEnum};

use crate::cli::CliError;

/// The arguments of `cargo quarry extract`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  What stands in the way, and what would move:
      cargo quarry extract crate::util::retry --name acme-retry --into ../acme-retry --dry-run
  A repository and a branch, both sides verified:
      cargo quarry extract crate::util::retry --name acme-retry --into ../acme-retry
  The same, published and pinned:
      cargo quarry extract crate::util::retry --name acme-retry --into ../acme-retry \\
          --registry internal --execute
  A package of the workspace, whole:
      cargo quarry extract -p retry --name acme-retry --into ../acme-retry")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[expect(clippy::doc_markdown, reason = "these are the words of the help page")]
pub(crate) struct ExtractArgs {
    /// The modules to take out, as paths: crate::util::retry
    ///
    /// Without one, the whole package that --package names
    #[arg(value_name = "MODULE", required_unless_present = "package")]
    modules: Vec<String>,
    /// The name of the new crate
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The folder of the new repository
    #[arg(long, value_name = "DIR")]
    into: Utf8PathBuf,
    /// The package that has the modules
    #[arg(short, long, value_name = "SPEC")]
    package: Option<String>,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<Utf8PathBuf>,
    /// The modules are the library's
    #[arg(long, conflicts_with = "bin")]
    lib: bool,
    /// The modules are this binary's
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,
    /// The registry to publish to, by its name in cargo's configuration
    #[arg(long, value_name = "NAME")]
    registry: Option<String>,
    /// A set of features to map with, beside the default ones; may be repeated
    #[arg(long, value_name = "FEATURES")]
    features: Vec<String>,
    /// Do not map with all features
    #[arg(long)]
    no_all_features: bool,
    /// Take along the items that the modules need
    #[arg(long)]
    with_needed: bool,
    /// Leave this item in the monolith though it seems to be needed; may be repeated
    ///
    /// By its path, an impl by its header, as the report names them. The compiler decides
    #[arg(long, value_name = "ITEM")]
    leave: Vec<String>,
    /// Publish first the packages of the workspace that the library needs (with --execute)
    #[arg(long)]
    with_siblings: bool,
    /// Change the call sites instead of leaving a re-export
    #[arg(long)]
    rewrite_paths: bool,
    /// Begin the new repository without the old commits
    #[arg(long)]
    no_history: bool,
    /// How both sides are verified: check, test, or a command
    #[arg(long, value_name = "HOW", default_value = "test")]
    verify: String,
    /// Which packages of the workspace are built and tested
    #[arg(long, value_enum, default_value_t = ScopeArg::Dependents, value_name = "SCOPE")]
    scope: ScopeArg,
    /// The branch of the monolith [default: quarry/NAME]
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Show what would move and what stands in the way, and stop
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Push the new repository to this URL (with --execute)
    #[arg(long, value_name = "URL")]
    remote: Option<String>,
    /// Do what reaches further than this machine: tag, publish, push
    #[arg(long)]
    execute: bool,
    /// Run without the network
    #[arg(long)]
    offline: bool,
}

/// Which packages of the workspace are built and tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScopeArg {
    /// The one that the code leaves
    Package,
    /// That one and all that depend on it
    Dependents,
    /// All
    Workspace,
}

impl ExtractArgs {
    /// What the library is asked to do.
    pub(super) fn request(&self) -> Result<Request, CliError> {
        let dir = cargo_quarry::sys::env::current_dir()?;
        let mut feature_sets = vec![FeatureSet::Default];
        if !self.no_all_features {
            feature_sets.push(FeatureSet::All);
        }
        feature_sets.extend(
            self.features.iter().map(|list| {
                FeatureSet::List(list.split([',', ' ']).map(ToOwned::to_owned).collect())
            }),
        );
        let registry = self
            .registry
            .as_deref()
            .map(RegistryName::new)
            .transpose()?;
        Ok(Request {
            into: sys::fs::normal(&dir.join(&self.into)),
            dir,
            manifest_path: self.manifest_path.clone(),
            package: self.package.clone(),
            modules: self
                .modules
                .iter()
                .map(|text| ModulePath::parse(text))
                .collect(),
            target: match (&self.bin, self.lib) {
                (Some(name), _) => TargetChoice::Bin(name.clone()),
                (None, true) => TargetChoice::Lib,
                (None, false) => TargetChoice::Any,
            },
            name: CrateName::new(&self.name)?,
            registry,
            feature_sets,
            with_needed: self.with_needed,
            leave: self.leave.clone(),
            with_siblings: self.with_siblings,
            rewrite_paths: self.rewrite_paths,
            no_history: self.no_history,
            verify: match self.verify.as_str() {
                "check" => Verify::Check,
                "test" => Verify::Test,
                command => Verify::Command(command.to_owned()),
            },
            scope: match self.scope {
                ScopeArg::Package => Scope::Package,
                ScopeArg::Dependents => Scope::Dependents,
                ScopeArg::Workspace => Scope::Workspace,
            },
            branch: self.branch.clone(),
            remote: self.remote.clone(),
            execute: self.execute,
            offline: self.offline,
            wrapper: cargo_quarry::sys::env::current_exe()?,
        })
    }
}
