//! The embedded registry: a private registry for a small team, in one process and one folder.
//!
//! From the outside in: the server (HTTP, [`start`]), access (tokens and what they allow), the
//! catalogue (the rules: what may be published, by whom, and in which order it is written), and
//! storage (bytes under keys, each written as a whole).
//!
//! The order of writes makes it durable: a version's package and metadata are on the disk before
//! the log says who published it, and that before the index names it; nothing is served that the
//! index does not name. Whatever ends the process, a version is there as a whole, and logged, or
//! not at all.

mod about;
mod access;
mod catalogue;
mod error;
mod expiry;
mod foreign;
mod log;
mod pages;
mod refusal;
mod routes;
mod server;
mod storage;
mod token;
mod verify;

pub use error::ServeError;
pub use expiry::Expiry;
pub use foreign::ForeignDependencies;
pub use log::{Action, Log, LogEntry, load_log};
pub use server::{DEFAULT_LISTEN, Options, Running, start};
pub use token::{NewToken, Scope, Secret, Token, add_token, load_tokens, revoke_token};
pub use verify::{Flaw, Verification, verify};
