//! Where the file of a module is, by rustc's rules (the Rust reference, "Module source
//! filenames"; `rustc_expand::module` where the reference is silent).

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// From where the files of a module's children are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder {
    /// The folder of the file, with those that inline modules add.
    path: Utf8PathBuf,
    /// The module's name, if it stands in `name.rs`: its children are in `name/`.
    relative: Option<String>,
}

/// A file that a `mod name;` may mean, and the folder of its children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) file: Utf8PathBuf,
    pub(super) folder: Folder,
}

impl Folder {
    /// That of a crate's root file, or of a file that a `#[path]` names.
    pub(super) fn of_root(file: &Utf8Path) -> Self {
        Self {
            path: file.parent().unwrap_or(Utf8Path::new("")).to_owned(),
            relative: None,
        }
    }

    /// That of the inline module `name`.
    pub(super) fn of_inline(&self, name: &str, path_attribute: Option<&str>) -> Self {
        let path = match (path_attribute, &self.relative) {
            (Some(path), _) => join(&self.path, path),
            (None, Some(relative)) => self.path.join(relative).join(bare(name)),
            (None, None) => self.path.join(bare(name)),
        };
        Self {
            path,
            relative: None,
        }
    }

    /// The file that `#[path = "…"] mod name;` means.
    pub(super) fn by_attribute(&self, path: &str) -> Candidate {
        let file = join(&self.path, path);
        Candidate {
            folder: Self::of_root(&file),
            file,
        }
    }

    /// The files that `mod name;` may mean, the usual one first.
    pub(super) fn by_name(&self, name: &str) -> [Candidate; 2] {
        let name = bare(name);
        let folder = match &self.relative {
            Some(relative) => self.path.join(relative),
            None => self.path.clone(),
        };
        let beside = Candidate {
            file: folder.join(format!("{name}.rs")),
            folder: Self {
                path: folder.clone(),
                relative: Some(name.to_owned()),
            },
        };
        let inside = folder.join(name).join("mod.rs");
        let inside = Candidate {
            folder: Self::of_root(&inside),
            file: inside,
        };
        [beside, inside]
    }
}

/// A raw identifier's file has no `r#`.
fn bare(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// Joins and takes out `.` and `..` without asking the file system, so that a file has one name.
fn join(folder: &Utf8Path, path: &str) -> Utf8PathBuf {
    let mut joined = Utf8PathBuf::new();
    for component in folder.join(path.replace('\\', "/")).components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if joined.file_name().is_some() => {
                joined.pop();
            }
            other => joined.push(other),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Folder, name: &str) -> [String; 2] {
        folder.by_name(name).map(|c| c.file.into_string())
    }

    #[test]
    fn children_of_a_root_stand_beside_it() {
        let root = Folder::of_root(Utf8Path::new("src/lib.rs"));
        assert_eq!(files(&root, "a"), ["src/a.rs", "src/a/mod.rs"]);
        assert_eq!(
            files(&root, "r#async"),
            ["src/async.rs", "src/async/mod.rs"]
        );
    }

    #[test]
    fn children_of_a_named_file_stand_in_its_folder() {
        let [a, a_mod] = Folder::of_root(Utf8Path::new("src/lib.rs")).by_name("a");
        assert_eq!(files(&a.folder, "b"), ["src/a/b.rs", "src/a/b/mod.rs"]);
        assert_eq!(files(&a_mod.folder, "b"), ["src/a/b.rs", "src/a/b/mod.rs"]);
        let inline = a.folder.of_inline("i", None);
        assert_eq!(files(&inline, "b"), ["src/a/i/b.rs", "src/a/i/b/mod.rs"]);
    }

    #[test]
    fn path_attributes_start_at_the_file_or_at_the_inline_module() {
        let root = Folder::of_root(Utf8Path::new("src/lib.rs"));
        let [a, _] = root.by_name("a");
        // Not inside an inline module: from the folder of the file.
        assert_eq!(a.folder.by_attribute("x/y.rs").file, "src/x/y.rs");
        assert_eq!(a.folder.by_attribute("../y.rs").file, "y.rs");
        // Inside one: from the folder that the module would have.
        let inline = a.folder.of_inline("i", None);
        assert_eq!(inline.by_attribute("y.rs").file, "src/a/i/y.rs");
        // An inline module's own `#[path]` names its folder.
        let named = a.folder.of_inline("i", Some("other"));
        assert_eq!(files(&named, "b")[0], "src/other/b.rs");
        // A file named by `#[path]` looks beside itself.
        let file = a.folder.by_attribute("x/y.rs");
        assert_eq!(files(&file.folder, "z")[0], "src/x/z.rs");
    }
}
