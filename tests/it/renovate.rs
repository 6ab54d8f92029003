//! `renovate-config`: what Renovate needs to update private crates.

use crate::registry::{library, program, publish_unverified};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

#[test]
fn renovate_is_told_registries_policy_and_changelogs_and_no_token() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let repository = "repository = \"https://git.example/acme-retry\"";
    library(&sandbox, "acme-retry", "1.2.3", repository, "");
    publish_unverified(&registry, "acme-retry");
    library(&sandbox, "acme-types", "0.3.0", "", "");
    publish_unverified(&registry, "acme-types");
    let dependencies = "acme-retry = { version = \"=1.2.3\", registry = \"internal\" }\n\
                        acme-types = { version = \"=0.3.0\", registry = \"internal\" }\n\
                        [workspace.metadata.quarry]\npins = \"exact\"";
    program(&sandbox, "service", dependencies, "fn main() {}");
    registry.cargo(&["generate-lockfile"], "service");

    let output = registry
        .command(QUARRY, "service")
        .arg("renovate-config")
        .output();
    let (stdout, stderr) = texts(&output.expect("it starts"));
    let config: serde_json::Value = serde_json::from_str(&stdout).expect(&stderr);
    assert!(!stdout.contains(&registry.token) && !stderr.contains(&registry.token));
    let host = &config["hostRules"][0];
    assert_eq!(host["matchHost"], format!("{}/index/", registry.base_url()));
    assert_eq!(
        host["token"],
        "{{ secrets.CARGO_REGISTRIES_INTERNAL_TOKEN }}"
    );
    let rules = config["packageRules"].as_array().expect("a list");
    assert_eq!(rules[0]["registryUrls"][0], registry.index_url);
    assert_eq!(
        rules[0]["matchPackageNames"],
        serde_json::json!(["acme-retry", "acme-types"])
    );
    assert_eq!(rules[0]["rangeStrategy"], "pin");
    let source = rules.last().expect("a rule");
    assert_eq!(
        source["matchPackageNames"],
        serde_json::json!(["acme-retry"])
    );
    assert_eq!(source["sourceUrl"], "https://git.example/acme-retry");
    assert!(stderr.contains("no changelog for acme-types"), "{stderr}");
    assert!(stderr.contains("allowCustomCrateRegistries"), "{stderr}");

    program(&sandbox, "alone", "", "fn main() {}");
    sandbox.ok("cargo", &["generate-lockfile", "--offline"], "alone");
    let stderr = sandbox.quarry_fails(&["renovate-config"], "alone", 101);
    assert!(stderr.contains("is from a private registry"), "{stderr}");
}
