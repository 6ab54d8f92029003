//! `deprecate`: the ledger, the changelog, the source, and what the registry's page shows of it.

use crate::library::{LIBRARY, Library};
use crate::registry_pages::page;
use crate::sandbox::Sandbox;

const SOURCE: &str = "\
//! Retries.

/// How often.
#[must_use]
pub fn times() -> u32 {
    helper()
}

fn helper() -> u32 {
    3
}

pub mod policy {
    /// When.
    pub struct Policy;

    impl Policy {
        /// A new one.
        pub fn new() -> Self {
            Self
        }
    }

    /// What.
    pub enum Kind {
        /// At once.
        Now,
    }
}
pub use policy::{Kind, Policy};
";

fn library(sandbox: &Sandbox) -> Library<'_> {
    let library = Library::new(sandbox);
    library.write("src/lib.rs", SOURCE);
    library.commit("Have something to deprecate");
    library
}

/// It is refused for this reason, and nothing is written.
fn refused(library: &Library<'_>, args: &[&str], code: &str) -> String {
    let before = library.state();
    let args = [&["deprecate", "--reason", "It is old"], args].concat();
    let (_, stderr) = library.ends(&args, 1);
    assert!(stderr.contains(&format!("[{code}]")), "{stderr}");
    assert_eq!(library.state(), before, "{stderr}");
    stderr
}

#[test]
fn a_version_is_deprecated_in_ledger_and_changelog() {
    let sandbox = Sandbox::new();
    let library = library(&sandbox);
    let stderr = refused(&library, &["0.1.0"], "unknown-version");
    assert!(
        stderr.contains("acme-retry has no version 0.1.0"),
        "{stderr}"
    );
    library.publish();
    let stderr = refused(&library, &["0.0.9"], "unknown-version");
    assert!(stderr.contains("help: there are 0.1.0"), "{stderr}");
    refused(&library, &["0.1.0", "--until", "2025-12-31"], "until-past");

    let (manifest, changelog) = (library.read("Cargo.toml"), library.read("CHANGELOG.md"));
    let args = ["deprecate", "0.1.0", "--reason", "It loses retries."];
    let more = ["--use-instead", "0.1.1", "--until", "2099-06-30"];
    let (_, stderr) = library.ends(&[&args[..], &more].concat(), 0);
    assert!(
        stderr.contains("Deprecated 0.1.0 of acme-retry"),
        "{stderr}"
    );
    let ledger = "\n[[package.metadata.quarry.deprecations]]\nversion = \"0.1.0\"\n\
                  reason = \"It loses retries\"\nuse-instead = \"0.1.1\"\nuntil = \"2099-06-30\"\n";
    assert_eq!(library.read("Cargo.toml"), manifest + ledger);
    let line = "\n### Deprecated\n\n- Version 0.1.0: It loses retries. Use 0.1.1 instead. \
                It is supported until 2099-06-30.\n";
    assert_eq!(library.read("CHANGELOG.md"), changelog + line);
    // A registry that is not reached matters only where there is no tag.
    refused(&library, &["0.1.0"], "deprecated-already");
    let (stdout, _) = library.ends(&["deprecate", "--list"], 0);
    assert_eq!(
        stdout,
        "acme-retry 0.1.0: It loses retries. Use 0.1.1 instead. It is supported until 2099-06-30.\n"
    );
    let (stdout, _) = library.ends(&["deprecate", "--list", "--message-format", "json"], 0);
    let document: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(
        document,
        serde_json::json!({"version": 1, "crates": [{"name": "acme-retry", "entries": [{
            "version": "0.1.0", "reason": "It loses retries", "use-instead": "0.1.1",
            "until": "2099-06-30",
        }]}]})
    );
    sandbox.git(&["tag", "v0.1.1"], LIBRARY);
    library.ends(&["deprecate", "0.1.1", "--reason", "It is old"], 0);
    // Cargo reads it, and packages it.
    let listed = library
        .registry
        .cargo(&["metadata", "--no-deps", "--format-version=1"], LIBRARY);
    assert!(listed.0.contains("\"deprecations\":[{"), "{}", listed.0);
}

#[test]
fn an_item_is_found_by_its_path_and_marked() {
    let sandbox = Sandbox::new();
    let library = library(&sandbox);
    let stderr = refused(&library, &["acme_retry::new"], "unknown-item");
    assert!(
        stderr.contains("help: there is `crate::policy::Policy::new`"),
        "{stderr}"
    );
    refused(&library, &["acme_retry::helper"], "private-item");
    let args = ["acme_retry::times", "--use-instead", "acme_retry::often"];
    let stderr = refused(&library, &args, "unknown-item");
    assert!(
        stderr.contains("there is no `acme_retry::often`"),
        "{stderr}"
    );

    let deprecate = |args: &[&str]| {
        let all = [&["deprecate", "--reason", "It is \"old\""], args].concat();
        library.ends(&all, 0).1
    };
    let stderr = deprecate(&["Kind::Now"]);
    assert!(
        stderr.contains("help: `--mark` would have written it"),
        "{stderr}"
    );
    assert_eq!(library.read("src/lib.rs"), SOURCE);
    deprecate(&["acme_retry::times", "--mark", "--since", "0.3.0"]);
    let instead = "acme_retry::policy::Policy";
    deprecate(&[
        "acme_retry::Policy::new",
        "--mark",
        "--use-instead",
        instead,
    ]);
    let marked = SOURCE
        .replace(
            "pub fn times",
            "#[deprecated(since = \"0.3.0\", note = \"It is \\\"old\\\"\")]\npub fn times",
        )
        .replace(
            "        pub fn new",
            "        #[deprecated(since = \"0.1.1\", note = \"It is \\\"old\\\"; use \
             acme_retry::policy::Policy instead\")]\n        pub fn new",
        );
    assert_eq!(library.read("src/lib.rs"), marked);
    let changelog = library.read("CHANGELOG.md");
    assert!(
        changelog.contains(
            "### Deprecated\n\n- `acme_retry::Kind::Now`: It is \"old\".\n\
             - `acme_retry::times`: It is \"old\".\n- `acme_retry::Policy::new`: It is \"old\". \
             Use acme_retry::policy::Policy instead.\n"
        ),
        "{changelog}"
    );
    library.write(
        "examples/user.rs",
        "fn main() {\n    println!(\"{}\", acme_retry::times());\n}\n",
    );
    let (_, stderr) = library
        .registry
        .cargo(&["check", "--example", "user"], LIBRARY);
    assert!(
        stderr.contains("use of deprecated function `acme_retry::times`: It is \"old\""),
        "{stderr}"
    );
    // What a run that was cut off has written already is not written twice.
    let manifest = library.read("Cargo.toml");
    let last = manifest.rfind("\n[[package").expect("an entry");
    library.write("Cargo.toml", &manifest[..last]);
    deprecate(&[
        "acme_retry::Policy::new",
        "--mark",
        "--use-instead",
        instead,
    ]);
    assert_eq!(library.read("Cargo.toml"), manifest);
    assert_eq!(library.read("CHANGELOG.md"), changelog);
    assert_eq!(library.read("src/lib.rs"), marked);
}

#[test]
fn the_page_of_a_crate_shows_what_is_deprecated() {
    let sandbox = Sandbox::new();
    let library = library(&sandbox);
    library.publish();
    let (_, html) = page(&library.registry, "/crates/acme-retry");
    assert!(!html.to_lowercase().contains("deprecated"), "{html}");
    let args = ["deprecate", "0.1.0", "--reason", "It <loses> retries"];
    library.ends(&[&args[..], &["--use-instead", "0.1.1"]].concat(), 0);
    let args = ["deprecate", "acme_retry::times", "--reason", "It is fixed"];
    library.ends(&[&args[..], &["--until", "2099-01-01"]].concat(), 0);
    let manifest = library.read("Cargo.toml");
    let next = manifest.replacen("version = \"0.1.0\"", "version = \"0.1.1\"", 1);
    library.write("Cargo.toml", &next);
    library.registry.cargo(&["update", "--workspace"], LIBRARY);
    library.commit("Deprecate");
    library.publish();
    let (_, html) = page(&library.registry, "/crates/acme-retry");
    for part in [
        "<li>Version 0.1.0: It &lt;loses&gt; retries. Use 0.1.1 instead.</li>",
        "<li><code>acme_retry::times</code>: It is fixed. It stays until 2099-01-01.</li>",
        "0.1.0</a> <span class=\"yanked\">deprecated</span>",
        "<a href=\"#deprecated\">Deprecated</a>",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
    assert!(!html.contains("<p class=\"note\"><span class=\"yanked\">Deprecated"));
    // The version itself says so, too, though it was published before.
    let (_, html) = page(&library.registry, "/crates/acme-retry/0.1.0");
    let note = "<p class=\"note\"><span class=\"yanked\">Deprecated</span>: \
                It &lt;loses&gt; retries. Use 0.1.1 instead.</p>";
    assert!(html.contains(note), "{html}");
}
