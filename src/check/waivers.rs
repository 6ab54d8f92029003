//! Findings that the repository lives with, for a while: `[[package.metadata.quarry.waivers]]`.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::civil::Date;

use super::subject::Subject;
use super::{CheckError, Part, Skipped, Waived};
use crate::findings::{Finding, codes, nearest_codes};
use crate::manifest::{ManifestError, Stated, metadata_tables, place_of_package};
use crate::model::Place;

/// What a waiver can have.
const KEYS: &[&str] = &["code", "item", "path", "reason", "until"];

/// A waiver that can be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Waiver {
    code: String,
    item: Option<String>,
    path: Option<Utf8PathBuf>,
    reason: String,
    until: Date,
    place: Place,
}

/// The waivers of a package, and what is wrong with those that cannot be understood.
#[derive(Debug, Default)]
pub(super) struct Waivers {
    valid: Vec<Waiver>,
    invalid: Vec<Finding>,
}

impl Waivers {
    /// Those of a package's manifest.
    pub(super) fn load(subject: &Subject) -> Result<Self, CheckError> {
        let mut waivers = Self::default();
        let tables = match metadata_tables(&subject.manifest, &["quarry", "waivers"]) {
            Ok(tables) => tables,
            Err(error @ ManifestError::Shape { .. }) => {
                let finding = codes::WAIVER_INVALID.finding(error.to_string());
                let place = place_of_package(&subject.manifest);
                waivers.invalid.push(finding.at([place]).help(FORM));
                return Ok(waivers);
            }
            Err(error) => return Err(error.into()),
        };
        for table in tables {
            match read(&table) {
                Ok(waiver) => waivers.valid.push(waiver),
                Err((message, help)) => {
                    let finding = codes::WAIVER_INVALID.finding(message);
                    waivers.invalid.push(finding.at([table.place]).help(help));
                }
            }
        }
        Ok(waivers)
    }

    /// Is there one for the finding that has not ended?
    pub(super) fn covers(&self, finding: &Finding, today: Date) -> bool {
        self.valid
            .iter()
            .any(|waiver| waiver.until >= today && waiver.fits(finding))
    }

    /// Takes what is waived from `findings`, and adds what is to be said of the waivers
    /// themselves. Where a part was skipped, a waiver that waives nothing may be needed all the
    /// same.
    pub(super) fn apply(
        self,
        findings: &mut Vec<Finding>,
        skipped: &[Skipped],
        today: Date,
    ) -> Vec<Waived> {
        let (current, ended): (Vec<Waiver>, Vec<Waiver>) = self
            .valid
            .into_iter()
            .partition(|waiver| waiver.until >= today);
        let mut used = vec![false; current.len()];
        let mut waived = Vec::new();
        findings.retain(|finding| {
            let fits = |(index, waiver): (usize, &Waiver)| waiver.fits(finding).then_some(index);
            let fitting: Vec<usize> = current.iter().enumerate().filter_map(fits).collect();
            for index in &fitting {
                used[*index] = true;
            }
            let Some(first) = fitting.first() else {
                return true;
            };
            waived.push(Waived {
                finding: finding.clone(),
                reason: current[*first].reason.clone(),
                until: current[*first].until.to_string(),
            });
            false
        });
        findings.extend(self.invalid);
        findings.extend(ended.iter().map(|waiver| {
            let message = format!("the waiver of `{}` ended on {}", waiver.code, waiver.until);
            let help = "mend what it waived, or decide anew and write a later day";
            codes::WAIVER_EXPIRED
                .finding(message)
                .at([waiver.place.clone()])
                .help(help)
        }));
        for (waiver, _) in current.iter().zip(used).filter(|(_, used)| !used) {
            if !skipped
                .iter()
                .any(|skipped| may_find(&skipped.part, &waiver.code))
            {
                let message = format!("no finding needs the waiver of `{}`", waiver.subject());
                let finding = codes::WAIVER_UNUSED.finding(message);
                findings.push(finding.at([waiver.place.clone()]).help("remove it"));
            }
        }
        waived
    }
}

const FORM: &str =
    "write `[[package.metadata.quarry.waivers]]` with `code`, `reason` and `until = YYYY-MM-DD`";

fn read(table: &Stated<BTreeMap<String, String>>) -> Result<Waiver, (String, String)> {
    let entries = &table.value;
    let wrong = |message: String| (message, FORM.to_owned());
    if let Some(key) = entries.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(wrong(format!("a waiver has no `{key}`")));
    }
    let text = |key: &str| {
        entries
            .get(key)
            .filter(|text| !text.trim().is_empty())
            .cloned()
    };
    let needed = |key: &str| text(key).ok_or_else(|| wrong(format!("a waiver needs a `{key}`")));
    let code = needed("code")?;
    let known = codes::CHECK.codes;
    if !known.iter().any(|it| it.name() == code) {
        let near: Vec<String> = nearest_codes(&code, known)
            .iter()
            .map(|code| format!("`{}`", code.name()))
            .collect();
        let help = match near.as_slice() {
            [] => "`cargo quarry explain` lists the codes".to_owned(),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        return Err((format!("`check` has no code `{code}`"), help));
    }
    if code.starts_with("waiver-") {
        return Err(wrong(format!("`{code}` cannot be waived")));
    }
    let until = needed("until")?;
    let until = until
        .parse()
        .map_err(|_| wrong(format!("`{until}` is no day, `YYYY-MM-DD`")))?;
    Ok(Waiver {
        reason: needed("reason")?,
        item: text("item"),
        path: text("path").map(|path| path.trim_matches('/').into()),
        code,
        until,
        place: table.place.clone(),
    })
}

impl Waiver {
    fn fits(&self, finding: &Finding) -> bool {
        let item = self.item.is_none() || self.item == finding.item;
        let below = |path: &Utf8Path| {
            // As the manifest that has the waiver sees it, and as the repository does.
            let folder = self.place.file.parent().unwrap_or(Utf8Path::new(""));
            finding.places.iter().any(|place| {
                place.file.starts_with(path) || place.file.starts_with(folder.join(path))
            })
        };
        finding.code == self.code && item && self.path.as_deref().is_none_or(below)
    }

    /// What it is for, in short.
    fn subject(&self) -> String {
        let path = self.path.as_ref().map(|path| path.as_str());
        match self.item.as_deref().or(path) {
            Some(of) => format!("{} ({of})", self.code),
            None => self.code.clone(),
        }
    }
}

/// Could the part have given a finding of that code?
fn may_find(part: &Part, code: &str) -> bool {
    let starts: &[&str] = match part {
        Part::Manifest => &[
            "no-",
            "publish",
            "unp",
            "path-",
            "git-",
            "unknown-",
            "wildcard-",
        ],
        Part::Lockfile => &["lockfile-", "rust-version-dependency"],
        Part::RustVersion => &["rust-version-"],
        Part::Package => &["package", "no-license-file", "no-readme", "no-library"],
        Part::Baseline | Part::Api(_) => &["api-", "version-", "changelog-"],
        Part::Changelog => &["changelog-", "no-changelog"],
        Part::Deny => &["denied-"],
        Part::Advisories => &["denied-advisory"],
        Part::Pins => &["pin-", "registry-", "private-", "vocabulary-"],
    };
    starts.iter().any(|start| code.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiver(lines: &str) -> Result<Waiver, (String, String)> {
        let pairs = lines
            .split("; ")
            .map(|pair| pair.split_once('=').expect("a pair"));
        read(&Stated {
            value: pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            place: Place {
                file: "a/Cargo.toml".into(),
                line: 3,
                column: 1,
            },
        })
    }

    const WHOLE: &str = "code=packaged-large; reason=data; until=2026-12-31";

    #[test]
    fn what_is_no_waiver_is_said() {
        let says = |lines: &str| {
            let (message, help) = waiver(lines).unwrap_err();
            format!("{message}; {help}")
        };
        assert!(waiver(WHOLE).is_ok());
        assert!(says("code=no-lints; until=2026-12-31").starts_with("a waiver needs a `reason`"));
        assert!(says("code=no-lints; reason=x").starts_with("a waiver needs a `until`"));
        let wrong = says("code=no-lints; reason=x; until=31.12.2026");
        assert!(wrong.starts_with("`31.12.2026` is no day"));
        assert!(says("code=no-lint; reason=x; until=2026-12-31").contains("`no-lints`"));
        assert!(says(&format!("{WHOLE}; items=x")).starts_with("a waiver has no `items`"));
        assert!(says("code=waiver-unused; reason=x; until=2026-12-31").contains("cannot be"));
    }

    #[test]
    fn a_waiver_fits_by_code_item_and_path() {
        let at = |file: &str| {
            let place = Place {
                file: file.into(),
                line: 1,
                column: 1,
            };
            codes::PACKAGED_LARGE.finding("x").about("b").at([place])
        };
        let fits =
            |more: &str, file: &str| waiver(&format!("{WHOLE}{more}")).unwrap().fits(&at(file));
        assert!(fits("", "a/data/x.bin"));
        assert!(fits("; path=data", "a/data/x.bin") && fits("; path=/a/data/", "a/data/x.bin"));
        assert!(!fits("; path=dat", "a/data/x.bin"));
        assert!(fits("; item=b", "a/x") && !fits("; item=c", "a/x"));
        assert!(!waiver(WHOLE).unwrap().fits(&codes::NO_LINTS.finding("x")));
    }
}
