//! Formatting: what was formatted by rustfmt before is formatted after; all else is left alone.

use camino::Utf8Path;

use super::ExtractError;
use super::candidate::{Candidate, write_files};
use super::subject::Subject;
use crate::sys::Program;

/// Formats the new crate's files whose original was formatted.
pub(super) fn format_sources(
    subject: &Subject,
    candidate: &mut Candidate,
) -> Result<(), ExtractError> {
    for file in candidate.files.values_mut() {
        let origin = file
            .origin
            .as_ref()
            .and_then(|path| subject.source.files.get(path));
        let was_formatted = match origin {
            Some(source) => formatted(subject, &source.text).as_deref() == Some(&source.text),
            None => true,
        };
        if was_formatted && let Some(text) = formatted(subject, &file.text) {
            file.text = text;
        }
    }
    write_files(subject, candidate)
}

/// The text as rustfmt writes it, with the monolith's settings; none where rustfmt cannot say (it
/// is missing, or its settings are for another toolchain).
fn formatted(subject: &Subject, text: &str) -> Option<String> {
    let settings: &Utf8Path = &subject.metadata.workspace_root;
    let edition = subject.package.edition.to_string();
    let program = Program::new("rustfmt")
        .dir(settings)
        .args([
            "--edition",
            &edition,
            "--config-path",
            settings.as_str(),
            "--quiet",
        ])
        .input(text.as_bytes());
    let output = program.run().ok()?;
    output.success().then(|| output.stdout_text())
}
