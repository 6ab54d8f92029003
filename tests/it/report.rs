//! Cards as comments, as pages and in messages of commits.

pub mod sample;

use cargo_quarry::card::{Card, Part};
use cargo_quarry::report::{MARKER, headline, html, markdown, summary};

use sample::{odd, quiet, sample, unknown};

#[test]
fn a_comment_has_all_of_a_card() {
    insta::assert_snapshot!(markdown(&[sample()]), @r#"
    <!-- cargo-quarry review -->
    ### acme-retry 1.2.0 → 2.0.0: 2 of 5 breaking changes touch you; the build breaks in 2 places, 1 test fails

    A major step by its number; asked for by `shop-api`, `shop-worker`; asked for through `acme-http 1.4.0`; from the registry `internal`.

    #### Touches you

    **`acme_retry::Policy::new`**: parameter `limit` was `u32`, is `Limit`

    ```diff
    - fn new(limit: u32) -> Policy
    + fn new(limit: Limit) -> Policy
    ```

    - `api/src/retry.rs:42` `let policy = Policy::new(3);`
    - `api/src/orders/submit.rs:108` `.retry(Policy::new(config.attempts).with_backoff(Backoff::exponential()))`
    - in `acme-http 1.4.0`: `src/client.rs:88` `retrying!(self.policy, request)` (made by a macro that is called here)

    **`acme_retry::Jitter`**: `Decorrelated` was added, and the enum is not `#[non_exhaustive]`

    - `worker/src/queue.rs:17` `match config.jitter {` (a `match` without an arm for all else)

    **`acme_retry::retry_blocking`**: it is deprecated now: use `retry` on a thread of your own (no breaking change)

    - `worker/src/main.rs:9` `acme_retry::retry_blocking(job)`

    Only a build finds these:

    - `acme_retry::Backoff`: a lost `Send` is seen where the type crosses threads, which no name shows

    Compiled to find that out: shop-api (lib, bin "api"), default features; shop-worker (bin "worker"), default features.

    #### Build

    Tried before and after: check and tests. With the new version 3 targets built, 31 tests passed.

    Broken by the upgrade:

    - `shop-api (lib)`
    - test `queue::tests::jitter_is_named`

    - `api/src/retry.rs:42` \[E0308\] mismatched types
    - `api/src/orders/submit.rs:51` \[E0277\] `Rc<State>` cannot be sent between threads safely

    <details><summary>As the compiler shows it</summary>

    ```text
    error[E0308]: mismatched types
      --> api/src/retry.rs:42:30
       |
    42 |     let policy = Policy::new(3);
       |                  ----------- ^ expected `Limit`, found integer
       |                  |
       |                  arguments to this function are incorrect
       |
    note: associated function defined here

    error[E0308]: mismatched types
      --> api/src/retry.rs:42:30
       |
    42 |     let policy = Policy::new(3);
       |                  ----------- ^ expected `Limit`, found integer
       |                  |
       |                  arguments to this function are incorrect
       |
    note: associated function defined here
    ```

    </details>

    New warnings of deprecation:

    - `worker/src/main.rs:9` use of deprecated function `acme_retry::retry_blocking`: use `retry` on a thread of your own

    Broken before, too:

    - `shop-worker (bench "queue")`

    #### Release notes

    **2.0.0, 2026-11-20**

    - Removed: `Policy::forever`: nobody should retry for ever. Ask for a `Limit` instead, see [the guide](https://docs.acme.dev/retry). (**breaking**)
    - Changed: **Breaking**: `Policy::new` takes a `Limit`, so that a number of attempts and a time are not mixed up (#&#8203;41, @&#8203;ann). (**breaking**, you use `Policy::new`)
    - Added: `Jitter::Decorrelated`. (you use `Jitter`)

    **1.3.1, 2026-09-02, yanked**

    - Fixed: An overflow of `Backoff::delay` after 63 attempts.

    **1.3.0**

    _says nothing_

    The changelog does not mention 1.2.1.

    #### API

    The changes ask for a major step. The version number says so.

    <details><summary>7 changes, 5 breaking</summary>

    | step | item | what changed | touches you |
    |---|---|---|---|
    | major | `acme_retry::Policy::new` | parameter `limit` was `u32`, is `Limit`: `fn new(limit: u32) -> Policy` → `fn new(limit: Limit) -> Policy` | 3 places |
    | major | `acme_retry::Policy::forever` | the function was removed |  |
    | major | `acme_retry::Jitter` | `Decorrelated` was added, and the enum is not `#[non_exhaustive]` | 1 place |
    | major | `acme_retry::Backoff` | it is no longer `Send` |  |
    | major | `acme_retry::Backoff::delay` | it returned `u64`, and returns `Duration`: `fn delay(&self, attempt: u32) -> u64` → `fn delay(&self, attempt: u32) -> Duration` |  |
    | minor | `acme_retry::Limit` | the enum was added |  |
    | patch | `acme_retry::retry_blocking` | it is deprecated now: use `retry` on a thread of your own | 1 place |

    </details>

    #### Moves along

    **Two incompatible versions of `acme-retry` in one build**: 1.2.0 for `acme-http 1.4.0`; 2.0.0 for `shop-api 0.4.0`, `shop-worker 0.4.0`. No longer the same: `acme_retry::Policy`. To be released first: `acme-http (https://git.acme.dev/libs/acme-http)`.

    - `acme-clock` 1.0.3 → 1.1.0 (private)
    - `fastrand` 2.3.0 comes
    - `rand` 0.8.5 goes

    In several versions now:

    - `getrandom` 0.2.15, 0.3.1

    #### Not looked at

    - code for `cfg(windows)`
    - doc tests
    - cargo-semver-checks: it is not installed (`cargo install --locked cargo-semver-checks`)
    - tests of `shop-api`: it does not build
    "#);
}

#[test]
fn a_comment_says_what_is_not_known() {
    insta::assert_snapshot!(markdown(&[unknown(), quiet()]), @r#"
    <!-- cargo-quarry review -->
    ### acme-audit 0.3.1 → 0.3.2: what changed in its API is not known; the build was not tried

    A patch step by its number; asked for through `acme-http 1.4.0`.

    #### Touches you

    Not known: what changed is not known

    #### Build

    Not known: the service does not build before the upgrade either

    #### Release notes

    Not known: the package has no `CHANGELOG.md`

    #### API

    Not known: `acme-audit` 0.3.1 does not compile with Rust 1.95: error\[E0658\]

    #### Moves along

    Not known: cargo found no versions that go together


    ### acme-clock 1.0.3 → 1.0.4: no breaking change found; 4 targets build, no test was run

    A patch step by its number; asked for by `shop-api`, `shop-worker`; from the registry `internal`.

    #### Touches you

    No breaking change was found.

    #### Build

    Tried before and after: check. With the new version 4 targets built, no test was run.

    #### Release notes

    The changelog has no section of these versions.

    #### API

    The changes ask for a patch step. The version number says so.

    No change was found.

    #### Moves along

    Nothing else moves in `Cargo.lock`.
    "#);
}

#[test]
fn a_message_of_a_commit_is_narrow() {
    insta::assert_snapshot!(summary(&sample()), @r#"
    Upgrade acme-retry from 1.2.0 to 2.0.0

    2 of 5 breaking changes touch you; the build breaks in 2 places, 1 test
    fails.

    - acme_retry::Policy::new (parameter-type-changed):
        api/src/retry.rs:42
        api/src/orders/submit.rs:108
        in acme-http 1.4.0: src/client.rs:88
    - acme_retry::Jitter (variant-added):
        worker/src/queue.rs:17
    - acme_retry::retry_blocking (deprecated):
        worker/src/main.rs:9

    - broken: shop-api (lib)
    - broken: queue::tests::jitter_is_named

    Not looked at: code for `cfg(windows)`; doc tests; cargo-semver-checks:
    it is not installed (`cargo install --locked cargo-semver-checks`);
    tests of `shop-api`: it does not build.
    "#);
    insta::assert_snapshot!(summary(&quiet()), @r#"
    Upgrade acme-clock from 1.0.3 to 1.0.4

    No breaking change found; 4 targets build, no test was run.
    "#);
    insta::assert_snapshot!(summary(&unknown()), @r#"
    Upgrade acme-audit from 0.3.1 to 0.3.2

    What changed in its API is not known; the build was not tried.
    "#);
    for card in [sample(), odd(), unknown(), quiet()] {
        for line in summary(&card).lines() {
            assert!(line.chars().count() <= 72, "{line}");
            assert!(!line.starts_with('#'), "{line}");
        }
    }
}

#[test]
fn a_headline_has_the_verdict_in_numbers() {
    let mut card = sample();
    let mut of = |touching, breaking| {
        if let Part::Known(touches) = &mut card.touches {
            (touches.touching, touches.breaking) = (touching, breaking);
        }
        headline(&card)
    };
    let builds = "the build breaks in 2 places, 1 test fails";
    for (touching, breaking, said) in [
        (0, 0, "no breaking change found"),
        (0, 1, "0 of 1 breaking change touch you"),
        (1, 1, "1 of 1 breaking change touches you"),
        (1, 14, "1 of 14 breaking changes touches you"),
        (3, 14, "3 of 14 breaking changes touch you"),
    ] {
        let expected = format!("acme-retry 1.2.0 → 2.0.0: {said}; {builds}");
        assert_eq!(of(touching, breaking), expected);
    }
}

#[test]
fn a_comment_is_cut_where_it_is_too_long() {
    let mut cards: Vec<Card> = vec![sample()];
    let whole = markdown(&cards);
    cards.extend(std::iter::repeat_n(odd(), 3));
    let text = markdown(&cards);
    assert!(text.len() <= 65_536, "{}", text.len());
    assert!(text.starts_with(MARKER), "{text}");
    assert!(text.contains("This is cut to fit into a comment"), "{text}");
    assert!(text.contains("_and 100 more changes_"), "{text}");
    // The short one is whole.
    let short = whole.split_once("### ").expect("a headline").1;
    assert!(text.contains(short), "{text}");
    // Not even all headlines fit.
    let many = markdown(&vec![quiet(); 2000]);
    assert!(many.len() <= 65_536, "{}", many.len());
    assert!(many.ends_with(" more upgrades._\n"), "{many}");
}

#[test]
fn what_others_wrote_means_nothing_to_a_comment_or_a_page() {
    let cards = [odd()];
    let text = markdown(&cards);
    for bad in [
        "<script",
        "<img",
        "\u{202e}",
        "\u{1b}",
        "@everyone",
        "![pixel",
    ] {
        let outside = text.lines().filter(|line| !line.contains('`'));
        assert_eq!(
            outside.filter(|line| line.contains(bad)).count(),
            0,
            "{bad}"
        );
    }
    let page = html(&cards, "<title> & \"more\"");
    assert!(page.contains("<title>&lt;title&gt; &amp; &quot;more&quot;</title>"));
    for bad in [
        "<script",
        "<img",
        "\u{202e}",
        "\u{1b}",
        "javascript:alert(1)\"",
    ] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert!(page.contains("\\u{202e}"));
}

#[test]
fn nothing_is_called_safe() {
    for card in [sample(), odd(), unknown(), quiet()] {
        let cards = [card];
        let all = [
            markdown(&cards),
            html(&cards, "Upgrades"),
            summary(&cards[0]),
        ]
        .concat();
        let all = all
            .to_lowercase()
            .replace("sent between threads safely", "")
            .replace("unsafe-inline", "");
        assert!(!all.contains("safe"), "{all}");
    }
}

#[test]
fn without_a_card_that_is_said() {
    let nothing = "No version of a private crate changes.";
    assert_eq!(markdown(&[]), format!("{MARKER}\n{nothing}\n"));
    assert!(html(&[], "Upgrades").contains(nothing));
}
