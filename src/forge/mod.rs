//! GitHub's REST API, as far as cards need it: a pull request for a branch, and one comment on a
//! pull request that is edited and not repeated.
//!
//! Which repository it is about is read from the URL of a remote. The token goes to the API of
//! that repository's host and nowhere else, and is in no error.
//!
//! Source of the rules: GitHub's REST API, version 2022-11-28.

mod access;
mod comment;
mod error;
mod github;
mod pull;
mod remote;

pub use access::Access;
pub use comment::Comment;
pub use error::ForgeError;
pub use github::GitHub;
pub use pull::{PullRequest, Pulled};
pub use remote::RemoteRepository;
