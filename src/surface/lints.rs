//! The lints of cargo-semver-checks: breaks of structure.
//!
//! It is run as an installed program. As a library it would bring 307 packages and ten minutes of
//! compiling into this one, and would still keep its findings to itself; the program takes the
//! rustdoc JSON that the other parts of a verdict need anyway, and with `-vv` it writes the
//! values of each finding as JSON below the line for people. It has no other output for machines.
//!
//! Given rustdoc JSON it sees no manifests: what it says of features then,
//! [`super::features`] finds.
//!
//! What cannot be read is no verdict: the part is skipped, with the reason.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::{Map, Value};

use super::Skipped;
use crate::model::{Bump, Change, Place};
use crate::sys::{Program, SysError};

/// The part's name among those that were skipped.
pub(super) const PART: &str = "cargo-semver-checks";

/// How many lines of what it said stand in the reason for skipping it.
const SHOWN: usize = 3;

/// Runs all lints on the rustdoc JSON of both sides.
pub(super) fn load_lints(
    program: Option<&Utf8Path>,
    dir: &Utf8Path,
    baseline: &Utf8Path,
    current: &Utf8Path,
) -> Result<Vec<Change>, Skipped> {
    let skipped = |reason: String| Skipped {
        part: PART.to_owned(),
        reason,
    };
    let program = Program::new(program.map_or(PART, Utf8Path::as_str))
        .args(["semver-checks", "check-release", "-vv", "--color", "never"])
        // As a patch: a lint that such a release may break is not run.
        .args(["--release-type", "patch"])
        .args(["--baseline-rustdoc", baseline.as_str()])
        .args(["--current-rustdoc", current.as_str()])
        .dir(dir);
    let output = program.run().map_err(|error| {
        skipped(match &error {
            SysError::Start { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                "it is not installed (`cargo install --locked cargo-semver-checks`)".to_owned()
            }
            error => format!("{error}"),
        })
    })?;
    let (stdout, stderr) = (output.stdout_text(), output.stderr_text());
    let report = read_report(&stdout, &stderr).map_err(|unread| {
        skipped(match (said(&stderr), unread) {
            (Some(said), Unread::Nothing) => said,
            (None, Unread::Nothing) => "it ended without a result".to_owned(),
            (_, Unread::Odd(what)) => format!("its output cannot be read: {what}"),
        })
    })?;
    Ok(report.into_iter().map(into_change).collect())
}

/// Its error, in a few lines.
fn said(stderr: &str) -> Option<String> {
    let lines = stderr.lines().map(str::trim);
    let mut lines = lines.skip_while(|line| !line.starts_with("error"));
    let lines: Vec<&str> = lines
        .by_ref()
        .filter(|line| !line.is_empty())
        .take(SHOWN)
        .collect();
    let text = lines.join(" ");
    let text = text.trim_start_matches("error: ");
    (!text.is_empty()).then(|| text.to_owned())
}

/// Why there is no report.
#[derive(Debug, PartialEq, Eq)]
enum Unread {
    /// It did not come so far as to check anything.
    Nothing,
    /// It wrote what we do not understand.
    Odd(String),
}

/// What one lint says of one item.
#[derive(Debug, Clone, PartialEq)]
struct Finding {
    lint: String,
    bump: Bump,
    /// What the lint is called.
    title: String,
    /// What it says of the item.
    message: String,
    values: Map<String, Value>,
}

fn read_report(stdout: &str, stderr: &str) -> Result<Vec<Finding>, Unread> {
    let statuses = read_statuses(stderr)?;
    let mut findings = Vec::new();
    let mut sections = 0;
    let mut lines = stdout.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((lint, title)) = heading(line) else {
            continue;
        };
        sections += 1;
        let Some(bump) = statuses.found.get(lint) else {
            return Err(Unread::Odd(format!("no level for `{lint}`")));
        };
        while lines.next_if(|line| *line != "Failed in:").is_some() {}
        lines.next();
        let mut section = Vec::new();
        while let Some(line) = lines.next_if(|line| heading(line).is_none()) {
            section.push(line);
        }
        let read =
            read_findings(&section).ok_or_else(|| Unread::Odd(format!("what `{lint}` found")))?;
        let Some(bump) = bump else { continue };
        findings.extend(read.into_iter().map(|(message, values)| Finding {
            lint: lint.to_owned(),
            bump: *bump,
            title: title.to_owned(),
            message,
            values,
        }));
    }
    if sections != statuses.found.len() {
        return Err(Unread::Odd(format!(
            "{} lints found something, and {sections} of them say what",
            statuses.found.len()
        )));
    }
    Ok(findings)
}

/// `--- failure LINT: TITLE ---`
fn heading(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("--- ")?.strip_suffix(" ---")?;
    let line = line
        .strip_prefix("failure ")
        .or_else(|| line.strip_prefix("warning "))?;
    line.split_once(": ")
}

/// Messages, each with the values that it is made of:
///
/// ```text
///   MESSAGE
/// <tab>lint rule output values:
///     { JSON }
/// ```
fn read_findings(lines: &[&str]) -> Option<Vec<(String, Map<String, Value>)>> {
    let mut findings = Vec::new();
    let mut lines = lines.iter();
    loop {
        let mut lines_of = |end: &dyn Fn(&str) -> bool| {
            let mut taken = Vec::new();
            for line in lines.by_ref() {
                if end(line) {
                    return (taken, true);
                }
                taken.push(line.trim());
            }
            (taken, false)
        };
        let (message, ended) = lines_of(&|line| line == "\tlint rule output values:");
        let message = message.join(" ");
        if !ended {
            return message.trim().is_empty().then_some(findings);
        }
        let (mut json, ended) = lines_of(&|line| line == "    }");
        json.push("}");
        let values = serde_json::from_str(&json.join("\n")).ok()?;
        if !ended || message.trim().is_empty() {
            return None;
        }
        findings.push((message.trim().to_owned(), values));
    }
}

/// The lints that found something, each with the bump that it asks for; none for those that only
/// warn.
#[derive(Debug, Default)]
struct Statuses {
    found: BTreeMap<String, Option<Bump>>,
}

/// Lines such as `FAIL [   0.003s]       major        enum_missing`, and the one that counts them.
fn read_statuses(stderr: &str) -> Result<Statuses, Unread> {
    let mut statuses = Statuses::default();
    let mut passed = 0;
    let mut counted = None;
    for line in stderr.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["PASS", "[", _, _, _] => passed += 1,
            [status @ ("FAIL" | "WARN"), "[", _, level, lint] => {
                let bump = match *level {
                    "major" => Bump::Major,
                    "minor" => Bump::Minor,
                    other => return Err(Unread::Odd(format!("the level `{other}` of `{lint}`"))),
                };
                let bump = (*status == "FAIL").then_some(bump);
                statuses.found.insert((*lint).to_owned(), bump);
            }
            ["Checked", "[", _, checks, "checks:", ..] => counted = checks.parse::<usize>().ok(),
            _ => {}
        }
    }
    match counted {
        None => Err(Unread::Nothing),
        Some(checks) if checks == passed + statuses.found.len() => Ok(statuses),
        Some(checks) => Err(Unread::Odd(format!(
            "{checks} checks, of which {} are named",
            passed + statuses.found.len()
        ))),
    }
}

fn into_change(finding: Finding) -> Change {
    let (before, after) = places(&finding);
    Change {
        bump: finding.bump,
        item: item(&finding.values).unwrap_or_else(|| finding.message.clone()),
        message: format!("{}: {}", finding.title, without_place(&finding.message)),
        code: finding.lint,
        before,
        after,
    }
}

/// The values that name what is in an item, outermost first.
const MEMBERS: [&str; 8] = [
    "method_name",
    "method",
    "variant_name",
    "field_name",
    "associated_constant",
    "associated_type",
    "assoc_type",
    "feature_name",
];

/// The values that name an item which has no path of its own.
const NAMES: [&str; 8] = [
    "name",
    "fn_name",
    "static_name",
    "struct_name",
    "enum_name",
    "union_name",
    "trait_name",
    "export_name",
];

fn item(values: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| values.get(name).and_then(Value::as_str);
    let path = values.get("path").and_then(Value::as_array);
    let mut item = match path {
        Some(path) => {
            let path: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
            path.join("::")
        }
        None => NAMES.iter().find_map(|name| text(name))?.to_owned(),
    };
    for member in MEMBERS.iter().filter_map(|name| text(name)) {
        item = item + "::" + member;
    }
    Some(item)
}

/// Where it was and where it is. The span is that of the item as it is now, but where a lint is
/// about what is gone, or has another span for that.
fn places(finding: &Finding) -> (Option<Place>, Option<Place>) {
    let span = place(&finding.values, "span");
    let now = ["non_matching_span", "non_exported_span"];
    if let Some(now) = now.iter().find_map(|name| place(&finding.values, name)) {
        return (span, Some(now));
    }
    let is_gone = finding.lint.ends_with("_missing")
        || matches!(
            finding.lint.as_str(),
            "derive_helper_attr_removed" | "inherent_method_now_doc_hidden"
        )
        || finding.message.contains("previously");
    if is_gone { (span, None) } else { (None, span) }
}

fn place(values: &Map<String, Value>, span: &str) -> Option<Place> {
    // Of several spans the first: they are those of one item's impls.
    let first = |name: String| {
        let value = values.get(&name)?;
        value
            .as_array()
            .map_or(Some(value), |values| values.first())
    };
    let file = first(format!("{span}_filename"))?.as_str()?;
    let line = first(format!("{span}_begin_line"))?.as_u64()?;
    Some(Place {
        file: file.into(),
        line: u32::try_from(line).ok()?,
        column: 1,
    })
}

/// A message without the place at its end, which a change has apart.
fn without_place(message: &str) -> &str {
    let cut = [
        ", previously in file ",
        ", previously at ",
        " in file ",
        ", in ",
        " in ",
    ];
    let at = cut.iter().find_map(|cut| {
        let (text, place) = message.rsplit_once(cut)?;
        let is_place = place.rsplit_once(':').is_some_and(|(_, line)| {
            !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
        });
        is_place.then_some(text)
    });
    at.unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the program writes, a finding of each kind.
    const STDERR: &str = "
     Checking acme v1.0.0 -> v1.0.1 (assume patch change)
     Starting 4 checks, 0 unnecessary on 2 threads
        PASS [   0.000s]       major        enum_missing
        FAIL [   0.001s]       major        inherent_method_missing
        FAIL [   0.001s]       minor        type_marked_deprecated
        WARN [   0.001s]       major        repr_c_plain_struct_fields_reordered
      Checked [   0.004s] 4 checks: 1 pass, 2 fail, 1 warn, 0 skip
";
    const STDOUT: &str = "
--- failure inherent_method_missing: pub method removed or renamed ---

Description:
A publicly-visible method is gone.
        ref: https://doc.rust-lang.org/cargo/reference/semver.html#item-remove

Failed in:
  Policy::new, previously in file /home/ann/acme/src/lib.rs:12
\tlint rule output values:
    {
      \"method_name\": \"new\",
      \"name\": \"Policy\",
      \"path\": [
        \"acme\",
        \"Policy\"
      ],
      \"span_begin_line\": 12,
      \"span_filename\": \"src/lib.rs\"
    }
  Policy::max, previously in file /home/ann/acme/src/lib.rs:20
\tlint rule output values:
    {
      \"method_name\": \"max\",
      \"path\": [\"acme\", \"Policy\"],
      \"span_begin_line\": 20,
      \"span_filename\": \"src/lib.rs\"
    }

--- failure type_marked_deprecated: #[deprecated] added on type ---

Failed in:
  struct Retry in file src/retry.rs:3
\tlint rule output values:
    {
      \"name\": \"Retry\",
      \"span_begin_line\": 3,
      \"span_filename\": \"src/retry.rs\"
    }

--- warning repr_c_plain_struct_fields_reordered: fields reordered ---

Failed in:
  Raw.a moved, in src/raw.rs:3
\tlint rule output values:
    {
      \"name\": \"Raw\"
    }
";

    #[test]
    fn findings_are_changes_and_warnings_are_not() {
        let report = read_report(STDOUT, STDERR).expect("a report");
        let changes: Vec<Change> = report.into_iter().map(into_change).collect();
        let lines: Vec<String> = changes
            .iter()
            .map(|change| {
                let place = |place: &Option<Place>| place.as_ref().map(ToString::to_string);
                format!(
                    "{:?} {} {} {:?} {:?} {}",
                    change.bump,
                    change.code,
                    change.item,
                    place(&change.before),
                    place(&change.after),
                    change.message
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "Major inherent_method_missing acme::Policy::new Some(\"src/lib.rs:12:1\") None \
                 pub method removed or renamed: Policy::new",
                "Major inherent_method_missing acme::Policy::max Some(\"src/lib.rs:20:1\") None \
                 pub method removed or renamed: Policy::max",
                "Minor type_marked_deprecated Retry None Some(\"src/retry.rs:3:1\") \
                 #[deprecated] added on type: struct Retry",
            ]
        );
    }

    /// Whatever is missing from the output, nothing is taken for passed.
    #[test]
    fn output_that_is_cut_off_is_not_read() {
        for length in 0..STDOUT.len() {
            if let Ok(findings) = read_report(&STDOUT[..length], STDERR) {
                assert_eq!(findings.len(), 3, "{}", &STDOUT[..length]);
            }
        }
        for length in 0..STDERR.trim_end().len() {
            let read = read_report(STDOUT, &STDERR[..length]);
            let counted = STDERR[..length].contains("4 checks:");
            assert!(read.is_err() || counted, "{}", &STDERR[..length]);
        }
    }
}
