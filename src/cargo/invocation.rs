//! Where and how cargo runs: what all commands on one tree share.

use camino::Utf8PathBuf;

use crate::model::Secret;
use crate::sys::Program;

/// Where and how cargo runs.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// The folder it runs in: decides its configuration files and toolchain.
    pub dir: Utf8PathBuf,
    /// Its target folder, if not the one of `dir`.
    pub target_dir: Option<Utf8PathBuf>,
    /// Arguments of `--config`: files, or `key=value`.
    pub config: Vec<String>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// Environment variables whose values are never shown.
    pub secrets: Vec<(String, Secret)>,
    /// No network.
    pub offline: bool,
    /// An error if `Cargo.lock` would change.
    pub locked: bool,
}

impl Invocation {
    /// Cargo in `dir`, with nothing else said.
    pub fn new(dir: impl Into<Utf8PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            ..Self::default()
        }
    }

    /// `cargo SUBCOMMAND` with all of this.
    pub fn program(&self, subcommand: &str) -> Program {
        let mut program = Program::new("cargo").dir(&self.dir).arg(subcommand);
        for config in &self.config {
            program = program.args(["--config", config]);
        }
        if self.offline {
            program = program.arg("--offline");
        }
        if self.locked {
            program = program.arg("--locked");
        }
        if let Some(target_dir) = &self.target_dir {
            // As a variable: it also reaches what a test or a user's command starts.
            program = program.env("CARGO_TARGET_DIR", target_dir.as_str());
        }
        for (name, value) in &self.env {
            program = program.env(name, value);
        }
        for (name, value) in &self.secrets {
            program = program.secret_env(name, value.expose());
        }
        program
    }
}
