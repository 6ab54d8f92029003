//! `cargo quarry survey`: what is worth taking out.

mod copies;
mod layouts;
mod page;
mod show;

use camino::Utf8PathBuf;
use cargo_quarry::references::FeatureSet;
use cargo_quarry::report;
use cargo_quarry::survey::{self, Event, HistoryOptions, Options};
use cargo_quarry::sys;
use clap::Args;
use copies::Found;

use super::shell::Stages;
use super::{CliError, OK, Shell};

#[derive(Debug, Args)]
#[command(
    long_about = "\
Show what is worth taking out of a monolith

Every module, and every small set of modules that must move together, is a candidate: who uses \
it, what it needs of the rest, what stands in the way, and what it would cost to release it on \
its own, from the history. The best ones come first, each with the command that takes it out. \
The compiler is asked who uses what, in a copy of the last commit; `--no-build` reads the tokens \
instead, which is quick and approximate.

Changes nothing.",
    after_long_help = "\
Examples:
  The best candidates of this repository:
      cargo quarry survey
  All that is known of one of them:
      cargo quarry survey --show crate::util::retry
  Without building anything:
      cargo quarry survey --no-build ../shop
  A picture, for a browser:
      cargo quarry survey --html survey.html
  For scripts:
      cargo quarry survey --message-format json | jq '.surveys[0].candidates[0].command'"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct SurveyArgs {
    /// The repositories, by a folder of each [default: the one of the current folder]
    #[arg(value_name = "REPO")]
    repos: Vec<Utf8PathBuf>,
    /// Only the modules of this package are candidates; may be repeated
    #[arg(short, long, value_name = "NAME")]
    package: Vec<String>,
    /// How many candidates are listed
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    /// Show all that is known of the candidate with this module
    #[arg(long, value_name = "MODULE")]
    show: Option<String>,
    /// Write a picture of it to this file, as a page that loads nothing
    #[arg(long, value_name = "FILE")]
    html: Option<Utf8PathBuf>,
    /// Read the tokens instead of asking the compiler: quick, and approximate
    #[arg(long)]
    no_build: bool,
    /// Features to map with; may be repeated
    #[arg(long, value_name = "FEATURES", conflicts_with = "all_features")]
    features: Vec<String>,
    /// Map with all features
    #[arg(long)]
    all_features: bool,
    /// Leave the history out
    #[arg(long)]
    no_history: bool,
    /// Read the history no further back than this day
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with = "no_history")]
    since: Option<jiff::civil::Date>,
    /// Read the history for so many seconds at most
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    history_time: u64,
    /// Run without the network
    #[arg(long)]
    offline: bool,
}

impl SurveyArgs {
    fn options(&self) -> Result<Options, CliError> {
        let list = |text: &String| {
            let names = text.split([',', ' ']).map(ToOwned::to_owned);
            FeatureSet::List(names.collect())
        };
        let feature_sets = match (self.all_features, self.features.is_empty()) {
            (true, _) => vec![FeatureSet::All],
            (false, true) => vec![FeatureSet::Default],
            (false, false) => self.features.iter().map(list).collect(),
        };
        let midnight = |day: jiff::civil::Date| {
            let at = jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0));
            at.map(jiff::Timestamp::as_second)
        };
        let since = self
            .since
            .map(midnight)
            .transpose()
            .map_err(|error| CliError::failed(error, None))?;
        let history = (!self.no_history).then_some(HistoryOptions {
            since,
            seconds: self.history_time,
        });
        Ok(Options {
            packages: self.package.clone(),
            feature_sets,
            build: !self.no_build,
            offline: self.offline,
            history,
            wrapper: sys::env::current_exe()?,
        })
    }
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &SurveyArgs) -> Result<u8, CliError> {
    let options = args.options()?;
    let here = sys::env::current_dir()?;
    let repos = match args.repos.as_slice() {
        [] => vec![here.clone()],
        repos => repos.iter().map(|repo| here.join(repo)).collect(),
    };
    let mut stages = Stages::new(shell);
    let mut listener = |event| tell(&mut stages, event);
    let surveys = survey::survey(&repos, &options, &mut listener)?;
    drop(stages);
    let copied = match surveys.as_slice() {
        [] | [_] => None,
        several => {
            shell.status("Comparing", format_args!("{} repositories", several.len()));
            Some(copies::find(
                several.iter().map(|survey| survey.top.clone()),
            )?)
        }
    };
    let document = || {
        let copies = copied.as_ref().map(Found::document);
        serde_json::json!({ "version": 1, "surveys": surveys, "copies": copies })
    };
    if let Some(file) = &args.html {
        let page = page::document(document(), &surveys, copied.as_ref());
        let page = report::picture(page, "Survey");
        let page = page.map_err(|error| CliError::failed(error, None))?;
        sys::fs::write(&here.join(file), page)?;
        shell.status("Wrote", file);
    }
    if shell.json() {
        shell.out(document());
        return Ok(OK);
    }
    for survey in &surveys {
        show::survey(shell, survey, args)?;
    }
    if let Some(found) = &copied {
        found.show(shell, args.top);
    }
    Ok(OK)
}

fn tell(stages: &mut Stages<'_>, event: Event) {
    match event {
        Event::Stage(verb, message) => stages.stage(verb, message),
        Event::Progress(line) => stages.now(line),
        Event::Note(line) => stages.note(line),
    }
}
