//! The page of a document that is as odd as names can be.

use serde_json::{Value, json};

use super::picture;

const ODD: &str = "</script><img src=x onerror=alert(1)><!--\u{2028}\u{202e}&\"'`";

fn document(name: &str) -> Value {
    let place = json!({ "file": name, "line": 7, "column": 1 });
    json!({ "version": 1, "surveys": [{
        "top": format!("/home/{name}"),
        "head": "0123456789abcdef0123456789abcdef01234567",
        "method": { "by": "tokens", "why": name },
        "counts": { "packages": 2, "targets": 2, "modules": 3, "items": 1234, "uses": 5, "lines": 60 },
        "candidates": [{
            "rank": 1, "score": 71.5, "parts": { "reuse": 0.5 }, "package": name,
            "target": { "kind": "bin", "name": name },
            "modules": [format!("crate::{name}")], "files": [name],
            "size": { "lines": 1500, "items": 2, "tests": 0, "macros": 0, "unsafes": 0, "reads_generated": false },
            "users": { "modules": [name], "packages": [name], "areas": 1, "services": [], "uses": 1, "uses_in_tests": 0 },
            "face": { "used": 1, "to_open": [name] },
            "needs": { "items": 3, "lines": 9, "more": true, "by_tests": 0, "siblings": [], "externs": [name] },
            "obstacles": [{ "item": name, "kind": "struct", "place": place, "used_at": [place], "uses": 1,
                "items": 1, "lines": 1, "more": false, "way_out": "turn it round" }],
            "character": "mixed", "advice": "untangle first", "command": format!("cargo quarry extract {name}"),
        }],
        "left_out": [{ "path": name, "why": "generated" }],
        "map": {
            "areas": [{ "name": format!("{name}/{name}::{name}"), "package": name, "parent": null, "test": false,
                "independence": 0.5, "rank": 1,
                "items": [{ "name": name, "kind": "function", "lines": 3, "uses": 1 }] }],
            "uses": [],
        },
    }] })
}

/// What stands between two marks, the first time.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, after) = text.split_once(from).expect(from);
    after.split_once(to).expect(to).0
}

fn data(page: &str) -> Value {
    let text = between(
        page,
        r#"<script type="application/json" class="data">"#,
        "</script>",
    );
    serde_json::from_str(text).expect("the whole of it is JSON")
}

#[test]
fn names_of_others_are_data_wherever_they_stand() {
    let plain = picture(document("plain"), "plain").expect("a document");
    let odd = picture(document(ODD), ODD).expect("a document");
    // As many tags of each kind as with a harmless name: nothing in it has become one.
    for tag in [
        "<script", "</script", "<img", "<!--", "<td", "<code", "<li", "<option",
    ] {
        assert_eq!(
            odd.matches(tag).count(),
            plain.matches(tag).count(),
            "{tag}"
        );
    }
    assert!(!odd.contains('\u{202e}'));
    // A line separator would end a line of script.
    let scripts = odd.split("<script").skip(1);
    let mut scripts = scripts.map(|rest| rest.split("</script>").next().unwrap_or_default());
    assert!(!scripts.any(|script| script.contains('\u{2028}')));
    let data = data(&odd);
    let seen = ODD.replace('\u{202e}', "\\u{202e}");
    assert_eq!(data["candidates"][0]["package"], seen);
    assert_eq!(data["map"]["areas"][0]["items"][0]["name"], seen);
    assert_eq!(
        data["candidates"][0]["obstacles"][0]["place"],
        format!("{seen}:7")
    );
}

#[test]
fn only_the_scripts_of_the_page_may_run() {
    let page = picture(document("plain"), "Survey").expect("a document");
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\">");
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    let scripts = between(policy, "script-src ", ";");
    let allowed: Vec<String> = page
        .split("<script>")
        .skip(1)
        .map(|rest| {
            let script = rest.split("</script>").next().expect("a piece");
            format!("'{}'", super::allowed(script))
        })
        .collect();
    assert_eq!(allowed.len(), 2);
    assert_eq!(scripts, allowed.join(" "));
    assert!(!page.contains("http://") && !page.contains("https://"));
}

#[test]
fn candidates_are_there_without_the_script() {
    let page = picture(document("plain"), "Survey").expect("a document");
    let row = between(&page, "<tbody>", "</tbody>");
    for part in [
        "<code>crate::plain</code>",
        "<small>binary plain</small>",
        ">1,500</td>",
        ">3+</td>",
        ">untangle first</td>",
        "<code>cargo quarry extract plain</code>",
    ] {
        assert!(row.contains(part), "{part}: {row}");
    }
    assert!(page.contains("1 candidate in 3 modules of 2 packages: 1,234 items, 60 lines"));
    let candidate = &data(&page)["candidates"][0];
    assert_eq!(candidate["areas"], json!([0]));
    assert_eq!(candidate["users"]["modules"], json!(["plain"]));
    assert!(
        candidate["obstacles"][0]["way_out"]
            .as_str()
            .is_some_and(|it| it.starts_with("turn"))
    );
}

#[test]
fn what_a_survey_does_not_have_yet_has_no_place() {
    let without = picture(document("plain"), "Survey").expect("a document");
    assert!(!without.contains(">Layouts</h3>") && !without.contains(">Copies</h2>"));
    let mut with = document("plain");
    let survey = &mut with["surveys"][0];
    survey["layouts"] = json!({
        "table": { "names": ["layout", "repositories"], "rows": [["one for all", "1"]] },
        "about": "2 libraries", "recommendation": ["Least effort: one for all."],
        "together": ["retry, config"],
    });
    survey["candidates"][0]["cost"] = json!({ "releases_per_year": { "major": 0.5 } });
    survey["map"]["cochange"] = json!([[0, 0, 2.5]]);
    with["copies"] = json!({ "names": ["what", "lines"], "rows": [["retry", "40"]] });
    let with = picture(with, "Survey").expect("a document");
    for part in [
        ">Layouts</h3>",
        ">one for all</th>",
        ">Least effort: one for all.</p>",
        "<li>retry, config</li>",
        ">Copies</h2>",
        ">retry</th>",
    ] {
        assert!(with.contains(part), "{part}");
    }
    let data = data(&with);
    assert_eq!(
        data["candidates"][0]["cost"]["releases_per_year"]["major"],
        0.5
    );
    assert_eq!(data["map"]["cochange"], json!([[0, 0, 2.5]]));
    assert!(picture(json!({ "version": 1 }), "Survey").is_err());
}
