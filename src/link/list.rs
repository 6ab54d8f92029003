//! What is linked, and whether cargo uses it.

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use super::place::Place;
use super::{LinkError, graph};

/// A link, and what cargo makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The crate.
    pub krate: String,
    /// The folder.
    pub dir: Utf8PathBuf,
    /// The version that is pinned, in whose place it is built.
    pub instead_of: Version,
    /// Is it?
    pub standing: Standing,
}

/// Does cargo use a local copy?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Wherever the crate is used; the folder has this version.
    Used(Version),
    /// Not everywhere, or not at all: what it uses, or says.
    NotUsed(String),
}

/// All links of the worktree.
///
/// # Errors
/// If there is no workspace or no git repository, or cargo can't be run.
pub fn list(dir: &Utf8Path, offline: bool) -> Result<Vec<Listed>, LinkError> {
    let place = Place::find(dir, offline)?;
    let Some(state) = place.state()? else {
        return Ok(Vec::new());
    };
    let metadata = place.metadata()?;
    let standing = |krate: &str, dir: &Utf8Path| match &metadata {
        Err(said) => Standing::NotUsed(said.clone()),
        Ok(metadata) => {
            let uses = graph::uses(metadata, krate);
            match uses.as_slice() {
                [one] if one.source.is_none() && one.dir == dir => {
                    Standing::Used(one.version.clone())
                }
                [] => Standing::NotUsed("nothing asks for it".to_owned()),
                uses => {
                    let uses: Vec<String> = uses.iter().map(ToString::to_string).collect();
                    Standing::NotUsed(format!("cargo uses {}", uses.join("; ")))
                }
            }
        }
    };
    let listed = state.links.iter().map(|link| Listed {
        standing: if link.unsettled {
            Standing::NotUsed("a run that was to link or unlink it was cut off".to_owned())
        } else {
            standing(&link.krate, &link.dir)
        },
        krate: link.krate.clone(),
        dir: link.dir.clone(),
        instead_of: link.instead_of.clone(),
    });
    Ok(listed.collect())
}
