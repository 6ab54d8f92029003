//! How two packages of one version differ.

use std::fmt;

use super::super::ReleaseError;
use crate::registry::unpack_crate;

/// The commit that cargo made the package from.
const COMMIT: &str = ".cargo_vcs_info.json";
/// As many files are named.
const SHOWN: usize = 8;

/// The files that differ.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// These.
    Files(Vec<String>),
    /// The content is the same, but made from another commit.
    Commit,
    /// None: they are packed differently.
    Packing,
}

impl Difference {
    pub(super) fn between(there: &[u8], here: &[u8]) -> Result<Self, ReleaseError> {
        let (there, here) = (unpack_crate(there)?, unpack_crate(here)?);
        let missing_or_other = |a: &[crate::registry::PackageFile], b: &[_]| -> Vec<String> {
            let odd = a.iter().filter(|file| {
                !b.iter()
                    .any(|other: &crate::registry::PackageFile| other.is_same(file))
            });
            odd.map(|file| file.name().to_owned()).collect()
        };
        let mut files = missing_or_other(&there, &here);
        files.extend(missing_or_other(&here, &there));
        files.sort();
        files.dedup();
        Ok(match files.as_slice() {
            [] => Self::Packing,
            [only] if only == COMMIT => Self::Commit,
            _ => Self::Files(files),
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files(files) => {
                let shown: Vec<&str> = files.iter().take(SHOWN).map(String::as_str).collect();
                let more = if files.len() > SHOWN { ", …" } else { "" };
                write!(f, "{}{more}", shown.join(", "))
            }
            Self::Commit => write!(f, "the same files, from another commit"),
            Self::Packing => write!(f, "the same files, packed by another cargo"),
        }
    }
}
