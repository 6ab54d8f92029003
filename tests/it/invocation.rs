//! The library's cargo, run in a sandbox.

use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::cargo::Invocation;

use super::sandbox::Sandbox;

/// A path below the sandbox's folder, as the library takes it.
pub fn utf8(sandbox: &Sandbox, name: &str) -> Utf8PathBuf {
    Utf8PathBuf::from_path_buf(sandbox.path(name)).expect("a UTF-8 path")
}

/// Cargo in `dir` with the sandbox's environment.
pub fn cargo(sandbox: &Sandbox, dir: &str) -> Invocation {
    let command = sandbox.command("cargo", dir);
    let set = command.get_envs().filter_map(|(name, value)| {
        let text = |text: &std::ffi::OsStr| text.to_str().expect("UTF-8").to_owned();
        Some((text(name), text(value?)))
    });
    Invocation {
        env: set.collect(),
        ..Invocation::new(utf8(sandbox, dir))
    }
}

/// Writes a file of text below `folder`.
pub fn write(folder: &Utf8Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}
