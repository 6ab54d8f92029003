//! Surveys as one HTML file: the map of each monolith, its candidates, and what was left out.
//!
//! It is made of the JSON document of `cargo quarry survey`, and of nothing that is not in there:
//! what a survey does not have yet, such as a history, has no place on the page. All names in it
//! are others', and are data to the page wherever they stand: see `embed`.

mod document;
mod embed;
mod view;
mod words;

use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

use self::document::Document;
use self::embed::{allowed, script_data};
use self::view::Page;
use super::text::{pieces, visible_value};

const TEMPLATES: [(&str, &str); 6] = [
    ("page.html", include_str!("files/picture/page.html")),
    ("survey.html", include_str!("files/picture/survey.html")),
    ("rows.html", include_str!("files/picture/rows.html")),
    ("parts.html", include_str!("files/parts.html")),
    ("style.css", include_str!("files/style.css")),
    ("picture.css", include_str!("files/picture/picture.css")),
];

/// What runs before anything is shown.
const EARLY: &str = include_str!("files/picture/early.js");

/// The parts of the page's script, in an order in which each knows those before it.
const SCRIPTS: [&str; 8] = [
    include_str!("files/picture/model.js"),
    include_str!("files/picture/treemap.js"),
    include_str!("files/picture/map.js"),
    include_str!("files/picture/side.js"),
    include_str!("files/picture/candidate.js"),
    include_str!("files/picture/table.js"),
    include_str!("files/picture/find.js"),
    include_str!("files/picture/start.js"),
];

/// The surveys of a JSON document, as `cargo quarry survey --message-format json` prints it, as a
/// page of its own: one file, which loads nothing and runs nothing but its own script.
///
/// # Errors
/// If it is not such a document.
pub fn picture(document: serde_json::Value, title: &str) -> Result<String, serde_json::Error> {
    static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
        let mut environment = Environment::new();
        for (name, source) in TEMPLATES {
            let added = environment.add_template(name, source);
            added.expect("the templates are tested");
        }
        environment.add_filter("pieces", |text: &str| Value::from(Serde(&pieces(text))));
        environment.add_filter("script_data", |text: &str| {
            Value::from_safe_string(script_data(text))
        });
        environment
    });
    let document: Document = serde_json::from_value(visible_value(document))?;
    let title = visible_value(title.into());
    let page = Page::new(document, title.as_str().unwrap_or_default())?;
    let script = format!("(() => {{\n\"use strict\";\n{}}})();\n", SCRIPTS.join("\n"));
    let template = ENVIRONMENT.get_template("page.html");
    let template = template.expect("it was added");
    let rendered = template.render(context! {
        page => Value::from(Serde(&page)),
        early => Value::from_safe_string(EARLY.to_owned()),
        early_hash => allowed(EARLY),
        script_hash => allowed(&script),
        script => Value::from_safe_string(script),
    });
    Ok(rendered.expect("the templates are tested, and a page has all that they name"))
}

#[cfg(test)]
mod tests;
