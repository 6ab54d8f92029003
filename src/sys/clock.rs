//! The clock. `CARGO_QUARRY_NOW` (seconds since 1970) sets it, for tests and for builds that must
//! come out the same twice.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970-01-01T00:00:00Z.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now_unix() -> i64 {
    let real = || {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    };
    super::env::var("CARGO_QUARRY_NOW")
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(real)
}

/// Today in UTC, `YYYY-MM-DD`, as changelogs write it.
pub fn today() -> String {
    timestamp()[..10].to_owned()
}

/// Now in UTC, `YYYY-MM-DDThh:mm:ssZ`, as registry indexes write it.
pub fn timestamp() -> String {
    timestamp_of(now_unix())
}

/// A moment (seconds since 1970) in the same form.
pub fn timestamp_of(unix: i64) -> String {
    let instant = jiff::Timestamp::from_second(unix).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A moment from which on work should end. By the machine's own clock, which nothing sets.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(std::time::Instant);

impl Deadline {
    /// So many seconds from now.
    pub fn after(seconds: u64) -> Self {
        Self(std::time::Instant::now() + std::time::Duration::from_secs(seconds))
    }

    /// Has it come?
    pub fn has_come(&self) -> bool {
        std::time::Instant::now() >= self.0
    }
}
