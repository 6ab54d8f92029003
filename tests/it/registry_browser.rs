//! The registry's pages in a browser: they fit the screen, can be read light and dark, and used
//! without a mouse. Pictures of them are left in `target/tmp/screenshots`.

mod busy;

use crate::browser::{Browser, Screen};
use crate::registry_pages::organisation;
use crate::registry_server::TestRegistry;
use crate::sandbox::Sandbox;

use self::busy::{LONG_NAME, PRE_RELEASE, publish_much};

/// A page by its name in pictures, its path, title and status.
type Page<'a> = (&'a str, &'a str, &'a str, u16);

/// All that is wrong with some pages on all screens.
fn look(browser: &mut Browser, registry: &TestRegistry<'_>, pages: &[Page<'_>]) -> Vec<String> {
    let base = registry.base_url();
    let mut all = Vec::new();
    for &(name, path, title, status) in pages {
        let url = format!("{base}{path}");
        let log = format!(
            "Log.entryAdded: \"Failed to load resource: the server responded with a status of {status} "
        );
        for screen in Screen::ALL {
            browser.show(&url, screen);
            assert_eq!(browser.requests(), [&url, &format!("{base}/style.css")]);
            browser.screenshot(&format!("registry-{name}-{screen}"));
            let mut problems = browser.problems(screen);
            let found = browser.evaluate("document.title");
            if found != title {
                problems.push(format!("its title is {found}"));
            }
            let expected = problems.iter().filter(|p| p.starts_with(&log)).count();
            assert_eq!(expected, usize::from(status != 200), "{name}: {problems:?}");
            problems.retain(|problem| !problem.starts_with(&log));
            all.extend(problems.iter().map(|p| format!("{name}, {screen}: {p}")));
        }
    }
    all
}

#[test]
fn pages_fit_the_screen_and_can_be_read() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let closed = [("no-token", "/", "A token, please", 401)];
    let mut problems = look(&mut browser, &registry, &closed);
    browser.sign_in("ann", &registry.token);
    let empty = [("empty", "/", "internal", 200)];
    problems.extend(look(&mut browser, &registry, &empty));
    publish_much(&registry);
    let long = format!("/crates/{LONG_NAME}");
    let long_title = format!("{LONG_NAME} 1.3.0");
    let pages = [
        ("list", "/", "internal", 200),
        ("search", "/?q=http", "internal: http", 200),
        ("search-none", "/?q=nothing", "internal: nothing", 200),
        (
            "crate",
            "/crates/acme-http-client",
            "acme-http-client 2.0.0",
            200,
        ),
        ("long", &long, &long_title, 200),
        (
            "pre-release",
            &format!("/crates/{LONG_NAME}/{PRE_RELEASE}"),
            &format!("{LONG_NAME} {PRE_RELEASE}"),
            200,
        ),
        (
            "yanked",
            &format!("{long}/0.1.0"),
            &format!("{LONG_NAME} 0.1.0"),
            200,
        ),
        ("missing", "/crates/acme-none", "Not here", 404),
    ];
    problems.extend(look(&mut browser, &registry, &pages));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// What there is to use, and which of it has the focus.
const USABLE: &str = "[...document.querySelectorAll('a[href], input, button, summary')]";

#[test]
fn pages_can_be_used_with_the_keyboard() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let sandbox = Sandbox::new();
    let registry = organisation(&sandbox);
    browser.sign_in("ann", &registry.token);
    let base = registry.base_url();
    for (path, screen) in [("/", Screen::LIGHT), ("/crates/acme-retry", Screen::DARK)] {
        browser.show(&format!("{base}{path}"), screen);
        let count = browser.evaluate(&format!("{USABLE}.length"));
        for expected in 0..count.as_u64().expect("a number") {
            browser.press("Tab", 9);
            let at = browser.evaluate(&format!("{USABLE}.indexOf(document.activeElement)"));
            assert_eq!(at, expected, "{path}");
            assert_eq!(browser.problems(screen), [""; 0]);
        }
    }

    browser.show(&format!("{base}/"), Screen::LIGHT);
    for _ in 0..2 {
        browser.press("Tab", 9);
    }
    browser.type_text("HTTP");
    browser.load(|browser| browser.press("Enter", 13));
    assert_eq!(browser.evaluate("location.href"), format!("{base}/?q=HTTP"));
    assert_eq!(
        browser.evaluate("document.querySelectorAll('.crates li').length"),
        1
    );
}
