#![no_main]

#[path = "../properties/publish.rs"]
mod publish;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| publish::check(bytes));
