//! Markdown of others, such as readmes and changelogs, as HTML: no HTML of theirs gets through,
//! and what is made loads nothing from elsewhere.

mod render;
mod source;

pub use render::{Showing, Tags, render_markdown, without_title};
pub use source::Source;
