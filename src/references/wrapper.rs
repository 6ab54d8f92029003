//! This program in rustc's place, as cargo runs it for the workspace's own crates.

use std::process::ExitCode;

use crate::sys;

/// Says that this process is the wrapper, and what for.
pub(super) const VARIABLE: &str = "CARGO_QUARRY_WRAPPER";
/// Its only value so far.
pub(super) const MAP: &str = "map";

/// What rustc gets besides what cargo gives it. `force-warn` beats what the code allows, denies
/// or forbids; the cap keeps denied lints from stopping the check, and turns off that of useless
/// marks; other warnings are nobody's business here.
const ARGS: [&str; 5] = [
    "--cap-lints",
    "warn",
    "--force-warn",
    "deprecated",
    "-Awarnings",
];

/// If this process was started by cargo as the compiler wrapper of the map, does that work and
/// gives its exit code.
pub fn run_as_wrapper() -> Option<ExitCode> {
    if sys::env::var(VARIABLE)? != MAP {
        return None;
    }
    let mut args = std::env::args_os().skip(1);
    let rustc = args.next()?;
    let args = args.chain(ARGS.map(Into::into));
    Some(sys::process::run_in_place(&rustc, args))
}
