//! The rules of the registry, over any storage: what may be published, by whom, and in which
//! order it is written.
//!
//! Keys: `index/<path>` (what cargo reads), `crates/NAME/NAME-VERSION.crate` and `.json` (the
//! metadata as cargo sent it), `crates/NAME/owners.json`, and the audit log.

mod browse;
mod known;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use semver::Version;
use serde::{Deserialize, Serialize};

pub(super) use browse::{CrateView, Dependent, day};
use known::Known;

use super::foreign::foreign_dependencies;
use super::log::{self, Action, LogEntry};
use super::refusal::Refusal;
use super::storage::Storage;
use super::{ForeignDependencies, Scope, ServeError, Token};
use crate::model::Digest;
use crate::registry::{
    IndexEntry, PackageName, PublishRequest, RegistryError, check_agreement, other_url,
    parse_index, render_index,
};
use crate::sys::clock;

/// All that is published.
pub(super) struct Catalogue {
    storage: Box<dyn Storage>,
    rules: Rules,
    /// The crates in the index, by the folded form of their names.
    known: RwLock<BTreeMap<String, Known>>,
    /// One lock for each folded name that was ever written to.
    locks: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
}

/// What the one who runs the registry decides.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// The URL of the index, as manifests say it.
    pub(super) index_url: String,
    pub(super) foreign_dependencies: ForeignDependencies,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Owners {
    pub(super) owners: Vec<String>,
}

impl Catalogue {
    /// Reads which crates there are, and what their latest versions are.
    pub(super) fn open(storage: Box<dyn Storage>, rules: Rules) -> Result<Self, OpenError> {
        let mut known = BTreeMap::new();
        for key in storage.list("index")? {
            let bytes = storage.read(&key)?.unwrap_or_default();
            let file = key.rsplit('/').next().unwrap_or_default();
            let entries = parse_index(file, &String::from_utf8_lossy(&bytes))?;
            if let Some(krate) = Known::load(&*storage, &entries) {
                known.insert(krate.name.folded(), krate);
            }
        }
        Ok(Self {
            storage,
            rules,
            known: RwLock::new(known),
            locks: Mutex::default(),
        })
    }

    /// The index file of a crate, as cargo names it: nothing but the path that the name has in
    /// an index finds it.
    pub(super) fn index_file(&self, path: &str) -> Result<Vec<u8>, Refusal> {
        let missing = || Refusal::Missing(format!("no index file `{path}`"));
        let name = PackageName::from_index_path(path).ok_or_else(missing)?;
        self.storage.read(&index_key(&name))?.ok_or_else(missing)
    }

    /// The package of a version that the index names.
    pub(super) fn download(&self, name: &str, version: &str) -> Result<Vec<u8>, Refusal> {
        let (name, entry) = self.find_version(name, version)?;
        let bytes = self.storage.read(&crate_key(&name, &entry.vers))?;
        bytes.ok_or_else(|| Refusal::Missing(format!("the package of `{name}` is lost")))
    }

    /// Publishes a version, and gives what its publisher should know. All is checked before
    /// anything is written; then come the files, the line in the log, and last the index line:
    /// with it the version is there.
    pub(super) fn publish(
        &self,
        token: &Token,
        request: &PublishRequest<'_>,
    ) -> Result<Vec<String>, Refusal> {
        let PublishRequest { metadata, package } = request;
        let (name, version) = (&metadata.name, &metadata.vers);
        let mut entry = IndexEntry::from_publish(metadata, Digest::of(package));
        self.check_package(&entry, package)?;
        let warnings = self.apply_rules(&entry)?;
        let lock = self.lock(name);
        let _held = hold(&lock);
        self.refuse_alike(name)?;
        let mut entries = self.entries(name)?;
        self.authorise(token, name, !entries.is_empty())?;
        if let Some(entry) = entries.iter().find(|e| e.is_version(version)) {
            let version = &entry.vers;
            return Err(Refusal::Conflict(format!(
                "`{name}` {version} is published already, and a version never changes"
            )));
        }
        let now = clock::timestamp();
        entry.pubtime = Some(now.clone());
        self.storage.write(&crate_key(name, version), package)?;
        self.write_json(&metadata_key(name, version), metadata)?;
        if entries.is_empty() {
            let owners = vec![token.name.clone()];
            self.write_json(&owners_key(name), &Owners { owners })?;
        }
        let done = LogEntry {
            checksum: Some(entry.cksum.clone()),
            ..LogEntry::new(now, token, Action::Publish, name, version.to_string())
        };
        self.log(&done)?;
        let mut lines = self.storage.read(&index_key(name))?.unwrap_or_default();
        lines.extend_from_slice(entry.to_line().as_bytes());
        lines.push(b'\n');
        self.storage.write(&index_key(name), &lines)?;
        entries.push(entry);
        self.remember(&entries);
        tell(&done);
        Ok(warnings)
    }

    /// Is the package what the request says?
    fn check_package(&self, entry: &IndexEntry, package: &[u8]) -> Result<(), Refusal> {
        let here = &self.rules.index_url;
        let packaged = IndexEntry::from_crate(package, here);
        let packaged = packaged.map_err(|error| Refusal::invalid(&error))?;
        check_agreement(entry, &packaged, false).map_err(|error| {
            match other_url(entry, &packaged) {
                Some((dependency, url)) => Refusal::other_url(&dependency, &url, here),
                None => Refusal::invalid(&error),
            }
        })
    }

    fn apply_rules(&self, entry: &IndexEntry) -> Result<Vec<String>, Refusal> {
        let foreign = foreign_dependencies(entry);
        match self.rules.foreign_dependencies {
            ForeignDependencies::Allow => Ok(Vec::new()),
            ForeignDependencies::Warn => Ok(foreign),
            ForeignDependencies::Deny if foreign.is_empty() => Ok(foreign),
            ForeignDependencies::Deny => Err(Refusal::Invalid(format!(
                "this registry takes only crates that depend on its own and on crates.io's: {}",
                foreign.join("; ")
            ))),
        }
    }

    /// Withdraws a version, or takes that back. Doing it twice changes nothing.
    pub(super) fn set_yanked(
        &self,
        token: &Token,
        name: &str,
        version: &str,
        yanked: bool,
    ) -> Result<(), Refusal> {
        let (name, _) = self.find_version(name, version)?;
        self.authorise(token, &name, true)?;
        let lock = self.lock(&name);
        let _held = hold(&lock);
        let (name, entry) = self.find_version(name.as_str(), version)?;
        if entry.yanked == yanked {
            return Ok(());
        }
        let mut entries = self.entries(&name)?;
        for known in &mut entries {
            if known.is_version(&entry.vers) {
                known.yanked = yanked;
            }
        }
        let action = if yanked { Action::Yank } else { Action::Unyank };
        let (now, vers) = (clock::timestamp(), entry.vers.to_string());
        let done = LogEntry::new(now, token, action, &name, vers);
        self.log(&done)?;
        let text = render_index(&entries);
        self.storage.write(&index_key(&name), text.as_bytes())?;
        self.remember(&entries);
        tell(&done);
        Ok(())
    }

    /// Who owns a crate, oldest first.
    pub(super) fn owners(&self, name: &str) -> Result<Vec<String>, Refusal> {
        let name = self.find_crate(name)?;
        self.load_owners(&name)
    }

    /// Adds owners to a crate, or removes some; gives those that it has then. At least one
    /// stays.
    pub(super) fn change_owners(
        &self,
        token: &Token,
        name: &str,
        add: &[String],
        remove: &[String],
    ) -> Result<Vec<String>, Refusal> {
        let name = self.find_crate(name)?;
        self.authorise(token, &name, true)?;
        if token.scope < Scope::Owner {
            return Err(Refusal::Forbidden(format!(
                "the token `{}` may publish, but not say who owns a crate: that takes one with \
                 the scope `owner`",
                token.name
            )));
        }
        let lock = self.lock(&name);
        let _held = hold(&lock);
        let mut owners = self.load_owners(&name)?;
        if let Some(stranger) = remove.iter().find(|login| !owners.contains(login)) {
            return Err(Refusal::Missing(format!(
                "`{stranger}` is no owner of `{name}`"
            )));
        }
        owners.retain(|owner| !remove.contains(owner));
        for login in add {
            if !owners.contains(login) {
                owners.push(login.clone());
            }
        }
        if owners.is_empty() {
            let detail = format!("`{name}` must keep an owner: add another first");
            return Err(Refusal::Invalid(detail));
        }
        let signed = |sign: char, login: &String| format!("{sign}{login}");
        let added = add.iter().map(|login| signed('+', login));
        let removed = remove.iter().map(|login| signed('-', login));
        let detail = added.chain(removed).collect::<Vec<_>>().join(" ");
        let done = LogEntry::new(clock::timestamp(), token, Action::Owners, &name, detail);
        self.log(&done)?;
        let changed = Owners { owners };
        self.write_json(&owners_key(&name), &changed)?;
        tell(&done);
        Ok(changed.owners)
    }

    /// May this token change this crate? `exists` says whether it has owners yet.
    fn authorise(&self, token: &Token, name: &PackageName, exists: bool) -> Result<(), Refusal> {
        let holder = &token.name;
        if token.scope < Scope::Publish {
            let detail = format!("the token `{holder}` may only read");
            return Err(Refusal::Forbidden(detail));
        }
        if !token.covers(name) {
            let crates = token.crates.join("`, `");
            return Err(Refusal::Forbidden(format!(
                "the token `{holder}` is for `{crates}`, not for `{name}`"
            )));
        }
        if exists && token.scope < Scope::Owner {
            let owners = self.load_owners(name)?;
            if !owners.contains(holder) {
                return Err(Refusal::Forbidden(format!(
                    "`{holder}` is no owner of `{name}`; its owners are `{}`",
                    owners.join("`, `")
                )));
            }
        }
        Ok(())
    }

    /// Names that differ only in `-`, `_` and case are too easily taken for each other.
    fn refuse_alike(&self, name: &PackageName) -> Result<(), Refusal> {
        match read(&self.known).get(&name.folded()) {
            Some(other) if other.name != *name => Err(Refusal::Conflict(format!(
                "`{name}` is too like `{}`, which is published already",
                other.name
            ))),
            _ => Ok(()),
        }
    }

    fn find_crate(&self, name: &str) -> Result<PackageName, Refusal> {
        let missing = || Refusal::Missing(format!("no crate is called `{name}`"));
        let given = PackageName::new(name).map_err(|_| missing())?;
        let known = read(&self.known);
        let found = known.get(&given.folded()).map(|krate| krate.name.clone());
        found.filter(|found| *found == given).ok_or_else(missing)
    }

    fn find_version(&self, name: &str, text: &str) -> Result<(PackageName, IndexEntry), Refusal> {
        let name = self.find_crate(name)?;
        let missing = || Refusal::Missing(format!("`{name}` has no version `{text}`"));
        let version = Version::parse(text).map_err(|_| missing())?;
        let mut entries = self.entries(&name)?.into_iter();
        let entry = entries.find(|entry| entry.is_version(&version));
        let entry = entry.ok_or_else(missing)?;
        Ok((name, entry))
    }

    fn entries(&self, name: &PackageName) -> Result<Vec<IndexEntry>, Refusal> {
        let bytes = self.storage.read(&index_key(name))?.unwrap_or_default();
        Ok(parse_index(
            name.as_str(),
            &String::from_utf8_lossy(&bytes),
        )?)
    }

    /// Keeps in memory what is to be known of a crate that has changed.
    fn remember(&self, entries: &[IndexEntry]) {
        let Some(krate) = Known::load(&*self.storage, entries) else {
            return;
        };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(krate.name.folded(), krate);
    }

    fn load_owners(&self, name: &PackageName) -> Result<Vec<String>, Refusal> {
        let bytes = self.storage.read(&owners_key(name))?.unwrap_or_default();
        let owners: Owners =
            serde_json::from_slice(&bytes).map_err(|source| RegistryError::Metadata { source })?;
        Ok(owners.owners)
    }

    fn write_json(&self, key: &str, value: &impl Serialize) -> Result<(), Refusal> {
        let json = serde_json::to_vec(value).expect("strings, lists and maps serialise");
        Ok(self.storage.write(key, &json)?)
    }

    fn lock(&self, name: &PackageName) -> Arc<Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(name.folded()).or_default())
    }

    /// Writes down who does what. What cannot be written down must not happen.
    fn log(&self, entry: &LogEntry) -> Result<(), Refusal> {
        Ok(self.storage.append(log::KEY, &entry.to_line())?)
    }
}

/// Tells the one who runs the registry what was done.
fn tell(entry: &LogEntry) {
    let LogEntry {
        token,
        holder,
        action,
        krate,
        detail,
        ..
    } = entry;
    tracing::info!(%action, %krate, detail, holder, token, "done");
}

/// Why a catalogue cannot be opened; the caller knows where it is.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error(transparent)]
    Sys(#[from] crate::sys::SysError),
    #[error(transparent)]
    Index(#[from] RegistryError),
}

impl OpenError {
    pub(super) fn at(self, data: &camino::Utf8Path) -> ServeError {
        match self {
            Self::Sys(error) => error.into(),
            Self::Index(source) => ServeError::Index {
                data: data.to_owned(),
                source,
            },
        }
    }
}

/// A thread that panicked while it held a lock left nothing half: every write is whole.
fn hold(lock: &Mutex<()>) -> MutexGuard<'_, ()> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn index_key(name: &PackageName) -> String {
    format!("index/{}", name.index_path())
}

pub(super) fn crate_key(name: &PackageName, version: &Version) -> String {
    format!("crates/{name}/{}", name.crate_file(version))
}

pub(super) fn metadata_key(name: &PackageName, version: &Version) -> String {
    format!("crates/{name}/{name}-{version}.json")
}

pub(super) fn owners_key(name: &PackageName) -> String {
    format!("crates/{name}/owners.json")
}

#[cfg(test)]
pub(super) mod tests;
