//! Does a publish request say what the package's own manifest says?

use std::collections::{BTreeMap, BTreeSet};

use super::{DependencyKind, IndexDependency, IndexEntry, RegistryError};

/// Refuses the entry made of a publish request where the one derived from the package
/// ([`IndexEntry::from_crate`]) says other than it, on what cargo resolves and builds with: an
/// index that hides a dependency of its package would deceive all who read it.
///
/// With `any_registry` it does not matter which registry the manifest takes those dependencies
/// from that the request takes from its own.
pub fn check_agreement(
    asked: &IndexEntry,
    packaged: &IndexEntry,
    any_registry: bool,
) -> Result<(), RegistryError> {
    let same = |what: &str, asked: String, packaged: String| {
        if asked == packaged {
            return Ok(());
        }
        Err(RegistryError::Disagree {
            what: what.to_owned(),
            asked,
            packaged,
        })
    };
    let optional = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    same(
        "the name",
        asked.name.to_string(),
        packaged.name.to_string(),
    )?;
    same(
        "the version",
        asked.vers.to_string(),
        packaged.vers.to_string(),
    )?;
    same("`links`", optional(&asked.links), optional(&packaged.links))?;
    same(
        "`rust-version`",
        optional(&asked.rust_version),
        optional(&packaged.rust_version),
    )?;
    let (one, other) = (features(asked), features(packaged));
    for name in one.keys().chain(other.keys()) {
        let shown = |features: &BTreeMap<String, String>| optional(&features.get(name).cloned());
        same(&format!("the feature `{name}`"), shown(&one), shown(&other))?;
    }
    let (mut one, other) = (dependencies(asked), dependencies(packaged));
    if any_registry {
        one = one
            .into_iter()
            .map(|d| of_any_registry(d, &other))
            .collect();
    }
    for (dependency, asked) in one
        .difference(&other)
        .map(|d| (d, true))
        .chain(other.difference(&one).map(|d| (d, false)))
    {
        let counterparts = if asked { &other } else { &one };
        let counterpart = counterparts.iter().find(|d| {
            (&d.name, d.kind, &d.target) == (&dependency.name, dependency.kind, &dependency.target)
        });
        let counterpart = counterpart.map_or_else(|| "nothing".to_owned(), described);
        let what = format!("the dependency `{}`", dependency.name);
        if asked {
            same(&what, described(dependency), counterpart)?;
        } else {
            same(&what, counterpart, described(dependency))?;
        }
    }
    Ok(())
}

/// A dependency that the request takes from its own registry and the manifest from another URL,
/// and that URL, where this is all that they disagree on: the publisher reaches the registry by
/// another URL than its own.
pub fn other_url(asked: &IndexEntry, packaged: &IndexEntry) -> Option<(String, String)> {
    check_agreement(asked, packaged, true).ok()?;
    let (asked, packaged) = (dependencies(asked), dependencies(packaged));
    packaged.difference(&asked).find_map(|dependency| {
        let real = dependency.package.as_ref().unwrap_or(&dependency.name);
        let url = dependency.registry.as_ref()?;
        Some((real.clone(), format!("{url}/")))
    })
}

fn features(entry: &IndexEntry) -> BTreeMap<String, String> {
    let all = entry.features.iter().chain(&entry.features2);
    all.map(|(name, values)| {
        let mut values = values.clone();
        values.sort();
        (name.clone(), format!("{values:?}"))
    })
    .collect()
}

/// Written one way, whoever wrote them: cargo prints a `cfg` with other spaces than its author,
/// and the order of features means nothing.
fn dependencies(entry: &IndexEntry) -> BTreeSet<IndexDependency> {
    let normal = |dependency: &IndexDependency| {
        let mut dependency = dependency.clone();
        dependency.features.sort();
        dependency.features.dedup();
        if let Some(target) = &mut dependency.target {
            target.retain(|c| !c.is_whitespace());
            *target = target.replace(",)", ")");
        }
        if let Some(registry) = &mut dependency.registry {
            registry.truncate(registry.trim_end_matches('/').len());
        }
        dependency.package = dependency.package.filter(|real| *real != dependency.name);
        dependency
    };
    entry.deps.iter().map(normal).collect()
}

fn of_any_registry(
    dependency: IndexDependency,
    others: &BTreeSet<IndexDependency>,
) -> IndexDependency {
    let same = others.iter().find(|other| {
        let registry = other.registry.clone();
        let moved = IndexDependency {
            registry,
            ..dependency.clone()
        };
        moved == **other
    });
    match same {
        Some(other) if dependency.registry.is_none() => other.clone(),
        _ => dependency,
    }
}

fn described(dependency: &IndexDependency) -> String {
    let kind = match dependency.kind {
        DependencyKind::Normal => "",
        DependencyKind::Dev => ", for development",
        DependencyKind::Build => ", for its build script",
    };
    let or_empty = |before: &str, text: &Option<String>| {
        let text = text.as_ref();
        text.map_or_else(String::new, |text| format!(", {before} `{text}`"))
    };
    let registry = match &dependency.registry {
        Some(registry) => format!(", from `{registry}`"),
        None => ", from this registry".to_owned(),
    };
    format!(
        "`{}`{registry}{kind}{}{}{}{}{}",
        dependency.req,
        or_empty("called", &dependency.package),
        or_empty("for", &dependency.target),
        if dependency.optional {
            ", optional"
        } else {
            ""
        },
        if dependency.default_features {
            ""
        } else {
            ", without default features"
        },
        match dependency.features.join(" ") {
            none if none.is_empty() => none,
            some => format!(", with {some}"),
        }
    )
}

#[cfg(test)]
mod tests {
    use super::super::archive::tests::pack;
    use super::super::{CRATES_IO_INDEX, Metadata};
    use super::*;
    use crate::model::Digest;

    const INDEX: &str = "sparse+https://crates.example/index/";

    const MANIFEST: &str = r#"
        [package]
        name = "a"
        version = "1.0.0"
        links = "z"
        [features]
        fast = ["b", "c"]
        [dependencies.ours]
        version = "0.2"
        registry-index = "sparse+https://crates.example/index"
        package = "ours"
        [target.'cfg(any(unix,windows,))'.build-dependencies]
        libc = { version = "0.2", features = ["y", "x"] }
    "#;

    fn metadata() -> serde_json::Value {
        serde_json::json!({
            "name": "a", "vers": "1.0.0", "links": "z", "features": {"fast": ["c", "b"]},
            "deps": [
                {"name": "ours", "version_req": "^0.2", "explicit_name_in_toml": "ours"},
                {"name": "libc", "version_req": "^0.2", "kind": "build",
                 "target": "cfg(any(unix, windows))", "features": ["x", "y"],
                 "registry": CRATES_IO_INDEX},
            ],
        })
    }

    fn check(manifest: &str, metadata: serde_json::Value, any: bool) -> Result<(), String> {
        let package = pack(&[("a-1.0.0/Cargo.toml", manifest)]);
        let packaged = IndexEntry::from_crate(&package, INDEX).unwrap();
        let metadata: Metadata = serde_json::from_value(metadata).unwrap();
        let asked = IndexEntry::from_publish(&metadata, Digest::of(&package));
        check_agreement(&asked, &packaged, any).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_in_another_way_agrees() {
        assert_eq!(check(MANIFEST, metadata(), false), Ok(()));
        let moved = MANIFEST.replace("crates.example", "other.example");
        assert_eq!(check(&moved, metadata(), true), Ok(()));
    }

    #[test]
    fn another_url_of_the_registry_is_told_from_a_lie() {
        let url = |manifest: &str, metadata: serde_json::Value| {
            let package = pack(&[("a-1.0.0/Cargo.toml", manifest)]);
            let packaged = IndexEntry::from_crate(&package, INDEX).unwrap();
            let metadata: Metadata = serde_json::from_value(metadata).unwrap();
            let asked = IndexEntry::from_publish(&metadata, Digest::of(&package));
            other_url(&asked, &packaged)
        };
        assert_eq!(url(MANIFEST, metadata()), None);
        let moved = MANIFEST.replace("crates.example", "other.example");
        let expected = ("ours", "sparse+https://other.example/index/");
        assert_eq!(
            url(&moved, metadata()),
            Some((expected.0.to_owned(), expected.1.to_owned()))
        );
        let mut lie = metadata();
        lie["links"] = "y".into();
        assert_eq!(url(&moved, lie), None);
    }

    #[test]
    fn each_lie_is_named() {
        let says = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut metadata = metadata();
            change(&mut metadata);
            check(MANIFEST, metadata, false).unwrap_err()
        };
        let on = "the request and the package's `Cargo.toml` disagree on";
        assert_eq!(
            says(&|m| m["links"] = serde_json::Value::Null),
            format!("{on} `links`: nothing there, z here")
        );
        assert_eq!(
            says(&|m| m["rust_version"] = "1.80".into()),
            format!("{on} `rust-version`: 1.80 there, nothing here")
        );
        assert_eq!(
            says(&|m| m["features"] = serde_json::json!({"fast": ["b"]})),
            format!("{on} the feature `fast`: [\"b\"] there, [\"b\", \"c\"] here")
        );
        assert_eq!(
            says(&|m| m["deps"][0]["version_req"] = "*".into()),
            format!(
                "{on} the dependency `ours`: `*`, from this registry there, \
                 `^0.2`, from this registry here"
            )
        );
        assert_eq!(
            says(&|m| drop(m["deps"].as_array_mut().unwrap().remove(0))),
            format!("{on} the dependency `ours`: nothing there, `^0.2`, from this registry here")
        );
        let moved = MANIFEST.replace("crates.example", "other.example");
        assert_eq!(
            check(&moved, metadata(), false).unwrap_err(),
            format!(
                "{on} the dependency `ours`: `^0.2`, from this registry there, \
                 `^0.2`, from `sparse+https://other.example/index` here"
            )
        );
    }
}
