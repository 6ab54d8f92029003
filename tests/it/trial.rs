//! Trial builds with real cargo: what a suite came to, before and after.

use std::collections::BTreeSet;

use cargo_quarry::cargo::load_metadata;
use cargo_quarry::manifest::{Manifest, locked_package};
use cargo_quarry::model::{CrateName, Digest, ModulePath};
use cargo_quarry::trial::{
    Expected, ModuleMove, Subject, Suite, SuiteResult, TargetOutcome, Verify, assert_resolved,
    compare, run_suite,
};

use super::invocation::cargo;
use super::sandbox::Sandbox;

fn run(sandbox: &Sandbox, dir: &str, verify: Verify) -> SuiteResult {
    let suite = Suite {
        verify,
        packages: Vec::new(),
        features: Vec::new(),
    };
    run_suite(&cargo(sandbox, dir), &suite, &mut |_| {}).expect("a result")
}

fn write_manifest(sandbox: &Sandbox, dir: &str, name: &str, more: &str) {
    sandbox.write(
        &format!("{dir}/Cargo.toml"),
        &format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{more}"),
    );
}

/// A package with tests of all kinds, some of which fail.
fn shop(sandbox: &Sandbox) {
    write_manifest(
        sandbox,
        "shop",
        "shop",
        "[[test]]\nname = \"custom\"\nharness = false\n\
         [[test]]\nname = \"custom_fails\"\nharness = false\n",
    );
    sandbox.write(
        "shop/src/lib.rs",
        "//! ```\n//! shop::retry::f();\n//! ```\npub mod retry;\n\
         #[cfg(test)]\nmod tests {\n\
         #[test]\nfn passes() {\n\
         std::process::Command::new(env!(\"CARGO\")).arg(\"--version\").status().unwrap();\n\
         assert!(std::path::Path::new(\"Cargo.toml\").exists());\n}\n\
         #[test]\nfn fails() { println!(\"test tests::fake ... ok\"); panic!(\"as ever\") }\n\
         #[test]\n#[ignore = \"slow\"]\nfn ignored() {}\n}\n",
    );
    sandbox.write(
        "shop/src/retry.rs",
        "//! ```\n//! assert!(true);\n//! ```\n\
         /// ```\n/// shop::retry::f();\n/// ```\n/// ```should_panic\n/// panic!();\n/// ```\n\
         pub fn f() {}\n\
         #[cfg(test)]\nmod tests {\n#[test]\n#[should_panic]\nfn gives_up() { panic!() }\n}\n",
    );
    sandbox.write(
        "shop/src/bin/tool.rs",
        "fn main() {}\n#[test]\nfn tool() {}\n",
    );
    sandbox.write("shop/tests/custom.rs", "fn main() { println!(\"fine\") }\n");
    sandbox.write(
        "shop/tests/custom_fails.rs",
        "fn main() { std::process::exit(3) }\n",
    );
    sandbox.write(
        "shop/tests/dies.rs",
        "#[test]\nfn dies() { std::process::abort() }\n",
    );
}

/// The tests as lines.
fn tests(result: &SuiteResult) -> Vec<String> {
    let tests = result.tests.iter();
    tests
        .map(|(test, outcome)| format!("{test} = {outcome:?}"))
        .collect()
}

const SHOP: &[&str] = &[
    "shop (bin \"tool\"): tool = Passed",
    "shop (doc \"shop\"): #1 = Passed",
    "shop (doc \"shop\"): retry #1 = Passed",
    "shop (doc \"shop\"): retry::f #1 = Passed",
    "shop (doc \"shop\"): retry::f #2 = Passed",
    "shop (lib): retry::tests::gives_up = Passed",
    "shop (lib): tests::fails = Failed",
    "shop (lib): tests::ignored = Ignored",
    "shop (lib): tests::passes = Passed",
    "shop (test \"custom\") = Passed",
    "shop (test \"custom_fails\") = Failed",
    "shop (test \"dies\") = Failed",
];

#[test]
fn all_kinds_of_tests_are_read() {
    let sandbox = Sandbox::new();
    shop(&sandbox);
    let result = run(&sandbox, "shop", Verify::Test);
    assert_eq!(tests(&result), SHOP);
    assert_eq!(result.message, None);
    assert!(!result.succeeded());
    let targets: Vec<String> = result.targets.keys().map(ToString::to_string).collect();
    assert_eq!(
        targets,
        [
            "shop (bin \"tool\")",
            "shop (bin \"tool\" test)",
            "shop (lib)",
            "shop (lib test)",
            "shop (test \"custom\")",
            "shop (test \"custom_fails\")",
            "shop (test \"dies\")"
        ]
    );
}

#[test]
fn a_target_that_does_not_compile_hides_no_other() {
    let sandbox = Sandbox::new();
    shop(&sandbox);
    sandbox.write("shop/tests/broken.rs", "fn main() { shop::gone() }\n");
    let result = run(&sandbox, "shop", Verify::Test);
    assert_eq!(tests(&result), SHOP);
    let errors = result
        .errors
        .iter()
        .map(|(target, error)| format!("{target}: {}", error.message));
    assert_eq!(
        errors.collect::<Vec<_>>(),
        ["shop (test \"broken\"): cannot find function `gone` in crate `shop`"]
    );
}

#[test]
fn unit_tests_that_do_not_compile_hide_no_doc_tests() {
    let sandbox = Sandbox::new();
    shop(&sandbox);
    let library = sandbox.read("shop/src/lib.rs");
    let broken = format!("{library}\n#[cfg(test)]\nfn broken() {{ gone() }}\n");
    sandbox.write("shop/src/lib.rs", &broken);
    let result = run(&sandbox, "shop", Verify::Test);
    let left: Vec<&str> = SHOP
        .iter()
        .copied()
        .filter(|t| !t.contains("(lib)"))
        .collect();
    assert_eq!(tests(&result), left);
    let failed = result
        .targets
        .iter()
        .filter(|(_, o)| **o == TargetOutcome::Failed);
    let failed: Vec<String> = failed.map(|(target, _)| target.to_string()).collect();
    assert_eq!(failed, ["shop (lib test)"]);

    // What did compile is held to that, whatever else did not.
    sandbox.write(
        "shop/src/lib.rs",
        &format!("{broken}fn also() {{ gone() }}\n"),
    );
    let after = run(&sandbox, "shop", Verify::Check);
    let comparison = compare(&result, &after, &Clone::clone);
    let broken = comparison.broken.iter().map(ToString::to_string);
    assert!(
        broken
            .collect::<Vec<_>>()
            .contains(&"shop (lib)".to_owned()),
        "{comparison:#?}"
    );
}

#[test]
fn a_module_that_moved_breaks_nothing_but_what_it_breaks() {
    let sandbox = Sandbox::new();
    shop(&sandbox);
    let before = run(&sandbox, "shop", Verify::Test);

    let source = sandbox
        .read("shop/src/retry.rs")
        .replace("shop::retry", "acme_retry");
    write_manifest(&sandbox, "acme-retry", "acme-retry", "");
    sandbox.write("acme-retry/src/lib.rs", &source);
    std::fs::remove_file(sandbox.path("shop/src/retry.rs")).unwrap();
    let library = sandbox.read("shop/src/lib.rs");
    let shim = "pub use acme_retry as retry;";
    sandbox.write("shop/src/lib.rs", &library.replace("pub mod retry;", shim));
    let manifest = sandbox.read("shop/Cargo.toml");
    let dependency = "[dependencies]\nacme-retry.path = \"../acme-retry\"\n";
    sandbox.write("shop/Cargo.toml", &format!("{manifest}{dependency}"));
    let after = || {
        let shop = run(&sandbox, "shop", Verify::Test);
        shop.with(run(&sandbox, "acme-retry", Verify::Test))
    };
    let moved = ModuleMove {
        package: "shop".to_owned(),
        library: "acme-retry".to_owned(),
        targets: Vec::new(),
        modules: vec![(ModulePath::parse("retry"), ModulePath::root())],
    };
    let comparison = compare(&before, &after(), &|test| moved.place(test));
    assert!(comparison.is_clean(), "{comparison:#?}");
    assert_eq!(comparison.moved.len(), 4);
    assert_eq!(comparison.passed, 8);
    let names = |set: &BTreeSet<Subject>| set.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        names(&comparison.broken_already),
        [
            "shop (lib): tests::fails",
            "shop (test \"custom_fails\")",
            "shop (test \"dies\")"
        ]
    );

    // And what does break, is named: a test gone, another failing, the library not compiling.
    let source = sandbox.read("acme-retry/src/lib.rs");
    sandbox.write(
        "acme-retry/src/lib.rs",
        &source.replace("gives_up", "gave_up"),
    );
    sandbox.write(
        "shop/tests/custom.rs",
        "fn main() { std::process::exit(1) }\n",
    );
    let comparison = compare(&before, &after(), &|test| moved.place(test));
    assert_eq!(
        names(&comparison.lost),
        ["shop (lib): retry::tests::gives_up"]
    );
    assert_eq!(names(&comparison.broken), ["shop (test \"custom\")"]);

    sandbox.write("acme-retry/src/lib.rs", &source.replace("pub fn f", "fn f"));
    let comparison = compare(&before, &after(), &|test| moved.place(test));
    assert!(
        names(&comparison.broken).contains(&"acme-retry (doc \"acme_retry\"): f #1".to_owned()),
        "{comparison:#?}"
    );
}

#[test]
fn a_command_of_the_users_counts_as_one() {
    let sandbox = Sandbox::new();
    write_manifest(&sandbox, "a", "a", "");
    sandbox.write("a/src/lib.rs", "");
    sandbox.write("a/wanted", "");
    let line = "echo looking >&2; test -f wanted";
    let command = Verify::Command(line.to_owned());
    let fine = run(&sandbox, "a", command.clone());
    assert!(fine.succeeded());
    assert_eq!(fine.message, None);

    std::fs::remove_file(sandbox.path("a/wanted")).unwrap();
    let fails = run(&sandbox, "a", command);
    assert!(!fails.succeeded());
    assert_eq!(fails.message.as_deref(), Some("looking"));
    let comparison = compare(&fine, &fails, &Clone::clone);
    let broken = BTreeSet::from([Subject::Command(line.to_owned())]);
    assert_eq!(comparison.broken, broken);
    let comparison = compare(&fails, &fine, &Clone::clone);
    assert_eq!(comparison.fixed, broken);
}

#[test]
fn what_was_built_is_asserted() {
    let sandbox = Sandbox::new();
    write_manifest(&sandbox, "a", "a", "[dependencies]\nitoa = \"1\"\n");
    sandbox.write("a/src/lib.rs", "");
    let metadata = load_metadata(&cargo(&sandbox, "a"), None, &[]).unwrap();
    let lockfile = Manifest::parse("Cargo.lock".into(), sandbox.read("a/Cargo.lock")).unwrap();
    let itoa = metadata.packages.iter().find(|p| p.name == "itoa").unwrap();
    let locked = locked_package(&lockfile, "itoa", &itoa.version.to_string()).unwrap();
    let says = |name: &str, version: &str, index: &str, checksum: &str| {
        let expected = Expected {
            name: &CrateName::new(name).unwrap(),
            version: &version.parse().unwrap(),
            index,
            checksum: &serde_json::from_value::<Digest>(checksum.into()).unwrap(),
        };
        match assert_resolved(&metadata, &lockfile, expected) {
            Ok(()) => "as expected".to_owned(),
            Err(error) => error.to_string(),
        }
    };
    let version = itoa.version.to_string();
    let index = "https://github.com/rust-lang/crates.io-index";
    let checksum = locked.checksum.unwrap();
    assert_eq!(says("itoa", &version, index, &checksum), "as expected");
    assert_eq!(
        says("itoa", "9.0.0", index, &checksum),
        format!("`itoa` 9.0.0 is not part of the build, but {version}")
    );
    assert_eq!(
        says("itoa", &version, "sparse+http://x/", &checksum),
        format!("`itoa` {version} was built from `registry+{index}`, not from `sparse+http://x/`")
    );
    assert!(says("itoa", &version, index, "0").contains("is locked with the checksum"));
    assert_eq!(
        says("ryu", "1.0.0", index, "0"),
        "`ryu` 1.0.0 is not part of the build"
    );
}
