//! Registries asked over HTTP, as cargo asks them: the sparse index, packages, the web API.
//!
//! What is asked for is the caller's business. A token goes to the registry it is for and to no
//! other host, and is in no error.
//!
//! Source of the rules: the cargo book, "Registry Index" and "Registry Web API".

mod answer;
mod api;
mod error;
mod http;
mod sparse;

pub use answer::Answer;
pub use error::ClientError;
pub use http::{Http, without_password};
pub use sparse::Client;
