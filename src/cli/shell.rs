//! Where output goes: results to standard output, all else to standard error, in cargo's look.

use std::io::{IsTerminal as _, Write as _};

use anstyle::Style;
use cargo_quarry::findings::{Finding, Severity};
use clap_cargo::style::{ERROR, HEADER, NOTE, WARN};
use indicatif::{ProgressBar, ProgressStyle};

use super::{CliError, ColorWhen, Global, MessageFormat};

/// How a server logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for people
    Human,
    /// A JSON object a line
    Json,
}

/// The two streams and how to write to them.
#[derive(Debug)]
pub(crate) struct Shell {
    quiet: bool,
    verbose: bool,
    format: MessageFormat,
}

#[expect(
    clippy::unused_self,
    reason = "who writes has a shell, whose streams these are"
)]
impl Shell {
    /// Sets colour and logging for the process as the flags say; a server that is to log does so
    /// in `log_format`.
    pub(crate) fn new(global: &Global, log_format: Option<LogFormat>) -> Self {
        let from_cargo = cargo_quarry::sys::env::var("CARGO_TERM_COLOR");
        let choice = match (global.color, from_cargo.as_deref()) {
            (Some(ColorWhen::Always), _) | (None, Some("always")) => anstream::ColorChoice::Always,
            (Some(ColorWhen::Never), _) | (None, Some("never")) => anstream::ColorChoice::Never,
            (Some(ColorWhen::Auto) | None, _) => anstream::ColorChoice::Auto,
        };
        choice.write_global();
        let level = match global.verbose {
            0 if log_format.is_some() => "warn,cargo_quarry=info",
            0 => "warn",
            1 => "cargo_quarry=debug",
            _ => "cargo_quarry=trace,debug",
        };
        let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(
            cargo_quarry::sys::env::var("CARGO_QUARRY_LOG")
                .as_deref()
                .unwrap_or(level),
        );
        let logs = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_target(false);
        // A second subscriber (in tests of this process) is no reason to stop.
        let _ = match log_format {
            None => logs.without_time().try_init(),
            Some(LogFormat::Human) => logs.try_init(),
            Some(LogFormat::Json) => logs.json().flatten_event(true).try_init(),
        };
        let quiet = global.quiet
            || cargo_quarry::sys::env::var("CARGO_TERM_QUIET").as_deref() == Some("true");
        Self {
            quiet,
            verbose: global.verbose > 0,
            format: global.message_format,
        }
    }

    /// Is the result wanted as JSON?
    pub(crate) fn json(&self) -> bool {
        self.format == MessageFormat::Json
    }

    /// Is more wanted than what is of use every time?
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// A status line as cargo writes it: the verb right-aligned in 12 columns.
    pub(crate) fn status(&self, verb: &str, message: impl std::fmt::Display) {
        if !self.quiet {
            say(format_args!("{HEADER}{verb:>12}{HEADER:#} {message}"));
        }
    }

    /// A warning.
    #[expect(
        clippy::unused_self,
        reason = "the streams are the shell's, whoever writes"
    )]
    pub(crate) fn warn(&self, message: impl std::fmt::Display) {
        labelled("warning", WARN, message);
    }

    /// Something to know.
    pub(crate) fn note(&self, message: impl std::fmt::Display) {
        labelled("note", NOTE, message);
    }

    /// What stands in the way: it ran, and this is the result.
    pub(crate) fn refuse(&self, message: impl std::fmt::Display) {
        labelled("error", ERROR, message);
    }

    /// A hint that goes with what was said before.
    #[expect(
        clippy::unused_self,
        reason = "the streams are the shell's, whoever writes"
    )]
    pub(crate) fn help(&self, message: impl std::fmt::Display) {
        labelled("help", NOTE, message);
    }

    /// An error with its causes and the way out.
    pub(crate) fn error(&self, error: &CliError) {
        let mut chain = error.chain().into_iter();
        labelled("error", ERROR, chain.next().unwrap_or_default());
        let causes: Vec<String> = chain.collect();
        if !causes.is_empty() {
            say("\nCaused by:");
            for cause in causes {
                say(format_args!("  {}", cause.replace('\n', "\n  ")));
            }
        }
        if let Some(help) = error.help() {
            self.help(help);
        }
    }

    /// A result for standard output.
    #[expect(
        clippy::unused_self,
        reason = "the streams are the shell's, whoever writes"
    )]
    pub(crate) fn out(&self, text: impl std::fmt::Display) {
        // A reader that has closed the pipe wants no more.
        let _ = writeln!(anstream::stdout(), "{text}");
    }

    /// A finding, for standard output.
    pub(crate) fn finding(&self, finding: &Finding) {
        let (label, style) = match finding.severity {
            Severity::Error => ("error", ERROR),
            Severity::Warning => ("warning", WARN),
            Severity::Note => ("note", NOTE),
        };
        self.out(format_args!(
            "{style}{label}[{}]{style:#}: {}",
            finding.code, finding.message
        ));
        for place in &finding.places {
            self.out(format_args!("  --> {place}"));
        }
        if let Some(help) = &finding.help {
            self.out(format_args!("  help: {help}"));
        }
    }

    /// Where more is said of the worst of these findings; of notes alone it is not worth a line.
    pub(crate) fn explain<'a>(&self, findings: impl IntoIterator<Item = &'a Finding>) {
        let worst = findings.into_iter().max_by_key(|finding| finding.severity);
        if let Some(worst) = worst.filter(|finding| finding.severity > Severity::Note) {
            self.help(format_args!(
                "`cargo quarry explain {}` says more",
                worst.code
            ));
        }
    }

    /// A line for the system that runs this: on standard output, unless that has a document.
    pub(crate) fn annotate(&self, line: impl std::fmt::Display) {
        if self.json() {
            say(line);
        } else {
            self.out(line);
        }
    }

    /// A spinner on a terminal, for what goes on below the last status line; nothing elsewhere.
    pub(crate) fn spinner(&self) -> Progress {
        let shown = !self.quiet && std::io::stderr().is_terminal();
        Progress(if shown {
            spinning()
        } else {
            ProgressBar::hidden()
        })
    }
}

/// Long work in stages: a line for each stage, and what runs below it where somebody can see it
/// change.
pub(crate) struct Stages<'a> {
    shell: &'a Shell,
    progress: Option<Progress>,
}

impl<'a> Stages<'a> {
    /// No stage has begun.
    pub(crate) fn new(shell: &'a Shell) -> Self {
        Self {
            shell,
            progress: None,
        }
    }

    /// A stage begins.
    pub(crate) fn stage(&mut self, verb: &str, message: impl std::fmt::Display) {
        // Gone before the line is written, or both would share one.
        self.progress = None;
        self.shell.status(verb, message);
        self.progress = Some(self.shell.spinner());
    }

    /// A stage goes on.
    pub(crate) fn now(&self, line: impl Into<String>) {
        if let Some(progress) = &self.progress {
            progress.now(line);
        }
    }

    /// Something to know.
    pub(crate) fn note(&mut self, line: impl std::fmt::Display) {
        self.progress = None;
        self.shell.warn(line);
    }
}

/// Long work under way.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// What it does now.
    pub(crate) fn now(&self, message: impl Into<String>) {
        self.0.set_message(message.into());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn spinning() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner:>12.cyan} {wide_msg:.dim} {elapsed:.dim}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    bar
}

fn labelled(label: &str, style: Style, message: impl std::fmt::Display) {
    say(format_args!("{style}{label}{style:#}: {message}"));
}

fn say(line: impl std::fmt::Display) {
    // Where standard error is closed, nobody reads.
    let _ = writeln!(anstream::stderr(), "{line}");
}
