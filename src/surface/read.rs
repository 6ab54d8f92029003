//! rustdoc's JSON, read.

use camino::Utf8Path;
use rustdoc_types::{Crate, Item};
use serde::Deserialize;

use super::{PackageFacts, SurfaceError};
use crate::model::Place;
use crate::sys::fs;

#[derive(Deserialize)]
struct Header {
    format_version: u32,
}

/// The crate in a file of rustdoc's JSON.
pub(super) fn read(path: &Utf8Path) -> Result<Crate, SurfaceError> {
    let bytes = fs::read(path)?;
    let unread = |source| SurfaceError::Json {
        path: path.to_owned(),
        source,
    };
    serde_json::from_slice(&bytes).map_err(|source| {
        // Of another format the version says more than what does not fit.
        match serde_json::from_slice::<Header>(&bytes) {
            Ok(header) if header.format_version != rustdoc_types::FORMAT_VERSION => {
                SurfaceError::Format {
                    path: path.to_owned(),
                    found: header.format_version,
                    known: rustdoc_types::FORMAT_VERSION,
                }
            }
            _ => unread(source),
        }
    })
}

/// Where an item stands, below the package's root.
pub(super) fn place(package: &PackageFacts, item: &Item) -> Option<Place> {
    let span = item.span.as_ref()?;
    let file = Utf8Path::from_path(&span.filename)?;
    let (line, column) = span.begin;
    Some(Place {
        file: below_root(package, file).to_owned(),
        line: u32::try_from(line).ok()?,
        column: u32::try_from(column).ok()?,
    })
}

/// A path of rustdoc's, which starts from the workspace's root, below the package's root.
pub(super) fn below_root<'a>(package: &PackageFacts, file: &'a Utf8Path) -> &'a Utf8Path {
    file.strip_prefix(&package.root).unwrap_or(file)
}
