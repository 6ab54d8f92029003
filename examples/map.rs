//! Builds the reference map of a workspace, which is written to, and prints its counts; with a
//! target and a module of it, what crosses that module's boundary.
//!
//! `map FOLDER TARGET_DIR CRATE_ROOT_FILE… [--module CRATE_ROOT_FILE PATH]`
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]
#![expect(clippy::unwrap_used, reason = "it is an example")]

use std::collections::BTreeSet;
use std::process::ExitCode;

use camino::Utf8Path;
use cargo_quarry::model::ModulePath;
use cargo_quarry::references::{
    Boundary, FeatureSet, MapRequest, NamedTree, build_map, partition, run_as_wrapper,
};
use cargo_quarry::syntax::load_tree;

fn main() -> ExitCode {
    if let Some(code) = run_as_wrapper() {
        return code;
    }
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let at = args.iter().position(|arg| arg == "--module");
    let module = at.map(|at| args.split_off(at));
    let [folder, target_dir, roots @ ..] = args.as_slice() else {
        eprintln!("usage: map FOLDER TARGET_DIR CRATE_ROOT_FILE… [--module CRATE_ROOT_FILE PATH]");
        return ExitCode::from(2);
    };
    let load = |root: &String| NamedTree {
        package: root.clone(),
        tree: load_tree(Utf8Path::new(folder), Utf8Path::new(root)).unwrap(),
    };
    let trees: Vec<NamedTree> = roots.iter().map(load).collect();
    let request = MapRequest {
        root: folder.into(),
        manifest: "Cargo.toml".into(),
        selection: vec!["--workspace".to_owned()],
        trees: &trees,
        feature_sets: vec![FeatureSet::Default],
        target_dir: target_dir.into(),
        wrapper: None,
        cargo_args: Vec::new(),
    };
    let map = match build_map(&request, &mut |line| eprintln!("{line}")) {
        Ok(map) => map,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!(
        "{} marks, {} references, {} inherited, {} unmarked, {} targets that do not build",
        map.items.len(),
        map.references.len(),
        map.inherited.len(),
        map.unmarked.len(),
        map.failed_targets.len()
    );
    for unmarked in &map.unmarked {
        println!("unmarked {}: {}", unmarked.item, unmarked.why);
    }
    if let Some([_, root, path]) = module.as_deref() {
        let tree = roots.iter().position(|known| known == root).unwrap();
        let boundary = Boundary {
            tree,
            modules: vec![ModulePath::parse(path)],
        };
        let parts = partition(
            &map,
            &|file, offset| boundary.holds_place(&trees, file, offset),
            &|marked| boundary.holds_item(&trees, marked),
        );
        for (what, references) in [("entering", parts.entering), ("leaving", parts.leaving)] {
            let items: BTreeSet<u32> = references.iter().map(|r| r.item).collect();
            println!(
                "{what}: {} references to {} items",
                references.len(),
                items.len()
            );
            for item in items {
                let marked = map.items[item as usize];
                let tree = &trees[marked.tree].tree;
                let kind = tree.item(marked.item).kind.noun();
                println!("  {kind} {}", tree.item_path(marked.item));
            }
        }
    }
    ExitCode::SUCCESS
}
