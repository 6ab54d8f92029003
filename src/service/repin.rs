//! The requirements that pin a crate, moved to another version of it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use super::{Pin, PinUse, ServiceError};
use crate::manifest::{
    Manifest, ManifestError, Repinned, RequirementAt, next_requirement, repin, written_requirements,
};
use crate::sys;

/// Moves the requirements that pin a crate to `to`, in the manifests below `root`: the service's
/// own root, or that of a copy of it. Each keeps its style; one that allows `to` already stays.
/// Gives the manifests that changed, relative to `root`.
///
/// # Errors
/// Before anything is written, if a requirement is not where the pin says, or does not say how it
/// would be written for `to`.
pub fn repin_all(
    root: &Utf8Path,
    pin: &Pin,
    to: &Version,
) -> Result<Vec<Utf8PathBuf>, ServiceError> {
    let mut manifests: BTreeMap<&Utf8Path, (Manifest, bool)> = BTreeMap::new();
    for of in &pin.uses {
        let requirement = match next_requirement(&of.requirement, to) {
            Repinned::Stays => continue,
            Repinned::Becomes(requirement) => requirement,
            Repinned::Unclear => {
                return Err(ServiceError::Requirement {
                    name: pin.name.clone(),
                    requirement: of.requirement.clone(),
                    place: of.place.clone(),
                    to: to.clone(),
                });
            }
        };
        let path = root.join(&of.manifest);
        let (manifest, changed) = match manifests.remove(of.manifest.as_path()) {
            Some(known) => known,
            None => (Manifest::load(&path)?, false),
        };
        let places = places(&manifest, of);
        // Inherited by several packages, it is written once.
        if places.is_empty() && !changed {
            return Err(ManifestError::Missing {
                path,
                key: format!("{} = \"{}\"", of.key, of.requirement),
            }
            .into());
        }
        let changed = changed || !places.is_empty();
        let manifest = places.iter().try_fold(manifest, |manifest, at| {
            Manifest::parse(&path, repin(&manifest, at, &requirement)?)
        })?;
        manifests.insert(&of.manifest, (manifest, changed));
    }
    for (manifest, _) in manifests.values() {
        sys::fs::write(manifest.path(), manifest.text())?;
    }
    Ok(manifests.into_keys().map(Utf8Path::to_owned).collect())
}

/// Where the manifest writes the requirement: in several places if tables of several targets have
/// it.
fn places(manifest: &Manifest, of: &PinUse) -> Vec<RequirementAt> {
    let is_it = |at: &RequirementAt| match at {
        RequirementAt::Workspace(key) => of.inherited && *key == of.key,
        RequirementAt::Package(at) => {
            // `dev-dependencies` hold what is of the kind `dev`.
            let kind = at.kind.table().strip_suffix("-dependencies");
            !of.inherited && at.key == of.key && kind.unwrap_or("normal") == of.kind
        }
    };
    let written = written_requirements(manifest).into_iter();
    written
        .filter(|(at, requirement)| is_it(at) && *requirement == of.requirement)
        .map(|(at, _)| at)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Place;
    use crate::service::PinStyle;
    use crate::sys::scratch::Scratch;

    fn of(manifest: &str, key: &str, kind: &str, requirement: &str) -> PinUse {
        PinUse {
            member: "api".to_owned(),
            key: key.to_owned(),
            kind: kind.to_owned(),
            manifest: manifest.into(),
            inherited: manifest == "Cargo.toml",
            requirement: requirement.to_owned(),
            style: PinStyle::Other,
            place: Place {
                file: manifest.into(),
                line: 2,
                column: 9,
            },
        }
    }

    fn pin(uses: Vec<PinUse>) -> Pin {
        Pin {
            name: "acme-retry".to_owned(),
            version: Version::new(1, 2, 3),
            index: "sparse+http://localhost/index/".to_owned(),
            registry: None,
            checksum: None,
            uses,
            through: Vec::new(),
        }
    }

    const ROOT: &str = "[workspace.dependencies]\nretry = { version = \"=1.2.3\", package = \"acme-retry\" }\nacme-log = \"1\"\n";
    const API: &str = "[dependencies]\nretry.workspace = true\n[target.'cfg(unix)'.dev-dependencies]\nretry = '1.2'\n\
        [target.'cfg(windows)'.dev-dependencies]\nretry = \"1.2\"\n[build-dependencies]\nretry = \"1\"\n";

    fn service() -> Scratch {
        let scratch = Scratch::new().unwrap();
        sys::fs::write(&scratch.path().join("Cargo.toml"), ROOT).unwrap();
        sys::fs::write(&scratch.path().join("api/Cargo.toml"), API).unwrap();
        scratch
    }

    fn texts(root: &Utf8Path) -> [String; 2] {
        ["Cargo.toml", "api/Cargo.toml"].map(|path| sys::fs::read_text(&root.join(path)).unwrap())
    }

    #[test]
    fn every_requirement_moves_in_its_own_style() {
        let service = service();
        let uses = vec![
            of("Cargo.toml", "retry", "normal", "=1.2.3"),
            of("Cargo.toml", "retry", "normal", "=1.2.3"),
            of("api/Cargo.toml", "retry", "dev", "1.2"),
            of("api/Cargo.toml", "retry", "build", "1"),
        ];
        let changed = repin_all(service.path(), &pin(uses.clone()), &Version::new(1, 3, 0));
        assert_eq!(changed.unwrap(), ["Cargo.toml"]);
        let [root, api] = texts(service.path());
        assert_eq!(root, ROOT.replace("=1.2.3", "=1.3.0"));
        assert_eq!(api, API);
        let uses = uses.into_iter().map(|mut of| {
            of.requirement = of.requirement.replace("=1.2.3", "=1.3.0");
            of
        });
        let changed = repin_all(service.path(), &pin(uses.collect()), &Version::new(2, 0, 1));
        assert_eq!(changed.unwrap(), ["Cargo.toml", "api/Cargo.toml"]);
        let [root, api] = texts(service.path());
        assert_eq!(root, ROOT.replace("=1.2.3", "=2.0.1"));
        assert_eq!(api, API.replace("1.2", "2.0").replace("\"1\"", "\"2\""));
    }

    #[test]
    fn what_cannot_be_written_anew_changes_nothing() {
        let service = service();
        let exact = of("Cargo.toml", "retry", "normal", "=1.2.3");
        let range = of("api/Cargo.toml", "retry", "normal", ">=1, <2");
        let both = pin(vec![exact.clone(), range]);
        let error = repin_all(service.path(), &both, &Version::new(2, 0, 0)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "api/Cargo.toml:2:9: `>=1, <2` does not allow acme-retry 2.0.0"
        );
        let gone = pin(vec![exact, of("api/Cargo.toml", "retry", "dev", "=1.0.0")]);
        let error = repin_all(service.path(), &gone, &Version::new(2, 0, 0)).unwrap_err();
        assert!(error.to_string().ends_with("has no `retry = \"=1.0.0\"`"));
        assert_eq!(texts(service.path()), [ROOT, API]);
    }
}
