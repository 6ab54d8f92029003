//! `config.json` at the root of an index.

use serde::{Deserialize, Serialize};

use super::IndexEntry;

/// What cargo reads first from an index (the cargo book, "Index configuration").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Where packages are downloaded: cargo adds `/{crate}/{version}/download`.
    pub dl: String,
    /// The base of the web API, without a slash at its end.
    pub api: Option<String>,
    /// Is a token needed for reading, too?
    #[serde(rename = "auth-required", default)]
    pub auth_required: bool,
}

impl Config {
    /// The configuration of a registry of this tool that people reach at `base_url`.
    pub fn at(base_url: &str, auth_required: bool) -> Self {
        let base = base_url.trim_end_matches('/');
        Self {
            dl: format!("{base}/api/v1/crates"),
            api: Some(base.to_owned()),
            auth_required,
        }
    }
    /// Where the package of a version is (the cargo book, "Index configuration": markers in
    /// `dl`, and what is added to one without any).
    pub fn download_url(&self, entry: &IndexEntry) -> String {
        let (name, version) = (entry.name.as_str(), entry.vers.to_string());
        let path = entry.name.index_path();
        let lower_prefix = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let prefix = match name.len() {
            1 | 2 => lower_prefix.to_owned(),
            3 => format!("3/{}", &name[..1]),
            _ => format!("{}/{}", &name[..2], &name[2..4]),
        };
        let markers = [
            ("{crate}", name),
            ("{version}", version.as_str()),
            ("{prefix}", prefix.as_str()),
            ("{lowerprefix}", lower_prefix),
            ("{sha256-checksum}", entry.cksum.as_str()),
        ];
        if markers.iter().any(|(marker, _)| self.dl.contains(marker)) {
            let fill = |url: String, (marker, value): &(&str, &str)| url.replace(marker, value);
            return markers.iter().fold(self.dl.clone(), fill);
        }
        format!("{}/{name}/{version}/download", self.dl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_where_the_configuration_says() {
        let line = r#"{"name":"NAME","vers":"1.0.0","deps":[],"cksum":"abc","features":{},"yanked":false}"#;
        let url = |dl: &str, name: &str| {
            let entry = serde_json::from_str(&line.replace("NAME", name)).unwrap();
            let mut config = Config::at("", false);
            config.dl = dl.to_owned();
            config.download_url(&entry)
        };
        assert_eq!(
            url("http://x/dl", "Acme"),
            "http://x/dl/Acme/1.0.0/download"
        );
        let dl = "http://x/{prefix}/{lowerprefix}/{crate}-{version}.crate?{sha256-checksum}";
        assert_eq!(url(dl, "AcMe"), "http://x/Ac/Me/ac/me/AcMe-1.0.0.crate?abc");
        assert_eq!(url("http://x/{prefix}", "Acm"), "http://x/3/A");
        assert_eq!(url("http://x/{prefix}", "a"), "http://x/1");
    }
}
