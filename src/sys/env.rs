//! The environment: read here and nowhere else.

use camino::Utf8PathBuf;

use super::SysError;

/// A variable's value, if it is set, not empty and UTF-8.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The names of the variables that start with `prefix` and are not empty, sorted.
pub fn names(prefix: &str) -> Vec<String> {
    let names = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    let names = names.filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort();
    names
}

/// The current directory.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn current_dir() -> Result<Utf8PathBuf, SysError> {
    let path = std::env::current_dir().map_err(|source| SysError::Io {
        action: "find the current directory from",
        path: ".".into(),
        source,
    })?;
    utf8(path)
}

/// The path of the running program.
pub fn current_exe() -> Result<Utf8PathBuf, SysError> {
    let path = std::env::current_exe().map_err(|source| SysError::Io {
        action: "find the running program from",
        path: ".".into(),
        source,
    })?;
    utf8(path)
}

/// Cargo's home: `CARGO_HOME`, or `.cargo` in the user's home.
pub fn cargo_home() -> Option<Utf8PathBuf> {
    var("CARGO_HOME").map(Utf8PathBuf::from).or_else(|| {
        Some(Utf8PathBuf::from(var("HOME").or_else(|| var("USERPROFILE"))?).join(".cargo"))
    })
}

/// A path that must be UTF-8.
pub fn utf8(path: std::path::PathBuf) -> Result<Utf8PathBuf, SysError> {
    Utf8PathBuf::from_path_buf(path).map_err(|path| SysError::NotUtf8 {
        path: path.to_string_lossy().into_owned(),
    })
}
