//! A place of its own for each test: HOME, author, clock, a cargo home that all tests share (so
//! that each crate is downloaded once), and commands that run in it.
#![allow(dead_code, reason = "each area uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program under test.
pub const QUARRY: &str = env!("CARGO_BIN_EXE_cargo-quarry");

/// A folder that goes away with the test, and the environment for commands that run in it.
pub struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("quarry-it-")
            .tempdir()
            .expect("a folder");
        std::fs::create_dir(folder.path().join("home")).expect("a home");
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder
            .path()
            .canonicalize()
            .expect("it is there")
            .join(name)
    }

    /// Writes a file below the sandbox's folder.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// A command in `dir` (below the sandbox's folder) with the sandbox's environment.
    pub fn command(&self, program: &str, dir: &str) -> Command {
        let mut command = Command::new(program);
        let home = self.path("home");
        let cargo_home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cargo-home");
        // rustup's own home stays, or its proxies find no toolchain.
        let rustup = std::env::var_os("RUSTUP_HOME").map_or_else(
            || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".rustup"),
            PathBuf::from,
        );
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            let ours = ["CARGO", "RUST", "GIT_", "GITHUB_", "GH_"]
                .iter()
                .any(|prefix| name.starts_with(prefix));
            if ours && name != "RUSTUP_TOOLCHAIN" {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.path(dir))
            .env("HOME", &home)
            .env("RUSTUP_HOME", rustup)
            .env("CARGO_HOME", cargo_home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ann Author")
            .env("GIT_AUTHOR_EMAIL", "ann@example.com")
            .env("GIT_COMMITTER_NAME", "Ann Author")
            .env("GIT_COMMITTER_EMAIL", "ann@example.com")
            .env("CARGO_QUARRY_NOW", "1767225600") // 2026-01-01
            .env("CARGO_TERM_COLOR", "never")
            .env("NO_COLOR", "1");
        command
    }

    /// Runs it and gives what it said, whatever that is.
    pub fn run(&self, program: &str, args: &[&str], dir: &str) -> Output {
        let output = self.command(program, dir).args(args).output();
        output.unwrap_or_else(|e| panic!("{program}: {e}"))
    }

    /// Runs it; it must succeed. Gives its standard output.
    pub fn ok(&self, program: &str, args: &[&str], dir: &str) -> String {
        let output = self.run(program, args, dir);
        assert!(
            output.status.success(),
            "{program} {args:?} in {dir}: {}\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// `git` in `dir`; it must succeed.
    pub fn git(&self, args: &[&str], dir: &str) -> String {
        self.ok("git", args, dir)
    }

    /// The program under test in `dir`; it must succeed.
    pub fn quarry(&self, args: &[&str], dir: &str) -> String {
        self.ok(QUARRY, args, dir)
    }

    /// The program under test in `dir`; it must fail with `code`. Gives its standard error.
    pub fn quarry_fails(&self, args: &[&str], dir: &str, code: i32) -> String {
        let output = self.run(QUARRY, args, dir);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
        stderr
    }
}
