//! The token for a registry, found where cargo finds it, and stored through cargo (the cargo
//! book, "Registry Authentication").

use crate::model::{RegistryName, Secret};
use crate::sys::Program;

use super::config::{ConfigFile, environment, find, home, load_files, load_first, lookup};
use super::{CargoError, Invocation, registry_settings};

/// Where the token for a registry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// Here; and in which variable or file it was found.
    Found(Secret, String),
    /// Nowhere.
    None,
    /// With a credential provider that only cargo can ask.
    Provider(String),
}

impl TokenSource {
    /// The token, if it could be found.
    pub fn secret(self) -> Option<Secret> {
        match self {
            Self::Found(secret, _) => Some(secret),
            Self::None | Self::Provider(_) => None,
        }
    }
}

/// Looks where cargo, run as `cargo`, would: in the variable, in its own files, at a program that
/// `cargo:token-from-stdout` names.
pub fn load_token(cargo: &Invocation, name: &RegistryName) -> Result<TokenSource, CargoError> {
    let settings = registry_settings(cargo, name)?;
    match settings.credential_provider.as_deref() {
        Some(provider) if provider.starts_with("cargo:token-from-stdout ") => {
            from_program(cargo, &settings.index.unwrap_or_default(), provider)
        }
        Some(provider) if provider != "cargo:token" => {
            Ok(TokenSource::Provider(first_word(provider)))
        }
        Some(_) | None => own(cargo, name),
    }
}

/// In the variable, or in cargo's own files.
fn own(cargo: &Invocation, name: &RegistryName) -> Result<TokenSource, CargoError> {
    let variable = format!("CARGO_REGISTRIES_{}_TOKEN", name.environment());
    if let Some(token) = environment(cargo, &variable) {
        return Ok(TokenSource::Found(Secret::new(token), variable));
    }
    let keys = ["registries", name.as_str(), "token"];
    // Credentials are laid over the configuration, so that theirs counts.
    let stored = match home(cargo) {
        Some(home) => load_first(&home, &["credentials", "credentials.toml"])?,
        None => None,
    };
    let token = |file: &ConfigFile| {
        let token = lookup(&file.document, &keys)?.as_str()?;
        Some((file.path.to_string(), token.to_owned()))
    };
    if let Some((path, token)) = stored.as_ref().and_then(token) {
        return Ok(TokenSource::Found(Secret::new(token), path));
    }
    let files = load_files(cargo)?;
    Ok(match find(&files, &keys) {
        Some((path, token)) => TokenSource::Found(Secret::new(token), path.to_string()),
        None => TokenSource::None,
    })
}

fn from_program(
    cargo: &Invocation,
    index: &str,
    provider: &str,
) -> Result<TokenSource, CargoError> {
    let mut words = provider.split_whitespace().skip(1);
    let Some(program) = words.next() else {
        return Ok(TokenSource::Provider(first_word(provider)));
    };
    let program = Program::new(program)
        .args(words.map(|word| word.replace("{index_url}", index)))
        .env("CARGO_REGISTRY_INDEX_URL", index)
        .dir(&cargo.dir);
    let token = program.stdout()?;
    let token = Secret::new(token.trim_end());
    Ok(TokenSource::Found(token, first_word(provider)))
}

/// Arguments may be secrets, too.
fn first_word(provider: &str) -> String {
    let word = provider.split_whitespace().next();
    word.unwrap_or_default().to_owned()
}

/// Stores a token as `cargo login` does: the configured credential provider keeps it. It goes
/// through standard input, for arguments can be seen by all.
pub fn login(cargo: &Invocation, name: &RegistryName, token: &Secret) -> Result<(), CargoError> {
    let program = cargo
        .program("login")
        .args(["--registry", name.as_str()])
        .env("CARGO_TERM_COLOR", "never")
        .input(format!("{}\n", token.expose()));
    program.stdout()?;
    Ok(())
}
