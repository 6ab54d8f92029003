//! The error that ends a command: its chain of causes, and the way out.

use std::error::Error;
use std::fmt;

use super::FAILED;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) struct CliError {
    source: Box<dyn Error + Send + Sync>,
    help: Option<String>,
    code: u8,
}

impl CliError {
    /// Something failed.
    pub(crate) fn failed(
        source: impl Into<Box<dyn Error + Send + Sync>>,
        help: Option<String>,
    ) -> Self {
        Self {
            source: source.into(),
            help,
            code: FAILED,
        }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    /// The way out, for the `help:` line.
    pub(crate) fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The error and its causes, outermost first.
    pub(crate) fn chain(&self) -> Vec<String> {
        let mut chain = vec![self.source.to_string()];
        let mut next = self.source.source();
        while let Some(error) = next {
            chain.push(error.to_string());
            next = error.source();
        }
        chain
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

/// Errors of the library's rooms that know their own way out.
macro_rules! from_room_error {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                let help = error.help();
                Self::failed(error, help)
            }
        }
    )*};
}
from_room_error!(
    cargo_quarry::check::CheckError,
    cargo_quarry::connect::ConnectError,
    cargo_quarry::copies::CopiesError,
    cargo_quarry::extract::ExtractError,
    cargo_quarry::link::LinkError,
    cargo_quarry::migrate::MigrateError,
    cargo_quarry::model::NameError,
    cargo_quarry::references::ReferenceError,
    cargo_quarry::release::ReleaseError,
    cargo_quarry::review::ReviewError,
    cargo_quarry::scaffold::ScaffoldError,
    cargo_quarry::serve::ServeError,
    cargo_quarry::service::ServiceError,
    cargo_quarry::survey::SurveyError,
    cargo_quarry::sys::SysError,
    cargo_quarry::template::TemplateError,
    cargo_quarry::tour::TourError,
    cargo_quarry::upgrade::UpgradeError,
);
