//! What the templates and the script of the page are filled with.

mod data;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use self::data::Data;
use super::document::{Candidate, Document, Layouts, LeftOut, Method, Survey, Table, Target};
use super::words;

#[derive(Debug, Serialize)]
pub(super) struct Page {
    title: String,
    surveys: Vec<SurveyView>,
    copies: Option<Table>,
}

#[derive(Debug, Serialize)]
struct SurveyView {
    /// Its anchor.
    id: String,
    /// The name of its folder.
    name: String,
    top: String,
    /// The first digits of the commit.
    head: String,
    sentence: String,
    packages: usize,
    method: MethodView,
    candidates: Vec<Row>,
    /// What there is to choose from.
    characters: BTreeSet<String>,
    advices: BTreeSet<String>,
    layouts: Option<Layouts>,
    left_out: Vec<Group>,
    /// For the script, as JSON.
    data: String,
}

/// How uses were found out.
#[derive(Debug, Serialize)]
struct MethodView {
    approximate: bool,
    text: String,
    missing: Vec<String>,
}

/// A candidate in the table.
#[derive(Debug, Serialize)]
struct Row {
    rank: usize,
    name: String,
    package: String,
    binary: Option<String>,
    score: String,
    lines: String,
    users: usize,
    needs: String,
    obstacles: usize,
    character: String,
    advice: String,
    command: String,
}

/// What was left out for one reason.
#[derive(Debug, Serialize)]
struct Group {
    why: String,
    paths: Vec<String>,
}

impl Page {
    pub(super) fn new(document: Document, title: &str) -> Result<Self, serde_json::Error> {
        let surveys = document.surveys.into_iter().enumerate();
        let surveys = surveys.map(|(at, survey)| SurveyView::new(survey, at));
        Ok(Self {
            title: title.to_owned(),
            surveys: surveys.collect::<Result<_, _>>()?,
            copies: document.copies.filter(|copies| !copies.rows.is_empty()),
        })
    }
}

impl SurveyView {
    fn new(survey: Survey, at: usize) -> Result<Self, serde_json::Error> {
        let candidates: Vec<Row> = survey.candidates.iter().map(Row::new).collect();
        let top = survey.top.trim_end_matches(['/', '\\']);
        let name = top
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
            .to_owned();
        Ok(Self {
            id: format!("survey-{}", at + 1),
            sentence: words::sentence(candidates.len(), &survey.counts),
            packages: survey.counts.packages,
            head: survey.head.chars().take(10).collect(),
            method: MethodView::new(survey.method),
            characters: candidates.iter().map(|it| it.character.clone()).collect(),
            advices: candidates.iter().map(|it| it.advice.clone()).collect(),
            layouts: survey.layouts,
            left_out: groups(survey.left_out),
            data: serde_json::to_string(&Data::new(&name, survey.candidates, &survey.map))?,
            top: survey.top,
            name,
            candidates,
        })
    }
}

impl MethodView {
    fn new(method: Method) -> Self {
        match method {
            Method::Compiler { missing } => Self {
                approximate: !missing.is_empty(),
                text: if missing.is_empty() {
                    "The compiler resolved who uses what.".to_owned()
                } else {
                    "The compiler resolved who uses what, but not all of it compiles: what the \
                     rest uses is not known."
                        .to_owned()
                },
                missing,
            },
            Method::Tokens { why } => Self {
                approximate: true,
                text: match why {
                    None => "Who uses what is told from the tokens, approximately: the compiler \
                             was not asked (`--no-build`)."
                        .to_owned(),
                    Some(_) => "Who uses what is told from the tokens, approximately: the \
                                compiler could not tell."
                        .to_owned(),
                },
                missing: why.into_iter().collect(),
            },
        }
    }
}

impl Row {
    fn new(it: &Candidate) -> Self {
        let more = if it.needs.more { "+" } else { "" };
        Self {
            rank: it.rank,
            name: words::name(it),
            package: it.package.clone(),
            binary: match &it.target {
                Target::Lib => None,
                Target::Bin(name) => Some(format!("binary {name}")),
            },
            score: format!("{:.0}", it.score),
            lines: words::number(it.size.lines),
            users: it.users.modules.len(),
            needs: format!("{}{more}", words::number(it.needs.items)),
            obstacles: it.obstacles.len(),
            character: it.character.clone(),
            advice: it.advice.clone(),
            command: it.command.clone(),
        }
    }
}

fn groups(left_out: Vec<LeftOut>) -> Vec<Group> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for LeftOut { path, why } in left_out {
        groups.entry(why).or_default().push(path);
    }
    let groups = groups.into_iter();
    groups.map(|(why, paths)| Group { why, paths }).collect()
}
