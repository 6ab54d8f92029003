//! This program in rustdoc's place.
//!
//! rustdoc writes JSON on a stable toolchain under `RUSTC_BOOTSTRAP=1`. Set for all of cargo, that
//! variable would build every dependency again, and build scripts that look for a nightly
//! compiler would find one: so it is set for this one rustdoc only.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::sys;

/// Says that this process is the wrapper; its value is the real rustdoc.
pub(super) const VARIABLE: &str = "CARGO_QUARRY_RUSTDOC";
/// An argument that is the wrapper's: the folder for the JSON. A new one each time, so cargo
/// never takes an older run for this one.
pub(super) const OUT: &str = "--quarry-out=";

/// If this process was started by cargo in rustdoc's place, runs rustdoc and gives its exit code.
pub fn run_as_wrapper() -> Option<ExitCode> {
    let rustdoc = sys::env::var(VARIABLE)?;
    let args = rewritten(std::env::args_os().skip(1).collect());
    Some(sys::process::run_in_place_with(
        rustdoc.as_ref(),
        args,
        &[("RUSTC_BOOTSTRAP", "1")],
    ))
}

/// The arguments with the output folder that was asked for in place of cargo's.
fn rewritten(args: Vec<OsString>) -> Vec<OsString> {
    let asked = args
        .iter()
        .find_map(|arg| arg.to_str()?.strip_prefix(OUT).map(OsString::from));
    let Some(folder) = asked else {
        return args; // `rustdoc -vV`, and such
    };
    let mut rewritten = Vec::new();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        if arg == "-o" || arg == "--out-dir" {
            args.next();
        } else if !arg.to_str().is_some_and(|arg| arg.starts_with(OUT)) {
            rewritten.push(arg);
        }
    }
    rewritten.extend(["-o".into(), folder]);
    rewritten
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_output_folder_is_replaced() {
        let check = |args: &str, expect: &str| {
            let args = args.split(' ').map(OsString::from).collect();
            let expect: Vec<OsString> = expect.split(' ').map(OsString::from).collect();
            assert_eq!(rewritten(args), expect);
        };
        check(
            "--crate-name a src/lib.rs -o /t/doc -C opt --quarry-out=/t/x --cfg b",
            "--crate-name a src/lib.rs -C opt --cfg b -o /t/x",
        );
        check("-vV", "-vV");
    }
}
