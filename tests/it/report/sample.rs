//! Cards to be shown: one that has all that a card can have, and those that are odd.

use cargo_quarry::card::{
    Api, Broken, Card, CompilerError, Duplicate, Entry, Moved, Notes, Part, Promise, Pulled,
    Section, Stand, Touch, Touches, Trial, TwoMajors, Untraced, Use, VersionUsers,
};
use cargo_quarry::model::{Bump, Change, Place};
use cargo_quarry::surface::Skipped;
use semver::Version;

fn version(text: &str) -> Version {
    text.parse().expect("a version")
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub fn place(file: &str, line: u32) -> Place {
    Place {
        file: file.into(),
        line,
        column: 5,
    }
}

pub fn change(bump: Bump, code: &str, item: &str, message: &str) -> Change {
    Change {
        bump,
        code: code.to_owned(),
        item: item.to_owned(),
        message: message.to_owned(),
        before: (code != "item-added").then(|| place("src/policy.rs", 41)),
        after: (code != "item-removed").then(|| place("src/policy.rs", 52)),
    }
}

pub fn used(file: &str, line: u32, text: &str) -> Use {
    Use {
        of: None,
        place: place(file, line),
        text: text.to_owned(),
        stand: Stand::Use,
        in_macro: false,
        now: cargo_quarry::card::Now::Untold,
    }
}

fn entry(group: &str, text: &str, names: &[&str]) -> Entry {
    Entry {
        group: group.to_owned(),
        text: text.to_owned(),
        breaking: group == "Removed" || text.contains("**Breaking**"),
        names: texts(names),
    }
}

/// `acme-retry` from 1.2.0 to 2.0.0, which touches a service at several places.
pub fn sample() -> Card {
    Card {
        krate: "acme-retry".to_owned(),
        from: version("1.2.0"),
        to: version("2.0.0"),
        index: "sparse+https://crates.acme.dev/index/".to_owned(),
        registry: Some("internal".to_owned()),
        used_by: texts(&["shop-api", "shop-worker"]),
        through: texts(&["acme-http 1.4.0"]),
        step: Bump::Major,
        notes: Part::Known(notes()),
        api: Part::Known(api()),
        touches: Part::Known(touches()),
        trial: Part::Known(trial()),
        pulled: Part::Known(pulled()),
    }
}

fn notes() -> Notes {
    let section = |number: &str, date: &str, yanked, entries| Section {
        version: version(number),
        date: date.parse().ok(),
        yanked,
        entries,
    };
    Notes {
        sections: vec![
            section(
                "2.0.0",
                "2026-11-20",
                false,
                vec![
                    entry(
                        "Removed",
                        "`Policy::forever`: nobody should retry for ever. Ask for a `Limit` instead, see [the guide](https://docs.acme.dev/retry).",
                        &[],
                    ),
                    entry(
                        "Changed",
                        "**Breaking**: `Policy::new` takes a `Limit`, so that a number of attempts and a time are not mixed up (#41, @ann).",
                        &["Policy::new"],
                    ),
                    entry("Added", "`Jitter::Decorrelated`.", &["Jitter"]),
                ],
            ),
            section(
                "1.3.1",
                "2026-09-02",
                true,
                vec![entry(
                    "Fixed",
                    "An overflow of `Backoff::delay` after 63 attempts.",
                    &[],
                )],
            ),
            section("1.3.0", "", false, vec![]),
        ],
        unmentioned: vec![version("1.2.1")],
    }
}

fn api() -> Api {
    let major = |code, item, message| change(Bump::Major, code, item, message);
    Api {
        changes: vec![
            major(
                "parameter-type-changed",
                "acme_retry::Policy::new",
                "parameter `limit` was `u32`, is `Limit`: `fn new(limit: u32) -> Policy` → \
                 `fn new(limit: Limit) -> Policy`",
            ),
            major(
                "item-removed",
                "acme_retry::Policy::forever",
                "the function was removed",
            ),
            major(
                "variant-added",
                "acme_retry::Jitter",
                "`Decorrelated` was added, and the enum is not `#[non_exhaustive]`",
            ),
            major(
                "auto-trait-lost",
                "acme_retry::Backoff",
                "it is no longer `Send`",
            ),
            major(
                "return-type-changed",
                "acme_retry::Backoff::delay",
                "it returned `u64`, and returns `Duration`: `fn delay(&self, attempt: u32) -> u64` \
                 → `fn delay(&self, attempt: u32) -> Duration`",
            ),
            change(
                Bump::Minor,
                "item-added",
                "acme_retry::Limit",
                "the enum was added",
            ),
            change(
                Bump::Patch,
                "deprecated",
                "acme_retry::retry_blocking",
                "it is deprecated now: use `retry` on a thread of your own",
            ),
        ],
        skipped: vec![Skipped {
            part: "cargo-semver-checks".to_owned(),
            reason: "it is not installed (`cargo install --locked cargo-semver-checks`)".to_owned(),
        }],
        needs: Bump::Major,
        promise: Promise::Kept,
    }
}

fn touches() -> Touches {
    let of_http = Use {
        of: Some("acme-http 1.4.0".to_owned()),
        in_macro: true,
        ..used("src/client.rs", 88, "retrying!(self.policy, request)")
    };
    let matched = Use {
        stand: Stand::Match,
        ..used("worker/src/queue.rs", 17, "match config.jitter {")
    };
    Touches {
        breaking: 5,
        touching: 2,
        touches: vec![
            Touch {
                change: 0,
                uses: vec![
                    used("api/src/retry.rs", 42, "    let policy = Policy::new(3);"),
                    used(
                        "api/src/orders/submit.rs",
                        108,
                        "        .retry(Policy::new(config.attempts).with_backoff(Backoff::exponential()))",
                    ),
                    of_http,
                ],
            },
            Touch {
                change: 2,
                uses: vec![matched],
            },
            Touch {
                change: 6,
                uses: vec![used(
                    "worker/src/main.rs",
                    9,
                    "acme_retry::retry_blocking(job)",
                )],
            },
        ],
        untraced: vec![Untraced {
            change: 3,
            why: "a lost `Send` is seen where the type crosses threads, which no name shows"
                .to_owned(),
        }],
        checked: texts(&[
            "shop-api (lib, bin \"api\"), default features",
            "shop-worker (bin \"worker\"), default features",
        ]),
        unchecked: texts(&["code for `cfg(windows)`", "doc tests"]),
    }
}

fn trial() -> Trial {
    let rendered = "\
error[E0308]: mismatched types
  --> api/src/retry.rs:42:30
   |
42 |     let policy = Policy::new(3);
   |                  ----------- ^ expected `Limit`, found integer
   |                  |
   |                  arguments to this function are incorrect
   |
note: associated function defined here
";
    let error = |code: &str, message: &str, at, change| CompilerError {
        target: "shop-api (lib)".to_owned(),
        code: Some(code.to_owned()),
        message: message.to_owned(),
        place: Some(at),
        rendered: rendered.to_owned(),
        change,
    };
    Trial {
        tried: "check and tests".to_owned(),
        broken: vec![
            Broken {
                what: "shop-api (lib)".to_owned(),
                test: false,
            },
            Broken {
                what: "queue::tests::jitter_is_named".to_owned(),
                test: true,
            },
        ],
        broken_already: texts(&["shop-worker (bench \"queue\")"]),
        fixed: vec![],
        not_tried: texts(&["tests of `shop-api`: it does not build"]),
        built: 3,
        passed: 31,
        errors: vec![
            error(
                "E0308",
                "mismatched types",
                place("api/src/retry.rs", 42),
                Some(0),
            ),
            error(
                "E0277",
                "`Rc<State>` cannot be sent between threads safely",
                place("api/src/orders/submit.rs", 51),
                Some(3),
            ),
        ],
        deprecated: vec![CompilerError {
            code: None,
            ..error(
                "",
                "use of deprecated function `acme_retry::retry_blocking`: use `retry` on a thread of your own",
                place("worker/src/main.rs", 9),
                Some(6),
            )
        }],
    }
}

fn pulled() -> Pulled {
    let moved = |krate: &str, from: Option<&str>, to: Option<&str>, private| Moved {
        krate: krate.to_owned(),
        from: from.map(version),
        to: to.map(version),
        private,
    };
    let users = |number: &str, users: &[&str]| VersionUsers {
        version: version(number),
        users: texts(users),
    };
    Pulled {
        moved: vec![
            moved("acme-clock", Some("1.0.3"), Some("1.1.0"), true),
            moved("fastrand", None, Some("2.3.0"), false),
            moved("rand", Some("0.8.5"), None, false),
        ],
        duplicates: vec![Duplicate {
            krate: "getrandom".to_owned(),
            versions: vec![version("0.2.15"), version("0.3.1")],
        }],
        two_majors: vec![TwoMajors {
            krate: "acme-retry".to_owned(),
            versions: vec![
                users("1.2.0", &["acme-http 1.4.0"]),
                users("2.0.0", &["shop-api 0.4.0", "shop-worker 0.4.0"]),
            ],
            types: texts(&["acme_retry::Policy"]),
            first: texts(&["acme-http (https://git.acme.dev/libs/acme-http)"]),
        }],
    }
}

/// Nothing is known of it.
pub fn unknown() -> Card {
    fn part<T>(why: &str) -> Part<T> {
        Part::Unknown(why.to_owned())
    }
    Card {
        krate: "acme-audit".to_owned(),
        from: version("0.3.1"),
        to: version("0.3.2"),
        index: "sparse+https://crates.acme.dev/index/".to_owned(),
        registry: None,
        used_by: vec![],
        through: texts(&["acme-http 1.4.0"]),
        step: Bump::Patch,
        notes: part("the package has no `CHANGELOG.md`"),
        api: part("`acme-audit` 0.3.1 does not compile with Rust 1.95: error[E0658]"),
        touches: part("what changed is not known"),
        trial: part("the service does not build before the upgrade either"),
        pulled: part("cargo found no versions that go together"),
    }
}

/// Nothing changed that anybody sees.
pub fn quiet() -> Card {
    Card {
        krate: "acme-clock".to_owned(),
        from: version("1.0.3"),
        to: version("1.0.4"),
        through: vec![],
        step: Bump::Patch,
        notes: Part::Known(Notes::default()),
        api: Part::Known(Api {
            changes: vec![],
            skipped: vec![],
            needs: Bump::Patch,
            promise: Promise::Kept,
        }),
        touches: Part::Known(Touches::default()),
        trial: Part::Known(Trial {
            tried: "check".to_owned(),
            broken: vec![],
            broken_already: vec![],
            fixed: vec![],
            not_tried: vec![],
            built: 4,
            passed: 0,
            errors: vec![],
            deprecated: vec![],
        }),
        pulled: Part::Known(Pulled::default()),
        ..sample()
    }
}

/// Much of everything, and names that are hard to show.
pub fn odd() -> Card {
    let long = format!(
        "fn convert<A, B>(from: {}) -> Result<B, Error> where A: Into<B>",
        "HashMap<String, Vec<Option<Box<dyn Fn(&A) -> B + Send + Sync>>>>, ".repeat(6)
    );
    let mut changes = vec![
        change(
            Bump::Major,
            "parameter-type-changed",
            &format!("acme_{}::convert", "very_long_module_name::".repeat(8)),
            &format!(
                "its parameters changed: `{long}` → `{}`",
                long.replace("Box", "Arc")
            ),
        ),
        change(
            Bump::Major,
            "item-removed",
            "acme_odd::<script>alert(1)</script>",
            "the bound `T: <b>\u{202e}evil\u{202c}` & \"quotes\" 'too' | a pipe",
        ),
    ];
    let more = (0..198).map(|nth| {
        let bump = if nth < 118 { Bump::Major } else { Bump::Minor };
        let item = format!("acme_odd::module_{}::Item{nth}", nth % 7);
        change(bump, "item-removed", &item, "the struct was removed")
    });
    changes.extend(more);
    let deep = format!(
        "services/{}src/lib.rs",
        "deeply_nested_folder_name/".repeat(7)
    );
    let uses = (1..40).map(|line| used(&deep, line * 100, "let x = y;"));
    let code =
        "let שלום = \"\u{202e}} // ‎שלום <b>&amp; `tick` | \"; /* \u{1b}[31m */ 漢字かな🦀 𝔘𝔫𝔦𝔠𝔬𝔡𝔢";
    let uses = uses.chain([
        used("src/ünïcode/日本語.rs", 7, code),
        used("src/x.rs", 8, &"long_line(); ".repeat(60)),
    ]);
    let evil = "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) \
                ![pixel](https://evil.example/p.png) @everyone Vec<T>";
    let hebrew = "תוקן: `Policy::new` נכשל כאשר המספר גדול מדי, ראו [כאן](https://example.com).";
    let table = "A table:\n\n| name | value |\n|:--|--:|\n| a | 1 |\n\n```rust\nlet a = b < c;\n```\n\n- nested\n  - more\n\n# heading";
    Card {
        krate: "acme-odd_crate-with-a-name-that-is-as-long-as-names-may-ever-be1".to_owned(),
        from: version("1.0.0-alpha.1+build.20260101"),
        to: version("1.0.0-alpha.2+build.20261124"),
        used_by: (0..30).map(|nth| format!("service-{nth}")).collect(),
        notes: Part::Known(Notes {
            sections: (0..12)
                .map(|nth| Section {
                    version: Version::new(1, 12 - nth, 0),
                    date: None,
                    yanked: nth == 2,
                    entries: vec![
                        entry("Security", evil, &["<script>"]),
                        entry("תיקונים", hebrew, &[]),
                        entry("", table, &[]),
                    ],
                })
                .collect(),
            unmentioned: (0..40).map(|nth| Version::new(0, nth, 0)).collect(),
        }),
        api: Part::Known(Api {
            changes,
            skipped: vec![],
            needs: Bump::Major,
            promise: Promise::Broken,
        }),
        step: Bump::Patch,
        touches: Part::Known(Touches {
            breaking: 120,
            touching: 2,
            touches: vec![
                Touch {
                    change: 0,
                    uses: uses.collect(),
                },
                Touch {
                    change: 1,
                    uses: vec![used(&deep, 3, "<script>alert(1)</script>")],
                },
            ],
            untraced: vec![],
            checked: texts(&["acme \"<b>\""]),
            unchecked: vec![],
        }),
        ..sample()
    }
}
