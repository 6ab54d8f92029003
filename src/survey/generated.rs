//! Code that nobody of the repository writes by hand: generated and vendored files.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::SurveyError;
use super::monolith::{LeftOut, Monolith};
use crate::{git, sources};

/// The files of the targets that are generated or vendored, each with what says so.
pub(super) fn files(monolith: &Monolith) -> Result<Vec<LeftOut>, SurveyError> {
    let trees = monolith.trees.iter();
    let texts: BTreeMap<&Utf8Path, &str> = trees
        .flat_map(|named| &named.tree.files)
        .map(|(path, file)| (path.as_path(), file.text.as_str()))
        .collect();
    let paths: Vec<Utf8PathBuf> = texts.keys().map(|path| (*path).to_owned()).collect();
    let said = git::generated_files(&monolith.top, &paths)?;
    let mut found = BTreeSet::new();
    for (path, text) in texts {
        let by_place = sources::by_place(path, said.get(path).copied());
        if let Some(reason) = by_place.or_else(|| sources::by_header(text)) {
            found.insert(LeftOut {
                path: path.to_owned(),
                why: reason.to_string(),
            });
        }
    }
    Ok(found.into_iter().collect())
}
