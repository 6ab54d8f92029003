//! Overlay registries and real cargo.

use camino::Utf8PathBuf;
use cargo_quarry::model::Digest;
use cargo_quarry::registry::{
    OverlayCrate, load_from_cargo_cache, locked_crates, source_replacement, write_overlay,
};

use crate::registry::{index_lines, library, program, publish};
use crate::registry_server::TestRegistry;
use crate::sandbox::Sandbox;

/// What is built against an overlay is built as if it were published: the same lock file.
#[test]
fn an_overlay_stands_for_what_is_not_published_yet() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let path = |name: &str| Utf8PathBuf::from_path_buf(sandbox.path(name)).expect("UTF-8");
    library(
        &sandbox,
        "acme-base",
        "0.1.0",
        "",
        "pub fn base() -> u32 { 40 }",
    );
    publish(&registry, "acme-base");
    program(
        &sandbox,
        "service",
        "acme-base = { version = \"0.1\", registry = \"internal\" }\nitoa = \"1\"",
        "fn main() { println!(\"{}\", acme_base::base()); }",
    );
    assert_eq!(registry.cargo(&["run", "--quiet"], "service").0, "40\n");

    // A candidate that nobody has published, which needs what is published and crates.io.
    library(
        &sandbox,
        "acme-new",
        "0.1.0",
        "[dependencies]\nacme-base = { version = \"0.1\", registry = \"internal\" }\nitoa = \"1\"",
        "pub fn new() -> u32 { acme_base::base() + 2 }",
    );
    let package = [
        "package",
        "--no-verify",
        "--allow-dirty",
        "--registry",
        "internal",
    ];
    registry.cargo(&package, "acme-new");
    let candidate = std::fs::read(sandbox.path("acme-new/target/package/acme-new-0.1.0.crate"));
    let candidate = candidate.expect("a package");

    let lock = sandbox.read("service/Cargo.lock");
    let locked = locked_crates(&lock, &registry.index_url).expect("a lock file");
    let home = concat!(env!("CARGO_TARGET_TMPDIR"), "/cargo-home");
    let mut cached = load_from_cargo_cache(home.into(), &locked).expect("a cache");
    assert_eq!((cached.crates.len(), cached.missing.len()), (1, 0));
    let bytes = candidate.clone();
    cached.crates.push(OverlayCrate { bytes });
    let overlay = write_overlay(&path("overlay"), &cached.crates, &registry.index_url);
    let overlay = overlay.expect("an overlay");
    let config = source_replacement(&registry.index_url, &overlay.path);
    sandbox.write("overlay.toml", &config);

    program(
        &sandbox,
        "service",
        "acme-base = { version = \"0.1\", registry = \"internal\" }\n\
         acme-new = { version = \"0.1\", registry = \"internal\" }\nitoa = \"1\"",
        "fn main() { println!(\"{}\", acme_new::new()); }",
    );
    // Without a token: the registry is not asked.
    let args = ["run", "--quiet", "--config", "../overlay.toml"];
    assert_eq!(sandbox.ok("cargo", &args, "service"), "42\n");
    let with_overlay = sandbox.read("service/Cargo.lock");
    let expected = format!(
        "name = \"acme-new\"\nversion = \"0.1.0\"\nsource = \"{}\"\nchecksum = \"{}\"\n",
        registry.index_url,
        Digest::of(&candidate)
    );
    assert!(with_overlay.contains(&expected), "{with_overlay}");
    let stderr = registry.cargo_fails(&["fetch", "--locked"], "service");
    assert!(stderr.contains("acme-new"), "{stderr}");

    // The same bytes published: the lock file is final already.
    publish(&registry, "acme-new");
    let stored = sandbox.path("registry/crates/acme-new/acme-new-0.1.0.crate");
    assert_eq!(std::fs::read(stored).expect("it is there"), candidate);
    assert_eq!(
        registry.cargo(&["run", "--quiet", "--locked"], "service").0,
        "42\n"
    );
    assert_eq!(sandbox.read("service/Cargo.lock"), with_overlay);
    let mut published = index_lines(&registry, "ac/me/acme-new")[0].clone();
    published.pubtime = None;
    assert!(overlay.entries.contains(&published));
}
