//! The template that is built into the program: plain files under `files/`.

use super::source::{Part, TemplateFile};

macro_rules! file {
    ($part:ident, $path:literal, $file:literal) => {
        (Part::$part, $path, include_str!(concat!("files/", $file)))
    };
}

/// Each file's part and path in the repository, and its template. Some are kept under another
/// name: a `Cargo.toml` would make its folder a package of its own, and `.gitignore` would count.
const FILES: &[(Part, &str, &str)] = &[
    file!(Repository, ".cargo/config.toml", "repository/config.toml"),
    file!(Repository, ".github/workflows/ci.yml", "repository/ci.yml"),
    file!(
        Repository,
        ".github/workflows/release.yml",
        "repository/release.yml"
    ),
    file!(Repository, ".gitignore", "repository/gitignore"),
    file!(Repository, "Cargo.toml", "repository/Cargo.toml.jinja"),
    file!(Repository, "README.md", "repository/README.md"),
    file!(Repository, "clippy.toml", "repository/clippy.toml"),
    file!(Repository, "deny.toml", "repository/deny.toml"),
    file!(Repository, "release.toml", "repository/release.toml"),
    file!(Repository, "rustfmt.toml", "repository/rustfmt.toml"),
    file!(Crate, "CHANGELOG.md", "crate/CHANGELOG.md"),
    file!(Crate, "Cargo.toml", "crate/Cargo.toml.jinja"),
    file!(Crate, "LICENSE", "crate/LICENSE"),
    file!(Crate, "LICENSE-APACHE", "crate/LICENSE-APACHE"),
    file!(Crate, "LICENSE-MIT", "crate/LICENSE-MIT"),
    file!(Crate, "README.md", "crate/README.md"),
    file!(Crate, "src/lib.rs", "crate/lib.rs.jinja"),
    file!(Crate, "tests/version.rs", "crate/version.rs.jinja"),
];

/// The files of the built-in template.
pub(super) fn files() -> Vec<TemplateFile> {
    let file = |&(part, path, text): &(Part, &str, &str)| TemplateFile {
        part,
        path: path.into(),
        content: text.to_owned().into(),
    };
    FILES.iter().map(file).collect()
}
