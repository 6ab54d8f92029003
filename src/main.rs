//! `cargo-quarry`: parse, dispatch, report, exit code.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    // The same program is the compiler wrapper of the reference map: cargo runs it in place of
    // rustc, and says so by this variable.
    if let Some(code) = cargo_quarry::references::run_as_wrapper() {
        return code;
    }
    // And rustdoc's, for the public API.
    if let Some(code) = cargo_quarry::surface::run_as_wrapper() {
        return code;
    }
    cli::run()
}
