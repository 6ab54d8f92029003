//! Licences and advisories, by cargo-deny where it is installed and configured.

use serde::Deserialize;

use super::request::Found;
use super::subject::Subject;
use super::{CheckError, Part, Skipped};
use crate::findings::{Code, Finding, Severity, codes};
use crate::sys::{Program, SysError};

/// Where cargo-deny looks for its configuration (its book, "Config").
const CONFIGURATIONS: &[&str] = &["deny.toml", ".deny.toml", ".cargo/deny.toml"];

/// Its diagnostics of what deny.toml names and the library does not have: one policy is for many
/// libraries.
const UNUSED: &[&str] = &[
    "advisory-not-detected",
    "license-exception-not-encountered",
    "license-not-encountered",
    "unmatched-organization",
    "unmatched-skip",
    "unmatched-skip-root",
    "unmatched-source",
];

/// A line of `cargo deny --format json`.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    fields: Fields,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    severity: String,
    code: String,
    message: String,
    graphs: Vec<Node>,
    advisory: Option<Advisory>,
}

#[derive(Debug, Deserialize)]
struct Node {
    // Newer ones nest it.
    #[serde(alias = "Krate")]
    krate: Option<Krate>,
    name: Option<String>,
    version: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Krate {
    name: String,
    version: String,
}

#[derive(Debug, Deserialize)]
struct Advisory {
    id: String,
}

/// Runs it.
pub(super) fn look(subject: &Subject, offline: bool) -> Result<Found, CheckError> {
    let configured = |file: &&str| subject.workspace_dir.join(file).is_file();
    if !CONFIGURATIONS.iter().any(configured) {
        return Ok(Found::skip(Part::Deny, "there is no deny.toml"));
    }
    let Some(whole) = run(subject, offline, &[])? else {
        let reason = "cargo-deny is not installed (`cargo install --locked cargo-deny`)";
        return Ok(Found::skip(Part::Deny, reason));
    };
    let reason = match whole {
        Ok(findings) => return Ok(of(findings)),
        Err(reason) => format!("cargo-deny: {reason}"),
    };
    // Without the advisories, which it has to fetch, it can do the rest.
    match run(subject, offline, &["bans", "licenses", "sources"])? {
        Some(Ok(findings)) => Ok(Found {
            skipped: vec![Skipped::new(Part::Advisories, reason)],
            ..of(findings)
        }),
        _ => Ok(Found::skip(Part::Deny, reason)),
    }
}

fn of(findings: Vec<Finding>) -> Found {
    Found {
        findings,
        skipped: Vec::new(),
    }
}

/// Runs these of its checks, or all: what they found, or why it could not look. `None` if it is
/// not installed.
fn run(
    subject: &Subject,
    offline: bool,
    checks: &[&str],
) -> Result<Option<Result<Vec<Finding>, String>>, CheckError> {
    let manifest = subject.dir.join("Cargo.toml");
    let mut program = Program::new("cargo-deny")
        .args(["--format", "json", "--manifest-path", manifest.as_str()])
        .arg("--locked")
        .dir(&subject.workspace_dir);
    if offline {
        program = program.arg("--offline");
    }
    let output = match program.arg("check").args(checks.iter().copied()).run() {
        Ok(output) => output,
        Err(SysError::Start { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let stderr = output.stderr_text();
    let findings = read(&stderr);
    if !findings.is_empty() || output.success() {
        return Ok(Some(Ok(findings)));
    }
    let logged = stderr.lines().find_map(log_text);
    let reason = logged.or_else(|| Some(stderr.lines().next_back()?.to_owned()));
    let reason = reason.unwrap_or_else(|| "it failed and said nothing".to_owned());
    Ok(Some(Err(reason)))
}

/// The first line of what a line of its log says.
fn log_text(line: &str) -> Option<String> {
    let log = serde_json::from_str::<Line>(line).ok()?;
    let text = log.fields.message.lines().next()?;
    (log.kind == "log").then(|| text.to_owned())
}

/// The diagnostics in what it wrote; what only explains is left out.
fn read(stderr: &str) -> Vec<Finding> {
    let lines = stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<Line>(line).ok());
    let diagnostics = lines.filter(|line| line.kind == "diagnostic");
    let mut findings: Vec<Finding> = diagnostics
        .filter(|line| !UNUSED.contains(&&*line.fields.code))
        .filter_map(|line| finding(&line.fields))
        .collect();
    findings.sort();
    findings.dedup();
    findings
}

fn finding(fields: &Fields) -> Option<Finding> {
    let severity = match fields.severity.as_str() {
        "error" | "bug" => Severity::Error,
        "warning" => Severity::Warning,
        _ => return None,
    };
    let krate = fields.graphs.first().and_then(Node::krate);
    let message = match &krate {
        Some(krate) => format!("{} {}: {}", krate.name, krate.version, fields.message),
        None => fields.message.clone(),
    };
    let message = format!("{} ({})", message.trim().replace('\n', " "), fields.code);
    let item = match (&fields.advisory, krate) {
        (Some(advisory), _) => Some(advisory.id.clone()),
        (None, krate) => krate.map(|krate| krate.name),
    };
    let finding = code(&fields.code).finding(message).weighing(severity);
    Some(match item {
        Some(item) => finding.about(item),
        None => finding,
    })
}

impl Node {
    fn krate(&self) -> Option<Krate> {
        let flat = || {
            Some(Krate {
                name: self.name.clone()?,
                version: self.version.clone()?,
            })
        };
        self.krate.clone().or_else(flat)
    }
}

/// Which of its checks gives a diagnostic of that code (its book, "Diagnostics").
fn code(deny: &str) -> &'static Code {
    const ADVISORIES: &[&str] = &[
        "vulnerability",
        "notice",
        "unmaintained",
        "unsound",
        "index-failure",
        "index-cache-load-failure",
    ];
    const LICENSES: &[&str] = &[
        "accepted",
        "rejected",
        "unlicensed",
        "missing-clarification-file",
        "parse-error",
        "empty-license-field",
        "no-license-field",
        "gather-failure",
    ];
    match deny {
        _ if ADVISORIES.contains(&deny) => &codes::DENIED_ADVISORY,
        _ if deny.contains("advisory") || deny.contains("yanked") => &codes::DENIED_ADVISORY,
        _ if LICENSES.contains(&deny) || deny.contains("license") => &codes::DENIED_LICENCE,
        _ if deny.contains("source") || deny.contains("organization") => &codes::DENIED_SOURCE,
        _ => &codes::DENIED_DEPENDENCY,
    }
}
