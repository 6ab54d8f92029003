//! A module that uses other packages of its workspace.

use std::process::Output;

use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

/// `app` has the module `retry`, which uses `policy`, which uses `base`; neither was ever
/// published. `retry_body` is the module's text, `main_body` what uses it.
fn monolith(sandbox: &Sandbox, retry_body: &str, main_body: &str) {
    let package = |name: &str, dependencies: &str| {
        sandbox.write(
            &format!("mono/{name}/Cargo.toml"),
            &format!(
                "[package]\nname = \"{name}\"\nversion = \"0.2.0\"\nedition = \"2021\"\n\
                 license = \"MIT\"\npublish = false\n\n[dependencies]\n{dependencies}"
            ),
        );
    };
    sandbox.write(
        "mono/Cargo.toml",
        "[workspace]\nmembers = [\"app\", \"policy\", \"base\"]\nresolver = \"2\"\n\n\
         [workspace.dependencies]\npolicy = { path = \"policy\" }\n",
    );
    package("app", "policy.workspace = true\n");
    package("policy", "base = { path = \"../base\" }\n");
    package("base", "itoa = \"1\"\n");
    sandbox.write(
        "mono/base/src/lib.rs",
        "pub struct Limit(pub u32);\nimpl Limit {\n    pub fn text(&self) -> String { \
         itoa::Buffer::new().format(self.0).to_owned() }\n}\n",
    );
    sandbox.write(
        "mono/policy/src/lib.rs",
        "pub use base::Limit;\npub fn limit() -> Limit { Limit(3) }\n",
    );
    sandbox.write("mono/app/src/main.rs", &format!("mod retry;\n{main_body}"));
    sandbox.write("mono/app/src/retry.rs", retry_body);
    sandbox.write("mono/.gitignore", "target\n");
    sandbox.git(&["init", "--quiet", "--initial-branch=main"], "mono");
    sandbox.ok("cargo", &["generate-lockfile", "--quiet"], "mono");
    sandbox.git(&["add", "--all"], "mono");
    sandbox.git(&["commit", "--quiet", "-m", "Begin"], "mono");
}

/// No type of `policy` is in what it offers.
const APART: (&str, &str) = (
    "pub fn times() -> String { policy::limit().text() }\n\
     #[cfg(test)]\nmod tests {\n    #[test]\n    fn three() { assert_eq!(super::times(), \"3\"); }\n}\n",
    "fn main() { println!(\"{} {}\", retry::times(), policy::limit().text()); }\n",
);

/// It takes a `Limit`, which the monolith makes.
const CROSSING: (&str, &str) = (
    "pub fn times(limit: &policy::Limit) -> String { limit.text() }\n",
    "fn main() { println!(\"{}\", retry::times(&policy::limit())); }\n",
);

fn extract(registry: &TestRegistry<'_>, more: &[&str]) -> Output {
    let args = [
        "quarry",
        "extract",
        "crate::retry",
        "-p",
        "app",
        "--name",
        "acme-retry",
        "--into",
        "../acme-retry",
    ];
    let mut command = registry.command(QUARRY, "mono");
    command.args(args).args(more).output().expect("it starts")
}

fn succeeds(output: &Output) -> String {
    let (stdout, stderr) = texts(output);
    assert!(output.status.success(), "{stdout}{stderr}");
    stdout + &stderr
}

#[test]
fn without_a_registry_the_library_finds_them_by_path() {
    let sandbox = Sandbox::new();
    monolith(&sandbox, CROSSING.0, CROSSING.1);
    let args = [
        "quarry",
        "extract",
        "crate::retry",
        "-p",
        "app",
        "--name",
        "acme-retry",
        "--into",
        "../acme-retry",
    ];
    sandbox.quarry(&args, "mono");
    let manifest = sandbox.read("acme-retry/Cargo.toml");
    let entry = "policy = { version = \"0.2.0\", path = \"../mono/policy\" }\n";
    assert!(manifest.contains(entry), "{manifest}");
    sandbox.git(&["checkout", "--quiet", "quarry/acme-retry"], "mono");
    assert_eq!(sandbox.ok("cargo", &["run", "--quiet"], "mono"), "3\n");
    sandbox.ok("cargo", &["test", "--quiet"], "acme-retry");
}

#[test]
fn they_are_published_first_in_order() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    monolith(&sandbox, APART.0, APART.1);
    let refused = extract(&registry, &["--registry", "internal", "--execute"]);
    let (_, stderr) = texts(&refused);
    assert!(!refused.status.success());
    let needs = "the library needs base, policy, which `internal` does not have";
    assert!(stderr.contains(needs), "{stderr}");
    assert!(!sandbox.path("acme-retry").exists());

    let flags = ["--registry", "internal", "--with-siblings", "--execute"];
    let said = succeeds(&extract(&registry, &flags));
    assert!(said.contains("sibling-twice"), "{said}");
    for name in ["base-0.2.0", "policy-0.2.0", "acme-retry-0.1.0"] {
        let (krate, _) = name.rsplit_once('-').expect("a version");
        let stored = sandbox.path(&format!("registry/crates/{krate}/{name}.crate"));
        assert!(stored.is_file(), "{name}");
    }
    let manifest = sandbox.read("acme-retry/Cargo.toml");
    let entry = "policy = { version = \"0.2.0\", registry = \"internal\" }\n";
    assert!(manifest.contains(entry), "{manifest}");
    registry.cargo(&["test", "--quiet", "--locked"], "acme-retry");
    sandbox.git(&["checkout", "--quiet", "quarry/acme-retry"], "mono");
    let run = registry.cargo(&["run", "--quiet", "--locked"], "mono");
    assert_eq!(run.0, "3 3\n");
    assert!(sandbox.git(&["status", "--porcelain"], "mono").is_empty());
}

#[test]
fn where_their_types_cross_the_branch_has_one_version() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    monolith(&sandbox, CROSSING.0, CROSSING.1);
    // First without leave to publish: verified all the same.
    let said = succeeds(&extract(&registry, &["--registry", "internal"]));
    assert!(said.contains("sibling-types-cross"), "{said}");
    assert!(
        said.contains("held  publish base 0.2.0 to `internal`"),
        "{said}"
    );
    sandbox.git(&["checkout", "--quiet", "quarry/acme-retry"], "mono");
    let root = sandbox.read("mono/Cargo.toml");
    let entry = "policy = { version = \"0.2.0\", registry = \"internal\" }\n";
    assert!(root.contains(entry), "{root}");
    sandbox.git(&["checkout", "--quiet", "main"], "mono");

    // Then with it: it goes on where it was.
    let flags = ["--registry", "internal", "--with-siblings", "--execute"];
    succeeds(&extract(&registry, &flags));
    sandbox.git(&["checkout", "--quiet", "quarry/acme-retry"], "mono");
    let run = registry.cargo(&["run", "--quiet", "--locked", "-p", "app"], "mono");
    assert_eq!(run.0, "3\n");
    let tree = registry.cargo(&["tree", "--locked", "-p", "app"], "mono").0;
    assert!(!tree.contains("mono/policy"), "{tree}");
}
