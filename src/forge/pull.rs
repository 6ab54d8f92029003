//! Pull requests: one for a branch, opened or brought up to date.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::github::{encoded, fitting};
use super::{ForgeError, GitHub};

/// A pull request that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest<'a> {
    /// The branch with the change, of the repository itself.
    pub head: &'a str,
    /// The branch that it is for; the repository's default branch if none is given. One that is
    /// open already keeps its own.
    pub base: Option<&'a str>,
    /// Its title.
    pub title: &'a str,
    /// Its text, in Markdown; what is longer than GitHub takes is cut.
    pub body: &'a str,
}

/// A pull request that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulled {
    /// Its number.
    pub number: u64,
    /// Where people see it.
    pub url: String,
    /// Was it open already? Then its title and text were changed.
    pub was_open: bool,
}

#[derive(Deserialize)]
struct Listed {
    number: u64,
    html_url: String,
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "ref")]
    branch: String,
}

impl GitHub {
    /// Opens a pull request, or gives the one that is open for that branch the new title and
    /// text. Doing it twice is the same as doing it once.
    pub fn open_pull_request(&self, wanted: &PullRequest<'_>) -> Result<Pulled, ForgeError> {
        let text = json!({ "title": wanted.title, "body": fitting(wanted.body) });
        if let Some(number) = self.open_pull_of(wanted.head)? {
            let action = "change a pull request";
            let path = format!("/pulls/{number}");
            let changed: Listed = self.ask(action, "PATCH", &path, Some(&text))?;
            return Ok(pulled(changed, true));
        }
        let base = match wanted.base {
            Some(base) => base.to_owned(),
            None => self.default_branch()?,
        };
        let mut request = text;
        request["head"] = json!(wanted.head);
        request["base"] = json!(base);
        let action = "open a pull request";
        let opened: Listed = self.ask(action, "POST", "/pulls", Some(&request))?;
        Ok(pulled(opened, false))
    }

    fn open_pull_of(&self, branch: &str) -> Result<Option<u64>, ForgeError> {
        let head = encoded(&format!("{}:{branch}", self.repository().owner));
        let path = format!("/pulls?state=open&head={head}");
        let listed: Vec<Listed> = self.ask("list the pull requests", "GET", &path, None)?;
        let mut listed = listed.into_iter();
        let found = listed.find(|pull| pull.head.branch == branch);
        Ok(found.map(|pull| pull.number))
    }
}

fn pulled(listed: Listed, was_open: bool) -> Pulled {
    Pulled {
        number: listed.number,
        url: listed.html_url,
        was_open,
    }
}
