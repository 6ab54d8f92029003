//! Builds the reference map of a workspace's packages, all of them by default, in a copy of the
//! repository that it may write to, and prints its counts; with a module of a package's library
//! (or program), the items that references across its boundary use.
//!
//! With `--keep`, the next such map with the same folders checks only what has changed.
//!
//! `map FOLDER TARGET_DIR [--keep] [-p NAME]… [-F FEATURES] [--module NAME PATH]`
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{MetadataCommand, TargetKind};
use cargo_quarry::model::{Digest, ModulePath, Reference};
use cargo_quarry::references::{
    Boundary, FeatureSet, MapRequest, NamedTree, ReferenceMap, build_map, partition, run_as_wrapper,
};
use cargo_quarry::syntax::load_tree;

/// How many of what has no mark of its own are shown.
const SHOWN: usize = 5;

fn main() -> ExitCode {
    if let Some(code) = run_as_wrapper() {
        return code;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let usage =
        "usage: map FOLDER TARGET_DIR [--keep] [-p NAME]… [-F FEATURES] [--module NAME PATH]";
    let folder = Utf8PathBuf::from(args.next().ok_or(usage)?).canonicalize_utf8()?;
    let target_dir = Utf8PathBuf::from(args.next().ok_or(usage)?);
    let mut packages = BTreeSet::new();
    let mut keep_record = false;
    let mut module = None;
    let mut features = FeatureSet::Default;
    while let Some(arg) = args.next() {
        if arg == "--keep" {
            keep_record = true;
            continue;
        }
        let name = args.next().ok_or(usage)?;
        if arg == "--module" {
            module = Some((name, ModulePath::parse(&args.next().ok_or(usage)?)));
        } else if arg == "-F" {
            features = FeatureSet::List(vec![name]);
        } else {
            packages.insert(name);
        }
    }
    let trees = load_trees(&folder, &packages)?;
    for tree in &trees {
        for unparsed in &tree.tree.unparsed {
            println!(
                "unparsed {}:{} {}",
                unparsed.file, unparsed.line, unparsed.message
            );
        }
    }
    let mut selection: Vec<String> = packages.iter().map(|name| format!("-p={name}")).collect();
    if selection.is_empty() {
        selection.push("--workspace".to_owned());
    }
    let request = MapRequest {
        root: folder,
        manifest: "Cargo.toml".into(),
        selection,
        // Not benches: those of many repositories need nightly.
        targets: ["--lib", "--bins", "--tests", "--examples"]
            .map(Into::into)
            .into(),
        trees: &trees,
        feature_sets: vec![features],
        target_dir,
        keep_record,
        wrapper: None,
        packages: Vec::new(),
        cargo_args: Vec::new(),
    };
    let map = build_map(&request, &mut |line| eprintln!("{line}"))?;
    print_counts(&map, &trees);
    if let Some((package, path)) = module {
        print_boundary(&map, &trees, &package, path);
    }
    Ok(())
}

/// The trees of the packages' libraries and programs.
fn load_trees(
    folder: &Utf8Path,
    packages: &BTreeSet<String>,
) -> Result<Vec<NamedTree>, Box<dyn Error>> {
    let manifest = folder.join("Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()?;
    let mut trees = Vec::new();
    for package in metadata.packages {
        if !packages.is_empty() && !packages.contains(package.name.as_str()) {
            continue;
        }
        for target in package.targets {
            let kinds = [TargetKind::Lib, TargetKind::ProcMacro, TargetKind::Bin];
            if target.kind.iter().any(|kind| kinds.contains(kind)) {
                trees.push(NamedTree {
                    package: package.name.to_string(),
                    tree: load_tree(folder, target.src_path.strip_prefix(folder)?)?,
                });
            }
        }
    }
    Ok(trees)
}

fn print_counts(map: &ReferenceMap, trees: &[NamedTree]) {
    println!(
        "{} marks, {} references, {} inherited, {} made in a root, {} unmarked",
        map.items.len(),
        map.references.len(),
        map.inherited.len(),
        map.made_in_root.len(),
        map.unmarked.len(),
    );
    println!(
        "{} targets, {} of them fresh, digest {}",
        map.checked.len(),
        map.fresh.len(),
        digest(map),
    );
    for unmarked in &map.unmarked {
        let marked = map.items[unmarked.item as usize];
        let path = trees[marked.tree].tree.item_path(marked.item);
        println!("unmarked {path}: {}", unmarked.why);
    }
    for made in map.made_in_root.iter().take(SHOWN) {
        println!("made in a root: {} used at {}", made.name, made.place);
    }
    for (reference, name) in map.inherited.iter().take(SHOWN) {
        println!("inherited: {name} used at {}", reference.place);
    }
    for failed in &map.failed_targets {
        println!(
            "does not build: {} {}: {}",
            failed.kind, failed.target, failed.error
        );
    }
}

/// Of all that the map says, to compare maps by.
fn digest(map: &ReferenceMap) -> Digest {
    let uses = (&map.references, &map.inherited, &map.made_in_root);
    let said = (&map.items, &map.unmarked, &map.checked, &map.failed_targets);
    Digest::of(format!("{uses:?}{said:?}").as_bytes())
}

fn print_boundary(map: &ReferenceMap, trees: &[NamedTree], package: &str, path: ModulePath) {
    let declares =
        |named: &&NamedTree| named.package == package && named.tree.find_module(&path).is_some();
    let Some(tree) = trees.iter().position(|named| declares(&named)) else {
        println!("no module {path} in {package}");
        return;
    };
    let boundary = Boundary {
        tree,
        modules: vec![path],
    };
    let parts = partition(
        map,
        &|file, offset| boundary.holds_place(trees, file, offset),
        &|marked| boundary.holds_item(trees, marked),
    );
    print_items("entering", &parts.entering, map, trees);
    print_items("leaving", &parts.leaving, map, trees);
}

fn print_items(what: &str, references: &[&Reference], map: &ReferenceMap, trees: &[NamedTree]) {
    let items: BTreeSet<u32> = references.iter().map(|reference| reference.item).collect();
    println!(
        "{what}: {} references to {} items",
        references.len(),
        items.len()
    );
    for item in items {
        let marked = map.items[item as usize];
        let tree = &trees[marked.tree].tree;
        let first = references.iter().find(|reference| reference.item == item);
        let place = first.map(|reference| reference.place.to_string());
        println!(
            "  {} {} first used at {}",
            tree.item(marked.item).kind.noun(),
            tree.item_path(marked.item),
            place.unwrap_or_default(),
        );
    }
}
