//! `cargo quarry extract`: take modules out into a library repository.

mod args;
mod document;
mod show;

use cargo_quarry::extract::{
    self, Action, Analysis, BoundaryReport, Earlier, Event, Listener, Prepared, Record, Request,
    Settled, Verification,
};
use cargo_quarry::plan::{Journal, Step};

pub(crate) use args::ExtractArgs;

use super::shell::Stages;
use super::{CliError, FINDINGS, OK, Shell};

/// How a step of the plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StepState {
    /// It is done, by this run or an earlier one.
    Done,
    /// It waits for `--execute`.
    Held,
}

/// What there is in the end.
#[derive(Debug)]
struct Outcome {
    record: Option<Record>,
    steps: Vec<(Step<Action>, StepState)>,
}

impl Outcome {
    fn new(journal: &Journal<Action>) -> Self {
        let state = |step: &Step<Action>| {
            if journal.done.contains(&step.name) {
                StepState::Done
            } else {
                StepState::Held
            }
        };
        let steps = journal.plan.steps.iter();
        Self {
            record: Record::of(journal),
            steps: steps.map(|step| (step.clone(), state(step))).collect(),
        }
    }

    fn is_done(&self, name: &str) -> bool {
        let done = |(step, state): &(Step<Action>, StepState)| {
            step.name == name && *state == StepState::Done
        };
        self.steps.iter().any(done)
    }

    fn has_held(&self) -> bool {
        self.steps
            .iter()
            .any(|(_, state)| *state == StepState::Held)
    }
}

/// What was found and made, for the last words.
#[derive(Debug)]
struct Summary {
    report: BoundaryReport,
    settled: Settled,
    verification: Verification,
    /// Commits of the monolith that the library has got.
    carried: usize,
    /// Has the library more than what is published?
    unreleased: bool,
}

/// Runs it.
pub(crate) fn run(shell: &Shell, args: &ExtractArgs) -> Result<u8, CliError> {
    let result = run_request(shell, args);
    if let (true, Err(error)) = (shell.json(), &result) {
        shell.out(document::failed(error));
    }
    result
}

fn run_request(shell: &Shell, args: &ExtractArgs) -> Result<u8, CliError> {
    let request = args.request()?;
    let mut stages = Stages::new(shell);
    let mut listener = |event: Event| tell(&mut stages, event);
    let (_turn, earlier) = extract::begin(&request, &mut listener)?;
    match earlier {
        Earlier::Pending(mut journal) if !args.dry_run => {
            let message = format!("what an earlier run left of {}", request.name);
            listener(Event::Stage("Resuming", message));
            extract::resume(&mut journal, &request, &mut listener)?;
            drop(stages);
            finish(shell, &request, &Outcome::new(&journal), "resumed");
        }
        Earlier::Done(journal) if !args.dry_run => {
            shell.status("Fresh", format_args!("{}: nothing to do", request.name));
            finish(shell, &request, &Outcome::new(&journal), "fresh");
        }
        earlier => {
            extract::check(&request, &earlier)?;
            let analysis = extract::analyse(&request, &mut listener)?;
            if analysis.is_blocked(&request) || args.dry_run {
                drop(stages);
                return Ok(show_boundary(shell, &request, &analysis));
            }
            extract_now(shell, &request, &analysis, &earlier, &mut listener)?;
        }
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

/// The boundary alone: because something stands in the way, or nothing more was asked for.
fn show_boundary(shell: &Shell, request: &Request, analysis: &Analysis) -> u8 {
    let report = extract::boundary_report(analysis);
    let blocked = analysis.is_blocked(request);
    if shell.json() {
        let status = if blocked { "blocked" } else { "planned" };
        shell.out(document::boundary(request, &report, status));
    } else {
        show::boundary(shell, &report);
        show::findings(shell, &report.findings);
        if blocked {
            show::refusal(shell, &report);
        }
    }
    if blocked { FINDINGS } else { OK }
}

fn extract_now(
    shell: &Shell,
    request: &Request,
    analysis: &Analysis,
    earlier: &Earlier,
    listener: &mut Listener<'_>,
) -> Result<(), CliError> {
    let report = extract::boundary_report(analysis);
    if !shell.json() {
        // Before the builds: if one fails, here is why.
        show::findings(shell, &report.findings);
    }
    let Prepared {
        settled,
        repository,
        verification,
        mut journal,
    } = extract::prepare(analysis, request, earlier, listener)?;
    let mut report = extract::boundary_report(analysis);
    if !shell.json() {
        show::findings(shell, &verification.findings);
    }
    let found = verification.findings.iter().cloned();
    report.findings.extend(found);
    let summary = Summary {
        report,
        carried: repository.carried,
        unreleased: repository.has_unreleased(),
        settled,
        verification,
    };
    extract::land(analysis, request, &mut journal, repository, listener)?;
    let message = format!("{} is a library of its own", request.name);
    listener(Event::Stage("Finished", message));
    let outcome = Outcome::new(&journal);
    if shell.json() {
        shell.out(document::done(request, &summary, &outcome));
        return Ok(());
    }
    show::summary(shell, request, &summary);
    show::outcome(shell, request, &outcome);
    if summary.unreleased {
        show::unreleased(shell, request);
    }
    Ok(())
}

fn finish(shell: &Shell, request: &Request, outcome: &Outcome, status: &str) {
    if shell.json() {
        shell.out(document::earlier(request, outcome, status));
    } else {
        show::outcome(shell, request, outcome);
    }
}
