//! What of the JSON document of a survey is read. What later versions add is optional.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map as Object, Value};

#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub(super) surveys: Vec<Survey>,
    /// What the repositories have copied from each other.
    #[serde(default)]
    pub(super) copies: Option<Table>,
}

/// Texts in rows, the name of each row first.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Table {
    /// What stands above the columns.
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Survey {
    pub(super) top: String,
    pub(super) head: String,
    pub(super) method: Method,
    pub(super) counts: Counts,
    pub(super) candidates: Vec<Candidate>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) map: Map,
    /// How it could be grouped.
    #[serde(default)]
    pub(super) layouts: Option<Layouts>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Layouts {
    pub(super) table: Table,
    /// What was compared.
    pub(super) about: String,
    /// Sentences.
    pub(super) recommendation: Vec<String>,
    /// What would be a repository together.
    pub(super) together: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub(super) enum Method {
    Compiler { missing: Vec<String> },
    Tokens { why: Option<String> },
}

#[derive(Debug, Deserialize)]
pub(super) struct Counts {
    pub(super) packages: usize,
    pub(super) modules: usize,
    pub(super) items: usize,
    pub(super) lines: usize,
}

#[derive(Debug, Deserialize)]
pub(super) struct LeftOut {
    pub(super) path: String,
    pub(super) why: String,
}

/// It goes to the page's script as it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Map {
    pub(super) areas: Vec<Area>,
    pub(super) uses: Vec<(usize, usize, usize)>,
    /// Areas that change together, with a weight.
    #[serde(default)]
    pub(super) cochange: Vec<(usize, usize, f64)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Area {
    pub(super) name: String,
    pub(super) package: String,
    pub(super) parent: Option<usize>,
    pub(super) test: bool,
    pub(super) independence: Option<f64>,
    pub(super) rank: Option<usize>,
    pub(super) items: Vec<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Candidate {
    pub(super) rank: usize,
    pub(super) score: f64,
    pub(super) parts: BTreeMap<String, f64>,
    pub(super) package: String,
    pub(super) target: Target,
    pub(super) modules: Vec<String>,
    pub(super) files: Vec<String>,
    pub(super) size: Size,
    pub(super) users: Users,
    pub(super) face: Value,
    pub(super) needs: Needs,
    pub(super) obstacles: Vec<Obstacle>,
    pub(super) character: String,
    pub(super) advice: String,
    pub(super) command: String,
    /// From the history.
    #[serde(default)]
    pub(super) cost: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "kebab-case")]
pub(super) enum Target {
    Lib,
    Bin(String),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Size {
    pub(super) lines: usize,
    #[serde(flatten)]
    pub(super) rest: Object<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Users {
    pub(super) modules: Vec<String>,
    #[serde(flatten)]
    pub(super) rest: Object<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Needs {
    pub(super) items: usize,
    pub(super) more: bool,
    #[serde(flatten)]
    pub(super) rest: Object<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Obstacle {
    pub(super) item: String,
    pub(super) kind: String,
    pub(super) place: Place,
    pub(super) used_at: Vec<Place>,
    pub(super) uses: usize,
    pub(super) items: usize,
    pub(super) lines: usize,
    pub(super) more: bool,
    pub(super) way_out: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: usize,
}
