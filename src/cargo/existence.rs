//! Is a crate in a registry? `cargo info` knows, with cargo's own configuration and token.

use semver::Version;

use crate::model::{CrateName, RegistryName};

use super::{CargoError, Invocation};

/// What a registry says of a crate or of one version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existence {
    /// It is there.
    Found,
    /// It is not. A version that is yanked counts as not there.
    NotFound,
    /// Cargo's configuration has no registry of that name.
    NotConfigured,
    /// The registry wants a token, or refuses the one it gets.
    Unauthorized(String),
    /// The registry doesn't answer as one, or not at all.
    Unreachable(String),
}

/// Asks `registry` for a crate, or for one version of it.
pub fn crate_exists(
    cargo: &Invocation,
    registry: &RegistryName,
    name: &CrateName,
    version: Option<&Version>,
) -> Result<Existence, CargoError> {
    let spec = match version {
        Some(version) => format!("{name}@{version}"),
        None => name.to_string(),
    };
    let program = cargo
        .program("info")
        // Somebody waits; three retries change nothing.
        .env("CARGO_NET_RETRY", "0")
        .env("CARGO_TERM_COLOR", "never")
        .args([&spec, "--registry", registry.as_str()]);
    let output = program.run()?;
    if output.success() {
        return Ok(Existence::Found);
    }
    Ok(read_refusal(&output.stderr_text(), &spec))
}

/// Cargo's exit code is 101 whatever went wrong: only its words tell.
fn read_refusal(stderr: &str, spec: &str) -> Existence {
    const UNAUTHORIZED: &[&str] = &[
        "no token found",
        "token rejected",
        "require a credential-provider",
        "failed to authenticate",
        "got 401",
        "got 403",
    ];
    let start = stderr.find("error: ").unwrap_or(0);
    let error = stderr[start..].trim_start_matches("error: ").trim();
    if error.contains(&format!("could not find `{spec}`")) {
        Existence::NotFound
    } else if error.contains("registry index was not found in any configuration") {
        Existence::NotConfigured
    } else if UNAUTHORIZED.iter().any(|words| error.contains(words)) {
        Existence::Unauthorized(error.to_owned())
    } else {
        Existence::Unreachable(error.to_owned())
    }
}
