//! The registries of a service, asked.

use std::collections::BTreeMap;
use std::slice;
use std::sync::{Arc, PoisonError};

use super::{Pin, Service, ServiceError};
use crate::client::{Client, ClientError};
use crate::endpoint::{self, EndpointError};
use crate::registry::{IndexEntry, LockedCrate, PackageName, load_from_cargo_cache};
use crate::sys;

impl Service {
    /// The registry of a pin, ready to be asked; one of several pins is opened once.
    pub fn client(&self, pin: &Pin) -> Result<Arc<Client>, ServiceError> {
        let known = |clients: &BTreeMap<String, Arc<Client>>| clients.get(&pin.index).cloned();
        // A panic elsewhere leaves the map as good as it was.
        let lock = || self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known(&lock()) {
            return Ok(client);
        }
        let opened = match &pin.registry {
            Some(name) => endpoint::open(&self.root, name),
            None => endpoint::open_url(&self.root, &pin.index),
        };
        let client = Arc::new(opened.map_err(|error| unanswered(pin, error))?);
        lock().insert(pin.index.clone(), Arc::clone(&client));
        Ok(client)
    }

    /// The versions of a pin's crate in its registry; none if the registry does not know it.
    pub fn versions(&self, pin: &Pin) -> Result<Vec<IndexEntry>, ServiceError> {
        let client = self.client(pin)?;
        let failed = |error: ClientError| unanswered(pin, error.into());
        let name = PackageName::new(&pin.name).map_err(|error| failed(error.into()))?;
        client.versions(&name).map_err(failed)
    }

    /// The `.crate` of a version of a pin's crate: what cargo has downloaded already, or the
    /// registry's. Its checksum is that of the index.
    pub fn package(&self, pin: &Pin, entry: &IndexEntry) -> Result<Vec<u8>, ServiceError> {
        let failed = |error: ClientError| unanswered(pin, error.into());
        let wanted = LockedCrate {
            name: entry.name.as_str().to_owned(),
            version: entry.vers.clone(),
            checksum: entry.cksum.clone(),
        };
        if let Some(home) = sys::env::cargo_home() {
            let cached = load_from_cargo_cache(&home, slice::from_ref(&wanted));
            let cached = cached.map_err(|error| failed(error.into()))?;
            if let Some(found) = cached.crates.into_iter().next() {
                return Ok(found.bytes);
            }
        }
        self.client(pin)?.download(entry).map_err(failed)
    }
}

fn unanswered(pin: &Pin, source: EndpointError) -> ServiceError {
    ServiceError::Registry {
        registry: pin.registry_label().to_owned(),
        source: Box::new(source),
    }
}
