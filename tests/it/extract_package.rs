//! A whole package of a workspace goes to its own repository.

use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

/// A workspace of three: `app` uses `retry` and `core`, `retry` uses `core` for its tests only.
/// The package's folder was renamed once, and it inherits what can be inherited.
fn monolith(sandbox: &Sandbox) {
    sandbox.write(
        "mono/Cargo.toml",
        "[workspace]\nmembers = [\"app\", \"libs/*\"] # all\nresolver = \"2\"\n\n\
         [workspace.package]\nversion = \"0.3.0\"\nedition = \"2021\"\nlicense = \"MIT\"\n\n\
         [workspace.dependencies]\nretry = { path = \"libs/retry\", default-features = false }\n\n\
         [workspace.lints.rust]\nunsafe_code = \"forbid\"\n",
    );
    sandbox.write(
        "mono/app/Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n\
         retry = { workspace = true, features = [\"log\"] } # ours\n",
    );
    sandbox.write(
        "mono/app/src/main.rs",
        "fn main() { println!(\"{}\", retry::times(2)); }\n\
         #[test]\nfn twice() { assert_eq!(retry::times(2), 4); }\n",
    );
    sandbox.write(
        "mono/util/Cargo.toml",
        "[package]\nname = \"retry\"\nversion.workspace = true\nedition.workspace = true\n\
         license.workspace = true\n\n[features]\nlog = []\n\n[dependencies]\nitoa = \"1\"\n\n\
         [lints]\nworkspace = true\n",
    );
    sandbox.write(
        "mono/util/src/lib.rs",
        "//! ```\n//! assert_eq!(retry::times(1), 2);\n//! ```\n\
         pub fn times(n: u32) -> u32 { itoa::Buffer::new().format(n).parse::<u32>().unwrap() * 2 }\n\
         #[cfg(test)]\nmod tests {\n    #[test]\n    fn doubles() { assert_eq!(super::times(3), 6); }\n}\n",
    );
    sandbox.write(
        "mono/util/tests/whole.rs",
        "#[test]\nfn whole() { assert_eq!(retry::times(5), 10); }\n",
    );
    sandbox.write("mono/.gitignore", "target\n");
    sandbox.git(&["init", "--quiet", "--initial-branch=main"], "mono");
    sandbox.git(&["add", "--all"], "mono");
    sandbox.git(&["commit", "--quiet", "-m", "Begin"], "mono");
    std::fs::create_dir(sandbox.path("mono/libs")).expect("a folder");
    sandbox.git(&["mv", "util", "libs/retry"], "mono");
    sandbox.ok("cargo", &["generate-lockfile", "--quiet"], "mono");
    sandbox.git(&["add", "--all"], "mono");
    sandbox.git(&["commit", "--quiet", "-m", "Move the package"], "mono");
}

#[test]
fn a_package_is_published_under_another_name_and_its_users_pin_it() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    monolith(&sandbox);
    let args = [
        "quarry",
        "extract",
        "-p",
        "retry",
        "--name",
        "acme-retry",
        "--into",
        "../acme-retry",
        "--registry",
        "internal",
        "--execute",
    ];
    let output = registry.command(QUARRY, "mono").args(args).output();
    let output = output.expect("it starts");
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(
        stdout.contains("4 tests passed before and after"),
        "{stdout}"
    );

    // The library keeps its name in code, its version, its history before the move.
    let manifest = sandbox.read("acme-retry/Cargo.toml");
    for line in [
        "name = \"acme-retry\"\nversion = \"0.3.0\"\nedition = \"2021\"\nlicense = \"MIT\"\n",
        "publish = [\"internal\"]\n",
        "[lib]\nname = \"retry\"\n",
        "[lints.rust]\nunsafe_code = \"forbid\"\n",
    ] {
        assert!(manifest.contains(line), "{line} in {manifest}");
    }
    let log = sandbox.git(&["log", "--format=%s"], "acme-retry");
    assert!(log.ends_with("Begin\n"), "{log}");
    sandbox.git(&["fsck", "--strict"], "acme-retry");
    assert_eq!(sandbox.git(&["tag"], "acme-retry"), "v0.3.0\n");

    // Its users take it from the registry; the list of members has nothing left to match.
    sandbox.git(&["checkout", "--quiet", "quarry/acme-retry"], "mono");
    assert!(!sandbox.path("mono/libs").exists());
    let root = sandbox.read("mono/Cargo.toml");
    assert!(root.contains("members = [\"app\"] # all\n"), "{root}");
    let entry = "retry = { version = \"0.3.0\", registry = \"internal\", \
                 package = \"acme-retry\", default-features = false }\n";
    assert!(root.contains(entry), "{root}");
    let app = sandbox.read("mono/app/Cargo.toml");
    assert!(app.contains("retry = { workspace = true, features = [\"log\"] } # ours\n"));
    let run = registry.cargo(&["run", "--quiet", "--locked"], "mono");
    assert_eq!(run.0, "4\n");
}

#[test]
fn without_a_registry_its_users_find_it_by_path() {
    let sandbox = Sandbox::new();
    monolith(&sandbox);
    let args = [
        "quarry", "extract", "-p", "retry", "--name", "retry", "--into", "../retry",
    ];
    sandbox.quarry(&args, "mono");
    sandbox.git(&["checkout", "--quiet", "quarry/retry"], "mono");
    let root = sandbox.read("mono/Cargo.toml");
    let entry = "retry = { path = \"../retry\", default-features = false }\n";
    assert!(root.contains(entry), "{root}");
    assert_eq!(sandbox.ok("cargo", &["run", "--quiet"], "mono"), "4\n");
    sandbox.ok("cargo", &["test", "--quiet"], "retry");
}

#[test]
fn the_root_of_a_workspace_stays() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "mono/Cargo.toml",
        "[package]\nname = \"mono\"\nversion = \"0.1.0\"\n",
    );
    sandbox.write("mono/src/lib.rs", "");
    sandbox.git(&["init", "--quiet", "--initial-branch=main"], "mono");
    sandbox.git(&["add", "--all"], "mono");
    sandbox.git(&["commit", "--quiet", "-m", "Begin"], "mono");
    let args = [
        "quarry", "extract", "-p", "mono", "--name", "acme", "--into", "../acme",
    ];
    let stderr = sandbox.quarry_fails(&args, "mono", 101);
    assert!(
        stderr.contains("`mono` is the root of its workspace"),
        "{stderr}"
    );
    assert!(!sandbox.path("acme").exists());
}
