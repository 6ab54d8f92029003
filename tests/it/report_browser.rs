//! Cards in a browser: they fit the screen, can be read light and dark, and used without a mouse.
//! Pictures of them are left in `target/tmp/screenshots`.

use cargo_quarry::card::Card;
use cargo_quarry::report::html;

use crate::browser::{Browser, Screen};
use crate::report::sample::{odd, quiet, sample, unknown};
use crate::sandbox::Sandbox;

fn page(sandbox: &Sandbox, name: &str, cards: &[Card]) -> String {
    let text = html(cards, "Upgrades of shop");
    let file = sandbox.write(&format!("{name}.html"), &text);
    format!("file://{}", file.display())
}

#[test]
fn cards_fit_the_screen_and_can_be_read() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let sandbox = Sandbox::new();
    let mut all = Vec::new();
    for (name, cards) in [
        ("sample", vec![sample()]),
        ("odd", vec![odd()]),
        ("several", vec![sample(), quiet(), unknown()]),
        ("none", vec![]),
    ] {
        let url = page(&sandbox, name, &cards);
        for screen in Screen::ALL {
            browser.show(&url, screen);
            assert_eq!(browser.requests(), [&url], "it loads nothing");
            browser.screenshot(&format!("report-{name}-{screen}"));
            // It opens all that can be opened.
            let problems = browser.problems(screen);
            all.extend(problems.iter().map(|p| format!("{name}, {screen}: {p}")));
            if name == "sample" {
                browser.screenshot(&format!("report-{name}-{screen}-open"));
            }
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// What there is to use, in the order of the page.
const USABLE: &str = "[...document.querySelectorAll('a[href], summary, [tabindex]')]\
                      .filter((element) => element.checkVisibility())";

#[test]
fn cards_can_be_used_with_the_keyboard() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let sandbox = Sandbox::new();
    let url = page(&sandbox, "keyboard", &[sample(), unknown()]);
    browser.show(&url, Screen::DARK);
    let count = browser.evaluate(&format!("{USABLE}.length"));
    let count = count.as_u64().expect("a number");
    assert!(count > 10, "{count}");
    for expected in 0..count {
        browser.press("Tab", 9);
        let at = browser.evaluate(&format!("{USABLE}.indexOf(document.activeElement)"));
        assert_eq!(at, expected);
        let sign = browser.evaluate("getComputedStyle(document.activeElement).outlineStyle");
        assert_eq!(sign, "solid");
    }
    // What is closed opens, and each anchor leads somewhere, and to one place.
    browser.evaluate("document.querySelector('summary').focus()");
    let is_open = "document.querySelector('details').open";
    let before = browser.evaluate(is_open);
    browser.press("Enter", 13);
    assert_ne!(browser.evaluate(is_open), before);
    let lost = browser.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map((a) => a.getAttribute('href'))\
         .filter((id) => document.querySelectorAll(`[id=\"${id.slice(1)}\"]`).length !== 1)",
    );
    assert_eq!(lost, serde_json::json!([]));
}
