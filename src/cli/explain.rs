//! `cargo quarry explain`: what the code of a finding means.

use cargo_quarry::findings::{Code, Severity, codes, find_code, nearest_codes};
use clap::Args;

use super::{OK, Shell, USAGE};

#[derive(Debug, Args)]
#[command(after_help = "Example: cargo quarry explain api-break")]
pub(crate) struct ExplainArgs {
    /// The code [default: list them all, by command]
    code: Option<String>,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &ExplainArgs) -> u8 {
    let Some(name) = &args.code else {
        list(shell);
        return OK;
    };
    let Some(code) = find_code(name) else {
        shell.refuse(format_args!("there is no code `{name}`"));
        let near: Vec<String> = nearest_codes(name, codes::ALL)
            .iter()
            .map(|code| format!("`{}`", code.name()))
            .collect();
        shell.help(match near.as_slice() {
            [] => "`cargo quarry explain` lists them all".to_owned(),
            near => format!("did you mean {}?", near.join(" or ")),
        });
        return USAGE;
    };
    if shell.json() {
        let mut document = entry(code);
        document["version"] = 1.into();
        document["explanation"] = code.explanation().into();
        shell.out(document);
    } else {
        let severity = severity(code.severity());
        shell.out(format_args!(
            "{severity}[{}]: {}\n",
            code.name(),
            code.title()
        ));
        shell.out(code.explanation());
    }
    OK
}

fn list(shell: &Shell) {
    if shell.json() {
        let codes: Vec<_> = codes::ALL.iter().map(|code| entry(code)).collect();
        shell.out(serde_json::json!({ "version": 1, "codes": codes }));
        return;
    }
    let width = codes::ALL.iter().map(|code| code.name().len()).max();
    let width = width.unwrap_or_default();
    for (number, group) in codes::GROUPS.iter().enumerate() {
        let apart = if number == 0 { "" } else { "\n" };
        shell.out(format_args!("{apart}cargo quarry {}", group.command));
        for code in group.codes {
            let (name, severity) = (code.name(), severity(code.severity()));
            shell.out(format_args!(
                "  {name:width$}  {severity:7}  {}",
                code.title()
            ));
        }
    }
}

fn entry(code: &Code) -> serde_json::Value {
    let mut groups = codes::GROUPS.iter();
    let group = groups.find(|group| group.codes.contains(&code));
    serde_json::json!({
        "code": code.name(),
        "command": group.map(|group| group.command),
        "severity": code.severity(),
        "title": code.title(),
    })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
