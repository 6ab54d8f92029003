//! Tokens that an image keeps: `ARG` and `ENV` stay in its history, what is copied in its layers.

use camino::Utf8Path;

use crate::findings::{Finding, codes};
use crate::model::Place;

/// Is a file of that name one?
pub(super) fn is_one(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let known = ["dockerfile", "containerfile"];
    known.iter().any(|known| {
        let rest = name.strip_prefix(known);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            || name.ends_with(&format!(".{known}"))
    })
}

/// An instruction, and the line that it starts at.
struct Instruction {
    line: u32,
    verb: String,
    rest: String,
}

/// What of a token stays in the image.
pub(super) fn look(path: &Utf8Path, text: &str) -> Vec<Finding> {
    let instructions = instructions(text);
    let passed: Vec<&str> = instructions
        .iter()
        .filter(|it| it.verb == "RUN")
        .flat_map(|it| passed_on(&it.rest))
        .collect();
    let mut findings = Vec::new();
    for Instruction { line, verb, rest } in &instructions {
        let what = match verb.as_str() {
            "ARG" | "ENV" => words(rest).find(|word| is_token(word) || passed.contains(word)),
            "COPY" | "ADD" => rest.split_whitespace().find(|word| {
                word.ends_with(".cargo/credentials.toml") || word.ends_with(".cargo/credentials")
            }),
            _ => None,
        };
        let Some(what) = what else { continue };
        let place = Place {
            file: path.to_owned(),
            line: *line,
            column: 1,
        };
        let message = format!("{verb} puts the token `{what}` into the image, for all who have it");
        findings.push(codes::TOKEN_IN_IMAGE.finding(message).at([place]).help(
            "RUN --mount=type=secret,id=reg CARGO_REGISTRIES_…_CREDENTIAL_PROVIDER=\
                     \"cargo:token-from-stdout cat /run/secrets/reg\" cargo fetch --locked, \
                     and revoke the token",
        ));
    }
    findings
}

fn instructions(text: &str) -> Vec<Instruction> {
    let mut found: Vec<Instruction> = Vec::new();
    let mut continued = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let (line, goes_on) = match line.strip_suffix('\\') {
            Some(line) => (line, true),
            None => (line, false),
        };
        match found.last_mut() {
            Some(last) if continued => {
                last.rest.push(' ');
                last.rest.push_str(line);
            }
            Some(_) | None => {
                let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
                found.push(Instruction {
                    line: number,
                    verb: verb.to_ascii_uppercase(),
                    rest: rest.to_owned(),
                });
            }
        }
        continued = goes_on;
    }
    found
}

/// The names that a text has, of variables and others.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let apart = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    text.split(apart).filter(|word| !word.is_empty())
}

/// Is that a variable which cargo takes a token from?
fn is_token(word: &str) -> bool {
    word.starts_with("CARGO_REGISTR") && word.ends_with("_TOKEN")
}

/// The variables whose values a command hands to cargo as tokens: `CARGO_…_TOKEN=$NAME`.
fn passed_on(command: &str) -> impl Iterator<Item = &str> {
    command.split_whitespace().filter_map(|word| {
        let (name, value) = word.split_once('=')?;
        let value = value.trim_start_matches('"').strip_prefix('$')?;
        is_token(name).then(|| words(value).next())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        let found = look("Dockerfile".into(), text);
        let line = |f: &Finding| format!("{} {}", f.places[0].line, f.message);
        found.iter().map(line).collect()
    }

    #[test]
    fn what_stays_in_the_image_is_found() {
        let text = "FROM rust\n# ARG CARGO_REGISTRIES_INTERNAL_TOKEN\nARG TARGETARCH\n\
                    arg CARGO_REGISTRIES_INTERNAL_TOKEN\nENV A=1 \\\n  CARGO_REGISTRY_TOKEN=abc\n\
                    ARG KEY\nARG OTHER\n\
                    RUN CARGO_REGISTRIES_X_TOKEN=\"${KEY}\" cargo build\n\
                    COPY ci/.cargo/credentials.toml /root/.cargo/credentials.toml\n";
        let stays = |verb: &str, what: &str| {
            format!("{verb} puts the token `{what}` into the image, for all who have it")
        };
        assert_eq!(
            check(text),
            [
                format!("4 {}", stays("ARG", "CARGO_REGISTRIES_INTERNAL_TOKEN")),
                format!("5 {}", stays("ENV", "CARGO_REGISTRY_TOKEN")),
                format!("7 {}", stays("ARG", "KEY")),
                format!("10 {}", stays("COPY", "ci/.cargo/credentials.toml")),
            ]
        );
        let secret = "RUN --mount=type=secret,id=reg \
                      CARGO_REGISTRIES_X_TOKEN=$(cat /run/secrets/reg) cargo build\n";
        assert!(check(secret).is_empty());
        assert!(is_one("Dockerfile.ci") && is_one("api.dockerfile") && !is_one("dockerfiles"));
    }
}
