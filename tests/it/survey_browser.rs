//! The picture of a survey in a browser: drawn, readable, and used by keyboard alone. Screenshots
//! are left in `target/tmp/screenshots`.

use cargo_quarry::report;
use serde_json::{Value, json};

use crate::browser::{Browser, Screen};
use crate::sandbox::Sandbox;
use crate::survey::organisation::organisation;

/// How many colours there are on the map, and a digest of all its pixels.
const PIXELS: &str = "(() => {
    const map = document.querySelector('canvas.map');
    const { data } = map.getContext('2d').getImageData(0, 0, map.width, map.height);
    const words = new Uint32Array(data.buffer);
    return [new Set(words).size, words.reduce((sum, word) => (sum * 31 + word) >>> 0, 0)];
})()";

fn pixels(browser: &mut Browser) -> (u64, u64) {
    let found = browser.evaluate(PIXELS);
    let number = |at: usize| found[at].as_u64().expect("a number");
    (number(0), number(1))
}

fn text(browser: &mut Browser, selector: &str) -> String {
    let found = browser.evaluate(&format!(
        "[...document.querySelectorAll('{selector}')].map((it) => it.textContent).join('|')"
    ));
    found.as_str().expect("a text").to_owned()
}

fn shop(sandbox: &Sandbox) -> String {
    organisation(sandbox);
    let args = [
        "survey",
        "--no-build",
        "--offline",
        "--html",
        "picture.html",
    ];
    sandbox.quarry(&args, "shop");
    format!("file://{}", sandbox.path("shop/picture.html").display())
}

#[test]
fn a_picture_fits_the_screen_and_can_be_read() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let sandbox = Sandbox::new();
    let url = shop(&sandbox);
    let mut all = Vec::new();
    let mut seen = Vec::new();
    for screen in Screen::ALL {
        browser.show(&url, screen);
        assert_eq!(browser.requests(), [&url], "it loads nothing");
        let (colours, digest) = pixels(&mut browser);
        assert!(colours > 5, "{screen}: {colours} colours");
        seen.push(digest);
        browser.evaluate("document.querySelector('.candidates tbody button').click()");
        browser.screenshot(&format!("survey-{screen}"));
        let problems = browser.problems(screen);
        all.extend(problems.iter().map(|p| format!("{screen}: {p}")));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    // Light, narrow, dark, narrow.
    assert_ne!(seen[0], seen[2]);
    assert_ne!(seen[1], seen[3]);
}

#[test]
fn a_picture_is_used_with_the_keyboard() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let sandbox = Sandbox::new();
    let url = shop(&sandbox);
    browser.show(&url, Screen::LIGHT);
    let nothing = pixels(&mut browser).1;

    // The best candidate, from the table to the map.
    browser.evaluate("document.querySelector('.candidates tbody button').focus()");
    browser.press("Enter", 13);
    assert_eq!(
        text(&mut browser, ".details .take pre"),
        "cargo quarry extract -p shop crate::util::retry --name shop-retry --into ../shop-retry"
    );
    browser.evaluate("document.querySelector('.details .advice button').focus()");
    browser.press("Enter", 13);
    let focus = browser.evaluate("document.activeElement.className");
    assert_eq!(focus, "map");
    assert_eq!(text(&mut browser, ".side h4"), "shop::util::retry");
    let users = text(&mut browser, ".side .in .names");
    for user in ["customers", "orders", "billing"] {
        assert!(users.contains(user), "{user}: {users}");
    }
    assert_ne!(pixels(&mut browser).1, nothing, "references are drawn");
    let said = text(&mut browser, ".said");
    assert!(said.contains("used by 3 modules, uses 0 modules"), "{said}");

    // Out, to the areas beside it, and in again.
    browser.press("Escape", 27);
    let outer = text(&mut browser, ".side h4");
    assert_ne!(outer, "shop::util::retry");
    let mut found = Vec::new();
    for (key, number) in [
        ("ArrowRight", 39),
        ("ArrowDown", 40),
        ("ArrowLeft", 37),
        ("ArrowUp", 38),
    ] {
        browser.press(key, number);
        found.push(text(&mut browser, ".side h4"));
    }
    assert!(found.iter().any(|name| *name != outer), "{found:?}");
    browser.press("Home", 36);
    let largest = text(&mut browser, ".side h4");
    let crumbs = text(&mut browser, ".crumbs li");
    browser.press("Enter", 13);
    assert_ne!(text(&mut browser, ".crumbs li"), crumbs);
    browser.press("Escape", 27);
    assert_eq!(text(&mut browser, ".crumbs li"), crumbs);
    assert_eq!(text(&mut browser, ".side h4"), largest);

    // An area is found by a part of its name.
    browser.evaluate("document.querySelector('.find input').focus()");
    browser.type_text("billing");
    let offered = browser.evaluate("document.querySelectorAll('.find option').length");
    assert_eq!(offered, 1);
    browser.press("Enter", 13);
    assert_eq!(text(&mut browser, ".side h4"), "billing");
    let focus = browser.evaluate("document.activeElement.className");
    assert_eq!(focus, "map");
    browser.evaluate("document.querySelector('.find input').focus()");
    browser.type_text("nowhere");
    browser.press("Enter", 13);
    let valid = browser.evaluate("document.querySelector('.find input').validity.valid");
    assert_eq!(valid, false, "nothing is called so");
    assert_eq!(text(&mut browser, ".side h4"), "billing");

    // The table is filtered, and says so.
    browser.evaluate("document.querySelector('.filter [name=text]').focus()");
    browser.type_text("retry");
    let names = text(&mut browser, ".candidates tbody th");
    assert!(
        names.split('|').all(|name| name.contains("retry")),
        "{names}"
    );
    let mut problems = browser.problems(Screen::LIGHT);
    // Chromium's advice to who reads pixels: this test does.
    problems.retain(|problem| !problem.contains("willReadFrequently"));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// So many items in 40 packages of 50 modules.
fn large(items: usize) -> Value {
    let mut areas = Vec::new();
    for package in 0..40 {
        let root = areas.len();
        for module in 0..50 {
            let own = (0..items / 2000).map(|item| {
                let lines = 3 + (item * 7 + module * 13) % 60;
                json!({ "name": format!("item_{item}"), "kind": "function", "lines": lines, "uses": 1 })
            });
            let below = if module == 0 {
                String::new()
            } else {
                format!("::module_{module}")
            };
            areas.push(json!({
                "name": format!("package-{package}{below}"), "package": format!("package-{package}"),
                "parent": (module > 0).then_some(root), "test": false,
                "independence": f64::from(u32::try_from(module).expect("small")) / 50.0, "rank": null, "items": own.collect::<Vec<_>>(),
            }));
        }
    }
    let uses: Vec<Value> = (0..20_000)
        .map(|at| json!([at % 2000, (at * 37 + 11) % 2000, 1 + at % 5]))
        .collect();
    json!({ "version": 1, "surveys": [{
        "top": "/large", "head": "0123456789abcdef", "method": { "by": "compiler", "missing": [] },
        "counts": { "packages": 40, "targets": 40, "modules": 2000, "items": items, "uses": 20_000, "lines": 1 },
        "candidates": [], "left_out": [], "map": { "areas": areas, "uses": uses },
    }] })
}

#[test]
fn a_picture_of_20_000_items_is_drawn() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let sandbox = Sandbox::new();
    let page = report::picture(large(20_000), "Large").expect("a document");
    let file = sandbox.write("large.html", &page);
    browser.show(&format!("file://{}", file.display()), Screen::DARK);
    assert!(pixels(&mut browser).0 > 5);
    let boxes = browser.evaluate("Number(document.querySelector('canvas').dataset.boxes)");
    assert!(boxes.as_u64() > Some(2000), "{boxes}");
    browser.evaluate("document.querySelector('canvas').focus()");
    browser.press("Home", 36);
    let said = text(&mut browser, ".said");
    assert!(said.starts_with("package-"), "{said}");
    browser.screenshot("survey-large");
    let problems = browser.problems(Screen::DARK);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
