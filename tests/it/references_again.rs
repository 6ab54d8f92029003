//! The reference map again, after something has changed: it is the one that a first run gives, and
//! only what has changed is checked.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::references::{
    FeatureSet, MapRequest, NamedTree, ReferenceError, ReferenceMap, build_map,
};
use cargo_quarry::syntax::load_tree;

use crate::sandbox::{QUARRY, Sandbox};

const BASE: &str = "pub mod deep;
pub struct Size(pub u8);
pub fn first() -> Size { deep::made() }
pub fn second() -> u8 { first().0 }
";
const DEEP: &str = "use crate::Size;
pub fn made() -> Size { Size(1) }
";
const MIDDLE: &str = "pub fn twice() -> u8 { base::first().0 + base::second() }
#[cfg(test)]
mod tests {
    #[test]
    fn works() { assert_eq!(super::twice(), 2); }
}
";
const ALONE: &str = "pub fn one() -> u8 { two() }\nfn two() -> u8 { 2 }\n";

/// `middle` uses `base`; `alone` uses neither.
struct Workspace {
    sandbox: Sandbox,
}

impl Workspace {
    fn new() -> Self {
        let workspace = Self {
            sandbox: Sandbox::new(),
        };
        workspace.write(
            "Cargo.toml",
            "[workspace]\nmembers = [\"base\", \"middle\", \"alone\"]\nresolver = \"3\"\n",
        );
        for (name, more) in [
            ("base", ""),
            ("middle", "[dependencies]\nbase = { path = \"../base\" }\n"),
            ("alone", "[features]\nmore = []\n"),
        ] {
            let package =
                format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
            workspace.write(&format!("{name}/Cargo.toml"), &format!("{package}{more}"));
        }
        workspace.write("base/src/lib.rs", BASE);
        workspace.write("base/src/deep.rs", DEEP);
        workspace.write("middle/src/lib.rs", MIDDLE);
        workspace.write("alone/src/lib.rs", ALONE);
        // Cargo looks at the dates of all of the package's files before it leaves this out.
        workspace.write("alone/build.rs", "fn main() {}\n");
        workspace.write("alone/tests/uses.rs", "#[test]\nfn t() { alone::one(); }\n");
        workspace
    }

    fn write(&self, file: &str, text: &str) {
        self.sandbox.write(&format!("project/{file}"), text);
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.sandbox.path(name)).expect("UTF-8")
    }

    fn build(
        &self,
        target_dir: &str,
        keep_record: bool,
        feature_sets: &[FeatureSet],
    ) -> Result<ReferenceMap, ReferenceError> {
        let root = self.path("project");
        let trees: Vec<NamedTree> = ["base", "middle", "alone"]
            .map(|package| NamedTree {
                package: package.to_owned(),
                tree: load_tree(&root, Utf8Path::new(&format!("{package}/src/lib.rs")))
                    .expect("a tree"),
            })
            .into();
        let request = MapRequest {
            root,
            manifest: "Cargo.toml".into(),
            selection: vec!["--workspace".to_owned()],
            targets: vec!["--all-targets".to_owned()],
            trees: &trees,
            feature_sets: feature_sets.to_vec(),
            target_dir: self.path(target_dir),
            keep_record,
            wrapper: Some(QUARRY.into()),
            packages: Vec::new(),
            cargo_args: vec!["--offline".to_owned()],
        };
        build_map(&request, &mut |_| {})
    }

    /// A map with the record of the last one; it must be the one from scratch. Gives what was
    /// checked anew.
    fn map(&self, feature_sets: &[FeatureSet]) -> (ReferenceMap, BTreeSet<String>) {
        let map = self.build("target", true, feature_sets);
        let map = map.unwrap_or_else(|error| panic!("{error}"));
        let from_scratch = tempfile::tempdir_in(self.path("")).expect("a folder");
        let name = from_scratch.path().file_name().expect("a name");
        let expected = self.build(name.to_str().expect("UTF-8"), false, feature_sets);
        let expected = expected.unwrap_or_else(|error| panic!("{error}"));
        assert!(expected.fresh.is_empty());
        assert_eq!(said(&map), said(&expected));
        let anew = map.checked.difference(&map.fresh);
        let anew = anew.map(|unit| unit.target.clone()).collect();
        (map, anew)
    }

    fn check(&self, anew: &[&str]) -> ReferenceMap {
        let (map, really) = self.map(&[FeatureSet::Default]);
        assert_eq!(Vec::from_iter(&really), anew);
        map
    }
}

/// All that a map says of the code.
fn said(map: &ReferenceMap) -> String {
    let uses = (&map.items, &map.references, &map.inherited);
    let failed = (&map.failed_features, &map.failed_targets);
    let rest = (&map.made_in_root, &map.unmarked, &map.checked);
    format!("{uses:#?}\n{failed:#?}\n{rest:#?}")
}

/// All targets, and those whose sources are marked, or use what is.
const ALL: [&str; 5] = ["alone", "base", "build-script-build", "middle", "uses"];
const SOURCES: [&str; 4] = ["alone", "base", "middle", "uses"];

#[test]
fn the_next_map_checks_only_what_has_changed() {
    let workspace = Workspace::new();
    let first = workspace.check(&ALL);
    assert_eq!(first.unmarked, []);
    workspace.check(&[]);
    // An item more, in the middle of a file.
    let text = MIDDLE.replace("#[cfg", "pub fn more() -> u8 { twice() }\n#[cfg");
    workspace.write("middle/src/lib.rs", &text);
    workspace.check(&["middle"]);
    // At the beginning of one that others use.
    workspace.write(
        "base/src/deep.rs",
        &format!("pub fn new() -> Size {{ made() }}\n{DEEP}"),
    );
    let map = workspace.check(&["base", "middle"]);
    assert_ne!(said(&map), said(&first));
    // A use less, and an item less.
    workspace.write("alone/src/lib.rs", "pub fn one() -> u8 { 2 }\n");
    workspace.check(&["alone", "uses"]);
    // What cargo knows of the text as it was first is gone.
    workspace.write("base/src/deep.rs", DEEP);
    workspace.write("middle/src/lib.rs", MIDDLE);
    workspace.write("alone/src/lib.rs", ALONE);
    let map = workspace.check(&SOURCES);
    assert_eq!(said(&map), said(&first));
    workspace.check(&[]);
}

/// The packages beside a broken one are checked with the texts of then.
#[test]
fn a_map_that_failed_leaves_nothing_that_the_next_one_believes() {
    let workspace = Workspace::new();
    let features = [FeatureSet::Default];
    workspace.check(&ALL);
    workspace.write("alone/src/lib.rs", "pub fn one() -> u8 { \"\" }\n");
    let moved = BASE.replace("pub struct", "pub fn other() {}\npub struct");
    workspace.write("base/src/lib.rs", &moved);
    let broken = workspace.build("target", true, &features);
    let broken = matches!(broken, Err(ReferenceError::DoesNotBuild { .. }));
    assert!(broken);
    workspace.write("base/src/lib.rs", BASE);
    workspace.write("alone/src/lib.rs", ALONE);
    workspace.check(&SOURCES);
    workspace.check(&[]);
}

#[test]
fn what_others_do_in_the_target_folder_does_no_harm() {
    let workspace = Workspace::new();
    let features = [FeatureSet::Default];
    workspace.check(&ALL);
    // A plain check of the same files, which are not marked now, is another program's.
    let target = workspace.path("target");
    let args = ["check", "--workspace", "--all-targets", "--offline"];
    let args = [&args[..], &["--target-dir", target.as_str()]].concat();
    workspace.sandbox.ok("cargo", &args, "project");
    workspace.check(&[]);
    // A map that keeps no record, of another text.
    workspace.write("alone/src/lib.rs", &format!("fn zero() {{}}\n{ALONE}"));
    workspace.build("target", false, &features).expect("a map");
    workspace.write("alone/src/lib.rs", ALONE);
    workspace.check(&SOURCES);
    // An old record, whose dates are older than what cargo has seen since.
    let folder = std::fs::read_dir(target.join("quarry-maps")).expect("a folder");
    let record = folder.map(|entry| entry.expect("a file").path()).next();
    let record = record.expect("a record");
    let old = std::fs::read(&record).expect("a text");
    workspace.write(
        "middle/src/lib.rs",
        &format!("{MIDDLE}pub fn three() -> u8 {{ four() }}\nfn four() -> u8 {{ 4 }}\n"),
    );
    workspace.build("target", true, &features).expect("a map");
    std::fs::write(&record, old).expect("written");
    workspace.write("middle/src/lib.rs", MIDDLE);
    workspace.check(&SOURCES);
    // One that is no record.
    std::fs::write(&record, "{").expect("written");
    workspace.check(&SOURCES);
    workspace.check(&[]);
}

#[test]
fn dropped_marks_are_dropped_at_once_as_long_as_they_must_be() {
    let workspace = Workspace::new();
    let strict = "#[macro_export]
macro_rules! make { ($(fn $n:ident() {})*) => { $(fn $n() {})* } }
";
    let lax = strict.replace("$(fn $n:ident", "$($(#[$_:meta])* fn $n:ident");
    let uses = format!("{MIDDLE}base::make! {{ fn a() {{}} }}\npub fn uses() {{ a(); }}\n");
    workspace.write("base/src/lib.rs", &format!("{strict}{BASE}"));
    workspace.write("middle/src/lib.rs", &uses);
    let first = workspace.check(&ALL);
    assert_eq!(first.unmarked.len(), 1);
    workspace.check(&[]);
    let alone = ALONE.replace("two", "three");
    workspace.write("alone/src/lib.rs", &alone);
    let map = workspace.check(&["alone", "uses"]);
    assert_eq!(map.unmarked.len(), 1);
    // The macro of the other package takes them now.
    workspace.write("base/src/lib.rs", &format!("{lax}{BASE}"));
    let map = workspace.check(&["base", "middle"]);
    assert_eq!(map.unmarked, []);
    workspace.check(&[]);
    workspace.write("base/src/lib.rs", &format!("{strict}{BASE}"));
    let map = workspace.check(&["base", "middle"]);
    assert_eq!(map.unmarked.len(), 1);
}

/// The mark is dropped for the second features only, when uses of the item are known already.
#[test]
fn several_features_share_what_is_checked() {
    let workspace = Workspace::new();
    let features = [FeatureSet::Default, FeatureSet::All];
    let strict = "macro_rules! make { ($(fn $n:ident() {})*) => { $(fn $n() {})* } }
#[cfg(feature = \"more\")]
make! { fn a() {} }
#[cfg(feature = \"more\")]
pub fn uses() { a(); }
";
    let all = BTreeSet::from(ALL.map(str::to_owned));
    assert_eq!(workspace.map(&features).1, all);
    assert_eq!(workspace.map(&features).1, BTreeSet::new());
    workspace.write("alone/src/lib.rs", &format!("{strict}{ALONE}"));
    let alone = ["alone", "uses"].map(str::to_owned);
    for _ in 0..2 {
        let (map, anew) = workspace.map(&features);
        assert_eq!(map.unmarked.len(), 1);
        assert_eq!(anew, BTreeSet::from(alone.clone()));
    }
    // The same with fewer features needs no mark dropped.
    let (map, _) = workspace.map(&[FeatureSet::Default]);
    assert_eq!(map.unmarked, []);
}

/// A benchmark of `base`, on which `middle` depends.
#[test]
fn a_target_that_never_builds_has_nothing_else_checked_again() {
    let workspace = Workspace::new();
    let broken = "fn main() { let size: String = base::second(); }\n";
    workspace.write("base/benches/speed.rs", broken);
    for anew in [&ALL[..], &[], &[]] {
        let map = workspace.check(anew);
        assert_eq!(errors(&map), [("speed", "mismatched types")]);
    }
    workspace.write("alone/src/lib.rs", &ALONE.replace("two", "three"));
    workspace.check(&["alone", "uses"]);
    // Another error in it, beside the first one.
    workspace.write(
        "base/benches/speed.rs",
        &format!("{broken}fn more() {{ base::third(); }}\n"),
    );
    let map = workspace.check(&[]);
    assert_eq!(map.failed_targets.len(), 1);
    // It builds, and what it uses is known.
    workspace.write("base/benches/speed.rs", "fn main() { base::second(); }\n");
    let map = workspace.check(&["speed"]);
    assert_eq!(map.failed_targets, []);
    workspace.write("base/benches/speed.rs", broken);
    let map = workspace.check(&[]);
    assert_eq!(errors(&map), [("speed", "mismatched types")]);
    // What it depends on changes, so that there is another error.
    let text = BASE.replace("pub fn second() -> u8", "pub fn second() -> Size");
    let text = text.replace("first().0", "first()");
    workspace.write("base/src/lib.rs", &text);
    workspace.write(
        "middle/src/lib.rs",
        "pub fn twice() -> u8 { base::second().0 }\n",
    );
    let map = workspace.check(&["base", "middle"]);
    assert_eq!(errors(&map), [("speed", "mismatched types")]);
    assert!(map.failed_targets[0].error.contains("E0308"));
    workspace.check(&[]);
}

/// A test that the marks break is told from one that is broken without them: both are in one
/// package, and in one of another.
#[test]
fn what_marks_break_is_told_from_what_is_broken() {
    let workspace = Workspace::new();
    let strict = "#[macro_export]
macro_rules! make { ($(fn $n:ident() {})*) => { $(fn $n() {})* } }
";
    workspace.write("base/src/lib.rs", &format!("{strict}{BASE}"));
    let uses = format!("{MIDDLE}base::make! {{ fn a() {{}} }}\npub fn uses() {{ a(); }}\n");
    workspace.write("middle/src/lib.rs", &uses);
    workspace.write(
        "middle/tests/broken.rs",
        "#[test]\nfn t() { let _: u8 = \"\"; }\n",
    );
    workspace.write(
        "alone/tests/broken.rs",
        "#[test]\nfn t() { alone::none(); }\n",
    );
    let first = workspace.check(&ALL);
    assert_eq!(first.unmarked.len(), 1);
    assert_eq!(first.failed_targets.len(), 2);
    // Whether `middle` still needs a mark dropped is in doubt as long as it does not compile.
    workspace.check(&["middle"]);
    workspace.write(
        "alone/tests/broken.rs",
        "#[test]\nfn t() { alone::one(); }\n",
    );
    // The build script of `alone` runs again for any file of the package.
    let map = workspace.check(&["alone", "broken", "middle", "uses"]);
    assert_eq!(errors(&map), [("broken", "mismatched types")]);
}

/// The targets that do not compile, with what is wrong.
fn errors(map: &ReferenceMap) -> Vec<(&str, &str)> {
    let failed = map.failed_targets.iter();
    let known = ["mismatched types", "cannot find"];
    let what = |error: &str| known.into_iter().find(|known| error.contains(known));
    failed
        .map(|failed| (failed.target.as_str(), what(&failed.error).unwrap_or("?")))
        .collect()
}
