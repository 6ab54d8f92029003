//! Releasing a library. A person's half: which version comes next, whether all is so that it may
//! be made, and cargo-release run where nothing of the user's can be harmed. CI's half: the tag,
//! published.
//!
//! | file | owns |
//! |---|---|
//! | `request` | what is wanted, and what is told meanwhile |
//! | `subject` | the crates to release and what is known of them |
//! | `settings` | what `release.toml` says |
//! | `version` | which version comes next |
//! | `checks` | what stands in the way, all of it at once |
//! | `plan` | what will be done |
//! | `rehearse` | cargo-release, in a twin of the repository; what it made is compared with the plan |
//! | `apply` | the push, then the user's branch and tags; going on after a kill |
//! | `publish` | what a tag names, packaged, compared and published |
//! | `deprecate` | the ledger of what should be used no longer |
//!
//! What cargo-release makes, it makes in a twin of the repository inside the git folder. The
//! push takes it from there, all or nothing, and only then the user's branch moves on. Until the
//! push there is nothing to undo; after it, a run that is killed leaves a journal that the next
//! one completes.

mod apply;
mod checks;
mod deprecate;
mod error;
mod plan;
mod publish;
mod rehearse;
mod request;
mod settings;
mod subject;
mod version;

pub use apply::{Finished, apply, finish_interrupted, is_interrupted};
pub use deprecate::{
    Deprecating, DeprecationRequest, Ledger, Prepared as PreparedDeprecation, apply_deprecation,
    load_ledgers, prepare_deprecation,
};
pub use error::ReleaseError;
pub use plan::{Action, Prepared, ReleasedCrate, prepare};
pub use publish::{
    PublishAction, PublishPlan, PublishRequest, Tagged, apply_publish, clear_notes, load_tag,
    prepare_publish, rehearse_publish,
};
pub use request::{Event, Listener, Request, Wanted};
pub use subject::{Candidate, Subject, load};
