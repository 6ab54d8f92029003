//! Package ids as cargo writes them (the cargo book, "Package ID Specifications").

/// The name and the version in an id: `…#name@version`, or `…/name#version`. Of what is none, its
/// last segment and no version.
pub fn package_of_id(id: &str) -> (&str, &str) {
    let (url, fragment) = id.rsplit_once('#').unwrap_or((id, ""));
    let by_url = || (url.rsplit('/').next().unwrap_or(url), fragment);
    fragment.split_once('@').unwrap_or_else(by_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_by_their_ids() {
        for (id, version) in [
            ("path+file:///home/ann/code/retry#0.1.0", "0.1.0"),
            ("path+file:///home/ann/code/folder#retry@0.1.0", "0.1.0"),
            (
                "registry+https://github.com/rust-lang/crates.io-index#retry@1.0.0",
                "1.0.0",
            ),
        ] {
            assert_eq!(package_of_id(id), ("retry", version), "{id}");
        }
        assert_eq!(package_of_id("retry"), ("retry", ""));
    }
}
