//! Cards as comments, as pages and in messages of commits.

pub mod sample;

use cargo_quarry::card::{Card, Part};
use cargo_quarry::report::{MARKER, headline, html, markdown, summary};

use sample::{odd, quiet, sample, unknown};

#[test]
fn a_comment_has_all_of_a_card() {
    insta::assert_snapshot!(markdown(&[sample()]), @"");
}

#[test]
fn a_comment_says_what_is_not_known() {
    insta::assert_snapshot!(markdown(&[unknown(), quiet()]), @"");
}

#[test]
fn a_message_of_a_commit_is_narrow() {
    insta::assert_snapshot!(summary(&sample()), @"");
    insta::assert_snapshot!(summary(&quiet()), @"");
    insta::assert_snapshot!(summary(&unknown()), @"");
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
        " src=",
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
            .replace("sent between threads safely", "");
        assert!(!all.contains("safe"), "{all}");
    }
}

#[test]
fn without_a_card_that_is_said() {
    let nothing = "No version of a private crate changes.";
    assert_eq!(markdown(&[]), format!("{MARKER}\n{nothing}\n"));
    assert!(html(&[], "Upgrades").contains(nothing));
}
