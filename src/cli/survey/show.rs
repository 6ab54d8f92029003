//! A survey for people: a table of candidates, or one of them in full.

use cargo_quarry::cochange::Cost;
use cargo_quarry::model::count;
use cargo_quarry::survey::{Candidate, Method, Survey, TargetName};

use super::{SurveyArgs, layouts};
use crate::cli::{CliError, Shell};

/// Shows what was asked for.
pub(super) fn survey(shell: &Shell, survey: &Survey, args: &SurveyArgs) -> Result<(), CliError> {
    notes(shell, survey);
    if let Some(module) = &args.show {
        let path = cargo_quarry::model::ModulePath::parse(module);
        let found: Vec<&Candidate> = survey
            .candidates
            .iter()
            .filter(|candidate| candidate.modules.contains(&path))
            .collect();
        if found.is_empty() {
            let message = format!("{path} is no candidate of {}", survey.top);
            let help = "`cargo quarry survey --top 1000` lists them all";
            return Err(CliError::failed(message, Some(help.to_owned())));
        }
        for candidate in found {
            in_full(shell, survey, candidate);
        }
        return Ok(());
    }
    let shown = survey.candidates.iter().take(args.top);
    shell.out(table(shown));
    if let Some(best) = survey.candidates.first() {
        shell.out(format_args!("\nThe first one:\n    {}", best.command));
    }
    if let Some(found) = &survey.layouts {
        layouts::show(shell, found);
    }
    let counts = &survey.counts;
    shell.status(
        "Surveyed",
        format_args!(
            "{} candidates in {} modules of {} packages, {} items, {} uses of them",
            survey.candidates.len(),
            counts.modules,
            counts.packages,
            counts.items,
            counts.uses
        ),
    );
    Ok(())
}

fn notes(shell: &Shell, survey: &Survey) {
    if let Method::Compiler { missing } = &survey.method
        && !missing.is_empty()
    {
        shell.warn(format_args!(
            "not compiled, so that what they use is not known: {}",
            missing.join(", ")
        ));
    }
    if let Some(past) = &survey.history
        && let Some(cut) = past.cut
    {
        shell.note(format_args!(
            "the history was read back to {} only ({} commits), because of {cut}",
            past.from, past.commits
        ));
    }
    if !survey.left_out.is_empty() {
        let few = survey.left_out.iter().take(5);
        let list: Vec<String> = few.map(|it| format!("{} ({})", it.path, it.why)).collect();
        let more = survey.left_out.len().saturating_sub(5);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        shell.note(format_args!("left out: {}{more}", list.join(", ")));
    }
}

fn table<'a>(candidates: impl Iterator<Item = &'a Candidate>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header([
        "",
        "candidate",
        "package",
        "score",
        "lines",
        "used by",
        "needs",
        "changes a year",
        "what it is",
        "advice",
    ]);
    for it in candidates {
        table.add_row([
            it.rank.to_string(),
            it.name(),
            package(it),
            format!("{:.0}", it.score),
            it.size.lines.to_string(),
            users(it),
            needs(it),
            changes(it),
            character(it),
            it.advice.words().to_owned(),
        ]);
    }
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    table.trim_fmt()
}

/// The package, and the binary where it is not the library.
fn package(it: &Candidate) -> String {
    match &it.target {
        TargetName::Lib => it.package.clone(),
        TargetName::Bin(name) if *name == it.package => format!("{} (binary)", it.package),
        TargetName::Bin(name) => format!("{} (binary {name})", it.package),
    }
}

fn users(it: &Candidate) -> String {
    let others = it.users.packages.iter().filter(|name| **name != it.package);
    let others = others.count();
    let mut parts = vec![count(it.users.modules.len(), "module")];
    if others > 0 {
        parts.push(count(others, "other package"));
    }
    if !it.users.services.is_empty() {
        parts.push(count(it.users.services.len(), "other repository"));
    }
    parts.join(", ")
}

fn needs(it: &Candidate) -> String {
    let mut parts = Vec::new();
    if it.needs.items > 0 {
        parts.push(if it.needs.more {
            format!("{}+ items", it.needs.items)
        } else {
            count(it.needs.items, "item")
        });
    }
    if !it.needs.siblings.is_empty() {
        parts.push(count(it.needs.siblings.len(), "package"));
    }
    if parts.is_empty() {
        parts.push("-".to_owned());
    }
    parts.join(", ")
}

/// Changes a year, and how many of them came with a change of a user.
fn changes(it: &Candidate) -> String {
    let Some(cost) = &it.cost else {
        return String::new();
    };
    let with_users = cost.users.confidence.unwrap_or(0.0) * 100.0;
    format!("{:.1}, {with_users:.0} % with users", cost.changes_per_year)
}

/// What it is, in words.
pub(super) fn character(it: &Candidate) -> String {
    let word = it.character.word();
    if it.for_tests {
        format!("{word}, for tests")
    } else {
        word.to_owned()
    }
}

fn past(shell: &Shell, cost: &Cost) {
    shell.out(format_args!(
        "  changed     {} in {:.1} years by {}, {} with a user",
        count(cost.changes, "time"),
        cost.years,
        count(cost.authors, "author"),
        count(cost.users.commits, "time")
    ));
    if let Some(face) = &cost.face {
        shell.out(format_args!(
            "  its face    broke {} times, grew {} times, stayed {} times",
            face.major, face.minor, face.patch
        ));
    }
    let releases = &cost.releases_per_year;
    shell.out(format_args!(
        "  would be    {:.1} releases a year ({:.1} breaking), {:.1} upgrades a year for users, \
         {:.1} changes a year over two repositories",
        releases.major + releases.minor + releases.patch,
        releases.major,
        cost.upgrades_per_year,
        cost.spanning_per_year
    ));
}

fn in_full(shell: &Shell, survey: &Survey, it: &Candidate) {
    let total = survey.candidates.len();
    shell.out(format_args!(
        "{} of {}: {} of {total}, score {:.0}",
        it.name(),
        it.package,
        it.rank,
        it.score
    ));
    let parts: Vec<String> = it
        .parts
        .iter()
        .map(|(name, part)| format!("{name} {part:.2}"))
        .collect();
    shell.out(format_args!("  score       {}", parts.join(" x ")));
    let size = &it.size;
    shell.out(format_args!(
        "  size        {} lines, {} items, {} tests, {} macros, {} unsafe{}",
        size.lines,
        size.items,
        size.tests,
        size.macros,
        size.unsafes,
        if size.reads_generated {
            ", reads what a build script makes"
        } else {
            ""
        }
    ));
    shell.out(format_args!(
        "  used        {} in {} of {}, {} by tests",
        count(it.users.uses, "time"),
        count(it.users.modules.len(), "module"),
        count(it.users.packages.len(), "package"),
        count(it.users.uses_in_tests, "time")
    ));
    shell.out(format_args!(
        "  face        {} items used by others, {} of them to be made `pub`",
        it.face.used,
        it.face.to_open.len()
    ));
    shell.out(format_args!("  needs       {}", needs(it)));
    if !it.needs.externs.is_empty() {
        shell.out(format_args!(
            "  crates      {}",
            it.needs.externs.join(", ")
        ));
    }
    if let Some(cost) = &it.cost {
        past(shell, cost);
    }
    shell.out(format_args!(
        "  it is       {}: {}",
        character(it),
        it.advice.words()
    ));
    for obstacle in &it.obstacles {
        let more = if obstacle.more { "+" } else { "" };
        shell.out(format_args!(
            "  in the way  {} ({}), brings {}{more} items, {} lines",
            obstacle.label(),
            obstacle.place,
            obstacle.items,
            obstacle.lines
        ));
        for place in &obstacle.used_at {
            shell.out(format_args!("              used at {place}"));
        }
        shell.out(format_args!("              {}", obstacle.way_out.advice()));
    }
    shell.out(format_args!("  {}", it.command));
}
