//! Shapes of code that a module can have or be used in: macros, names that mean two things, paths
//! that begin in the middle.

use crate::extract_sample::{MONOLITH, commit, said};
use crate::sandbox::{QUARRY, Sandbox};

/// A repository of one package with these files.
fn zoo(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "--quiet", "-b", "main", MONOLITH], "");
    let manifest = "[package]\nname = \"zoo\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                    [features]\nstd = []\n";
    for (name, text) in [("Cargo.toml", manifest), (".gitignore", "target\n")] {
        sandbox.write(&format!("{MONOLITH}/{name}"), text);
    }
    for (name, text) in files {
        sandbox.write(&format!("{MONOLITH}/{name}"), text);
    }
    commit(&sandbox, "Open the zoo", "Ann Author");
    sandbox
}

/// Takes a module out as `acme-part`, both sides tested. Gives the new `src/lib.rs` and the
/// branch's.
fn take(sandbox: &Sandbox, args: &[&str]) -> (String, String) {
    let mut command = sandbox.command(QUARRY, MONOLITH);
    command
        .args(["extract", "--name", "acme-part", "--into", "../acme-part"])
        .args(args);
    let (code, stdout, stderr) = said(command);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let branch = sandbox.git(&["show", "quarry/acme-part:src/lib.rs"], MONOLITH);
    (sandbox.read("acme-part/src/lib.rs"), branch)
}

#[test]
fn macros_stay_in_scope_on_both_sides() {
    let sandbox = zoo(&[
        (
            "src/lib.rs",
            "#[macro_use] mod macros;\n\
             #[macro_use] pub mod check;\n\
             pub mod made;\n\
             mod helper;\n\
             mod user;\n\
             pub fn total() -> u32 { user::sum() }\n",
        ),
        (
            "src/macros.rs",
            "macro_rules! twice { ($e:expr) => { $crate::helper::add($e, $e) }; }\n",
        ),
        (
            "src/helper.rs",
            "pub(crate) fn add(a: u32, b: u32) -> u32 { a + b }\n",
        ),
        (
            "src/check.rs",
            "/// Ensures.\n#[macro_export]\nmacro_rules! ensure { ($c:expr) => { if !$c { $crate::check::fail() } }; }\n\
             pub fn fail() { panic!(\"no\") }\n\
             /// ```\n/// zoo::ensure!(zoo::check::yes());\n/// ```\n\
             pub fn yes() -> bool { ensure!(true); twice!(1) == 2 }\n",
        ),
        (
            "src/made.rs",
            "macro_rules! id { ($n:ident) => {\n    pub struct $n(pub(crate) u32);\n    \
             impl $n { pub(crate) fn raw(&self) -> u32 { self.0 } }\n} }\n\
             id!(Key);\npub(crate) use id;\n",
        ),
        (
            "src/user.rs",
            "use crate::made::{id, Key};\nid!(Own);\n\
             pub(crate) fn sum() -> u32 {\n    ensure!(true);\n    crate::ensure!(true);\n    \
             twice!(Key(1).raw() + Own(2).raw())\n}\n",
        ),
        (
            "tests/it.rs",
            "#[test]\nfn it() { zoo::ensure!(zoo::total() == 6); }\n",
        ),
    ]);
    let modules = ["crate::check", "crate::made", "--with-needed"];
    let (library, branch) = take(&sandbox, &modules);
    // Without its declaration, `twice!` would not reach the other modules.
    assert!(library.contains("#[macro_use]\nmod macros;\n"), "{library}");
    assert!(
        branch.contains("#[macro_use(ensure)]\nextern crate acme_part as _;\n"),
        "{branch}"
    );
    // What stays uses it, too: it is in both, and public in neither.
    let macros = sandbox.git(&["show", "quarry/acme-part:src/macros.rs"], MONOLITH);
    assert!(macros.contains("macro_rules! twice"), "{macros}");
    assert!(branch.contains("pub use acme_part::ensure;\n"), "{branch}");
    let made = sandbox.read("acme-part/src/made.rs");
    assert!(made.contains("pub fn raw"), "{made}");
}

#[test]
fn a_module_of_a_no_std_crate_with_a_function_of_its_name() {
    let sandbox = zoo(&[
        (
            "src/lib.rs",
            "#![no_std]\n#![cfg_attr(\n    all(test, feature = \"std\"),\n    allow(dead_code)\n)]\n\
             #[macro_use]\nextern crate alloc;\n#[cfg(feature = \"std\")]\nextern crate std;\n\
             mod parse;\nmod spawn;\nmod prelude { pub use alloc::{slice, vec::Vec}; }\npub use spawn::spawn;\n\
             pub fn two() -> u8 { crate::spawn(1).len() as u8 + spawn::HIDDEN }\n",
        ),
        (
            "src/spawn.rs",
            "use core::slice;\nuse crate::prelude::*;\nuse crate::parse;\n\
             #[cfg(feature = \"std\")]\nimpl std::error::Error for parse::Wrong {}\n\
             pub(crate) const HIDDEN: u8 = slice::from_ref(&1u8).len() as u8;\n\
             /// ```\n/// use zoo::spawn;\n/// assert_eq!(spawn(2).len(), 2);\n/// ```\n\
             pub fn spawn(n: u8) -> Vec<u8> { vec![parse::digit(n); n.into()] }\n",
        ),
        (
            "src/parse.rs",
            "use core::fmt;\n#[derive(Debug)]\npub struct Wrong;\n\
             impl fmt::Display for Wrong {\n    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(\"wrong\") }\n}\n\
             pub(crate) fn digit(n: u8) -> u8 { n % 10 }\n",
        ),
        (
            "examples/show.rs",
            "fn main() { assert_eq!(zoo::spawn(3).len(), 3); }\n",
        ),
    ]);
    let (library, _) = take(&sandbox, &["crate::spawn", "--with-needed"]);
    assert!(library.contains("extern crate alloc;"), "{library}");
    assert!(library.contains("crate::parse::digit(n)"), "{library}");
    assert!(library.contains("/// use acme_part::spawn;"), "{library}");
    // What only the code that came along used is not imported any more.
    let parse = sandbox.git(&["show", "quarry/acme-part:src/parse.rs"], MONOLITH);
    assert!(!parse.contains("use core::fmt"), "{parse}");
    let example = sandbox.read("acme-part/examples/show.rs");
    assert!(example.contains("acme_part::spawn(3)"), "{example}");
    sandbox.ok(
        "cargo",
        &["check", "--features", "std", "--quiet"],
        "acme-part",
    );
}
