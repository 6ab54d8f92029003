//! What looks like a secret, by its name or by what it holds. A secret is never shown.

use camino::Utf8Path;

use crate::manifest::{Manifest, places_of_tokens};

/// Why a file looks like one; none if it does not.
pub(super) fn looks_like(path: &Utf8Path, bytes: &[u8]) -> Option<&'static str> {
    let name = path.file_name().unwrap_or_default().to_lowercase();
    if is_environment(&name) {
        return Some("a file of environment variables");
    }
    if KEYS.contains(&name.as_str()) {
        return Some("a private key by its name");
    }
    if CREDENTIALS.contains(&name.as_str()) {
        return Some("a file of credentials by its name");
    }
    if has_private_key(bytes) {
        return Some("a private key");
    }
    match path.extension() {
        Some("p12" | "pfx" | "jks" | "keystore" | "kdbx" | "ppk") => {
            return Some("a store of keys by its name");
        }
        // With a text, its content has told: certificates and public keys are none.
        Some("pem" | "key") if str::from_utf8(bytes).is_err() => {
            return Some("a key by its name");
        }
        _ => {}
    }
    has_token(path, bytes).then_some("a registry token")
}

const KEYS: &[&str] = &["id_dsa", "id_ecdsa", "id_ed25519", "id_rsa"];

const CREDENTIALS: &[&str] = &[
    ".git-credentials",
    ".htpasswd",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    "_netrc",
    "credentials",
    "credentials.json",
    "credentials.toml",
    "secrets.json",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
];

/// `.env` and `.env.production`, but no sample.
fn is_environment(name: &str) -> bool {
    let samples = ["dist", "example", "sample", "template"];
    match name.strip_prefix(".env") {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix('.')
            .is_some_and(|rest| !samples.contains(&rest)),
        None => false,
    }
}

/// The header of a private key, on a line of its own: code that speaks of one has it in quotes.
fn has_private_key(bytes: &[u8]) -> bool {
    let lines = bytes.split(|byte| *byte == b'\n');
    let mut lines = lines.map(<[u8]>::trim_ascii);
    lines.any(|line| line.starts_with(b"-----BEGIN ") && line.ends_with(b"PRIVATE KEY-----"))
}

fn has_token(path: &Utf8Path, bytes: &[u8]) -> bool {
    let of_cargo = path.parent().and_then(Utf8Path::file_name) == Some(".cargo");
    let text = str::from_utf8(bytes).ok().filter(|_| of_cargo);
    let config = text.and_then(|text| Manifest::parse(path, text).ok());
    config.is_some_and(|config| !places_of_tokens(&config).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_what_only_looks_like_them() {
        let is = |path: &str, text: &str| looks_like(path.into(), text.as_bytes()).is_some();
        let key = "-----BEGIN RSA PRIVATE KEY-----\r\nMII\r\n-----END RSA PRIVATE KEY-----\r\n";
        for (path, text) in [
            (".env", ""),
            ("deploy/.env.production", ""),
            ("tests/id_rsa", ""),
            ("a/server.pem", key),
            ("src/text.txt", key),
            (".cargo/credentials.toml", ""),
            (".cargo/config.toml", "[registries.a]\ntoken = \"x\"\n"),
            ("store.p12", ""),
        ] {
            assert!(is(path, text), "{path}");
        }
        for (path, text) in [
            (".env.example", "A=1"),
            ("src/env.rs", ""),
            ("ca.pem", "-----BEGIN CERTIFICATE-----\n"),
            (
                "src/key.rs",
                "let header = \"-----BEGIN PRIVATE KEY-----\";\n",
            ),
            ("id_rsa.pub", "ssh-rsa AAAA"),
            (".cargo/config.toml", "[registries.a]\nindex = \"x\"\n"),
        ] {
            assert!(!is(path, text), "{path}");
        }
        assert!(looks_like("a.key".into(), &[0xff, 0xfe]).is_some());
    }
}
