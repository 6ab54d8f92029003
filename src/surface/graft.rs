//! The JSON of a crate with that of other crates in it, as if their items were its own: what
//! rustdoc would say of a facade if it were one crate with what is behind it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Package;

/// A crate behind a facade.
pub(super) struct Part {
    /// What the facade's code calls it.
    pub(super) name: String,
    /// Its package.
    pub(super) package: Package,
    /// What rustdoc says of it.
    pub(super) json: Value,
    /// The packages that its crates were made from, by the names of their files.
    pub(super) made_by: BTreeMap<String, Package>,
}

/// The keys whose numbers are ids of items (rustdoc-types: all that is an `Id`).
const IDS: [&str; 9] = [
    "fields",
    "id",
    "implementations",
    "impls",
    "items",
    "parent",
    "root",
    "tuple",
    "variants",
];

/// The path at which an item is defined, and what it is.
type Definition = (Vec<String>, String);

/// Grafts parts onto a facade. Its places stay; those of a part are below a folder that is called
/// as the part is: `clap_builder-4.5.0/src/lib.rs`.
pub(super) fn graft(
    mut facade: Value,
    made_by: &BTreeMap<String, Package>,
    parts: Vec<Part>,
) -> Value {
    let mut defined: BTreeMap<Definition, u64> = BTreeMap::new();
    let mut all_made_by = made_by.clone();
    let mut names = BTreeMap::new();
    let mut packages = BTreeSet::new();
    for part in parts {
        let mut json = part.json;
        let (ids, crates) = (
            above(&facade, &["index", "paths"]),
            above(&facade, &["external_crates"]),
        );
        shift(&mut json, ids, crates);
        let label = format!("{}-{}", part.package.name, part.package.version);
        label_places(&mut json, &label);
        if let Some(root) = root_name(&json) {
            names.insert(part.name, root);
        }
        defined.extend(definitions(&json));
        all_made_by.extend(part.made_by);
        packages.insert(part.package);
        for key in ["index", "paths", "external_crates"] {
            let theirs = json.get_mut(key).map(Value::take);
            if let (Some(Value::Object(ours)), Some(Value::Object(theirs))) =
                (facade.get_mut(key), theirs)
            {
                ours.extend(theirs);
            }
        }
    }
    let foreign = foreign(&facade, &all_made_by, &packages);
    let same: BTreeMap<u64, u64> = foreign
        .into_iter()
        .filter_map(|(id, definition)| Some((id, *defined.get(&definition)?)))
        .collect();
    if let Some(Value::Object(paths)) = facade.get_mut("paths") {
        paths.retain(|id, _| !id.parse().is_ok_and(|id: u64| same.contains_key(&id)));
    }
    let renamed = |id| same.get(&id).copied().unwrap_or(id);
    renumber(&mut facade, "", &renamed, &|krate| krate);
    point_globs(&mut facade, &names, &defined);
    facade
}

/// The least number that is above the keys of all these maps.
fn above(json: &Value, maps: &[&str]) -> u64 {
    let maps = maps.iter().filter_map(|key| json.get(key)?.as_object());
    let numbers = maps
        .flat_map(Map::keys)
        .filter_map(|key| key.parse::<u64>().ok());
    numbers.max().map_or(1, |greatest| greatest + 1)
}

/// Gives all items and crates of it other numbers. Its own crate stays 0, which is the facade's.
fn shift(json: &mut Value, ids: u64, crates: u64) {
    let krate = |number| if number == 0 { 0 } else { number + crates };
    renumber(json, "", &|id| id + ids, &krate);
    for (key, by) in [("index", ids), ("paths", ids), ("external_crates", crates)] {
        let Some(Value::Object(map)) = json.get_mut(key) else {
            continue;
        };
        let entries = std::mem::take(map).into_iter();
        *map = entries
            .map(|(key, value)| match key.parse::<u64>() {
                Ok(number) => ((number + by).to_string(), value),
                Err(_) => (key, value),
            })
            .collect();
    }
}

/// Changes the numbers of items and crates in a value that stands under `key`.
fn renumber(value: &mut Value, key: &str, id: &dyn Fn(u64) -> u64, krate: &dyn Fn(u64) -> u64) {
    match value {
        Value::Number(number) => {
            let new = match number.as_u64() {
                Some(old) if IDS.contains(&key) => id(old),
                Some(old) if key == "crate_id" => krate(old),
                _ => return,
            };
            *value = new.into();
        }
        Value::Array(values) => {
            for value in values {
                renumber(value, key, id, krate);
            }
        }
        Value::Object(map) => {
            let are_links = key == "links";
            for (key, value) in map {
                let key = if are_links { "id" } else { key };
                renumber(value, key, id, krate);
            }
        }
        _ => {}
    }
}

fn label_places(json: &mut Value, label: &str) {
    let Some(Value::Object(index)) = json.get_mut("index") else {
        return;
    };
    for item in index.values_mut() {
        let file = item
            .get_mut("span")
            .and_then(|span| span.get_mut("filename"));
        if let Some(Value::String(file)) = file {
            *file = format!("{label}/{file}");
        }
    }
}

fn root_name(json: &Value) -> Option<String> {
    let root = json.get("root")?.to_string();
    let name = json.get("index")?.get(&root)?.get("name")?;
    Some(name.as_str()?.to_owned())
}

/// What a crate defines itself.
fn definitions(json: &Value) -> BTreeMap<Definition, u64> {
    let all = summaries(json);
    let own = all.filter(|(_, krate, _)| *krate == 0);
    own.map(|(id, _, definition)| (definition, id)).collect()
}

/// What it has of other crates that are among `packages`, as far as is known by which package
/// they were made.
fn foreign(
    json: &Value,
    made_by: &BTreeMap<String, Package>,
    packages: &BTreeSet<Package>,
) -> BTreeMap<u64, Definition> {
    let is_of_part = |krate: u64| {
        let file = json["external_crates"][krate.to_string()]["path"].as_str();
        let name = file.and_then(|file| camino::Utf8Path::new(file).file_name());
        let package = name.and_then(|name| made_by.get(name));
        package.is_some_and(|package| packages.contains(package))
    };
    let all = summaries(json);
    let foreign = all.filter(|(_, krate, _)| *krate != 0 && is_of_part(*krate));
    foreign
        .map(|(id, _, definition)| (id, definition))
        .collect()
}

/// All that has a path, with the number of its crate.
fn summaries(json: &Value) -> impl Iterator<Item = (u64, u64, Definition)> {
    let paths = json.get("paths").and_then(Value::as_object);
    paths.into_iter().flatten().filter_map(|(id, summary)| {
        let path = summary.get("path")?.as_array()?;
        let path = path
            .iter()
            .filter_map(|name| Some(name.as_str()?.to_owned()));
        let kind = summary.get("kind")?.as_str()?.to_owned();
        let krate = summary.get("crate_id")?.as_u64()?;
        Some((id.parse().ok()?, krate, (path.collect(), kind)))
    })
}

/// A `use` of a part's module that rustdoc gives no item for gets that module.
fn point_globs(
    json: &mut Value,
    names: &BTreeMap<String, String>,
    defined: &BTreeMap<Definition, u64>,
) {
    let Some(Value::Object(index)) = json.get_mut("index") else {
        return;
    };
    let known: BTreeSet<u64> = index.keys().filter_map(|id| id.parse().ok()).collect();
    for item in index.values_mut() {
        let Some(import) = item.get_mut("inner").and_then(|inner| inner.get_mut("use")) else {
            continue;
        };
        if import["id"].as_u64().is_some_and(|id| known.contains(&id)) {
            continue;
        }
        let source = import["source"].as_str().unwrap_or_default();
        let mut path: Vec<String> = source.split("::").map(str::to_owned).collect();
        if let Some(root) = path.first_mut()
            && let Some(name) = names.get(root)
        {
            root.clone_from(name);
        }
        if let Some(id) = defined.get(&(path, "module".to_owned())) {
            import["id"] = (*id).into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package() -> Package {
        Package {
            name: "acme-core".to_owned(),
            version: semver::Version::new(1, 2, 3),
        }
    }

    /// `pub use acme_core::*` and `pub use acme_core::deep::Policy`, of which rustdoc knows a path.
    fn facade() -> Value {
        json!({
            "root": 0,
            "index": {
                "0": {"id": 0, "crate_id": 0, "name": "acme", "span": {"filename": "src/lib.rs"},
                      "inner": {"module": {"items": [1, 2]}}},
                "1": {"id": 1, "crate_id": 0, "inner": {"use": {
                      "source": "core_of_it", "name": "core_of_it", "id": null, "is_glob": true}}},
                "2": {"id": 2, "crate_id": 0, "inner": {"use": {
                      "source": "acme_core::deep::Policy", "id": 7, "is_glob": false}}},
            },
            "paths": {
                "7": {"crate_id": 4, "path": ["acme_core", "deep", "Policy"], "kind": "struct"},
                "8": {"crate_id": 1, "path": ["std", "clone", "Clone"], "kind": "trait"},
            },
            "external_crates": {
                "1": {"name": "std", "path": "/r/libstd-1.rmeta"},
                "4": {"name": "acme_core", "path": "/d/libacme_core-1.rmeta"},
            },
        })
    }

    fn part() -> Part {
        let json = json!({
            "root": 0,
            "index": {
                "0": {"id": 0, "crate_id": 0, "name": "acme_core", "links": {"a": 3},
                      "inner": {"module": {"items": [3]}}},
                "3": {"id": 3, "crate_id": 0, "name": "Policy", "span": {"filename": "src/deep.rs"},
                      "inner": {"struct": {"kind": {"tuple": [null, 0]}, "impls": [3]}}},
            },
            "paths": {
                "0": {"crate_id": 0, "path": ["acme_core"], "kind": "module"},
                "3": {"crate_id": 0, "path": ["acme_core", "deep", "Policy"], "kind": "struct"},
            },
            "external_crates": {"2": {"name": "std", "path": "/r/libstd-1.rmeta"}},
        });
        Part {
            name: "core_of_it".to_owned(),
            package: package(),
            json,
            made_by: BTreeMap::new(),
        }
    }

    #[test]
    fn a_part_is_as_if_it_were_the_facades_own() {
        let file = "libacme_core-1.rmeta".to_owned();
        let made_by = BTreeMap::from([(file, package())]);
        let whole = graft(facade(), &made_by, vec![part()]);
        // Its items are 9 further on: above all that the facade knows.
        let index = &whole["index"];
        assert_eq!(index["1"]["inner"]["use"]["id"], 9);
        assert_eq!(index["2"]["inner"]["use"]["id"], 12);
        assert_eq!(index["9"]["inner"]["module"]["items"], json!([12]));
        assert_eq!(index["9"]["links"]["a"], 12);
        let policy = &index["12"];
        assert_eq!(policy["id"], 12);
        assert_eq!(policy["crate_id"], 0);
        assert_eq!(policy["span"]["filename"], "acme-core-1.2.3/src/deep.rs");
        assert_eq!(policy["inner"]["struct"]["kind"]["tuple"], json!([null, 9]));
        assert_eq!(whole["paths"]["7"], Value::Null);
        assert_eq!(whole["paths"]["8"]["path"][0], "std");
        assert_eq!(whole["external_crates"]["7"]["name"], "std");
        assert_eq!(index["0"]["span"]["filename"], "src/lib.rs");
    }

    #[test]
    fn another_version_of_a_part_stays_another_crate() {
        let whole = graft(facade(), &BTreeMap::new(), vec![part()]);
        assert_eq!(whole["index"]["2"]["inner"]["use"]["id"], 7);
        assert_eq!(whole["paths"]["7"]["crate_id"], 4);
    }
}
