//! Packages that were not built, as cargo says it. The compiler is silent about some of them: a
//! build script that fails, a toolchain that is too old.

use std::collections::BTreeSet;

/// A package that was not built, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unbuilt {
    /// Its name.
    pub package: String,
    /// Its version, where cargo says it.
    pub version: Option<String>,
    /// Why.
    pub why: Why,
}

/// Why a package was not built.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The compiler had errors.
    Compiler,
    /// It asks for a later compiler: `rustc 1.99`.
    Toolchain(String),
    /// Its build script failed for want of this library or tool of the system.
    Library(String),
    /// Its build script failed: what it said first.
    Script(String),
}

/// What cargo's standard error says of packages that were not built.
pub fn unbuilt(stderr: &str) -> BTreeSet<Unbuilt> {
    let mut found = BTreeSet::new();
    let lines: Vec<&str> = stderr.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        // Cargo ends with the worst of `--keep-going` as errors, and warns of the rest.
        let Some(line) = line
            .strip_prefix("error: ")
            .or_else(|| line.strip_prefix("warning: "))
        else {
            continue;
        };
        if let Some(rest) = line.strip_prefix("could not compile `") {
            let package = rest.split('`').next().unwrap_or(rest).to_owned();
            found.insert(Unbuilt {
                package,
                version: None,
                why: Why::Compiler,
            });
        } else if let Some(rest) = line.strip_prefix("failed to run custom build command for `") {
            let (package, version) = name_and_version(rest.split('`').next().unwrap_or(rest));
            found.insert(Unbuilt {
                package,
                version,
                why: script(&lines[at + 1..]),
            });
        } else if line.starts_with("rustc ") && line.contains(" is not supported by the following")
        {
            found.extend(too_new(&lines[at + 1..]));
        }
    }
    found
}

/// `foo-sys v0.1.0 (registry …)`
fn name_and_version(text: &str) -> (String, Option<String>) {
    let mut words = text.split(' ');
    let name = words.next().unwrap_or(text).to_owned();
    let version = words.next().and_then(|word| word.strip_prefix('v'));
    (name, version.map(ToOwned::to_owned))
}

/// `  acme-retry@2.0.0 requires rustc 1.99`
fn too_new<'a>(lines: &'a [&str]) -> impl Iterator<Item = Unbuilt> + 'a {
    let listed = lines.iter().take_while(|line| line.starts_with("  "));
    listed.filter_map(|line| {
        let (package, wanted) = line.trim().split_once(" requires ")?;
        let (package, version) = package.split_once('@')?;
        Some(Unbuilt {
            package: package.to_owned(),
            version: Some(version.to_owned()),
            why: Why::Toolchain(wanted.to_owned()),
        })
    })
}

/// What a build script said, from the lines after cargo's.
fn script(lines: &[&str]) -> Why {
    let is_next = |line: &&&str| !(line.starts_with("error: ") || line.starts_with("warning: "));
    let block: Vec<&str> = lines.iter().take_while(is_next).copied().collect();
    if let Some(library) = block.iter().find_map(|line| missing_library(line)) {
        return Why::Library(library);
    }
    let own = block.iter().skip_while(|line| line.trim() != "--- stderr");
    let mut own = own.skip(1).map(|line| line.trim());
    // A panic says where, then what.
    let first = own.find(|line| !line.is_empty() && !line.starts_with("thread '"));
    Why::Script(first.unwrap_or("it said nothing").to_owned())
}

/// The library or tool of the system that a line of a build script or of a linker misses.
pub fn missing_library(line: &str) -> Option<String> {
    // The crate pkg-config, pkg-config itself, those of prost and cmake, GNU ld, lld, macOS's ld.
    let quoted = [
        ("The system library `", '`', " was not found"),
        ("No package '", '\'', " found"),
        ("Could not find `", '`', ""),
        ("could not find system library '", '\'', ""),
        ("is `", '`', " not installed?"),
        ("library '", '\'', " not found"),
    ];
    for (start, end, after) in quoted {
        if let Some((_, rest)) = line.split_once(start)
            && let Some((name, rest)) = rest.split_once(end)
            && rest.contains(after)
        {
            return Some(name.to_owned());
        }
    }
    let flags = [
        "cannot find -l",
        "unable to find library -l",
        "library not found for -l",
    ];
    let (_, rest) = flags.iter().find_map(|flag| line.split_once(flag))?;
    let name = rest.split([':', ' ', '\'']).next().unwrap_or(rest);
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stderr: &str, expect: &[&str]) {
        let found = unbuilt(stderr);
        let lines = found.iter().map(|it| {
            let version = it.version.as_deref().unwrap_or("-");
            format!("{} {version}: {:?}", it.package, it.why)
        });
        assert_eq!(lines.collect::<Vec<_>>(), expect);
    }

    #[test]
    fn a_toolchain_that_is_too_old() {
        check(
            "error: rustc 1.95.0 is not supported by the following packages:\n  \
             acme-retry@2.0.0 requires rustc 1.99\n  acme-log@0.3.1 requires rustc 1.98\n\
             Either upgrade rustc or select compatible dependency versions with\n",
            &[
                "acme-log 0.3.1: Toolchain(\"rustc 1.98\")",
                "acme-retry 2.0.0: Toolchain(\"rustc 1.99\")",
            ],
        );
    }

    #[test]
    fn a_build_script_that_misses_a_library() {
        check(
            "   Compiling foo-sys v0.1.0\n\
             error: failed to run custom build command for `foo-sys v0.1.0 (registry `internal`)`\n\
             note: To improve backtrace information for build dependencies, set …\n\n\
             Caused by:\n  process didn't exit successfully: `build-script-build` (exit status: 101)\n  \
             --- stdout\n  cargo:rerun-if-env-changed=FOO_NO_PKG_CONFIG\n\n  --- stderr\n  \
             thread 'main' panicked at build.rs:3:14:\n  called `Result::unwrap()` on an `Err` value:\n  \
             pkg-config exited with status code 1\n\n  \
             The system library `foo` required by crate `foo-sys` was not found.\n\
             error: failed to run custom build command for `gen v1.0.0`\n\nCaused by:\n  \
             --- stderr\n  thread 'main' panicked at build.rs:1:13:\n  no schema here\n\
             warning: build failed, waiting for other jobs to finish...\n\
             error: could not compile `svc` (lib test) due to 2 previous errors\n",
            &[
                "foo-sys 0.1.0: Library(\"foo\")",
                "gen 1.0.0: Script(\"no schema here\")",
                "svc -: Compiler",
            ],
        );
    }

    #[test]
    fn libraries_are_named_as_linkers_and_tools_do() {
        for line in [
            "/usr/bin/ld: cannot find -lpq: No such file or directory",
            "rust-lld: error: unable to find library -lpq",
            "ld: library 'pq' not found",
            "ld: library not found for -lpq",
            "No package 'pq' found",
            "Error: Custom { error: \"Could not find `pq`. If it is installed, …\" }",
        ] {
            assert_eq!(missing_library(line).as_deref(), Some("pq"), "{line}");
        }
        assert_eq!(missing_library("error: cannot find function `pq`"), None);
    }
}
