//! Cards of upgrades for people: a comment on a pull request, a page, and lines for a commit
//! message. And surveys as a page: see `picture`.
//!
//! It knows no more than the card says, and never says more: what was not compiled, tested or
//! tried is named, and nothing is called safe. All texts of a card are others': what they hold is
//! shown, and means nothing to what shows it.

mod comment;
mod diff;
mod entry;
mod html;
mod markdown;
mod page;
mod picture;
mod summary;
mod text;
mod verdict;
mod words;

pub use html::html;
pub use markdown::{MARKER, markdown};
pub use picture::picture;
pub use summary::summary;
pub use text::{signatures, visible};
pub use verdict::{Fact, Tone, Verdict, headline};
pub use words::{change_at, line_of, remarks, unseen, weight};
