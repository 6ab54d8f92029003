//! The capability: begin a library repository from a template, and keep it like the template.
//!
//! | file | owns |
//! |---|---|
//! | `request` | what is asked for, and who is told how far it is |
//! | `facts` | what is found out before: registry, toolchain, index |
//! | `place` | where it goes: a new repository, or one of a bounded context |
//! | `create` | a new repository |
//! | `join` | a crate more in a bounded context |
//! | `shape` | a repository's record, and the template as it is now |
//! | `drift` | what the template and the repository made of what came of it then |
//! | `sync` | the template's changes as a branch |
//! | `adopt` | a repository that was not made from the template |
//!
//! A new repository is made beside its place and renamed; everything else lands as a branch, so
//! that a checkout is never touched.

mod adopt;
mod create;
mod drift;
mod error;
mod facts;
mod join;
mod place;
mod request;
mod shape;
mod sync;

pub use adopt::{Adopted, adopt};
pub use create::{Created, Landed, create};
pub use drift::{Drift, Edited};
pub use error::ScaffoldError;
pub use request::{AdoptRequest, Event, Listener, NewRequest, SyncRequest};
pub use sync::{Synced, check, sync};
