#![no_main]

#[path = "../properties/package.rs"]
mod package;
#[path = "../properties/publish.rs"]
mod publish;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| package::check(bytes));
