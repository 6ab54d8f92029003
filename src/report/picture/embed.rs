//! Data and scripts within HTML.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// JSON that can stand in a `<script>`: nothing in it ends the element or begins a comment, and
/// nothing ends a line for JavaScript alone. In JSON such characters stand in texts only, where
/// an escape means the same. (HTML, 4.12.1.3: restrictions for contents of script elements.)
pub(super) fn script_data(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            c => text.push(c),
        }
    }
    text
}

/// The source by which a Content Security Policy allows just this script.
pub(super) fn allowed(script: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(script)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_a_script_is_escaped_and_means_the_same() {
        let odd = "</script><!-- <script> ]]> & \u{2028}\u{2029} \\ \" é";
        let json = serde_json::json!({ odd: [odd] });
        let text = script_data(&json.to_string());
        assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
        let read: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(read, json);
    }

    #[test]
    fn a_script_is_allowed_by_its_digest() {
        // The example of CSP 3, 2.3.1: `alert('Hello, world.');`
        assert_eq!(
            allowed("alert('Hello, world.');"),
            "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="
        );
    }
}
