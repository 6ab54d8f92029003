//! `check` of a service: what it takes from where, and in how many versions.

use crate::check::Seen;
use crate::registry::{library, publish_unverified};
use crate::registry_server::TestRegistry;
use crate::sandbox::{QUARRY, Sandbox};

const MANIFEST: &str = "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                        publish = false\n\n[dependencies]\n\
                        acme-types = { version = \"1.0\", registry = \"internal\" }\n\
                        acme-jobs = { version = \"=1.4.0\", registry = \"internal\" }\n";

/// Types in two majors, and jobs on the older one.
fn publish(registry: &TestRegistry<'_>) {
    let sandbox = registry.sandbox;
    library(sandbox, "acme-types", "1.0.0", "", "pub struct Id;");
    publish_unverified(registry, "acme-types");
    let on_types = "[dependencies]\nacme-types = { version = \"1\", registry = \"internal\" }";
    library(sandbox, "acme-jobs", "1.4.0", on_types, "");
    publish_unverified(registry, "acme-jobs");
    library(sandbox, "acme-types", "2.0.0", "", "pub struct Id;");
    publish_unverified(registry, "acme-types");
}

struct Service<'a>(&'a TestRegistry<'a>);

impl Service<'_> {
    fn write(&self, manifest: &str) {
        self.0.sandbox.write("api/Cargo.toml", manifest);
    }

    fn relock(&self) {
        self.0.cargo(&["update", "--workspace"], "api");
    }

    fn check(&self, args: &[&str]) -> Seen {
        self.check_in("api", args)
    }

    fn check_in(&self, dir: &str, args: &[&str]) -> Seen {
        let mut command = self.0.command(QUARRY, dir);
        Seen::of(&command.arg("check").args(args).output().expect("it starts"))
    }

    /// What is found with another manifest, and a lock file that fits.
    fn finds(&self, manifest: &str, expect: &[&str]) -> Seen {
        self.write(manifest);
        self.relock();
        let seen = self.check(&[]);
        assert_eq!(seen.codes, expect, "{}", seen.all());
        let stopped = expect.iter().any(|code| code.starts_with("error"));
        assert_eq!(seen.exit, Some(i32::from(stopped)), "{}", seen.all());
        seen
    }
}

#[test]
fn a_service_is_checked_for_what_it_takes_from_where() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    publish(&registry);
    let service = Service(&registry);
    sandbox.write("api/src/main.rs", "fn main() {}\n");
    sandbox.write("api/.gitignore", "/target\n");
    service.write(MANIFEST);
    sandbox.git(&["init", "-q", "-b", "main"], "api");

    let seen = service.check(&[]);
    assert_eq!(seen.codes, ["error lockfile-missing"], "{}", seen.all());
    assert!(
        seen.stderr.contains("Skipped pins: without a Cargo.lock"),
        "{}",
        seen.stderr
    );
    let seen = service.finds(MANIFEST, &[]);
    let says = "Checked api 0.1.0 as a service, for it is never published: nothing stands";
    assert!(seen.stderr.contains(says), "{}", seen.stderr);
    assert!(!seen.stderr.contains("Compared"), "{}", seen.stderr);
    // Without a word on where it is published, a program alone is a service.
    service.finds(&MANIFEST.replace("publish = false\n", ""), &[]);
    sandbox.write("api/.gitignore", "/target\nCargo.lock\n");
    let seen = service.check(&[]);
    assert_eq!(seen.codes, ["error lockfile-missing"], "{}", seen.all());
    assert!(
        seen.stdout.contains("git ignores Cargo.lock"),
        "{}",
        seen.stdout
    );
    sandbox.write("api/.gitignore", "/target\n");
    service.write(&MANIFEST.replace("\"1.0\"", "\"2\""));
    let seen = service.check(&[]);
    assert_eq!(seen.codes, ["error lockfile-stale"], "{}", seen.all());

    let exact = format!("{MANIFEST}\n[workspace.metadata.quarry]\npins = \"exact\"\n");
    let seen = service.finds(&exact, &["error pin-style"]);
    let message =
        "`acme-types` is pinned to all compatible versions (`1.0`): the policy is `exact`";
    assert!(seen.stdout.contains(message), "{}", seen.stdout);
    assert!(seen.stdout.contains("--> Cargo.toml:8:"), "{}", seen.stdout);
    assert!(
        seen.stdout.contains("help: write `=1.0.0`"),
        "{}",
        seen.stdout
    );
    // What the package says of itself counts before what its workspace says.
    let own = format!("{exact}[package.metadata.quarry]\npins = \"caret\"\n");
    let seen = service.finds(&own, &["error pin-style"]);
    assert!(
        seen.stdout.contains("`acme-jobs` is pinned to one version"),
        "{}",
        seen.stdout
    );
    let range = MANIFEST.replace("\"1.0\"", "\">=1, <3\"");
    service.finds(&range, &["warning pin-style"]);
    let wrong = exact.replace("\"exact\"", "\"strict\"") + "vocabulary = 1\n";
    service.finds(&wrong, &["error setting-invalid", "error setting-invalid"]);
    let waived = exact.clone()
        + "[[package.metadata.quarry.waivers]]\ncode = \"pin-style\"\nitem = \"acme-types\"\n\
           reason = \"for now\"\nuntil = 2026-06-30\n";
    service.finds(&waived, &["waived pin-style"]);

    let two = MANIFEST.replace("\"1.0\"", "\"2\"");
    let seen = service.finds(&two, &["warning private-twice"]);
    let message = "`acme-types` is there as 1.0.0 (for acme-jobs 1.4.0) and 2.0.0 (for api)";
    assert!(seen.stdout.contains(message), "{}", seen.stdout);
    assert!(
        seen.stdout
            .contains("help: release `acme-jobs` with the newest"),
        "{}",
        seen.stdout
    );
    assert!(seen.stdout.contains("--> Cargo.lock:"), "{}", seen.stdout);
    let words = format!("{two}\n[workspace.metadata.quarry]\nvocabulary = [\"acme-types\"]\n");
    service.finds(&words, &["error vocabulary-twice"]);
}

#[test]
fn packages_from_elsewhere_and_links_are_errors() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    publish(&registry);
    let service = Service(&registry);
    sandbox.write("api/src/main.rs", "fn main() {}\n");
    service.write(MANIFEST);
    sandbox.git(&["init", "-q", "-b", "main"], "api");

    library(&sandbox, "acme-near", "1.0.0", "", "");
    library(&sandbox, "api/own", "1.0.0", "", "");
    let own = sandbox.read("api/own/Cargo.toml").replace("api/own", "own");
    sandbox.write("api/own/Cargo.toml", &own);
    let outside = format!(
        "{MANIFEST}acme-near = {{ path = \"../acme-near\" }}\nown = {{ path = \"own\" }}\n"
    );
    let seen = service.finds(&outside, &["error path-dependency"]);
    assert!(
        seen.stdout.contains("`acme-near` is the folder `"),
        "{}",
        seen.stdout
    );
    assert!(seen.stdout.contains("cargo quarry link"), "{}", seen.stdout);

    sandbox.git(&["init", "-q", "-b", "main"], "acme-near");
    sandbox.git(&["add", "-A"], "acme-near");
    sandbox.git(&["commit", "-qm", "Begin"], "acme-near");
    let url = format!("file://{}", sandbox.path("acme-near").display());
    let git = format!("{MANIFEST}acme-near = {{ git = \"{url}\", version = \"1\" }}\n");
    let seen = service.finds(&git, &["error git-dependency"]);
    assert!(
        seen.stdout.contains("--> Cargo.toml:10:"),
        "{}",
        seen.stdout
    );

    // A private crate whose name somebody has on crates.io.
    library(&sandbox, "itoa", "0.9.0", "", "");
    publish_unverified(&registry, "itoa");
    let on_itoa = "[dependencies]\nitoa = { version = \"0.9\", registry = \"internal\" }";
    library(&sandbox, "acme-digits", "1.0.0", on_itoa, "");
    publish_unverified(&registry, "acme-digits");
    let mixed = format!(
        "{MANIFEST}itoa = \"1\"\nacme-digits = {{ version = \"1\", registry = \"internal\" }}\n"
    );
    let seen = service.finds(&mixed, &["error registry-mixed"]);
    assert!(
        seen.stdout.contains("crates.io (for api)"),
        "{}",
        seen.stdout
    );
    assert!(
        seen.stdout.contains("(for acme-digits 1.0.0)"),
        "{}",
        seen.stdout
    );
    service.write(MANIFEST);
    service.relock();

    // A local copy: neither what is pinned nor what others have.
    let near = sandbox.path("acme-types");
    let config = sandbox.write("api/.cargo/config.toml", &format!("paths = [{near:?}]\n"));
    let seen = service.check(&[]);
    assert_eq!(seen.codes, ["error linked-crate"], "{}", seen.all());
    assert!(
        seen.stdout.contains("--> .cargo/config.toml:1:"),
        "{}",
        seen.stdout
    );
    std::fs::remove_file(config).expect("a file");
    let patch = format!("{MANIFEST}\n[patch.internal]\nacme-types = {{ path = {near:?} }}\n");
    service.write(&patch);
    let seen = service.check(&[]);
    assert!(
        seen.codes.contains(&"error linked-crate".to_owned()),
        "{}",
        seen.all()
    );
}

#[test]
fn each_package_of_a_service_is_checked() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    publish(&registry);
    let service = Service(&registry);
    let member = |name: &str, rest: &str| {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\npublish = false\n{rest}"
        );
        sandbox.write(&format!("api/{name}/Cargo.toml"), &manifest);
    };
    service.write(
        "[workspace]\nresolver = \"2\"\nmembers = [\"domain\", \"server\"]\n\
         [workspace.dependencies]\nacme-types = { version = \"2\", registry = \"internal\" }\n\
         [workspace.metadata.quarry]\npins = \"exact\"\nvocabulary = [\"acme-types\"]\n",
    );
    member("domain", "[dependencies]\nacme-types.workspace = true\n");
    sandbox.write("api/domain/src/lib.rs", "");
    let jobs = "[dependencies]\nacme-jobs = { version = \"1\", registry = \"internal\" }\n";
    member(
        "server",
        &format!("{jobs}domain = {{ path = \"../domain\" }}\n"),
    );
    sandbox.write("api/server/src/main.rs", "fn main() {}\n");
    service.relock();
    let seen = service.check(&["--message-format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&seen.stdout).expect("JSON");
    let found = |package: &serde_json::Value| -> Vec<String> {
        let findings = package["findings"].as_array().expect("a list").iter();
        findings
            .map(|f| format!("{} {}", f["code"], f["places"][0]["file"]))
            .collect()
    };
    let (domain, server) = (&document["packages"][0], &document["packages"][1]);
    assert_eq!(domain["kind"], "service");
    let expected = [
        "\"vocabulary-twice\" \"Cargo.lock\"",
        "\"pin-style\" \"Cargo.toml\"",
    ];
    assert_eq!(found(domain), expected, "{document}");
    assert_eq!(
        found(server),
        ["\"pin-style\" \"server/Cargo.toml\""],
        "{document}"
    );
    // With a package named, what belongs to the workspace is told with it.
    let seen = service.check_in("api/server", &[]);
    assert_eq!(seen.codes.len(), 2, "{}", seen.all());
}
