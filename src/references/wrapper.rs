//! This program in rustc's place, as cargo runs it for the workspace's own crates.

use std::process::ExitCode;

use super::compact::Uses;
use crate::sys;

/// Says that this process is the wrapper, and what for.
pub(super) const VARIABLE: &str = "CARGO_QUARRY_WRAPPER";
/// Its only value so far.
pub(super) const MAP: &str = "map";

/// What rustc gets besides what cargo gives it. `force-warn` beats what the code allows, denies
/// or forbids; the cap keeps denied lints from stopping the check, and turns off that of useless
/// marks; other warnings are nobody's business here.
pub(super) const ARGS: [&str; 5] = [
    "--cap-lints",
    "warn",
    "--force-warn",
    "deprecated",
    "-Awarnings",
];

/// The folders of packages outside of the workspace that are checked like its own, a line each.
pub(super) const PACKAGES: &str = "CARGO_QUARRY_PACKAGES";

/// Says that this process was started by itself, as cargo starts both of its wrappers for the
/// workspace's own crates.
const INNER: &str = "CARGO_QUARRY_INNER_WRAPPER";

/// If this process was started by cargo as the compiler wrapper of the map, does that work and
/// gives its exit code.
pub fn run_as_wrapper() -> Option<ExitCode> {
    if sys::env::var(VARIABLE)? != MAP {
        return None;
    }
    let mut args = std::env::args_os().skip(1);
    let program = args.next()?;
    let is_checked = match sys::env::var(PACKAGES) {
        None => true,
        Some(_) if sys::env::var(INNER).is_some() => true,
        Some(_) if std::env::args_os().next().as_ref() == Some(&program) => {
            let inner = [(INNER, "1")];
            return Some(sys::process::run_in_place_with(&program, args, &inner));
        }
        Some(packages) => {
            let package = sys::env::var("CARGO_MANIFEST_DIR");
            package.is_some_and(|dir| packages.lines().any(|line| line == dir))
        }
    };
    if !is_checked {
        return Some(sys::process::run_in_place(&program, args));
    }
    let args = args.chain(ARGS.iter().map(Into::into));
    let mut uses = Uses::default();
    let code = sys::process::run_filtered(&program, args, &mut |line| match line {
        Some(line) => uses.take(line),
        None => uses.messages(),
    });
    Some(code)
}
