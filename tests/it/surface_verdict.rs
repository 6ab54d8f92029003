//! Verdicts end to end: real cargo and rustdoc, cargo-semver-checks where it is installed.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::model::{Bump, Change, CrateName, Digest};
use cargo_quarry::registry::PackageName;
use cargo_quarry::surface::baseline::{from_registry, from_tag};
use cargo_quarry::surface::{
    Baseline, Cache, Features, Progress, Subject, SurfaceError, Tools, Verdict, verdict,
};
use semver::Version;

use crate::registry_server::TestRegistry;
use crate::sandbox::{QUARRY, Sandbox};

/// No such program.
const NOWHERE: &str = "/nowhere/cargo-semver-checks";

fn utf8(sandbox: &Sandbox, name: &str) -> Utf8PathBuf {
    Utf8PathBuf::from_path_buf(sandbox.path(name)).expect("UTF-8")
}

/// A package `acme` in the folder `dir`, with more lines for its manifest.
fn package(sandbox: &Sandbox, dir: &str, version: &str, more: &str, lib: &str) {
    let manifest = format!(
        "[package]\nname = \"acme\"\nversion = \"{version}\"\nedition = \"2024\"\n{more}\n"
    );
    sandbox.write(&format!("{dir}/Cargo.toml"), &manifest);
    sandbox.write(&format!("{dir}/src/lib.rs"), lib);
}

fn subject(sandbox: &Sandbox, dir: &str) -> Subject {
    Subject {
        dir: utf8(sandbox, dir),
        package: CrateName::new("acme").expect("a name"),
        target_dir: utf8(sandbox, "target"),
        features: Features::Stable,
        wrapper: Some(QUARRY.into()),
    }
}

fn version(text: &str) -> Version {
    text.parse().expect("a version")
}

fn old(sandbox: &Sandbox) -> Baseline {
    Baseline::from_folder(utf8(sandbox, "old"), version("1.0.0"))
}

/// Without cargo-semver-checks.
fn bare() -> Tools {
    Tools {
        semver_checks: Some(NOWHERE.into()),
        ..Tools::default()
    }
}

/// `new` compared with `old`.
fn compare(sandbox: &Sandbox, tools: &Tools) -> Verdict {
    let subject = subject(sandbox, "new");
    verdict(&subject, &old(sandbox), tools, &mut |_| {}).expect("a verdict")
}

/// The changes with this code, as `ITEM at PLACE was PLACE`.
fn with_code(verdict: &Verdict, code: &str) -> Vec<String> {
    let changes = verdict.changes.iter().filter(|c| c.code == code);
    changes.map(shown).collect()
}

fn shown(change: &Change) -> String {
    let place = |place: &Option<cargo_quarry::model::Place>| {
        place.as_ref().map_or_else(
            || "nowhere".to_owned(),
            |place| format!("{}:{}", place.file, place.line),
        )
    };
    format!(
        "{} at {} was {}",
        change.item,
        place(&change.after),
        place(&change.before)
    )
}

/// Two majors of a dependency `acme-unit`, and what shows its types as its own.
fn dependencies(sandbox: &Sandbox) {
    for major in [1, 2] {
        unit(sandbox, "acme-unit", major);
        let dir = format!("facade.{major}");
        sandbox.write(
            &format!("{dir}/Cargo.toml"),
            &format!(
                "[package]\nname = \"acme-facade\"\nversion = \"1.{major}.0\"\nedition = \"2024\"\n\
                 [dependencies]\nacme-unit = {{ path = \"../acme-unit.{major}\", version = \"{major}\" }}\n"
            ),
        );
        sandbox.write(&format!("{dir}/src/lib.rs"), "pub use acme_unit::Unit;\n");
    }
}

/// The code in `tests/cases/leaks.txt`, each with the item that shows the dependency, if one does.
fn leak_cases() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("../cases/leaks.txt").lines();
    let cases = lines.filter(|line| !line.starts_with('#'));
    let case = |line: &'static str| line.split_once(" | ").expect("ITEM | CODE");
    let cases: Vec<_> = cases.map(case).collect();
    assert!(cases.len() > 20);
    cases
}

/// A package with a module for each piece of code, on line N of which only `unit_N` is used, and
/// its old form, on the major version before of each dependency.
fn with_units(sandbox: &Sandbox) {
    let code: Vec<String> = (1..)
        .zip(leak_cases())
        .map(|(n, (_, code))| {
            let code = code.replace("unit::", &format!("unit_{n}::"));
            let code = code.replace("use unit ", &format!("use unit_{n} "));
            let code = code.replace("unit;", &format!("unit_{n};"));
            format!("pub mod m{n} {{ {code} }}\n")
        })
        .collect();
    for (dir, major) in [("old", 1), ("new", 2)] {
        let dependencies = (1..=code.len()).map(|n| {
            unit(sandbox, &format!("unit-{n}"), major);
            format!("unit-{n} = {{ path = \"../unit-{n}.{major}\", version = \"{major}\" }}\n")
        });
        let dependencies = format!("[dependencies]\n{}", dependencies.collect::<String>());
        let version = format!("1.0.{major}");
        package(sandbox, dir, &version, &dependencies, &code.concat());
    }
}

/// A dependency, in the folder `NAME.MAJOR`.
fn unit(sandbox: &Sandbox, name: &str, major: u32) {
    let dir = format!("{name}.{major}");
    let manifest =
        format!("[package]\nname = \"{name}\"\nversion = \"{major}.0.0\"\nedition = \"2024\"\n");
    sandbox.write(&format!("{dir}/Cargo.toml"), &manifest);
    sandbox.write(
        &format!("{dir}/src/lib.rs"),
        "pub struct Unit;\npub trait Measure {\n    type Of;\n}\npub mod deep {\n    pub struct Deep;\n}\n",
    );
}

#[test]
fn a_dependency_that_shows_and_moves_to_another_major_is_a_break() {
    let sandbox = Sandbox::new();
    with_units(&sandbox);
    let verdict = compare(&sandbox, &bare());
    let mut found = with_code(&verdict, "leaked-dependency-major");
    found.sort();
    let shown = (1..)
        .zip(leak_cases())
        .filter(|(_, (item, _))| *item != "-");
    let expected = shown.map(|(n, (item, _))| {
        let item = match item {
            "unit" => format!("unit_{n}"),
            item => item.to_owned(),
        };
        format!("acme::m{n}::{item} at src/lib.rs:{n} was src/lib.rs:{n}")
    });
    let mut expected: Vec<String> = expected.collect();
    expected.sort();
    assert_eq!(found, expected);
}

/// The compiler's own lint names the same; what it says of hidden items and private modules is
/// nothing that a user could name.
#[test]
fn what_shows_is_what_the_compiler_says_shows() {
    let sandbox = Sandbox::new();
    with_units(&sandbox);
    let mut command = sandbox.command("cargo", "new");
    command
        .args(["check", "-Zpublic-dependency", "--message-format=short"])
        .env("RUSTC_BOOTSTRAP", "1");
    let output = command.output().expect("cargo starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lint = said
        .lines()
        .filter(|line| line.contains("private dependency"));
    let cases = leak_cases();
    let line = |line: &str| line.split(':').nth(1)?.parse::<usize>().ok();
    let seen = lint.filter_map(line);
    let seen: BTreeSet<usize> = seen.filter(|n| cases[*n - 1].0 != "-").collect();
    let shown = (1..).zip(&cases).filter(|(_, (item, _))| *item != "-");
    let shown: BTreeSet<usize> = shown.map(|(n, _)| n).collect();
    assert_eq!(seen, shown, "{said}");
}

/// A dependency of a dependency, which that one shows as its own.
#[test]
fn what_a_dependency_shows_of_another_counts_too() {
    let sandbox = Sandbox::new();
    dependencies(&sandbox);
    for (dir, major) in [("old", "1"), ("new", "2")] {
        let dependency = format!(
            "[dependencies]\nacme-facade = {{ path = \"../facade.{major}\", version = \"1.0\" }}"
        );
        let lib = "pub fn f() -> acme_facade::Unit { todo!() }";
        package(&sandbox, dir, &format!("1.0.{major}"), &dependency, lib);
    }
    let verdict = compare(&sandbox, &bare());
    let expected = "acme::f at src/lib.rs:1 was src/lib.rs:1";
    assert_eq!(with_code(&verdict, "leaked-dependency-major"), [expected]);
    assert_eq!(verdict.bump(), Bump::Major);
}

/// Requirements that both versions meet: who has the old one keeps it.
#[test]
fn a_wider_requirement_is_no_move() {
    let sandbox = Sandbox::new();
    dependencies(&sandbox);
    for (dir, major, requirement) in [("old", "1", "1"), ("new", "2", ">=1, <3")] {
        let dependency = format!(
            "[dependencies]\nacme-unit = {{ path = \"../acme-unit.{major}\", version = \"{requirement}\" }}"
        );
        let lib = "pub use acme_unit::Unit;";
        package(&sandbox, dir, &format!("1.0.{major}"), &dependency, lib);
    }
    let verdict = compare(&sandbox, &bare());
    assert_eq!(
        with_code(&verdict, "leaked-dependency-major"),
        [] as [&str; 0]
    );
}

/// No signature shows it: the compiler is asked.
#[test]
fn a_future_that_can_no_longer_be_sent_is_a_break() {
    let sandbox = Sandbox::new();
    let future = |held: &str| {
        format!("pub async fn f() {{ let held = {held}; async {{}}.await; drop(held) }}\n")
    };
    package(&sandbox, "old", "1.0.0", "", &future("1"));
    package(&sandbox, "new", "1.0.0", "", &future("std::rc::Rc::new(1)"));
    let verdict = compare(&sandbox, &bare());
    let lost = ["acme::f at src/lib.rs:1 was src/lib.rs:1"; 2];
    assert_eq!(with_code(&verdict, "auto-trait-lost"), lost);
    assert_eq!(verdict.bump(), Bump::Major);
}

/// Where that depends on who calls, it is said.
#[test]
fn a_future_that_depends_on_its_caller_is_named() {
    let sandbox = Sandbox::new();
    let lib = "pub async fn f() {}\npub async fn g<T>(x: T) { drop(x) }\n";
    package(&sandbox, "old", "1.0.0", "", lib);
    package(&sandbox, "new", "1.0.0", "", lib);
    let verdict = compare(&sandbox, &bare());
    let mut skipped = verdict.skipped.iter();
    let skipped = skipped.find(|it| it.part == "auto traits of opaque results");
    assert_eq!(
        skipped.expect("it is named").reason,
        "what `acme::g` returns depends on type parameters, or cannot be asked about"
    );
}

const BEFORE: &str = "pub fn f() {}\n";
const AFTER: &str = "pub fn f() {}\npub fn g() {}\n";

#[test]
fn without_the_lints_their_part_is_skipped() {
    let sandbox = Sandbox::new();
    package(&sandbox, "old", "1.0.0", "", BEFORE);
    package(&sandbox, "new", "1.0.1", "", AFTER);
    let found = compare(&sandbox, &bare());
    let [skipped] = found.skipped.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(skipped.part, "cargo-semver-checks");
    assert!(
        skipped.reason.starts_with("it is not installed"),
        "{skipped:?}"
    );
}

/// A program in the place of cargo-semver-checks that writes this.
#[cfg(unix)]
fn skipped_with(script: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    package(&sandbox, "old", "1.0.0", "", BEFORE);
    package(&sandbox, "new", "1.0.1", "", AFTER);
    let path = sandbox.write("stand-in", &format!("#!/bin/sh\n{script}\n"));
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, mode).expect("it is ours");
    let tools = Tools {
        semver_checks: Some(utf8(&sandbox, "stand-in")),
        ..Tools::default()
    };
    let found = compare(&sandbox, &tools);
    let reasons: Vec<String> = found.skipped.into_iter().map(|s| s.reason).collect();
    reasons.join("\n")
}

#[cfg(unix)]
#[test]
fn lints_that_cannot_be_read_are_skipped_not_passed() {
    let said = skipped_with("echo hello; echo hello >&2");
    assert_eq!(said, "it ended without a result");
    let said = skipped_with("echo 'error: unsupported rustdoc format v99' >&2; exit 1");
    assert_eq!(said, "unsupported rustdoc format v99");
    let passed = "     Checked [   0.1s] 2 checks: 2 pass, 0 skip";
    let said = skipped_with(&format!("echo '{passed}' >&2"));
    assert_eq!(
        said,
        "its output cannot be read: 2 checks, of which 0 are named"
    );
    let failed = "        FAIL [   0.000s]       major        struct_missing\n\
         Checked [   0.1s] 1 checks: 0 pass, 1 fail, 0 warn, 0 skip";
    let said = skipped_with(&format!("echo '{failed}' >&2"));
    let expected = "its output cannot be read: 1 lints found something, and 0 of them say what";
    assert_eq!(said, expected);
    let heading = "--- failure struct_missing: struct removed ---\n\nFailed in:\n  struct S\n";
    let said = skipped_with(&format!("echo '{failed}' >&2; echo '{heading}'"));
    assert_eq!(
        said,
        "its output cannot be read: what `struct_missing` found"
    );
}

/// What a verdict does, as the listener hears it.
fn steps(sandbox: &Sandbox, tools: &Tools, features: Features) -> (Vec<&'static str>, Verdict) {
    let mut steps = Vec::new();
    let subject = Subject {
        features,
        ..subject(sandbox, "new")
    };
    let digest = Digest::of(sandbox.read("old/src/lib.rs").as_bytes());
    let old = Baseline::from_folder_kept(utf8(sandbox, "old"), version("1.0.0"), digest);
    let verdict = verdict(&subject, &old, tools, &mut |progress| match progress {
        Progress::Documenting(dir) if dir.ends_with("old") => steps.push("old"),
        Progress::Documenting(_) => steps.push("new"),
        Progress::Cached(_) => steps.push("cached"),
        Progress::Line(_) | Progress::Comparing => {}
    });
    (steps, verdict.expect("a verdict"))
}

#[test]
fn a_baseline_is_read_once_and_again_when_its_entry_is_damaged() {
    let sandbox = Sandbox::new();
    package(&sandbox, "old", "1.0.0", "[features]\na = []", BEFORE);
    package(&sandbox, "new", "1.0.1", "", AFTER);
    let cache = utf8(&sandbox, "cache");
    let tools = Tools {
        cache: Some(Cache::at(&cache)),
        ..bare()
    };
    let stable = || steps(&sandbox, &tools, Features::Stable);
    let (first, expected) = stable();
    assert_eq!(first, ["new", "old"]);
    assert_eq!(
        with_code(&expected, "feature-removed"),
        ["acme/a at nowhere was nowhere"]
    );
    let again = stable();
    assert_eq!(again, (vec!["new", "cached"], expected.clone()));
    let (others, _) = steps(&sandbox, &tools, Features::Default);
    assert_eq!(others, ["new", "old"]);

    let mut damaged = 0;
    let folders = std::fs::read_dir(cache.join("surface/acme")).expect("entries");
    for folder in folders {
        let json = folder.expect("an entry").path().join("rustdoc.json");
        let text = std::fs::read_to_string(&json).expect("its JSON");
        std::fs::write(&json, &text[..text.len() / 2]).expect("it is ours");
        damaged += 1;
    }
    assert_eq!(damaged, 2);
    assert_eq!(stable(), (vec!["new", "old"], expected.clone()));
    assert_eq!(stable(), (vec!["new", "cached"], expected));
    // Nothing stays but the cache.
    let left = std::fs::read_dir(sandbox.path("target/surface")).expect("the folder");
    assert_eq!(left.count(), 0);
}

#[test]
fn a_baseline_that_does_not_compile_leaves_every_part_open() {
    let sandbox = Sandbox::new();
    package(&sandbox, "old", "1.0.0", "", "pub fn f() -> Missing {}\n");
    package(&sandbox, "new", "1.0.1", "", AFTER);
    let found = compare(&sandbox, &bare());
    assert_eq!(found.changes, []);
    let parts: Vec<&str> = found.skipped.iter().map(|s| s.part.as_str()).collect();
    let expected = [
        "features",
        "leaked dependencies",
        "signatures",
        "cargo-semver-checks",
    ];
    assert_eq!(parts, expected);
    for skipped in &found.skipped {
        assert!(
            skipped.reason.contains("cannot find type `Missing`"),
            "{skipped:?}"
        );
    }

    let swapped = Baseline::from_folder(utf8(&sandbox, "new"), version("1.0.1"));
    let error = verdict(&subject(&sandbox, "old"), &swapped, &bare(), &mut |_| {});
    let error = error.expect_err("it does not compile");
    assert!(
        matches!(error, SurfaceError::DoesNotBuild { .. }),
        "{error}"
    );
}

/// Features that exclude each other leave the default ones.
#[test]
fn features_that_do_not_go_together_are_named() {
    let sandbox = Sandbox::new();
    let features = "[features]\ndefault = [\"a\"]\na = []\nb = []";
    let lib = "#[cfg(all(feature = \"a\", feature = \"b\"))]\ncompile_error!(\"one of them\");\n";
    let old = format!("{lib}#[cfg(feature = \"a\")]\npub fn f() {{}}\n");
    package(&sandbox, "old", "1.0.0", features, &old);
    package(&sandbox, "new", "1.0.1", features, lib);
    let found = compare(&sandbox, &bare());
    assert_eq!(found.bump(), Bump::Major);
    assert_eq!(
        with_code(&found, "item-removed"),
        ["acme::f at nowhere was src/lib.rs:4"]
    );
    let parts: Vec<&str> = found.skipped.iter().map(|s| s.part.as_str()).collect();
    assert_eq!(parts, ["cargo-semver-checks", "optional features"]);
    let reason = &found.skipped[1].reason;
    assert!(reason.contains("one of them"), "{reason}");
}

/// The installed program, if there is one.
#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
fn installed() -> Option<Tools> {
    let tools = Tools {
        cache: None,
        ..Tools::of_user()
    };
    let program = tools.semver_checks.as_deref();
    let program = program.map_or("cargo-semver-checks", Utf8Path::as_str);
    let found = std::process::Command::new(program)
        .arg("--version")
        .output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(tools);
    }
    eprintln!("not run: cargo-semver-checks is neither on PATH nor in CARGO_SEMVER_CHECKS");
    None
}

#[test]
fn lints_find_what_is_gone_with_its_place() {
    let Some(tools) = installed() else { return };
    let sandbox = Sandbox::new();
    let old = "pub mod m {\n    pub struct Gone;\n    pub enum E {\n        A,\n    }\n}\n\
               pub trait T {\n    fn f(&self) {}\n}\n";
    let new = "pub mod m {\n    pub enum E {\n        A,\n        B,\n    }\n}\n\
               pub trait T {\n    fn f(&self) {}\n\n    fn g(&self);\n}\n";
    package(&sandbox, "old", "1.0.0", "", old);
    package(&sandbox, "new", "1.0.1", "", new);
    let found = compare(&sandbox, &tools);
    assert_eq!(found.skipped, []);
    assert_eq!(found.bump(), Bump::Major);
    let at = |item: &str| -> Vec<String> {
        let changes = found.changes.iter().filter(|c| c.item == item);
        changes
            .map(|c| shown(c).replace(&format!("{item} "), ""))
            .collect()
    };
    // One change an item, whichever part found it.
    assert_eq!(at("acme::m::Gone"), ["at nowhere was src/lib.rs:2"]);
    assert_eq!(at("acme::m::E::B"), ["at src/lib.rs:4 was nowhere"]);
    assert_eq!(at("acme::T::g"), ["at src/lib.rs:10 was nowhere"]);
}

#[test]
fn lints_agree_that_nothing_has_changed() {
    let Some(tools) = installed() else { return };
    let sandbox = Sandbox::new();
    package(&sandbox, "old", "1.0.0", "", BEFORE);
    package(
        &sandbox,
        "new",
        "1.0.1",
        "",
        "/// Documented.\npub fn f() {}\n",
    );
    let expected = Verdict::default();
    assert_eq!(compare(&sandbox, &tools), expected);
    assert_eq!(expected.bump(), Bump::Patch);
}

#[test]
fn a_registry_gives_its_latest_version_that_counts() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let publish = |version: &str, lib: &str| {
        let more = "description = \"x\"\nlicense = \"MIT\"\npublish = [\"internal\"]";
        package(&sandbox, "acme", version, more, lib);
        let args = ["publish", "--registry", "internal", "--no-verify"];
        registry.cargo(&args, "acme");
    };
    let name = PackageName::new("acme").expect("a name");
    let client = registry.client();
    let found = |upto: Option<&str>| {
        let upto = upto.map(version);
        from_registry(&client, &name, upto.as_ref()).expect("it answers")
    };
    assert!(found(None).is_none());
    publish("1.0.0", BEFORE);
    publish("1.1.0", AFTER);
    publish("1.2.0", "");
    publish("2.0.0", "");
    registry.cargo(&["yank", "--registry", "internal", "acme@1.2.0"], "acme");
    let latest = found(None).expect("a version");
    assert_eq!(latest.version, version("2.0.0"));
    let baseline = found(Some("1.2.1")).expect("a version");
    assert_eq!(baseline.version, version("1.1.0"));
    assert!(found(Some("0.9.0")).is_none());

    package(&sandbox, "acme", "1.2.1", "", BEFORE);
    let cache = Cache::at(utf8(&sandbox, "cache"));
    let tools = Tools {
        cache: Some(cache),
        ..bare()
    };
    let mut cached = 0;
    let mut last = Verdict::default();
    for _ in 0..2 {
        last = verdict(
            &subject(&sandbox, "acme"),
            &baseline,
            &tools,
            &mut |progress| {
                cached += usize::from(matches!(progress, Progress::Cached(_)));
            },
        )
        .expect("a verdict");
    }
    assert_eq!(cached, 1);
    let parts: Vec<&str> = last.skipped.iter().map(|s| s.part.as_str()).collect();
    assert_eq!(parts, ["cargo-semver-checks"]);
    let unpacked = baseline.dir.clone();
    drop(baseline);
    assert!(!unpacked.exists());
}

/// The baseline of a tag has no lock file of its own: it is built with the versions that the
/// subject has locked, not with the latest.
#[test]
fn a_tag_is_built_with_the_locked_dependencies() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "repo/Cargo.toml",
        "[workspace]\nmembers = [\"libs/*\"]\nresolver = \"3\"\n",
    );
    sandbox.write("repo/.gitignore", "/Cargo.lock\n");
    let dependency = "[dependencies]\nitoa = \"1\"";
    package(&sandbox, "repo/libs/acme", "1.0.0", dependency, BEFORE);
    sandbox.git(&["init", "--quiet", "--initial-branch", "main"], "repo");
    sandbox.git(&["add", "."], "repo");
    sandbox.git(&["commit", "--quiet", "-m", "First"], "repo");
    sandbox.git(&["tag", "acme-v1.0.0"], "repo");
    package(&sandbox, "repo/libs/acme", "1.0.1", dependency, AFTER);
    sandbox.ok("cargo", &["update", "itoa", "--precise", "1.0.10"], "repo");

    let repo = utf8(&sandbox, "repo");
    assert!(
        from_tag(&repo, "acme-v2.0.0", "acme")
            .expect("a repository")
            .is_none()
    );
    let error = from_tag(&repo, "acme-v1.0.0", "other").expect_err("no such package");
    assert!(matches!(error, SurfaceError::NotInTag { .. }), "{error}");
    let baseline = from_tag(&repo, "acme-v1.0.0", "acme").expect("a repository");
    let baseline = baseline.expect("a tag");
    assert_eq!(baseline.version, version("1.0.0"));
    let mut lines = Vec::new();
    let subject = subject(&sandbox, "repo/libs/acme");
    verdict(&subject, &baseline, &bare(), &mut |progress| {
        if let Progress::Line(line) = progress {
            lines.push(line.trim().to_owned());
        }
    })
    .expect("a verdict");
    let built: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("itoa v"))
        .collect();
    assert!(
        built.iter().all(|line| line.contains("itoa v1.0.10")),
        "{lines:?}"
    );
    let checked = built.iter().filter(|line| line.starts_with("Checking"));
    assert_eq!(checked.count(), 1, "{lines:?}");
}
