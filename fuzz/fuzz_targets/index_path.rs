#![no_main]

#[path = "../properties/index_path.rs"]
mod index_path;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| index_path::check(bytes));
