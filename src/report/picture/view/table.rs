//! Lists of objects as tables, whatever is in them.

use serde::Serialize;
use serde_json::Value;

use super::super::words::number;

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Table {
    label: String,
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A row for each object of a list; the name comes first. None without any.
    pub(super) fn new(label: &str, list: &Value) -> Option<Self> {
        let objects = list.as_array()?.iter().filter_map(Value::as_object);
        let mut keys: Vec<&str> = Vec::new();
        for key in objects.clone().flat_map(|object| object.keys()) {
            if !keys.contains(&key.as_str()) {
                keys.push(key);
            }
        }
        keys.sort_by_key(|key| *key != "name");
        let row = |object: &serde_json::Map<String, Value>| {
            let cells = keys.iter().map(|key| cell(object.get(*key)));
            cells.collect()
        };
        let rows: Vec<Vec<String>> = objects.map(row).collect();
        (!rows.is_empty()).then(|| Self {
            label: label.to_owned(),
            names: keys.iter().map(|key| key.replace('_', " ")).collect(),
            rows,
        })
    }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::Bool(true)) => "yes".to_owned(),
        Some(Value::Bool(false)) => "no".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(it)) => match it.as_u64().and_then(|it| usize::try_from(it).ok()) {
            Some(whole) => number(whole),
            None => format!("{:.1}", it.as_f64().unwrap_or_default()),
        },
        Some(Value::Array(values)) if values.iter().any(|it| it.is_object() || it.is_array()) => {
            number(values.len())
        }
        Some(Value::Array(values)) => {
            let cells: Vec<String> = values.iter().map(|it| cell(Some(it))).collect();
            cells.join(", ")
        }
        Some(Value::Object(object)) => {
            let cells = object.iter();
            let cells: Vec<String> = cells
                .map(|(key, it)| format!("{} {}", key.replace('_', " "), cell(Some(it))))
                .collect();
            cells.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_become_rows_with_the_name_first() {
        let list = serde_json::json!([
            { "repositories": 1200, "name": "each", "releases_a_year": 12.34 },
            { "name": "one", "longest_chain": null, "repositories": 1 },
        ]);
        let table = Table::new("Layouts", &list).expect("there are some");
        assert_eq!(table.names[0], "name");
        assert!(table.names.contains(&"releases a year".to_owned()));
        let at = |row: usize, name: &str| {
            let column = table.names.iter().position(|it| it == name);
            table.rows[row][column.expect(name)].as_str()
        };
        assert_eq!(at(0, "name"), "each");
        assert_eq!(at(0, "repositories"), "1,200");
        assert_eq!(at(0, "releases a year"), "12.3");
        assert_eq!(at(0, "longest chain"), "–");
        assert_eq!(at(1, "releases a year"), "–");
        for none in [
            serde_json::json!([]),
            serde_json::json!(null),
            serde_json::json!({}),
        ] {
            assert_eq!(Table::new("Layouts", &none), None);
        }
    }
}
