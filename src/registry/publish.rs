//! The body of a publish request: metadata as JSON, and the package.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::{DependencyKind, PackageName, RegistryError};

/// What cargo says of a version that it publishes (the cargo book, "Publish").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub vers: semver::Version,
    /// Its direct dependencies.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub deps: Vec<PublishDependency>,
    /// Its features.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub features: BTreeMap<String, Vec<String>>,
    /// Who wrote it.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub authors: Vec<String>,
    /// What it is, in a sentence.
    #[serde(default)]
    pub description: Option<String>,
    /// Where its documentation is.
    #[serde(default)]
    pub documentation: Option<String>,
    /// Its home page.
    #[serde(default)]
    pub homepage: Option<String>,
    /// The text of its readme.
    #[serde(default)]
    pub readme: Option<String>,
    /// The path of its readme in the package.
    #[serde(default)]
    pub readme_file: Option<String>,
    /// Its keywords.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub keywords: Vec<String>,
    /// Its categories.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub categories: Vec<String>,
    /// Its licence, as an SPDX expression.
    #[serde(default)]
    pub license: Option<String>,
    /// The path of its licence in the package.
    #[serde(default)]
    pub license_file: Option<String>,
    /// Where its source is.
    #[serde(default)]
    pub repository: Option<String>,
    /// The `links` of its manifest.
    #[serde(default)]
    pub links: Option<String>,
    /// The oldest Rust that it builds with.
    #[serde(default)]
    pub rust_version: Option<String>,
}

/// A dependency in a publish request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishDependency {
    /// The package's real name.
    pub name: String,
    /// The requirement, with its operator.
    pub version_req: String,
    /// Features turned on.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub features: Vec<String>,
    /// Is it optional?
    #[serde(default)]
    pub optional: bool,
    /// Are its default features on?
    #[serde(default = "yes")]
    pub default_features: bool,
    /// The target or `cfg(…)` that it is for.
    #[serde(default)]
    pub target: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub kind: DependencyKind,
    /// The URL of the index that it comes from; none is the one it is published to.
    #[serde(default)]
    pub registry: Option<String>,
    /// How the dependent names it, if it was renamed.
    #[serde(default)]
    pub explicit_name_in_toml: Option<String>,
}

fn yes() -> bool {
    true
}

fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A publish request, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishRequest<'a> {
    /// What cargo says of it.
    pub metadata: Metadata,
    /// The `.crate` file.
    pub package: &'a [u8],
}

/// Takes a publish request apart: a little-endian length, so much JSON, a length, so much
/// package, and nothing after it.
pub fn decode_publish(body: &[u8]) -> Result<PublishRequest<'_>, RegistryError> {
    let malformed = |reason| RegistryError::Request { reason };
    let (json, rest) = split_counted(body).ok_or(malformed("the metadata is cut off"))?;
    let (package, rest) = split_counted(rest).ok_or(malformed("the package is cut off"))?;
    if !rest.is_empty() {
        return Err(malformed("bytes follow the package"));
    }
    let metadata =
        serde_json::from_slice(json).map_err(|source| RegistryError::Metadata { source })?;
    Ok(PublishRequest { metadata, package })
}

/// Puts a publish request together.
pub fn encode_publish(metadata: &Metadata, package: &[u8]) -> Vec<u8> {
    let json = serde_json::to_vec(metadata).expect("strings, lists and maps serialise");
    let mut body = Vec::with_capacity(json.len() + package.len() + 8);
    for part in [json.as_slice(), package] {
        let length = u32::try_from(part.len()).expect("a package is far below 4 GiB");
        body.extend_from_slice(&length.to_le_bytes());
        body.extend_from_slice(part);
    }
    body
}

fn split_counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn body() -> (Metadata, Vec<u8>) {
        let metadata: Metadata =
            serde_json::from_str(r#"{"name":"a","vers":"1.0.0","description":"A thing"}"#).unwrap();
        let body = encode_publish(&metadata, b"package");
        (metadata, body)
    }

    #[test]
    fn a_request_survives_the_wire() {
        let (metadata, body) = body();
        let request = decode_publish(&body).unwrap();
        assert_eq!(request.metadata, metadata);
        assert_eq!(request.package, b"package");
    }

    #[test]
    fn a_request_cut_off_anywhere_or_with_more_behind_is_refused() {
        let (_, mut body) = body();
        for end in 0..body.len() {
            assert!(decode_publish(&body[..end]).is_err(), "{end}");
        }
        body.push(0);
        let error = decode_publish(&body).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the publish request is malformed: bytes follow the package"
        );
        assert!(decode_publish(&[0xff; 12]).is_err());
    }

    proptest! {
        /// Whatever is sent is taken apart or refused, and what is taken apart is all of it.
        #[test]
        fn any_body_is_taken_apart_or_refused(
            json in r#"\{"name":"[a-z]{1,3}","vers":"[0-9]\.[0-9]\.[0-9]"(,"deps":(null|\[\]|\{\}))?\}|.{0,40}"#,
            package in prop::collection::vec(any::<u8>(), 0..64),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        ) {
            let mut body = Vec::new();
            for part in [json.as_bytes(), &package] {
                body.extend_from_slice(&u32::try_from(part.len()).unwrap().to_le_bytes());
                body.extend_from_slice(part);
            }
            for (at, byte) in changes {
                let at = at.index(body.len());
                body[at] = byte;
            }
            if let Ok(request) = decode_publish(&body) {
                prop_assert!(body.ends_with(request.package));
                let again = encode_publish(&request.metadata, request.package);
                prop_assert_eq!(decode_publish(&again).unwrap(), request);
            }
        }
    }
}
