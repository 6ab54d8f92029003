use super::*;

/// Derives a library `acme-retry` from a package below a workspace, and gives its manifest and
/// its problems.
struct Case<'a> {
    package: &'a str,
    workspace: Option<&'a str>,
    picks: &'a [(&'a str, DependencyKind, bool)],
    features: &'a [&'a str],
}

fn derive(case: &Case<'_>) -> Library {
    let package = Manifest::parse("app/Cargo.toml".into(), case.package).unwrap();
    let workspace = case
        .workspace
        .map(|text| Manifest::parse("Cargo.toml".into(), text).unwrap());
    let picks = case.picks.iter().map(|(key, kind, required)| Pick {
        key: (*key).to_owned(),
        kind: *kind,
        required: *required,
    });
    let registry = RegistryName::new("internal").unwrap();
    let sibling = Sibling {
        version: Version::parse("0.3.1+local").unwrap(),
        source: DependencySource::Registry(registry.to_string()),
    };
    derive_library(&LibraryInput {
        package: &package,
        workspace: workspace.as_ref(),
        name: &CrateName::new("acme-retry").unwrap(),
        version: &Version::new(0, 1, 0),
        description: None,
        repository: Some("https://git.example/acme-retry"),
        registry: Some(&registry),
        dependencies: &picks.collect::<Vec<_>>(),
        features: &case.features.iter().map(|&f| f.to_owned()).collect(),
        siblings: &BTreeMap::from([("acme-core".to_owned(), sibling)]),
    })
    .unwrap()
}

const NORMAL: DependencyKind = DependencyKind::Normal;
const DEV: DependencyKind = DependencyKind::Dev;

#[test]
fn what_a_member_inherits_is_resolved() {
    let library = derive(&Case {
        package: r#"
[package]
name = "app"
version = "3.0.0"
edition.workspace = true
rust-version = { workspace = true }
license.workspace = true
authors.workspace = true

[lib]
doctest = false

[lints]
workspace = true

[features]
default = ["tls", "cli"]
tls = ["http?/tls", "dep:http"]
cli = []

[dependencies]
http = { workspace = true, optional = true, features = ["json"] }
core = { path = "../core", package = "acme-core" }
unused = "1"
serde = { workspace = true, default-features = true }

[dev-dependencies]
tempfile = "3"

[target.'cfg(unix)'.dependencies]
nix = { version = "0.29", features = ["fs"], registry = "mirror" }
"#,
        workspace: Some(
            r#"
[workspace]
resolver = "2"
members = ["app"]

[workspace.package]
edition = "2021"
rust-version = "1.70"
license = "MIT"
authors = ["Ann"]

[workspace.dependencies]
http = { version = "1.2", package = "reqwest", default-features = false, features = ["stream"] }
serde = { version = "1", default-features = false }

[workspace.lints.rust]
unsafe_code = "forbid"
unexpected_cfgs = { level = "warn", check-cfg = ['cfg(loom)'] }

[workspace.lints.clippy.all]
level = "warn"
priority = -1

[patch.crates-io]
fork = { path = "fork", package = "nix" }
"#,
        ),
        picks: &[
            ("http", NORMAL, false),
            ("core", NORMAL, true),
            ("nix", NORMAL, true),
            ("serde", DEV, true),
            ("tempfile", DEV, true),
        ],
        features: &["tls"],
    });
    assert_eq!(
        library.manifest,
        r#"[package]
name = "acme-retry"
version = "0.1.0"
edition = "2021"
rust-version = "1.70"
authors = ["Ann"]
description = "acme-retry, taken out of app"
license = "MIT"
repository = "https://git.example/acme-retry"
readme = "README.md"
publish = ["internal"]
exclude = [".cargo/", ".github/", ".quarry/", "clippy.toml", "deny.toml", "release.toml", "rustfmt.toml"]

[lib]
doctest = false

[features]
default = ["tls"]
tls = ["http?/tls", "dep:http"]

[dependencies]
core = { version = "0.3.1", registry = "internal", package = "acme-core" }
http = { version = "1.2", package = "reqwest", default-features = false, features = ["stream", "json"], optional = true }

[dev-dependencies]
serde = "1"
tempfile = "3"

[target.'cfg(unix)'.dependencies]
nix = { version = "0.29", registry = "mirror", features = ["fs"] }

[lints.rust]
unsafe_code = "forbid"
unexpected_cfgs = { level = "warn", check-cfg = ["cfg(loom)"] }

[lints.clippy]
all = { level = "warn", priority = -1 }
"#
    );
    assert_eq!(
        library.problems,
        [Problem::Patched {
            package: "nix".to_owned()
        }]
    );
}

#[test]
fn what_cannot_be_carried_over_is_named() {
    let library = derive(&Case {
        package: r#"
[package]
name = "app"
version = "1.0.0"

[dependencies]
a = { git = "https://git.example/a" }
b = { git = "https://git.example/b", version = "2" }
c = { path = "../c" }
"#,
        workspace: None,
        picks: &[
            ("a", NORMAL, true),
            ("b", NORMAL, true),
            ("c", NORMAL, true),
            ("d", NORMAL, true),
        ],
        features: &[],
    });
    let said: Vec<(bool, String)> = library
        .problems
        .iter()
        .map(|problem| (problem.blocks(), problem.to_string()))
        .collect();
    let expect = [
        (true, "the package does not declare the dependency `d`"),
        (
            true,
            "the dependency `a` comes from git (https://git.example/a)",
        ),
        (
            false,
            "the dependency `b` comes from git (https://git.example/b)",
        ),
        (
            true,
            "the dependency `c` is the folder `app/../c`, which is no package of the workspace",
        ),
        (false, "the package states no licence"),
    ];
    assert_eq!(said, expect.map(|(blocks, text)| (blocks, text.to_owned())));
    assert!(library.manifest.contains("edition = \"2015\"\n"));
    assert!(library.manifest.ends_with("[dependencies]\nb = \"2\"\n"));
}

#[test]
fn a_licence_file_comes_along() {
    let library = derive(&Case {
        package: "[package]\nname = \"app\"\nlicense-file = { workspace = true }\nedition = \"2018\"\n",
        workspace: Some(
            "[workspace]\nresolver = \"2\"\n[workspace.package]\nlicense-file = \"legal/TERMS\"\n",
        ),
        picks: &[],
        features: &[],
    });
    assert_eq!(
        library.license_file,
        Some(("legal/TERMS".into(), "TERMS".into()))
    );
    assert!(library.manifest.contains("license-file = \"TERMS\"\n"));
    assert!(
        library
            .manifest
            .contains("edition = \"2018\"\nresolver = \"2\"\n")
    );
}

#[test]
fn what_the_workspace_patches_with_its_own_package_is_that_package() {
    let library = derive(&Case {
        package: "[package]\nname = \"app\"\nlicense = \"MIT\"\n[dependencies]\nacme-core = \"0.2\"\n",
        workspace: Some("[workspace]\n[patch.crates-io.acme-core]\npath = \"core\"\n"),
        picks: &[("acme-core", NORMAL, true)],
        features: &[],
    });
    assert_eq!(library.problems, []);
    let expected = "acme-core = { version = \"0.3.1\", registry = \"internal\" }\n";
    assert!(library.manifest.ends_with(expected), "{}", library.manifest);
}
