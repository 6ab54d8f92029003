//! An upgrade tried in a copy of a service, and what it pulls along: real cargo, a real registry.

use std::fmt::Write as _;

use cargo_quarry::card::{
    self, CompilerError, NoUpgrade, Part, Pulled, Trial, TrialRequest, TwoMajors, TypesRequest,
    name_repositories, name_types, pulled, try_after, try_before, try_upgrade,
};
use cargo_quarry::cargo::{Invocation, load_metadata};
use cargo_quarry::manifest::{Manifest, locked_package};
use cargo_quarry::model::{Bump, Change, CrateName, Digest};
use cargo_quarry::service::{Copy, relock};
use cargo_quarry::trial::Verify;
use semver::Version;

use super::invocation::{cargo, utf8};
use super::registry::{library, publish_unverified};
use super::registry_server::{TestRegistry, texts};
use super::sandbox::{QUARRY, Sandbox};

fn publish(registry: &TestRegistry<'_>, name: &str, version: &str, rest: &str, code: &str) {
    library(registry.sandbox, name, version, rest, code);
    publish_unverified(registry, name);
}

/// The library's cargo with what cargo needs to read the registry.
fn environment(registry: &TestRegistry<'_>) -> Invocation {
    let command = registry.command("cargo", "");
    let set = command.get_envs().filter_map(|(name, value)| {
        let text = |text: &std::ffi::OsStr| text.to_str().expect("UTF-8").to_owned();
        Some((text(name), text(value?)))
    });
    Invocation {
        env: set.collect(),
        ..cargo(registry.sandbox, "")
    }
}

/// What is tried, but for what is found of the API.
struct Upgrade {
    name: CrateName,
    from: Version,
    to: Version,
    index: String,
    checksum: Digest,
    cargo: Invocation,
    verify: Verify,
    changes: Vec<Change>,
}

impl Upgrade {
    fn new(registry: &TestRegistry<'_>, name: &str, from: &str, to: &str) -> Self {
        let entries = registry.versions(name);
        let entry = entries.iter().find(|entry| entry.vers.to_string() == to);
        Self {
            name: CrateName::new(name).expect("a name"),
            from: from.parse().expect("a version"),
            to: to.parse().expect("a version"),
            index: registry.index_url.clone(),
            checksum: entry.expect("it is published").cksum.clone(),
            cargo: environment(registry),
            verify: Verify::Check,
            changes: Vec::new(),
        }
    }

    fn request(&self) -> TrialRequest<'_> {
        TrialRequest {
            name: &self.name,
            version: &self.to,
            index: &self.index,
            checksum: &self.checksum,
            verify: &self.verify,
            cargo: &self.cargo,
            changes: &self.changes,
            touches: &[],
        }
    }

    /// Lets the manifest `of` ask for the new version, and locks it.
    fn make(&self, copy: &Copy, of: &str) -> Result<(), NoUpgrade> {
        let path = copy.root().join(of);
        let manifest = std::fs::read_to_string(&path)?;
        let line = |version: &Version| format!("{} = {{ version = \"{version}\"", self.name);
        let (old, new) = (line(&self.from), line(&self.to));
        assert!(manifest.contains(&old), "{manifest}");
        std::fs::write(&path, manifest.replace(&old, &new))?;
        let cargo = copy.cargo_like(&self.cargo);
        Ok(relock(&cargo, self.name.as_str(), &self.from, &self.to)?)
    }
}

fn change(item: &str) -> Change {
    Change {
        bump: Bump::Major,
        code: "item-removed".to_owned(),
        item: item.to_owned(),
        message: String::new(),
        before: None,
        after: None,
    }
}

fn show(trial: &Trial) -> String {
    let mut text = format!(
        "{}: {} built, {} passed\n",
        trial.tried, trial.built, trial.passed
    );
    for it in &trial.broken {
        let kind = if it.test { "test" } else { "target" };
        let _ = writeln!(text, "broken {kind} {}", it.what);
    }
    for (what, list) in [
        ("already", &trial.broken_already),
        ("fixed", &trial.fixed),
        ("not tried", &trial.not_tried),
    ] {
        for it in list {
            let _ = writeln!(text, "{what} {it}");
        }
    }
    for (what, list) in [("error", &trial.errors), ("deprecated", &trial.deprecated)] {
        for it in list {
            let place = it.place.as_ref().map(ToString::to_string);
            let (code, place) = (it.code.as_deref(), place.as_deref());
            let (code, place) = (code.unwrap_or("-"), place.unwrap_or("-"));
            let (target, message) = (&it.target, &it.message);
            let _ = writeln!(
                text,
                "{what} {code} {target} {place}: {message} {:?}",
                it.change
            );
        }
    }
    text
}

/// Nothing of the copy or of cargo's home is shown.
fn assert_no_paths(errors: &[CompilerError], sandbox: &Sandbox) {
    let top = sandbox.path("");
    for error in errors {
        let rendered = &error.rendered;
        assert!(
            !rendered.contains(top.to_str().expect("UTF-8")),
            "{rendered}"
        );
        assert!(!rendered.contains("/registry/src/"), "{rendered}");
        assert!(!rendered.contains(".quarry-"), "{rendered}");
    }
}

const DEPENDENCIES: &str = "[dependencies]\n\
    acme-retry = { version = \"1.0.0\", registry = \"internal\" }\n\
    acme-http = { version = \"1.0.0\", registry = \"internal\" }\n";

/// A registry with `acme-retry` 1 and 2 and `acme-http`, which shows a type of `acme-retry` 1.
fn publish_retry(registry: &TestRegistry<'_>) {
    let first = "pub struct Policy;\n\npub fn times() -> u32 { 3 }\npub fn gone() {}\n\
                 pub fn old_way() {}\n";
    publish(registry, "acme-retry", "1.0.0", "", first);
    let second = "pub struct Policy;\n\npub fn times() -> u32 { 4 }\n\
                  #[deprecated(note = \"use times\")]\npub fn old_way() {}\n";
    publish(registry, "acme-retry", "2.0.0", "", second);
    publish(registry, "acme-retry", "2.1.0", "", second);
    let retry = "repository = \"https://git.example/acme-http\"\n[dependencies]\n\
                 acme-retry = { version = \"1.0.0\", registry = \"internal\" }\n";
    let http = "pub fn get(_: acme_retry::Policy) {}\nfn own(_: acme_retry::Policy) {}\n";
    publish(registry, "acme-http", "1.0.0", retry, http);
}

fn write_service(registry: &TestRegistry<'_>) {
    let sandbox = registry.sandbox;
    let manifest = "[package]\nname = \"svc\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                    [features]\nextra = []\n\
                    [[bin]]\nname = \"tool\"\nrequired-features = [\"extra\"]\n";
    sandbox.write("svc/Cargo.toml", &format!("{manifest}{DEPENDENCIES}"));
    sandbox.write("svc/src/bin/tool.rs", "fn main() {}\n");
    sandbox.write(
        "svc/src/lib.rs",
        "pub fn run() {\n    acme_retry::old_way();\n}\n\
         #[cfg(test)]\nmod tests {\n\
         #[test]\nfn three_times() { assert_eq!(acme_retry::times(), 3) }\n\
         #[test]\nfn fails_as_ever() { panic!() }\n\
         #[test]\nfn passes() { super::run() }\n\
         #[test]\n#[ignore]\nfn slow() {}\n}\n",
    );
    sandbox.write(
        "svc/tests/policy.rs",
        "#[test]\nfn policy() {\n    acme_retry::gone();\n}\n",
    );
    sandbox.git(&["init", "-q", "-b", "main"], "svc");
    registry.cargo(&["generate-lockfile"], "svc");
}

#[test]
fn an_upgrade_answers_for_what_it_breaks() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    publish_retry(&registry);
    write_service(&registry);
    let upgrade = Upgrade {
        verify: Verify::Test,
        changes: vec![change("acme_retry::gone"), change("acme_retry::old_way")],
        ..Upgrade::new(&registry, "acme-retry", "1.0.0", "2.0.0")
    };
    let top = utf8(&sandbox, "svc");
    let copy = Copy::of_worktree(&top, &top).expect("a copy");
    let before = Manifest::load(&copy.root().join("Cargo.lock")).expect("a lockfile");
    let trial = card::trial(
        &upgrade.request(),
        &copy,
        &mut |copy| upgrade.make(copy, "Cargo.toml"),
        &mut |_| {},
    );
    let trial = trial.expect("it runs");
    let trial = trial.known().unwrap_or_else(|| panic!("{trial:?}"));
    assert_eq!(
        show(trial),
        "check and tests: 1 built, 1 passed\n\
         broken target svc (test \"policy\")\n\
         broken test svc (lib): tests::three_times\n\
         already svc (lib): tests::fails_as_ever\n\
         not tried tests that are ignored: `svc (lib): tests::slow`\n\
         not tried features of svc that are off: `extra`\n\
         not tried svc (bin \"tool\"): it needs the feature `extra`\n\
         error E0425 svc (test \"policy\") tests/policy.rs:3:17: \
         cannot find function `gone` in crate `acme_retry` Some(0)\n\
         deprecated deprecated svc (lib) src/lib.rs:2:17: \
         use of deprecated function `acme_retry::old_way`: use times Some(1)\n"
    );
    assert_no_paths(&trial.errors, &sandbox);
    assert_no_paths(&trial.deprecated, &sandbox);
    let used = copy.disk_used();
    assert!(used.copy > 0 && used.copy < 1 << 20, "{used:?}");
    assert!(used.target > used.copy, "{used:?}");

    // The latest that fits is 2.1.0: what was asked for is locked.
    let after = Manifest::load(&copy.root().join("Cargo.lock")).expect("a lockfile");
    assert!(locked_package(&after, "acme-retry", "2.0.0").is_some());
    let mut pulled = pulled(&before, &after, "acme-retry", &[&upgrade.index]);
    let metadata = load_metadata(&copy.cargo_like(&upgrade.cargo), None, &[]).expect("cargo");
    name_repositories(&mut pulled, &metadata);
    assert_eq!((pulled.moved.len(), pulled.duplicates.len()), (0, 0));
    let majors = &pulled.two_majors[0];
    let users = majors
        .versions
        .iter()
        .map(|it| format!("{}: {:?}", it.version, it.users));
    assert_eq!(
        users.collect::<Vec<_>>(),
        ["1.0.0: [\"acme-http 1.0.0\"]", "2.0.0: [\"svc 0.1.0\"]"]
    );
    assert_eq!(
        majors.first,
        ["acme-http 1.0.0 (https://git.example/acme-http)"]
    );
    let place = copy.top().to_owned();
    drop(copy);
    assert!(!place.exists());

    let this = std::env::current_exe().expect("this program");
    let mut child = registry.command(this.to_str().expect("UTF-8"), "svc");
    let child = child
        .args(["--exact", "card_trial::names_types", "--nocapture"])
        .env(TYPES_OF, &top);
    let (stdout, stderr) = texts(&child.output().expect("it starts"));
    let types: Vec<&str> = stdout
        .lines()
        .filter(|line| line.starts_with("type: "))
        .collect();
    let expected = "type: `acme_retry::Policy` in `acme_http::get`";
    assert_eq!(types, [expected], "{stdout}{stderr}");
}

const TYPES_OF: &str = "QUARRY_TEST_TYPES_OF";

/// No test of its own: a part of [`an_upgrade_answers_for_what_it_breaks`] that has the sandbox's
/// environment.
#[test]
fn names_types() {
    let Ok(top) = std::env::var(TYPES_OF) else {
        return;
    };
    let copy = Copy::of_worktree(top.as_str().into(), top.as_str().into()).expect("a copy");
    let metadata = load_metadata(&copy.cargo(), None, &[]).expect("cargo");
    let lockfile = std::fs::read_to_string(copy.root().join("Cargo.lock")).expect("a lockfile");
    let mut pulled = Pulled {
        two_majors: vec![TwoMajors {
            krate: "acme-retry".to_owned(),
            versions: Vec::new(),
            types: Vec::new(),
            first: vec!["acme-http 1.0.0".to_owned()],
        }],
        ..Pulled::default()
    };
    let types = TypesRequest {
        copy: &copy,
        metadata: &metadata,
        lockfile: &lockfile,
        offline: false,
        wrapper: Some(QUARRY.into()),
    };
    name_types(&mut pulled, &types, &mut |_| {});
    for it in &pulled.two_majors[0].types {
        println!("\ntype: {it}");
    }
}

/// Four packages: three use a crate each, and one does not build.
fn write_host(registry: &TestRegistry<'_>) {
    let sandbox = registry.sandbox;
    sandbox.write(
        "host/Cargo.toml",
        "[workspace]\nmembers = [\"a\", \"b\", \"c\", \"d\"]\nresolver = \"2\"\n",
    );
    for (member, dependency) in [("a", "acme-sys"), ("b", "acme-bad"), ("c", "acme-new")] {
        let manifest = format!(
            "[package]\nname = \"{member}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
             [dependencies]\n{dependency} = {{ version = \"1.0.0\", registry = \"internal\" }}\n"
        );
        sandbox.write(&format!("host/{member}/Cargo.toml"), &manifest);
        sandbox.write(&format!("host/{member}/src/lib.rs"), "");
    }
    sandbox.write(
        "host/d/Cargo.toml",
        "[package]\nname = \"d\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    sandbox.write("host/d/src/lib.rs", "pub fn d() { gone() }\n");
    sandbox.write("host/d/src/main.rs", "fn main() { d::d() }\n");
    sandbox.git(&["init", "-q", "-b", "main"], "host");
    registry.cargo(&["generate-lockfile"], "host");
}

#[test]
fn libraries_that_do_not_build_here_are_named() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    for name in ["acme-sys", "acme-bad", "acme-new"] {
        publish(&registry, name, "1.0.0", "", "");
    }
    write_host(&registry);
    sandbox.write(
        "acme-sys/build.rs",
        "fn main() { panic!(\"The system library `foo` required by crate `acme-sys` was not found.\") }",
    );
    publish(&registry, "acme-sys", "1.0.1", "", "");
    publish(
        &registry,
        "acme-bad",
        "1.0.1",
        "",
        "compile_error!(\"needs a nightly\");",
    );
    publish(
        &registry,
        "acme-new",
        "1.0.1",
        "rust-version = \"1.9999\"",
        "",
    );
    let of = |name: &str| Upgrade::new(&registry, name, "1.0.0", "1.0.1");
    let (sys, bad, new) = (of("acme-sys"), of("acme-bad"), of("acme-new"));
    let top = utf8(&sandbox, "host");

    let copy = Copy::of_worktree(&top, &top).expect("a copy");
    let before = try_before(&copy, &Verify::Check, &sys.cargo, &mut |_| {}).expect("it runs");
    let mut both = |copy: &Copy| {
        sys.make(copy, "a/Cargo.toml")?;
        bad.make(copy, "b/Cargo.toml")
    };
    let trial = try_upgrade(&sys.request(), &before, &copy, &mut both, &mut |_| {});
    let trial = trial.expect("it runs");
    let unchanged = "already d (bin \"d\")\nalready d (lib)\n";
    let untested = "not tried tests: they were compiled, not run\nnot tried doc tests\n";
    assert_eq!(
        show(trial.known().expect("a trial")),
        format!(
            "check: 1 built, 0 passed\nbroken target a (lib)\nbroken target b (lib)\n{unchanged}\
             not tried what needs `acme-bad`, which does not build here: error: needs a nightly\n\
             not tried what needs `acme-sys 1.0.1`, which does not build here: \
             its build script needs `foo` of the system\n{untested}"
        )
    );
    drop(copy);

    let copy = Copy::of_worktree(&top, &top).expect("a copy");
    let mut alone = |copy: &Copy| new.make(copy, "c/Cargo.toml");
    let trial = try_upgrade(&new.request(), &before, &copy, &mut alone, &mut |_| {});
    let trial = trial.expect("it runs");
    assert_eq!(
        show(trial.known().expect("a trial")),
        format!(
            "check: 0 built, 0 passed\nbroken target a (lib)\nbroken target b (lib)\n\
             broken target c (lib)\n{unchanged}\
             not tried what needs `acme-new 1.0.1`, which does not build here: \
             it requires rustc 1.9999\n{untested}"
        )
    );

    // Nothing else is taken for the new version, and what cannot be made is no error.
    let trial = try_after(&sys.request(), &before, &copy, &mut |_| {}).expect("it runs");
    let Part::Unknown(why) = trial else {
        panic!("{trial:?}");
    };
    assert_eq!(why, "`acme-sys` 1.0.1 is not part of the build, but 1.0.0");
    let mut refuses = |_: &Copy| Err("no such version".into());
    let trial = try_upgrade(&sys.request(), &before, &copy, &mut refuses, &mut |_| {});
    let trial = trial.expect("it runs");
    assert_eq!(
        trial,
        Part::Unknown("the upgrade cannot be made: no such version".to_owned())
    );
}
