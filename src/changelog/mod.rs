//! Changelogs: what a `CHANGELOG.md` says of each version, and a new entry put into it.
//!
//! The form is that of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/), read with
//! tolerance: headings of any level that name a version begin a section, with or without
//! brackets, links, a leading `v` or the crate's name. Markdown is read by the parser that rustdoc
//! uses, so that a heading inside a code block is none. Nothing is invented: what has no heading
//! of its own is in no section.

mod add;
mod error;
mod heading;
mod parse;
mod section;

pub use add::with_entry;
pub use error::ChangelogError;
pub use section::{Changelog, Entry, Group, Kind, Section};
