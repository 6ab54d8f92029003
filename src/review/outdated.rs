//! How old the pins of a service are, and which of them should not stay.

use std::collections::BTreeSet;

use jiff::civil::Date;
use semver::Version;
use serde::Serialize;

use super::ReviewError;
use super::each::each;
use super::release::Release;
use crate::findings::{Finding, codes};
use crate::manifest::{Deprecated, Deprecation, Manifest, deprecations};
use crate::registry::{IndexEntry, read_crate};
use crate::service::{Offers, Pin, Service, ServiceError};
use crate::sys::clock;

/// What is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutdatedOptions {
    /// Only these crates; all if there are none.
    pub crates: Vec<String>,
    /// Only those that the service's own packages ask for.
    pub direct: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Looked {
    /// The pins whose registry has answered, by crate and version.
    pub pins: Vec<Outdated>,
    /// The registries that have not.
    pub unanswered: Vec<Unanswered>,
}

/// A pin, and what its registry has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outdated {
    /// The pin.
    #[serde(flatten)]
    pub pin: Pin,
    /// When it was published; none if it is gone from its registry.
    pub release: Option<Release>,
    /// Was it yanked?
    pub yanked: bool,
    /// The latest compatible version; it may be the pinned one.
    pub compatible: Option<Release>,
    /// The latest version.
    pub latest: Option<Release>,
    /// How many versions were released after it, yanked ones and pre-releases not counted.
    pub behind: usize,
    /// Its deprecation, as the library's later versions have it.
    pub deprecation: Option<Deprecation>,
    /// Why it is not known whether it is deprecated.
    pub ledger_unread: Option<String>,
}

/// A registry that gives no answer.
#[derive(Debug)]
pub struct Unanswered {
    /// Its name, or the URL of its index where it has none.
    pub registry: String,
    /// The crates that are not known for that.
    pub crates: BTreeSet<String>,
    /// Why, the first time.
    pub error: ServiceError,
}

/// Looks at the pins of a service. `on_crate` is told of each, from several threads.
///
/// # Errors
/// If a crate that is asked for is not pinned, or if nothing is. A registry that does not answer
/// is no error here.
pub fn outdated(
    service: &Service,
    options: &OutdatedOptions,
    on_crate: &(dyn Fn(&str) + Sync),
) -> Result<Looked, ReviewError> {
    let pins = chosen(service, options)?;
    let mut looked = Looked {
        pins: Vec::new(),
        unanswered: Vec::new(),
    };
    let pins = looked.open(service, pins);
    let now = clock::now_unix();
    let answers = each(&pins, |pin| {
        on_crate(&pin.name);
        look(service, pin, now)
    });
    for (pin, answer) in pins.into_iter().zip(answers) {
        match answer {
            Ok(outdated) => looked.pins.push(outdated),
            Err(error) => looked.note(&[pin], error),
        }
    }
    Ok(looked)
}

fn chosen<'a>(
    service: &'a Service,
    options: &OutdatedOptions,
) -> Result<Vec<&'a Pin>, ServiceError> {
    let mut pins = Vec::new();
    if options.crates.is_empty() {
        pins.extend(service.private()?);
    }
    for name in &options.crates {
        pins.extend(service.pins_of(name)?);
    }
    pins.sort();
    pins.dedup();
    pins.retain(|pin| pin.is_direct() || !options.direct);
    Ok(pins)
}

impl Looked {
    /// Opens each registry, so that one that is down is waited for once; gives the pins of those
    /// that answer.
    fn open<'a>(&mut self, service: &Service, mut pins: Vec<&'a Pin>) -> Vec<&'a Pin> {
        let mut registries = pins.clone();
        registries.sort_by_key(|pin| &pin.index);
        registries.dedup_by_key(|pin| &pin.index);
        let opened = each(&registries, |pin| service.client(pin));
        for (registry, opened) in registries.into_iter().zip(opened) {
            if let Err(error) = opened {
                let is_down = |pin: &mut &Pin| pin.index == registry.index;
                let down: Vec<&Pin> = pins.extract_if(.., is_down).collect();
                self.note(&down, error);
            }
        }
        pins
    }

    /// Notes that the registry of these pins gave no answer.
    fn note(&mut self, pins: &[&Pin], error: ServiceError) {
        let Some(first) = pins.first() else { return };
        let registry = first.registry_label();
        let crates = pins.iter().map(|pin| pin.name.clone());
        let mut known = self.unanswered.iter_mut();
        match known.find(|known| known.registry == registry) {
            Some(known) => known.crates.extend(crates),
            None => self.unanswered.push(Unanswered {
                registry: registry.to_owned(),
                crates: crates.collect(),
                error,
            }),
        }
    }
}

fn look(service: &Service, pin: &Pin, now: i64) -> Result<Outdated, ServiceError> {
    let entries = service.versions(pin)?;
    let offers = Offers::among(&entries, &pin.version);
    let (deprecation, ledger_unread) = match deprecation(service, pin, &offers) {
        Ok(deprecation) => (deprecation, None),
        Err(why) => (None, Some(why)),
    };
    let release = |entry: Option<&IndexEntry>| entry.map(|entry| Release::of(entry, now));
    Ok(Outdated {
        pin: pin.clone(),
        release: release(offers.pinned),
        yanked: offers.pinned.is_some_and(|entry| entry.yanked),
        compatible: release(offers.compatible),
        latest: release(offers.latest),
        behind: offers.later.len(),
        deprecation,
        ledger_unread,
    })
}

/// What the ledgers of later versions say of the pinned one: that of the latest, and that of the
/// latest compatible one, for a branch that is kept beside the main one has its own.
fn deprecation(
    service: &Service,
    pin: &Pin,
    offers: &Offers<'_>,
) -> Result<Option<Deprecation>, String> {
    let is_later = |entry: &&IndexEntry| offers.later.contains(entry);
    let latest = offers.latest.filter(is_later);
    let compatible = offers.compatible.filter(is_later);
    let compatible = compatible.filter(|entry| Some(*entry) != latest);
    for entry in latest.into_iter().chain(compatible) {
        let unread = |why: String| format!("the ledger of {} {}: {why}", pin.name, entry.vers);
        let package = service.package(pin, entry);
        let package = package.map_err(|error| unread(error.to_string()))?;
        let ledger = ledger(&package).map_err(unread)?;
        let of_pin = |it: &Deprecation| is_version(&it.what, &pin.version);
        if let Some(deprecation) = ledger.into_iter().find(of_pin) {
            return Ok(Some(deprecation));
        }
    }
    Ok(None)
}

fn ledger(package: &[u8]) -> Result<Vec<Deprecation>, String> {
    let archive = read_crate(package).map_err(|error| error.to_string())?;
    let manifest = Manifest::parse("Cargo.toml".into(), archive.manifest);
    let ledger = manifest.and_then(|manifest| deprecations(&manifest));
    ledger.map_err(|error| error.to_string())
}

fn is_version(what: &Deprecated, version: &Version) -> bool {
    match what {
        Deprecated::Version(named) => named.cmp_precedence(version).is_eq(),
        Deprecated::Item(_) => false,
    }
}

impl Outdated {
    /// Why it should not stay, seen on `today`.
    pub fn findings(&self, today: Date) -> Vec<Finding> {
        let Pin { name, version, .. } = &self.pin;
        let named = format!("`{name}` {version}");
        let mut findings = Vec::new();
        if self.release.is_none() {
            let registry = self.pin.registry_label();
            let message = format!("{named} is gone from the registry `{registry}`");
            findings.push(codes::PIN_GONE.finding(message).help(self.way_out()));
        }
        if self.yanked {
            let message = format!("{named} is yanked");
            findings.push(codes::PIN_YANKED.finding(message).help(self.way_out()));
        }
        findings.extend(self.deprecation.as_ref().map(|it| {
            let reason = it.reason.trim_end_matches('.');
            let instead = it.use_instead.as_ref();
            let instead = instead.map(|what| format!("use {what} instead"));
            let finding = match it.until {
                Some(day) if day < today => codes::PIN_UNSUPPORTED.finding(format!(
                    "{named} is no longer supported, since {day}: {reason}"
                )),
                Some(day) => codes::PIN_DEPRECATED.finding(format!(
                    "{named} is deprecated, and supported until {day}: {reason}"
                )),
                None => codes::PIN_DEPRECATED.finding(format!("{named} is deprecated: {reason}")),
            };
            finding.help(instead.unwrap_or_else(|| self.way_out()))
        }));
        let places = self.pin.uses.iter().map(|it| it.place.clone());
        let places: BTreeSet<_> = places.collect();
        findings
            .into_iter()
            .map(|finding| finding.about(name).at(places.iter().cloned()))
            .collect()
    }

    /// What can be had in its place.
    fn way_out(&self) -> String {
        let other = |release: &&Release| {
            let order = release.version.cmp_precedence(&self.pin.version);
            order.is_ne()
        };
        let compatible = self.compatible.as_ref().filter(other);
        let latest = self.latest.as_ref().filter(other);
        let offer = match (compatible, latest) {
            (Some(compatible), _) => format!("{} is compatible", compatible.version),
            (None, Some(latest)) => {
                format!("no other is compatible; the latest is {}", latest.version)
            }
            (None, None) => "there is no other version".to_owned(),
        };
        match self.pin.through.as_slice() {
            through @ [_, ..] if !self.pin.is_direct() => {
                format!("{offer}; {} asks for this one", through.join(", "))
            }
            _ => offer,
        }
    }
}
