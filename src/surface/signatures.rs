//! The signatures of two versions, compared.

use super::{Rustdoc, SurfaceError};
use crate::model::Change;

/// What changed in the public API from `before` to `after`, sorted.
pub fn compare(_before: &Rustdoc, _after: &Rustdoc) -> Result<Vec<Change>, SurfaceError> {
    Ok(Vec::new())
}
