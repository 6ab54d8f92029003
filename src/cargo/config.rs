//! Cargo's configuration as far as registries go (the cargo book, "Configuration", "Registry
//! Authentication"). `cargo config get` would tell, but is unstable; `include` is not followed.

use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::{Document, Item};

use crate::model::RegistryName;
use crate::sys::{self, fs};

use super::{CargoError, Invocation};

/// What cargo's configuration says of one registry. Whether there is a token is known here, the
/// token is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistrySettings {
    /// The URL of its index.
    pub index: Option<String>,
    /// The file that says so; none if it is an environment variable, or nothing does.
    pub index_from: Option<Utf8PathBuf>,
    /// Where cargo gets its token from, if that is configured for it or for all registries.
    pub credential_provider: Option<String>,
    /// Is there a token, in the environment or in a file of cargo's?
    pub has_token: bool,
}

impl RegistrySettings {
    /// Can cargo be expected to have a token? A provider other than cargo's own file and
    /// variables is taken to have one.
    pub fn has_credentials(&self) -> bool {
        let own = |provider: &String| provider.split(' ').next() == Some("cargo:token");
        self.has_token || self.credential_provider.as_ref().is_some_and(|p| !own(p))
    }
}

/// What cargo, run as `cargo`, would find configured for `registry`: in the environment, in the
/// files from its folder upward, and in cargo's home.
pub fn registry_settings(
    cargo: &Invocation,
    registry: &RegistryName,
) -> Result<RegistrySettings, CargoError> {
    let files = load_files(cargo)?;
    let variable = |field: &str| {
        let name = format!("CARGO_REGISTRIES_{}_{field}", registry.environment());
        environment(cargo, &name)
    };
    let own = |field: &str| find(&files, &["registries", registry.as_str(), field]);
    let index = own("index");
    let provider = variable("CREDENTIAL_PROVIDER")
        .or_else(|| {
            find_command(
                &files,
                &["registries", registry.as_str(), "credential-provider"],
            )
        })
        .or_else(|| environment(cargo, "CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS"))
        .or_else(|| {
            find(&files, &["registry", "global-credential-providers"]).map(|(_, value)| value)
        });
    let secret = ["token", "secret-key"];
    let in_file = secret.iter().any(|field| own(field).is_some());
    let settings = RegistrySettings {
        credential_provider: provider,
        has_token: in_file || variable("TOKEN").is_some() || has_stored_token(cargo, registry)?,
        ..RegistrySettings::default()
    };
    Ok(match (variable("INDEX"), index) {
        (Some(index), _) => RegistrySettings {
            index: Some(index),
            ..settings
        },
        (None, Some((file, index))) => RegistrySettings {
            index: Some(index),
            index_from: Some(file.to_owned()),
            ..settings
        },
        (None, None) => settings,
    })
}

/// The names of all registries that cargo, run as `cargo`, finds in its configuration files,
/// sorted. A variable alone makes no name: how it is written is not to be told from it.
pub fn registry_names(cargo: &Invocation) -> Result<Vec<RegistryName>, CargoError> {
    let mut names = Vec::new();
    for file in load_files(cargo)? {
        let table = lookup(&file.document, &["registries"]).and_then(Item::as_table_like);
        for (name, _) in table.into_iter().flat_map(|table| table.iter()) {
            names.extend(RegistryName::new(name).ok());
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// The configuration files that count for `cargo`, the one that wins first.
pub fn config_files(cargo: &Invocation) -> Result<Vec<Utf8PathBuf>, CargoError> {
    let files = load_files(cargo)?;
    Ok(files.into_iter().map(|file| file.path).collect())
}

pub(super) struct ConfigFile {
    pub(super) path: Utf8PathBuf,
    pub(super) document: Document<String>,
}

/// The configuration files that count for `cargo`, parsed, the one that wins first.
pub(super) fn load_files(cargo: &Invocation) -> Result<Vec<ConfigFile>, CargoError> {
    let dir = fs::canonical(&cargo.dir)?;
    let folders = dir.ancestors().map(|folder| folder.join(".cargo"));
    let mut files: Vec<ConfigFile> = Vec::new();
    for folder in folders.chain(home(cargo)) {
        if let Some(file) = load_first(&folder, &["config", "config.toml"])?
            && !files.iter().any(|other| other.path == file.path)
        {
            files.push(file);
        }
    }
    Ok(files)
}

/// The first of these files: where both are there, cargo reads the one without an extension.
pub(super) fn load_first(
    folder: &Utf8Path,
    names: &[&str],
) -> Result<Option<ConfigFile>, CargoError> {
    for name in names {
        let path = folder.join(name);
        let Some(text) = fs::read_text_if_exists(&path)? else {
            continue;
        };
        return match Document::parse(text) {
            Ok(document) => Ok(Some(ConfigFile { path, document })),
            Err(error) => Err(CargoError::Config {
                path,
                // Not the parser's own error: it quotes the line, and that may hold a token.
                message: error.message().to_owned(),
            }),
        };
    }
    Ok(None)
}

/// The first file's value at a path of keys; of a list, the last entry, which cargo asks first.
pub(super) fn find<'a>(files: &'a [ConfigFile], keys: &[&str]) -> Option<(&'a Utf8Path, String)> {
    files.iter().find_map(|file| {
        let item = lookup(&file.document, keys)?;
        let text = match item.as_array() {
            Some(list) => list.iter().last()?.as_str()?,
            None => item.as_str()?,
        };
        Some((file.path.as_path(), text.to_owned()))
    })
}

/// The same of a command: a list is the program and its arguments.
fn find_command(files: &[ConfigFile], keys: &[&str]) -> Option<String> {
    files.iter().find_map(|file| {
        let item = lookup(&file.document, keys)?;
        let Some(list) = item.as_array() else {
            return Some(item.as_str()?.to_owned());
        };
        let words: Vec<&str> = list.iter().filter_map(toml_edit::Value::as_str).collect();
        Some(words.join(" "))
    })
}

pub(super) fn lookup<'a>(document: &'a Document<String>, keys: &[&str]) -> Option<&'a Item> {
    let (first, rest) = keys.split_first()?;
    rest.iter()
        .try_fold(document.as_table().get(first)?, |item, key| {
            item.as_table_like()?.get(key)
        })
}

/// Does cargo's own file of credentials have one for the registry?
fn has_stored_token(cargo: &Invocation, registry: &RegistryName) -> Result<bool, CargoError> {
    let Some(home) = home(cargo) else {
        return Ok(false);
    };
    let file = load_first(&home, &["credentials", "credentials.toml"])?;
    Ok(file.is_some_and(|file| {
        let has = |field| lookup(&file.document, &["registries", registry.as_str(), field]);
        has("token").or_else(|| has("secret-key")).is_some()
    }))
}

pub(super) fn home(cargo: &Invocation) -> Option<Utf8PathBuf> {
    let given = environment(cargo, "CARGO_HOME").map(Utf8PathBuf::from);
    given.or_else(sys::env::cargo_home)
}

pub(super) fn environment(cargo: &Invocation, name: &str) -> Option<String> {
    let given = cargo.env.iter().rfind(|(given, _)| given == name);
    match given {
        Some((_, value)) => Some(value.clone()).filter(|value| !value.is_empty()),
        None => sys::env::var(name),
    }
}
