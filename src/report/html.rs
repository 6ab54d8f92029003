//! Cards as one HTML file that loads nothing.

use std::sync::LazyLock;

use minijinja::Value;
use minijinja::value::Serde;
use minijinja::{Environment, context};

use super::page::Page;
use super::text::pieces;
use crate::card::Card;

const TEMPLATES: [(&str, &str); 4] = [
    ("page.html", include_str!("files/page.html")),
    ("card.html", include_str!("files/card.html")),
    ("parts.html", include_str!("files/parts.html")),
    ("style.css", include_str!("files/style.css")),
];

/// The cards as a page of its own: one file, which loads nothing and runs nothing.
#[must_use]
pub fn html(cards: &[Card], title: &str) -> String {
    static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
        let mut environment = Environment::new();
        for (name, source) in TEMPLATES {
            let added = environment.add_template(name, source);
            added.expect("the templates are tested");
        }
        environment.add_filter("pieces", |text: &str| Value::from(Serde(&pieces(text))));
        environment
    });
    let page = Page::new(cards, title);
    let template = ENVIRONMENT.get_template("page.html");
    let template = template.expect("it was added");
    let rendered = template.render(context! { page => Value::from(Serde(&page)) });
    rendered.expect("the templates are tested, and a page has all that they name")
}
