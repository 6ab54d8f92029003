//! What the page of a survey is made of: the document, with words for people where it has keys
//! for programs, and what is shown as tables.

use cargo_quarry::survey::{Candidate, Survey};
use serde_json::{Value, json};

use super::copies::Found;
use super::{layouts, show};

/// The document of these surveys, for the page.
pub(super) fn document(mut document: Value, surveys: &[Survey], copied: Option<&Found>) -> Value {
    for (nth, survey) in surveys.iter().enumerate() {
        let shown = &mut document["surveys"][nth];
        for (at, candidate) in survey.candidates.iter().enumerate() {
            say(&mut shown["candidates"][at], candidate);
        }
        shown["layouts"] = match &survey.layouts {
            Some(found) => json!({
                "table": { "names": layouts::COLUMNS, "rows": layouts::rows(found) },
                "about": layouts::heading(found),
                "recommendation": layouts::recommendation(found),
                "together": layouts::together(found),
            }),
            None => Value::Null,
        };
    }
    document["copies"] = copied.map(Found::table).into();
    document
}

fn say(shown: &mut Value, candidate: &Candidate) {
    shown["advice"] = candidate.advice.words().into();
    shown["character"] = show::character(candidate).into();
    for (at, obstacle) in candidate.obstacles.iter().enumerate() {
        shown["obstacles"][at]["way_out"] = obstacle.way_out.advice().into();
    }
}
