//! What a file stands for: its package, the target in it, and the module, by cargo's layout and
//! by the paths that the manifest gives its targets. `#[path]` is not looked at.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::manifest::WrittenTarget;
use crate::model::ModulePath;

/// A target of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The library.
    Library,
    /// A program, by its name.
    Binary(String),
    /// A build script, or nothing that cargo would find.
    Other,
}

/// Where a file belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Home {
    /// The name of the package; none where no manifest is above the file.
    pub package: Option<String>,
    /// The manifest of the package, relative to the root of the repository.
    pub manifest: Option<Utf8PathBuf>,
    /// The target that the file is a part of.
    pub target: Target,
    /// The file's module.
    pub module: ModulePath,
}

/// A target and its root file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RootFile {
    target: Target,
    /// Relative to the folder of the package.
    file: Utf8PathBuf,
}

/// The targets of the package `name`, whose files (relative to its folder) are given.
pub(super) fn root_files(
    name: &str,
    files: &BTreeSet<Utf8PathBuf>,
    written: &[WrittenTarget],
) -> Vec<RootFile> {
    let mut found: Vec<RootFile> = Vec::new();
    for target in written {
        let file = target.path.clone();
        let target = match &target.name {
            _ if target.is_library => Target::Library,
            own => Target::Binary(own.clone().unwrap_or_else(|| name.to_owned())),
        };
        found.push(RootFile { target, file });
    }
    for file in files {
        let parts: Vec<&str> = file.components().map(|part| part.as_str()).collect();
        let target = match &parts[..] {
            ["src", "lib.rs"] => Target::Library,
            ["src", "main.rs"] => Target::Binary(name.to_owned()),
            ["src", "bin", file] => Target::Binary(file.trim_end_matches(".rs").to_owned()),
            ["src", "bin", name, "main.rs"] => Target::Binary((*name).to_owned()),
            _ => continue,
        };
        if found.iter().all(|known| known.file != *file) {
            let file = file.clone();
            found.push(RootFile { target, file });
        }
    }
    found
}

/// The target and module of the file at `path`, relative to the folder of its package: of the
/// target whose root file is nearest above it, the library before programs.
pub(super) fn place_in_package(path: &Utf8Path, roots: &[RootFile]) -> (Target, ModulePath) {
    if let Some(root) = roots.iter().find(|root| root.file == path) {
        return (root.target.clone(), ModulePath::root());
    }
    let folder = |root: &RootFile| {
        root.file
            .parent()
            .map(Utf8Path::to_owned)
            .unwrap_or_default()
    };
    let around = roots.iter().filter(|root| path.starts_with(folder(root)));
    let nearest = around.min_by_key(|root| {
        (
            std::cmp::Reverse(folder(root).components().count()),
            root.target != Target::Library,
            root.file.clone(),
        )
    });
    match nearest {
        Some(root) => {
            let below = path.strip_prefix(folder(root)).unwrap_or(path);
            (root.target.clone(), module(below))
        }
        None => (Target::Other, module(path)),
    }
}

fn module(path: &Utf8Path) -> ModulePath {
    let path = match path.file_name() {
        Some("mod.rs") => path.parent().unwrap_or(path).to_owned(),
        _ => path.with_extension(""),
    };
    ModulePath::from_segments(path.components().map(|part| part.as_str().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn homes(files: &[&str], written: &[WrittenTarget]) -> Vec<String> {
        let files: Vec<Utf8PathBuf> = files.iter().map(Into::into).collect();
        let roots = root_files("pack", &files.iter().cloned().collect(), written);
        let home = |file: &Utf8PathBuf| {
            let (target, module) = place_in_package(file, &roots);
            match target {
                Target::Library => format!("lib {module}"),
                Target::Binary(name) => format!("bin {name} {module}"),
                Target::Other => format!("other {module}"),
            }
        };
        files.iter().map(home).collect()
    }

    #[test]
    fn files_are_modules_by_cargos_layout() {
        let files = [
            "src/lib.rs",
            "src/a/b.rs",
            "src/a/mod.rs",
            "src/main.rs",
            "src/bin/x.rs",
            "src/bin/y/main.rs",
            "src/bin/y/a/b.rs",
            "build.rs",
        ];
        let expected = [
            "lib crate",
            "lib crate::a::b",
            "lib crate::a",
            "bin pack crate",
            "bin x crate",
            "bin y crate",
            "bin y crate::a::b",
            "other crate::build",
        ];
        assert_eq!(homes(&files, &[]), expected);
    }

    #[test]
    fn a_package_without_a_library_is_a_program() {
        assert_eq!(
            homes(&["src/main.rs", "src/a.rs"], &[])[1],
            "bin pack crate::a"
        );
    }

    #[test]
    fn a_target_is_where_its_manifest_says() {
        let written = [WrittenTarget {
            is_library: true,
            name: None,
            path: "src/pack/lib.rs".into(),
        }];
        let files = ["src/pack/lib.rs", "src/pack/util/a.rs"];
        assert_eq!(homes(&files, &written), ["lib crate", "lib crate::util::a"]);
    }
}
