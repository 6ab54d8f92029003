//! When a token ends: a day, or so long from now.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ServeError;
use crate::sys::clock;

/// A moment, `YYYY-MM-DDThh:mm:ssZ`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expiry(String);

impl Expiry {
    /// Takes a date (to the end of that day in UTC) or a duration from `now`, in seconds since
    /// 1970: `12h`, `90d`, `6w`.
    fn parse(text: &str, now: i64) -> Option<Self> {
        let seconds = |unit: &str| match unit {
            "h" => Some(3600),
            "d" => Some(24 * 3600),
            "w" => Some(7 * 24 * 3600),
            _ => None,
        };
        let split = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(split);
        let end = match seconds(unit) {
            Some(unit) => now.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?,
            None if text.len() == "2026-01-01".len() => {
                let end: jiff::Timestamp = format!("{text}T23:59:59Z").parse().ok()?;
                end.as_second()
            }
            None => return None,
        };
        let last = jiff::Timestamp::MAX.as_second();
        (now < end && end <= last).then(|| Self(clock::timestamp_of(end)))
    }

    /// Is it over?
    pub(super) fn is_over(&self) -> bool {
        self.0 <= clock::timestamp()
    }
}

impl FromStr for Expiry {
    type Err = ServeError;

    fn from_str(text: &str) -> Result<Self, ServeError> {
        Self::parse(text, clock::now_unix()).ok_or_else(|| ServeError::Expiry {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_durations_are_moments() {
        // 2026-01-01T00:00:00Z
        let parse = |text: &str| Expiry::parse(text, 1_767_225_600).map(|end| end.0);
        assert_eq!(parse("12h").as_deref(), Some("2026-01-01T12:00:00Z"));
        assert_eq!(parse("90d").as_deref(), Some("2026-04-01T00:00:00Z"));
        assert_eq!(parse("1w").as_deref(), Some("2026-01-08T00:00:00Z"));
        assert_eq!(parse("2026-01-01").as_deref(), Some("2026-01-01T23:59:59Z"));
        for bad in [
            "",
            "90",
            "d",
            "0d",
            "-1d",
            "1.5d",
            "2025-12-31",
            "2026-02-30",
            "2026-1-1",
            "soon",
            "9999999999999999d",
            "999999999d",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
