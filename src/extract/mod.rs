//! Take modules out of a monolith into a library repository of their own.

mod boundary;
mod error;
mod impls;
mod layout;
mod mentions;
mod monolith;
mod relocate;
mod sources;
mod visibility;

pub use error::ExtractError;
