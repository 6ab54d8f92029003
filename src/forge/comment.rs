//! A comment on a pull request that there is one of, known by a marker that nobody sees.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::github::fitting;
use super::{ForgeError, GitHub};

/// As many comments are asked for at once; GitHub gives no more.
const PAGE: usize = 100;

/// A comment that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comment {
    /// Where people see it.
    pub url: String,
    /// Was it there already? Then its text was changed.
    pub was_there: bool,
}

#[derive(Deserialize)]
struct Listed {
    id: u64,
    html_url: String,
    body: Option<String>,
}

impl GitHub {
    /// Comments on the pull request `number`, or changes the comment that was made with this
    /// `marker`: a word of ours, `card`. Doing it twice is the same as doing it once.
    pub fn comment(&self, number: u64, marker: &str, text: &str) -> Result<Comment, ForgeError> {
        // HTML's comments are not shown in Markdown.
        let marker = format!("<!-- cargo-quarry: {marker} -->\n");
        let body = json!({ "body": fitting(&format!("{marker}{text}")) });
        let known = self.comment_with(number, &marker)?;
        let (method, path) = match known {
            Some(id) => ("PATCH", format!("/issues/comments/{id}")),
            None => ("POST", format!("/issues/{number}/comments")),
        };
        let made: Listed = self.ask("comment on a pull request", method, &path, Some(&body))?;
        Ok(Comment {
            url: made.html_url,
            was_there: known.is_some(),
        })
    }

    fn comment_with(&self, number: u64, marker: &str) -> Result<Option<u64>, ForgeError> {
        // GitHub's editor ends lines as it likes.
        let marker = marker.trim_end();
        for page in 1.. {
            let path = format!("/issues/{number}/comments?per_page={PAGE}&page={page}");
            let listed: Vec<Listed> =
                self.ask("list the comments of a pull request", "GET", &path, None)?;
            let is_ours = |it: &&Listed| it.body.as_ref().is_some_and(|b| b.starts_with(marker));
            if let Some(found) = listed.iter().find(is_ours) {
                return Ok(Some(found.id));
            }
            if listed.len() < PAGE {
                break;
            }
        }
        Ok(None)
    }
}
