//! Headless Chromium, and what can be said of any HTML by looking at it.

mod pipe;
mod screen;

use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use self::pipe::Pipe;
pub use self::screen::Screen;
use crate::sandbox::Sandbox;

/// Where no `CHROMIUM` says which.
const PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// A browser with one page, until it is dropped.
pub struct Browser(Pipe);

impl Browser {
    /// The one that `CHROMIUM` names, which must start; else one that is found; else none, which
    /// is said on standard error.
    pub fn start() -> Option<Self> {
        let named = std::env::var_os("CHROMIUM").filter(|program| !program.is_empty());
        if let Some(program) = named {
            let pipe = Pipe::open(&program);
            let pipe = pipe.unwrap_or_else(|e| panic!("CHROMIUM={}: {e}", program.display()));
            return Some(Self(pipe));
        }
        let mut pipes = PROGRAMS.iter().map(|program| Pipe::open(program.as_ref()));
        let found = pipes.find_map(Result::ok);
        if found.is_none() {
            let test = std::thread::current();
            let test = test.name().unwrap_or_default();
            // Not by a macro: what passes is not shown what it prints.
            let mut stderr = std::io::stderr().lock();
            let _ = writeln!(
                stderr,
                "{test} did not run: no Chromium starts; CHROMIUM=path names one"
            );
        }
        found.map(Self)
    }

    /// Gives these to the next page that asks for a user and a password.
    pub fn sign_in(&mut self, user: &str, password: &str) {
        self.0.credentials = Some((user.to_owned(), password.to_owned()));
    }

    /// Shows a page, until it is loaded.
    pub fn show(&mut self, url: &str, screen: Screen) {
        let feature = json!({ "name": "prefers-color-scheme", "value": screen.scheme() });
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": [feature] }),
        );
        let narrow = screen.width < 600;
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": screen.width, "height": 800, "deviceScaleFactor": 1, "mobile": narrow }),
        );
        self.load(|browser| {
            let answer = browser.call("Page.navigate", json!({ "url": url }));
            assert_eq!(answer.get("errorText"), None, "{url}");
        });
    }

    /// Does what brings another page, and waits until that is loaded.
    pub fn load(&mut self, act: impl FnOnce(&mut Self)) {
        self.0.events.clear();
        act(self);
        let is_load = |message: &Value| message["method"] == "Page.loadEventFired";
        if !self.0.events.iter().any(is_load) {
            let event = self.0.wait(is_load);
            let event = event.unwrap_or_else(|e| panic!("loading a page: {e}"));
            self.0.events.push(event);
        }
        self.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
    }

    /// The value of a JavaScript expression, or what it promises.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true,
        });
        let mut answer = self.call("Runtime.evaluate", params);
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {thrown}");
        answer["result"]["value"].take()
    }

    /// Presses a key, by its name and the number that Windows has for it.
    pub fn press(&mut self, key: &str, number: u32) {
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            self.call(
                "Input.dispatchKeyEvent",
                json!({ "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": number }),
            );
        }
    }

    /// Types it where the focus is.
    pub fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Writes a picture of the whole page to `screenshots/NAME.png` in cargo's folder for tests.
    pub fn screenshot(&mut self, name: &str) {
        let params = json!({ "captureBeyondViewport": true });
        let answer = self.call("Page.captureScreenshot", params);
        let png = STANDARD.decode(answer["data"].as_str().expect("text"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.png")), png.expect("base64")).expect("a file");
    }

    /// What the page loaded, itself first.
    pub fn requests(&self) -> Vec<&str> {
        let sent = self.events_of("Network.requestWillBeSent");
        sent.filter_map(|params| params["request"]["url"].as_str())
            .collect()
    }

    /// What is wrong with the page: it does not fit, cannot be read, complains, or asks another
    /// host for something.
    pub fn problems(&mut self, screen: Screen) -> Vec<String> {
        let Screen { dark, width } = screen;
        let script = include_str!("browser/problems.js");
        let found = self.evaluate(&format!("({script})({dark}, {width})"));
        let mut problems: Vec<String> = serde_json::from_value(found).expect("texts");
        for (method, place) in [
            ("Log.entryAdded", "/entry/text"),
            ("Runtime.consoleAPICalled", "/args"),
            (
                "Runtime.exceptionThrown",
                "/exceptionDetails/exception/description",
            ),
        ] {
            for params in self.events_of(method) {
                let said = params.pointer(place).unwrap_or(params);
                problems.push(format!("{method}: {said}"));
            }
        }
        let requests = self.requests();
        let own = requests[0].split_inclusive('/').take(3).collect::<String>();
        let foreign = requests.iter().filter(|url| !url.starts_with(&own));
        problems.extend(foreign.map(|url| format!("request: {url}")));
        problems
    }

    fn events_of(&self, method: &str) -> impl Iterator<Item = &Value> {
        let events = self.0.events.iter();
        events.filter_map(move |event| (event["method"] == method).then_some(&event["params"]))
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.0.ask(method, params).unwrap_or_else(|e| panic!("{e}"))
    }
}

#[test]
fn what_is_wrong_with_a_page_is_seen() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let sandbox = Sandbox::new();
    let screen = Screen {
        dark: true,
        width: 400,
    };
    let mut problems = |html: &str| {
        let url = format!("file://{}", sandbox.write("page.html", html).display());
        browser.show(&url, screen);
        let problems = browser.problems(screen).join("\n");
        problems.replace(&url, "PAGE")
    };
    let good = "<!doctype html><html lang=en><title>x</title><meta name=viewport \
                content=width=device-width><style>:root { color-scheme: dark }</style><p>text";
    assert_eq!(problems(good), "");
    insta::assert_snapshot!(problems("<body bgcolor=white>"), @r"
    no title
    no language
    dark page: 1
    as wide as 980 px: []
    no text
    ");
    let bad = "<style>:root { background: #111 } ::placeholder { color: #555 }</style>\
               <p style='color: #777'>grey<p>a <a href=x style='text-decoration: none'>b</a>\
               <p style='opacity: 0.4'>pale<div style='width: 500px'>wide</div>\
               <input placeholder=x style='border: 1px solid #333; background: #111'>\
               <button autofocus style='outline: none'>go</button>\
               <script src=https://example.com/x.js></script>\
               <script>console.warn('hm'); nothing()</script>";
    insta::assert_snapshot!(problems(&format!("{good}{bad}")), @r#"
    as wide as 508 px: [<div> “wide”]
    contrast 4.22: <p> “grey”, rgb(119, 119, 119)
    contrast 3.81: <p> “pale”, rgb(255, 255, 255)
    contrast 2.53: placeholder, rgb(85, 85, 85)
    contrast 1.49: edge of a field, rgb(51, 51, 51)
    no sign of focus: <button> “go”
    no underline: <a> “b”
    Log.entryAdded: "Failed to load resource: net::ERR_NAME_NOT_RESOLVED"
    Runtime.consoleAPICalled: [{"type":"string","value":"hm"}]
    Runtime.exceptionThrown: "ReferenceError: nothing is not defined\n    at PAGE:1:550"
    request: https://example.com/x.js
    "#);
}
