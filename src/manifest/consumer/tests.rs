use proptest::prelude::*;

use super::*;
use crate::manifest::DependencySource;

fn manifest(text: &str) -> Manifest {
    Manifest::parse("Cargo.toml".into(), text).unwrap()
}

fn internal(name: &str) -> Dependency {
    Dependency {
        source: DependencySource::Registry("internal".to_owned()),
        ..Dependency::new(name, "0.1.0")
    }
}

fn edited(text: &str, edit: &ConsumerEdit) -> String {
    edit_consumer(&manifest(text), edit).unwrap().manifest
}

fn add(text: &str, dependencies: impl IntoIterator<Item = Dependency>) -> String {
    let add = dependencies.into_iter().collect();
    edited(
        text,
        &ConsumerEdit {
            add,
            ..ConsumerEdit::default()
        },
    )
}

fn removal(keys: &[&str]) -> ConsumerEdit {
    let key = |key: &&str| DependencyKey {
        key: (*key).to_owned(),
        kind: DependencyKind::Normal,
        target: None,
    };
    ConsumerEdit {
        remove: keys.iter().map(key).collect(),
        ..ConsumerEdit::default()
    }
}

fn forward(feature: &str, weak: bool) -> Forward {
    Forward {
        feature: feature.to_owned(),
        dependency: "acme-retry".to_owned(),
        weak,
    }
}

#[test]
fn a_new_dependency_goes_where_it_sorts() {
    assert_eq!(
        add(
            "[dependencies]\n# a\naaa = \"1\" # one\n\n# z\nzzz.workspace = true\nzzz.optional = true\n",
            [internal("acme-retry"), Dependency::new("zzzz", "1")],
        ),
        "[dependencies]\n# a\naaa = \"1\" # one\n\
         acme-retry = { version = \"0.1.0\", registry = \"internal\" }\n\n\
         # z\nzzz.workspace = true\nzzz.optional = true\nzzzz = \"1\"\n"
    );
}

#[test]
fn where_nothing_sorts_it_goes_last() {
    assert_eq!(
        add(
            "[dependencies]\nz = \"1\"\na = { version = \"1\",\n  features = [] }\n\n[features]\n",
            [Dependency::new("m", "1")]
        ),
        "[dependencies]\nz = \"1\"\na = { version = \"1\",\n  features = [] }\nm = \"1\"\n\n[features]\n"
    );
}

#[test]
fn a_table_that_is_missing_is_made_before_those_that_follow() {
    assert_eq!(
        add(
            "[package]\nname = \"x\"\n\n# tests\n[dev-dependencies]\na = \"1\"\n",
            [Dependency::new("n", "1"), Dependency::new("m", "1")]
        ),
        "[package]\nname = \"x\"\n\n[dependencies]\nm = \"1\"\nn = \"1\"\n\n# tests\n[dev-dependencies]\na = \"1\"\n"
    );
}

#[test]
fn an_inherited_dependency_says_so() {
    let mut inherited = internal("acme-retry");
    inherited.inherited = true;
    assert_eq!(
        add("[dependencies]\n", [inherited.clone()]),
        "[dependencies]\nacme-retry.workspace = true\n"
    );
    inherited.optional = true;
    assert_eq!(
        add("[dependencies]\n", [inherited.clone()]),
        "[dependencies]\nacme-retry = { workspace = true, optional = true }\n"
    );
    let root = manifest("[workspace.dependencies]\nserde = \"1\"\n");
    assert_eq!(
        add_workspace_dependency(&root, &inherited).unwrap(),
        "[workspace.dependencies]\nserde = \"1\"\nacme-retry = { version = \"0.1.0\", registry = \"internal\" }\n"
    );
    assert!(inherits_dependencies(&manifest(
        "[dependencies]\na.workspace = true\nb = { workspace = true }\nc = \"1\"\n"
    )));
}

#[test]
fn what_is_there_already_is_refused() {
    let edit = ConsumerEdit {
        add: vec![internal("a")],
        ..ConsumerEdit::default()
    };
    let error = edit_consumer(&manifest("[dependencies.a]\nversion = \"1\"\n"), &edit);
    assert_eq!(
        error.unwrap_err().to_string(),
        "`Cargo.toml` already has `dependencies.a`"
    );
}

#[test]
fn a_removed_dependency_takes_its_own_comments_along() {
    let text = "[dependencies]\n# Group\na = \"1\"\nb = \"1\"\n\n# for c\nc = \"1\"\n\n# d is old\nd = \"1\"\ne = \"1\"\n";
    assert_eq!(
        edited(text, &removal(&["a", "c", "d"])),
        "[dependencies]\n# Group\nb = \"1\"\n\ne = \"1\"\n"
    );
    let below = "[dependencies]\na = \"1\"\n\n# table\n[dependencies.b]\nversion = \"1\"\nfeatures = []\n\n[features]\n";
    assert_eq!(
        edited(below, &removal(&["b"])),
        "[dependencies]\na = \"1\"\n\n[features]\n"
    );
}

#[test]
fn a_feature_that_names_a_dependency_keeps_it() {
    let text = "[features]\ntls = [\"client/tls\"]\nfull = [\"serde\"]\n\n[dependencies]\nclient = \"1\"\nserde = { version = \"1\", optional = true }\n";
    let result = edit_consumer(&manifest(text), &removal(&["client", "serde"])).unwrap();
    assert_eq!(result.manifest, text);
    let said: Vec<String> = result.conflicts.iter().map(Conflict::to_string).collect();
    assert_eq!(
        said,
        [
            "`client` stays a dependency: the feature `tls` names it (`client/tls`)",
            "`serde` stays a dependency: the feature `full` names it (`serde`)",
        ]
    );
}

#[test]
fn a_forwarded_feature_hands_its_entries_over() {
    let text = "[features]\ntls = [\"client/tls\"]\nfull = [\n    \"tls\", # all\n    \"client/full\"\n]\n\n[dependencies]\nclient = \"1\"\n";
    let edit = ConsumerEdit {
        forwards: vec![forward("tls", false), forward("full", true)],
        add: vec![internal("acme-retry")],
        ..removal(&["client"])
    };
    let result = edit_consumer(&manifest(text), &edit).unwrap();
    assert_eq!(result.conflicts, []);
    assert_eq!(
        result.manifest,
        "[features]\ntls = [\"acme-retry/tls\"]\nfull = [\n    \"tls\", # all\n    \"acme-retry?/full\",\n]\n\n[dependencies]\nacme-retry = { version = \"0.1.0\", registry = \"internal\" }\n"
    );
}

#[test]
fn an_implicit_feature_is_spelled_out_to_be_forwarded() {
    let text = "[dependencies]\nserde = { version = \"1\", optional = true }\n";
    let mut edit = ConsumerEdit {
        forwards: vec![forward("serde", false)],
        ..ConsumerEdit::default()
    };
    assert_eq!(
        edited(text, &edit),
        format!("[features]\nserde = [\"dep:serde\", \"acme-retry/serde\"]\n{text}")
    );
    edit.remove = removal(&["serde"]).remove;
    assert_eq!(
        edited(text, &edit),
        "[features]\nserde = [\"acme-retry/serde\"]\n"
    );
}

#[test]
fn entries_join_a_list_in_its_own_layout() {
    let edit = ConsumerEdit {
        forwards: vec![forward("f", false)],
        ..ConsumerEdit::default()
    };
    let list = |before: &str, after: &str| {
        let text = |list: &str| format!("[features]\nf = {list}\ng = []\n");
        assert_eq!(edited(&text(before), &edit), text(after));
    };
    list("[]", "[\"acme-retry/f\"]");
    list("[\"a\"]", "[\"a\", \"acme-retry/f\"]");
    list("[ \"a\", ]", "[ \"a\", \"acme-retry/f\", ]");
    list(
        "[\n\t\"a\" # c\n]",
        "[\n\t\"a\", # c\n\t\"acme-retry/f\",\n]",
    );
    list(
        "[\n  \"a\",\n  # c\n]",
        "[\n  \"a\",\n  \"acme-retry/f\",\n  # c\n]",
    );
    list("[\"acme-retry/f\"]", "[\"acme-retry/f\"]");
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-d]{1,3}".prop_map(|key| format!("{key} = \"1\" # why")),
        "[e-h]{1,3}"
            .prop_map(|key| format!("{key} = {{ version = \"1\", features = [\n  \"x\",\n] }}")),
        "[i-l]{1,3}".prop_map(|key| format!("{key}.workspace = true")),
        Just("# a comment".to_owned()),
        Just(String::new()),
    ]
}

prop_compose! {
    /// A manifest with a dependency table that has at least one entry, or with none at all.
    fn manifests()(
        crlf in any::<bool>(),
        bom in any::<bool>(),
        finished in any::<bool>(),
        table in any::<bool>(),
        tail in any::<bool>(),
        lines in prop::collection::vec(line(), 0..8),
    ) -> String {
        let mut all = vec!["# top".to_owned(), "[package]".into(), "name = \"x\"".into()];
        if table {
            all.extend([String::new(), "[dependencies]".into(), "k0 = '2'".into()]);
            let mut seen = BTreeSet::new();
            let key = |line: &str| line.split([' ', '.']).next().unwrap_or("").to_owned();
            all.extend(lines.into_iter().filter(|line| {
                line.is_empty() || line.starts_with('#') || seen.insert(key(line))
            }));
        }
        if tail {
            all.extend([String::new(), "# next".into(), "[dev-dependencies]".into(), "z = '1'".into()]);
        }
        let mut text = all.join("\n");
        if finished {
            text.push('\n');
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        if bom {
            text.insert(0, '\u{feff}');
        }
        text
    }
}

proptest! {
    #[test]
    fn editing_nothing_changes_nothing(text in manifests()) {
        prop_assert_eq!(&edited(&text, &ConsumerEdit::default()), &text);
    }

    #[test]
    fn what_was_added_can_be_removed(text in manifests(), name in "[a-z]{2,6}-[a-z]{1,3}") {
        let with = add(&text, [internal(&name)]);
        let parsed = manifest(&with);
        prop_assert!(parsed.get(&["dependencies", &name, "registry"]).is_some());
        prop_assert_eq!(edited(&with, &removal(&[&name])), text);
    }
}
