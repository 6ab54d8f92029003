//! Manifests and lockfiles that the library edits, read by real cargo.

use cargo_quarry::cargo::{load_metadata, update_lockfile};
use cargo_quarry::manifest::{
    ConsumerEdit, Dependency, DependencyKey, DependencySource, Manifest, RegistryConfig,
    edit_consumer, list_dependencies, locked_packages, seed_lockfile, set_registry_config,
};
use cargo_quarry::model::RegistryName;

use super::invocation::cargo;
use super::sandbox::Sandbox;

fn load(sandbox: &Sandbox, name: &str) -> Manifest {
    Manifest::parse(name.into(), sandbox.read(name)).expect("a manifest")
}

/// A workspace with a member that inherits, as real ones do.
fn workspace(sandbox: &Sandbox) {
    sandbox.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"app\", \"core\"]\n\n\
         [workspace.dependencies]\n\
         cfg = { package = \"cfg-if\", version = \"1.0\", default-features = false }\n\
         itoa = \"1\"\ncore = { path = \"core\", package = \"acme-core\" }\n",
    );
    sandbox.write(
        "app/Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
         [features]\nfast = [\"dep:itoa\"]\n\n\
         [dependencies]\ncfg.workspace = true\ncore.workspace = true\n\
         itoa = { workspace = true, optional = true }\n\n\
         [target.'cfg(unix)'.dev-dependencies]\nsemver = { version = \"1\", features = [\"std\"] }\n",
    );
    sandbox.write("app/src/lib.rs", "");
    sandbox.write(
        "core/Cargo.toml",
        "[package]\nname = \"acme-core\"\nversion = \"0.2.0\"\nedition = \"2021\"\n",
    );
    sandbox.write("core/src/lib.rs", "");
}

#[test]
fn dependencies_are_read_as_cargo_reads_them() {
    let sandbox = Sandbox::new();
    workspace(&sandbox);
    let package = load(&sandbox, "app/Cargo.toml");
    let root = load(&sandbox, "Cargo.toml");
    let ours = list_dependencies(&package, Some(&root)).unwrap();

    let metadata = load_metadata(&cargo(&sandbox, "."), None, &["--no-deps"]).unwrap();
    let app = metadata.packages.iter().find(|p| p.name == "app").unwrap();
    assert_eq!(ours.len(), app.dependencies.len());
    for cargos in &app.dependencies {
        let key = cargos.rename.as_ref().unwrap_or(&cargos.name);
        let dependency = ours.iter().find(|d| d.key == *key).expect(key);
        assert_eq!(dependency.package, cargos.name);
        assert_eq!(dependency.optional, cargos.optional, "{key}");
        assert_eq!(
            dependency.default_features, cargos.uses_default_features,
            "{key}"
        );
        assert_eq!(dependency.features, cargos.features, "{key}");
        assert_eq!(
            dependency.target,
            cargos.target.as_ref().map(ToString::to_string),
            "{key}"
        );
        assert_eq!(
            dependency.kind.table() == "dev-dependencies",
            key == "semver"
        );
        let requirement = dependency.requirement.as_deref().unwrap_or("*");
        assert_eq!(semver::VersionReq::parse(requirement).unwrap(), cargos.req);
        let is_path = matches!(dependency.source, DependencySource::Path(_));
        assert_eq!(is_path, cargos.path.is_some(), "{key}");
    }
}

#[test]
fn cargo_reads_an_edited_manifest() {
    let sandbox = Sandbox::new();
    workspace(&sandbox);
    let name = RegistryName::new("internal").unwrap();
    let config = RegistryConfig {
        name: &name,
        index: "sparse+http://127.0.0.1:9/index/",
        credential_provider: Some("cargo:token"),
    };
    let config = set_registry_config("config.toml".into(), None, config).unwrap();
    sandbox.write(".cargo/config.toml", &config);
    let package = load(&sandbox, "app/Cargo.toml");
    let root = load(&sandbox, "Cargo.toml");
    let dependencies = list_dependencies(&package, Some(&root)).unwrap();
    let gone = dependencies
        .iter()
        .filter(|d| d.key == "cfg" || d.key == "semver");
    let added = Dependency {
        key: "retry".to_owned(),
        source: DependencySource::Registry("internal".to_owned()),
        default_features: false,
        features: vec!["std".to_owned()],
        ..Dependency::new("acme-retry", "0.1.0")
    };
    let edit = ConsumerEdit {
        add: vec![added],
        remove: gone.map(DependencyKey::from).collect(),
        forwards: Vec::new(),
    };
    let edited = edit_consumer(&package, &edit).unwrap();
    assert_eq!(edited.conflicts, []);
    sandbox.write("app/Cargo.toml", &edited.manifest);

    let metadata = load_metadata(&cargo(&sandbox, "."), None, &["--no-deps"]).unwrap();
    let app = metadata.packages.iter().find(|p| p.name == "app").unwrap();
    let names: Vec<&str> = app.dependencies.iter().map(|d| d.name.as_str()).collect();
    // By key: core, itoa, retry.
    assert_eq!(names, ["acme-core", "itoa", "acme-retry"]);
    let retry = app
        .dependencies
        .iter()
        .find(|d| d.name == "acme-retry")
        .unwrap();
    assert_eq!(retry.rename.as_deref(), Some("retry"));
    assert_eq!(
        retry.registry.as_deref(),
        Some("sparse+http://127.0.0.1:9/index/")
    );
    assert!(!retry.uses_default_features);
}

#[test]
fn a_seeded_lockfile_keeps_the_versions() {
    let sandbox = Sandbox::new();
    workspace(&sandbox);
    sandbox.ok("cargo", &["update", "itoa", "--precise", "1.0.1"], ".");
    let seed = seed_lockfile("Cargo.lock".into(), &sandbox.read("Cargo.lock")).unwrap();
    sandbox.write("library/Cargo.lock", &seed);
    sandbox.write(
        "library/Cargo.toml",
        "[package]\nname = \"acme-retry\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
         [workspace]\n[dependencies]\nitoa = \"1\"\n",
    );
    sandbox.write("library/src/lib.rs", "");
    update_lockfile(&cargo(&sandbox, "library")).unwrap();
    let lockfile = load(&sandbox, "library/Cargo.lock");
    let locked = locked_packages(&lockfile).into_iter();
    let locked: Vec<String> = locked
        .map(|p| format!("{} {}", p.name, p.version))
        .collect();
    assert_eq!(locked, ["acme-retry 0.1.0", "itoa 1.0.1"]);
}
