//! Cards of earlier runs: the same question of the same files has the same answer.
//!
//! A card is kept if all of it is known, by a digest of what it was made from: the service's files,
//! both versions, the toolchain, cargo's configuration, and how it was asked. What a test sees of
//! the world beyond that (a database, the time) is not in it: that is what asking again is for.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::cards::{Offer, ReviewOptions};
use crate::card::{Card, Part};
use crate::cargo::{CargoError, Invocation, config_files};
use crate::model::Digest;
use crate::registry::IndexEntry;
use crate::service::{Service, ServiceError, fingerprint, target_dir};
use crate::sys::{self, Program, fs};

use super::ReviewError;

/// Another form of cards has another number.
const FORMAT: u32 = 1;
/// So many cards of a repository are kept.
const KEPT: usize = 64;

/// Where cards of a service are kept, and what they depend on besides the upgrade.
#[derive(Debug)]
pub(super) struct Kept {
    folder: Utf8PathBuf,
    ground: String,
}

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    card: Card,
}

impl Kept {
    /// Of the service as it is on disk. `sides` names what is compared with, if it is not the
    /// service itself.
    pub(super) fn of(
        service: &Service,
        options: &ReviewOptions,
        sides: &str,
    ) -> Result<Self, ReviewError> {
        let mut ground = vec![
            format!("{} {FORMAT}", env!("CARGO_PKG_VERSION")),
            fingerprint(&service.top)?.to_string(),
            sides.to_owned(),
            format!("{:?}", options.verify),
            format!("{:?}", options.tools),
        ];
        // A program that is built anew may say something else.
        if let Ok(program) = sys::env::current_exe() {
            ground.push(format!("{:?}", fs::modified(&program)));
        }
        let rustc = Program::new("rustc").arg("-vV").dir(&service.root);
        ground.push(rustc.stdout().map_err(ServiceError::from)?);
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            ground.push(sys::env::var(name).unwrap_or_default());
        }
        let files = config_files(&Invocation::new(&service.root));
        for path in files.map_err(cargo)? {
            ground.push(fs::read_text(&path).map_err(ServiceError::from)?);
        }
        Ok(Self {
            folder: target_dir(&service.top)?.with_file_name("cards"),
            ground: ground.join("\0"),
        })
    }

    fn path(&self, offer: &Offer) -> Utf8PathBuf {
        let of_it = |entry: &&IndexEntry| entry.vers > offer.pin.version && entry.vers <= offer.to;
        // Which of the versions between are yanked is in the card.
        let entries: Vec<String> = offer
            .entries
            .iter()
            .filter(of_it)
            .map(IndexEntry::to_line)
            .collect();
        let pin = serde_json::to_string(&offer.pin).expect("a pin is strings");
        let text = format!(
            "{}\0{pin}\0{}\0{}",
            self.ground,
            offer.to,
            entries.join("\n")
        );
        self.folder.join(format!(
            "{}.json",
            &Digest::of(text.as_bytes()).as_str()[..32]
        ))
    }

    /// The card that is kept for an offer.
    pub(super) fn load(&self, offer: &Offer) -> Option<Card> {
        let text = fs::read_text_if_exists(&self.path(offer)).ok()??;
        let file: File = serde_json::from_str(&text).ok()?;
        (file.format == FORMAT).then_some(file.card)
    }

    /// Keeps a card, if there is nothing in it that another try may bring. It is no harm if it
    /// cannot be kept.
    pub(super) fn store(&self, offer: &Offer, card: &Card, options: &ReviewOptions) {
        let is_known = matches!(card.api, Part::Known(_))
            && matches!(card.touches, Part::Known(_))
            && (options.verify.is_none() || matches!(card.trial, Part::Known(_)));
        if !is_known {
            return;
        }
        let file = File {
            format: FORMAT,
            card: card.clone(),
        };
        let text = serde_json::to_string(&file).expect("a card is strings and numbers");
        if let Err(error) = fs::write(&self.path(offer), text) {
            tracing::debug!(%error, "the card is not kept");
        }
        self.prune();
    }

    /// Removes the oldest.
    fn prune(&self) {
        let Ok(entries) = fs::list_utf8(&self.folder) else {
            return;
        };
        let dated = |entry: fs::Entry| Some((fs::modified(&entry.path).ok()?, entry.path));
        let mut cards: Vec<_> = entries.into_iter().filter_map(dated).collect();
        cards.sort();
        for (_, path) in cards.iter().rev().skip(KEPT) {
            let _ = fs::remove_file(path);
        }
    }
}

fn cargo(error: CargoError) -> ReviewError {
    ReviewError::Service(error.into())
}
