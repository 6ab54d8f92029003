//! End-to-end tests: real cargo, real git, a real registry. One binary, a module an area.
#![allow(unreachable_pub, reason = "a test binary has no outside")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests set up what the program then finds"
)]

mod cargo;
mod invocation;
mod manifest;
mod sandbox;
mod template;
mod trial;
