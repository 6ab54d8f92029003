//! The public API of two versions, compared: the pairs of `tests/cases/semver`, each breaking one
//! proven by a consumer that compiles with the old side and not with the new one.

mod pairs;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::cargo::{Invocation, load_metadata_no_deps};
use cargo_quarry::model::{Bump, Change, CrateName};
use cargo_quarry::surface::{
    Features, PackageFacts, Rustdoc, Subject, SurfaceError, compare, load_rustdoc,
};

use crate::sandbox::{QUARRY, Sandbox};
use pairs::{Pair, Side, load_pairs};

static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(load_pairs);

fn subject(dir: &Path, name: &str, target: &Path) -> Subject {
    let utf8 = |path: &Path| Utf8PathBuf::from_path_buf(path.to_owned()).expect("UTF-8");
    Subject {
        dir: utf8(dir),
        package: CrateName::new(name).expect("a name"),
        target_dir: utf8(target),
        features: Features::Default,
        wrapper: Some(QUARRY.into()),
    }
}

fn rustdoc(sandbox: &Sandbox, folder: &str, name: &str) -> Result<Rustdoc, SurfaceError> {
    let subject = subject(&sandbox.path(folder), name, &sandbox.path("target"));
    load_rustdoc(&subject, &mut |_| {})
}

/// One crate with a module for each pair.
fn write_side(sandbox: &Sandbox, side: Side) -> String {
    let folder = side.folder().to_owned();
    let manifest =
        "[package]\nname = \"pairs\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    sandbox.write(&format!("{folder}/Cargo.toml"), manifest);
    let mut root = String::new();
    for pair in PAIRS.iter().filter(|pair| !pair.is_manifest()) {
        root.extend(["pub mod ", &pair.name, ";\n"]);
        sandbox.write(&format!("{folder}/src/{}.rs", pair.name), pair.source(side));
    }
    sandbox.write(&format!("{folder}/src/lib.rs"), &root);
    folder
}

/// Which pair's is a change? Its file has the pair's name.
fn pair_of(change: &Change) -> String {
    let place = change.before.as_ref().or(change.after.as_ref());
    let file = place.and_then(|place| place.file.file_stem());
    let module = || {
        change
            .item
            .split("::")
            .nth(1)
            .unwrap_or_default()
            .to_owned()
    };
    file.filter(|file| *file != "lib")
        .map_or_else(module, str::to_owned)
}

/// What differs from what a pair expects, for a person.
fn judge(pair: &Pair, changes: &[&Change]) -> Option<String> {
    let bump = changes.iter().map(|change| change.bump).max();
    let mut codes: Vec<&str> = changes.iter().map(|change| change.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let bump = bump.unwrap_or(Bump::Patch);
    if bump == pair.bump && codes == pair.codes {
        return None;
    }
    let found: Vec<String> = changes
        .iter()
        .map(|c| format!("    {:?} {} {}: {}", c.bump, c.code, c.item, c.message))
        .collect();
    Some(format!(
        "{}: expected {:?} {:?}, found {bump:?} {codes:?}\n{}",
        pair.name,
        pair.bump,
        pair.codes,
        found.join("\n")
    ))
}

#[test]
fn pairs_get_the_bump_that_they_need() {
    let sandbox = Sandbox::new();
    let before = write_side(&sandbox, Side::Before);
    let after = write_side(&sandbox, Side::After);
    let before = rustdoc(&sandbox, &before, "pairs").unwrap_or_else(|e| panic!("{e}"));
    let after = rustdoc(&sandbox, &after, "pairs").unwrap_or_else(|e| panic!("{e}"));
    let changes = compare(&before, &after).unwrap_or_else(|e| panic!("{e}"));
    let mut by_pair: BTreeMap<String, Vec<&Change>> = BTreeMap::new();
    for change in &changes {
        by_pair.entry(pair_of(change)).or_default().push(change);
        assert!(!change.item.is_empty(), "{change:?}");
        assert!(
            change.before.is_some() || change.after.is_some(),
            "no place: {change:?}"
        );
    }
    let known = PAIRS
        .iter()
        .filter(|pair| !pair.is_manifest() && pair.only.is_none());
    let problems: Vec<String> = known
        .filter_map(|pair| judge(pair, &by_pair.remove(&pair.name).unwrap_or_default()))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    assert!(compare(&before, &before).expect("the same").is_empty());
}

#[test]
fn pairs_of_manifests_get_the_bump_that_they_need() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "code/Cargo.toml",
        "[package]\nname = \"pairs\"\n\n[workspace]\n",
    );
    sandbox.write("code/src/lib.rs", "");
    let code = rustdoc(&sandbox, "code", "pairs").unwrap_or_else(|e| panic!("{e}"));
    let facts = |folder: &str| {
        let dir = Utf8PathBuf::from_path_buf(sandbox.path(folder)).expect("UTF-8");
        let metadata = load_metadata_no_deps(&Invocation::new(dir), None);
        let package = metadata.expect("a package").packages.remove(0);
        PackageFacts {
            rust_version: package.rust_version,
            asked: package.features.keys().cloned().collect(),
            features: package.features,
            ..code.package.clone()
        }
    };
    let mut problems = Vec::new();
    let known = PAIRS.iter().filter(|p| p.is_manifest() && p.only.is_none());
    for pair in known {
        let side = |side: Side| {
            let folder = format!("{}/{}", pair.name, side.folder());
            sandbox.write(&format!("{folder}/Cargo.toml"), pair.source(side));
            sandbox.write(&format!("{folder}/src/lib.rs"), "");
            Rustdoc {
                package: facts(&folder),
                ..code.clone()
            }
        };
        let changes = compare(&side(Side::Before), &side(Side::After)).expect("two sides");
        problems.extend(judge(pair, &changes.iter().collect::<Vec<_>>()));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

/// The breaking pairs break someone, and the others do not break who they name.
#[test]
fn consumers_agree() {
    let sandbox = Sandbox::new();
    for side in [Side::Before, Side::After] {
        let folder = write_side(&sandbox, side);
        let lib = sandbox.path(&format!("{folder}/src/lib.rs"));
        let out = compile(&sandbox, &lib, "pairs", &folder, None);
        if let Err(errors) = out {
            panic!("{errors}");
        }
    }
    let consumers: Vec<&Pair> = PAIRS.iter().filter(|p| p.consumer.is_some()).collect();
    let (breaking, others): (Vec<&Pair>, Vec<&Pair>) =
        consumers.iter().partition(|pair| pair.bump == Bump::Major);
    compiles(&sandbox, &consumers, Side::Before);
    compiles(&sandbox, &others, Side::After);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut problems = Vec::new();
        while let Some(pair) = breaking.get(next.fetch_add(1, Ordering::Relaxed)) {
            let root = sandbox.path(&format!("consumers-before/{}.rs", pair.name));
            let out = format!("consumer-{}", pair.name);
            let result = compile(&sandbox, &root, "consumer", &out, Some("after"));
            problems.extend(result.is_ok().then_some(pair.name.as_str()));
        }
        problems
    };
    let broken = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        let of_thread = threads.into_iter().map(|t| t.join().expect("no panic"));
        of_thread.flatten().collect::<Vec<&str>>()
    });
    assert!(broken.is_empty(), "their consumers compile: {broken:?}");
    let unproven = PAIRS.iter().filter(|pair| {
        pair.bump == Bump::Major
            && pair.consumer.is_none()
            && !pair.is_manifest()
            // It still compiles; what is hidden is promised to nobody.
            && pair.codes != ["item-hidden"]
    });
    let unproven: Vec<&str> = unproven.map(|pair| pair.name.as_str()).collect();
    assert!(unproven.is_empty(), "no consumer: {unproven:?}");
}

/// The consumers as modules of one crate, which compiles with a side.
fn compiles(sandbox: &Sandbox, pairs: &[&Pair], side: Side) {
    let folder = format!("consumers-{}", side.folder());
    let mut root = String::new();
    for pair in pairs {
        let consumer = pair.consumer.as_deref().expect("those that have one");
        let text = format!(
            "#![allow(unused)]\nuse pairs::{} as lib;\n{consumer}",
            pair.name
        );
        sandbox.write(&format!("{folder}/{}.rs", pair.name), &text);
        root.extend(["mod ", &pair.name, ";\n"]);
    }
    let root = sandbox.write(&format!("{folder}/lib.rs"), &root);
    let result = compile(sandbox, &root, "consumers", &folder, Some(side.folder()));
    if let Err(errors) = result {
        panic!("{side:?}: {errors}");
    }
}

/// Checks a crate with rustc into the folder `out`, with the `pairs` of the folder `with`.
fn compile(
    sandbox: &Sandbox,
    root: &Path,
    name: &str,
    out: &str,
    with: Option<&str>,
) -> Result<(), String> {
    let out = sandbox.path(out);
    std::fs::create_dir_all(&out).expect("a folder");
    let mut rustc = Command::new("rustc");
    rustc.args([
        "--edition=2024",
        "--crate-type=lib",
        "--emit=metadata",
        "--crate-name",
        name,
    ]);
    rustc
        .arg("--cap-lints=warn")
        .arg("-Awarnings")
        .arg(root)
        .arg("--out-dir")
        .arg(&out);
    if let Some(with) = with {
        let rmeta = sandbox.path(&format!("{with}/libpairs.rmeta"));
        rustc
            .arg("--extern")
            .arg(format!("pairs={}", rmeta.display()));
    }
    let output = rustc.output().expect("rustc");
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn what_has_no_comparable_api_is_an_error_that_names_it() {
    let sandbox = Sandbox::new();
    let package = |name: &str, more: &str| {
        let text = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}\n[workspace]\n"
        );
        sandbox.write(&format!("{name}/Cargo.toml"), &text);
    };
    package("program", "");
    sandbox.write("program/src/main.rs", "fn main() {}");
    let error = rustdoc(&sandbox, "program", "program").expect_err("no library");
    assert!(matches!(&error, SurfaceError::NoLibrary { package } if package == "program"));
    package("derive", "[lib]\nproc-macro = true");
    sandbox.write("derive/src/lib.rs", "");
    let error = rustdoc(&sandbox, "derive", "derive").expect_err("a macro");
    assert!(matches!(&error, SurfaceError::ProcMacro { package } if package == "derive"));
    package("broken", "");
    sandbox.write("broken/src/lib.rs", "pub fn f() -> Missing {}");
    let error = rustdoc(&sandbox, "broken", "broken").expect_err("it does not compile");
    assert!(error.to_string().contains("Missing"), "{error}");
    let error = rustdoc(&sandbox, "broken", "other").expect_err("another package");
    assert!(matches!(error, SurfaceError::NoPackage { .. }));
}

#[test]
fn places_are_relative_to_the_package_in_a_workspace() {
    let sandbox = Sandbox::new();
    let side = |folder: &str, source: &str| {
        let package = format!("{folder}/libs/acme-retry");
        let workspace = "[workspace]\nmembers = [\"libs/acme-retry\"]\nresolver = \"3\"\n";
        sandbox.write(&format!("{folder}/Cargo.toml"), workspace);
        let manifest =
            "[package]\nname = \"acme-retry\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        sandbox.write(&format!("{package}/Cargo.toml"), manifest);
        sandbox.write(&format!("{package}/src/lib.rs"), source);
        rustdoc(&sandbox, &package, "acme-retry").unwrap_or_else(|e| panic!("{e}"))
    };
    let before = side("before", "\npub fn wait(ms: u32) {}\n");
    let after = side("after", "\n\npub fn wait(ms: u64) {}\n");
    let changes = compare(&before, &after).expect("two sides");
    let [change] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!(change.item, "acme_retry::wait");
    assert_eq!(
        change.message,
        "parameter `ms` was `u32`, is `u64`: `fn wait(ms: u32)` → `fn wait(ms: u64)`"
    );
    let place = |place: &Option<cargo_quarry::model::Place>| {
        let place = place.as_ref().expect("a place");
        (place.file.clone(), place.line)
    };
    let file = Utf8Path::new("src/lib.rs").to_owned();
    assert_eq!(place(&change.before), (file.clone(), 2));
    assert_eq!(place(&change.after), (file, 3));
}
