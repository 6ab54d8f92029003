//! A registry with much of all that a page shows, published by cargo.

use crate::registry::library;
use crate::registry_server::TestRegistry;

/// As long as a name may be.
pub const LONG_NAME: &str = "acme-telemetry-exporter-for-the-message-bus-of-the-payments-team";

/// With all that a build may add to it.
pub const PRE_RELEASE: &str = "2.0.0-rc.1+build.20260101.0123456789abcdef0123456789abcdef01234567";

const VERSIONS: [&str; 12] = [
    "0.1.0",
    "0.2.0",
    "0.2.1",
    "0.3.0",
    "0.4.0",
    "0.5.0-alpha.1",
    "0.5.0",
    "1.0.0",
    "1.1.0",
    "1.2.0",
    "1.3.0",
    PRE_RELEASE,
];

const MANIFEST: &str = r#"
rust-version = "1.85"
repository = "https://git.example.com/acme/telemetry"
homepage = "https://example.com"
documentation = "https://docs.example.com"
[dependencies]
cfg-if = "1"
itoa = { version = ">=1.0.0, <1.1.0", optional = true }
[target.'cfg(all(target_os = "linux", not(target_env = "musl")))'.dependencies]
number_formatting = { package = "itoa", version = "1" }
[build-dependencies]
shlex = "1"
[dev-dependencies]
cfg-if = "1"
"#;

/// A crate of which everything is long, and those that depend on it.
pub fn publish_much(registry: &TestRegistry<'_>) {
    let sandbox = registry.sandbox;
    sandbox.write(&format!("{LONG_NAME}/README.md"), include_str!("readme.md"));
    let changelog = include_str!("changelog.md");
    sandbox.write(&format!("{LONG_NAME}/CHANGELOG.md"), changelog);
    for version in VERSIONS {
        library(sandbox, LONG_NAME, version, MANIFEST, "");
        publish(registry, LONG_NAME, &[]);
    }
    let in_internal = ["--registry", "internal"];
    for version in ["0.1.0", "1.2.0"] {
        let krate = format!("{LONG_NAME}@{version}");
        registry.cargo(&[&["yank", &krate][..], &in_internal].concat(), LONG_NAME);
    }
    let team = "platform-and-developer-experience";
    registry.add_token(&["--name", team, "--crate", "acme-*"]);
    let owner = ["owner", "--add", team];
    registry.cargo(&[&owner[..], &in_internal].concat(), LONG_NAME);

    sandbox.write("Cargo.toml", "[workspace]\nmembers = [\"acme-http-*\"]\n");
    let dependency = format!(
        "[dependencies]\nexporter = {{ package = \"{LONG_NAME}\", version = \"1\", \
         registry = \"internal\" }}"
    );
    for name in ["acme-http-client", "acme-http-server", "acme-http-types"] {
        library(sandbox, name, "2.0.0", &dependency, "");
    }
    publish(registry, "", &["--workspace"]);
}

/// It was built elsewhere: here it is to be seen.
fn publish(registry: &TestRegistry<'_>, dir: &str, args: &[&str]) {
    let publish = [
        "publish",
        "--registry",
        "internal",
        "--no-verify",
        "--allow-dirty",
    ];
    registry.cargo(&[&publish[..], args].concat(), dir);
}
