//! Findings as annotations that GitHub shows beside the lines (its documentation, "Workflow
//! commands for GitHub Actions").

use cargo_quarry::findings::{Finding, Severity};

/// The line that makes the annotation.
pub(super) fn line(finding: &Finding) -> String {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = finding.places.first() {
        properties.push(format!("file={}", property(place.file.as_str())));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
    }
    properties.push(format!("title={}", property(&finding.code)));
    let help = finding.help.iter().map(|help| format!("\nhelp: {help}"));
    let message = finding.message.clone() + &help.collect::<String>();
    format!("::{command} {}::{}", properties.join(","), data(&message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use cargo_quarry::findings::codes;
    use cargo_quarry::model::Place;

    #[test]
    fn what_has_a_meaning_is_escaped() {
        let place = Place {
            file: "a,b/c:d.rs".into(),
            line: 3,
            column: 1,
        };
        let finding = codes::API_BREAK
            .finding("100% gone: a, b")
            .at([place])
            .help("x");
        assert_eq!(
            line(&finding),
            "::notice file=a%2Cb/c%3Ad.rs,line=3,col=1,title=api-break::100%25 gone: a, b%0Ahelp: x"
        );
    }
}
