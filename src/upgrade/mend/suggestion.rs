//! What rustc suggests and says that a machine can apply.

use cargo_metadata::diagnostic::Applicability;

use crate::cargo::{Diagnostic, DiagnosticLevel, DiagnosticSpan};

/// Is it an error of the language, and no lint that is denied?
pub(super) fn is_hard(diagnostic: &Diagnostic) -> bool {
    let is_error = matches!(diagnostic.level, DiagnosticLevel::Error);
    let is_lint = |code: &str| !code.starts_with('E');
    is_error && !diagnostic.code.as_ref().is_some_and(|it| is_lint(&it.code))
}

/// Are its suggestions taken? All errors are the upgrade's, for there were none before. While
/// there are `hard` ones, lints are not believed: what they call unused may be used where the
/// compiler did not get to.
pub(super) fn counts(diagnostic: &Diagnostic, hard: bool) -> bool {
    is_hard(diagnostic) || !hard && matches!(diagnostic.level, DiagnosticLevel::Error)
}

/// The edits that a child of a diagnostic suggests, if a machine can apply all of them.
pub(super) fn parts(child: &Diagnostic) -> Option<Vec<(&DiagnosticSpan, &str)>> {
    let suggested = child.spans.iter().map(|span| {
        let applies = span.suggestion_applicability == Some(Applicability::MachineApplicable);
        let text = span.suggested_replacement.as_deref();
        text.filter(|_| applies).map(|text| (span, text))
    });
    let parts: Option<Vec<_>> = suggested.collect();
    parts.filter(|parts| !parts.is_empty())
}
