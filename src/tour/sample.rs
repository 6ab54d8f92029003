//! The samples, as they lie in this repository.

use super::TourError;
use super::history::{self, History};
use super::weave::{self, Woven};

/// A repository of the sample organisation: its commits, and its files in all their versions.
#[derive(Debug)]
pub(super) struct Sample {
    history: &'static str,
    files: &'static [&'static str],
}

impl Sample {
    pub(super) fn history(&self) -> Result<History, TourError> {
        history::parse(self.history)
    }

    pub(super) fn files(&self) -> Result<Vec<Woven<'static>>, TourError> {
        self.files.iter().map(|text| weave::parse(text)).collect()
    }
}

macro_rules! sample {
    ($name:literal: $($file:literal)*) => {
        Sample {
            history: include_str!(concat!("sample/", $name, "/history.toml")),
            files: &[$(include_str!(concat!("sample/", $name, "/", $file, ".weave"))),*],
        }
    };
}

/// The monolith.
pub(super) const SHOP: Sample = sample!("shop":
    "gitignore" "README.md" "LICENSE" "Cargo.toml" "Cargo.lock"
    "src/lib.rs" "src/main.rs" "src/money.rs" "src/errors.rs"
    "src/config/mod.rs" "src/config/layer.rs" "src/config/secret.rs" "src/settings.rs"
    "src/orders/mod.rs" "src/orders/pricing.rs" "src/orders/dispatch.rs"
    "src/inventory/mod.rs" "src/inventory/supplier.rs"
    "src/http/mod.rs" "src/http/client.rs" "src/payments.rs" "src/notify.rs"
    "src/util/mod.rs" "src/util/ids.rs" "src/util/retry.rs"
    "tests/checkout.rs" "tests/retry.rs"
    "stocktake/Cargo.toml" "stocktake/src/main.rs");

/// A service with copies that have fallen behind.
pub(super) const BILLING: Sample = sample!("billing":
    "gitignore" "README.md" "Cargo.toml" "Cargo.lock"
    "src/lib.rs" "src/main.rs" "src/invoice.rs" "src/delivery.rs" "src/retry.rs" "src/config.rs");

/// A service with copies that have gone their own way.
pub(super) const SHIPPING: Sample = sample!("shipping":
    "gitignore" "README.md" "Cargo.toml" "Cargo.lock"
    "src/lib.rs" "src/main.rs" "src/parcel.rs" "src/carrier.rs" "src/retry.rs" "src/config.rs");
