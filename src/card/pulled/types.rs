//! Types of a crate in the public API of others: over two majors they are two types.

use camino::Utf8Path;
use cargo_metadata::{Metadata, Package};

use super::super::facts::Pulled;
use crate::model::CrateName;
use crate::service::Copy;
use crate::surface::{self, Features, Subject, SurfaceError, exposed_types};
use crate::sys;
use crate::sys::scratch::Scratch;

/// What types are looked for with.
#[derive(Debug, Clone, Copy)]
pub struct TypesRequest<'a> {
    /// Says where cargo's configuration and toolchain are, and where it builds.
    pub copy: &'a Copy,
    /// Of the service before the upgrade.
    pub metadata: &'a Metadata,
    /// The text of the lockfile before the upgrade.
    pub lockfile: &'a str,
    /// No network.
    pub offline: bool,
    /// The program that stands in for rustdoc; by default this one (see [`Subject::wrapper`]).
    pub wrapper: Option<&'a Utf8Path>,
}

/// Names, for each private crate in two majors, its types that stand in the public API of the
/// crates that stay with the old one.
pub fn name_types(pulled: &mut Pulled, request: &TypesRequest<'_>, on_line: &mut dyn FnMut(&str)) {
    for it in &mut pulled.two_majors {
        for first in &it.first {
            let mut words = first.split(' ');
            let (name, version) = (words.next(), words.next().unwrap_or_default());
            let is_it = |package: &&Package| {
                Some(package.name.as_str()) == name && package.version.to_string() == version
            };
            let Some(package) = request.metadata.packages.iter().find(is_it) else {
                continue;
            };
            let found = types_in(package, &it.krate, request, on_line);
            match found {
                Ok(types) => it.types.extend(types),
                Err(error) => {
                    let name = &package.name;
                    it.types
                        .push(format!("not known of {name} {version}: {error}"));
                }
            }
        }
    }
}

fn types_in(
    package: &Package,
    of: &str,
    request: &TypesRequest<'_>,
    on_line: &mut dyn FnMut(&str),
) -> Result<Vec<String>, SurfaceError> {
    let Ok(name) = CrateName::new(&package.name) else {
        return Ok(Vec::new());
    };
    // Cargo's own folder is not written to.
    let scratch = Scratch::new()?;
    let dir = scratch.path().join(format!("{name}-{}", package.version));
    let source = package
        .manifest_path
        .parent()
        .unwrap_or(&package.manifest_path);
    for file in sys::fs::walk_utf8(source, &|_| false)? {
        let relative = file.strip_prefix(source).unwrap_or(&file);
        sys::fs::copy(&file, &dir.join(relative))?;
    }
    let lock = scratch.path().join("Cargo.lock");
    sys::fs::write_scratch(&lock, request.lockfile)?;
    let subject = Subject {
        dir,
        package: name,
        target_dir: request.copy.target_dir().to_owned(),
        features: Features::Default,
        wrapper: request.wrapper.map(ToOwned::to_owned),
    };
    let root = request.copy.root();
    let rustdoc = surface::load_rustdoc_with(&subject, root, &lock, request.offline, on_line)?;
    let types = exposed_types(&rustdoc, of)?.into_iter();
    if let Some(folder) = rustdoc.json.parent() {
        sys::fs::remove_dir_all(folder)?;
    }
    let types = types.map(|it| format!("`{}` in `{}`", it.name, it.item));
    Ok(types.collect())
}
