//! Groupings into repositories, compared.

use cargo_quarry::model::count;
use cargo_quarry::survey::{Grouping, Layouts, Repository};

use crate::cli::Shell;

/// What stands above the columns of [`rows`].
pub(super) const COLUMNS: [&str; 6] = [
    "layout",
    "repositories",
    "changes over several, a year",
    "releases a year",
    "longest release",
    "effort a year",
];

/// A row for each layout, the one that takes the least first.
pub(super) fn rows(layouts: &Layouts) -> Vec<[String; 6]> {
    let row = |it: &Grouping| {
        [
            it.title().to_owned(),
            it.repositories.len().to_string(),
            format!("{:.1}", it.spanning_a_year),
            format!("{:.1}", it.releases_a_year),
            it.longest_release.to_string(),
            format!("{:.0}", it.effort),
        ]
    };
    layouts.groupings.iter().map(row).collect()
}

/// Shows them, and which one takes the least.
pub(super) fn show(shell: &Shell, layouts: &Layouts) {
    shell.out(format_args!(
        "\nHow many repositories? {}:",
        heading(layouts)
    ));
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(COLUMNS)
        .add_rows(rows(layouts));
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    shell.out(table.trim_fmt());
    shell.out("");
    for line in recommendation(layouts) {
        shell.out(line);
    }
    for members in together(layouts) {
        shell.out(format_args!("    together: {members}"));
    }
}

/// What was compared, and over how much of the history.
pub(super) fn heading(layouts: &Layouts) -> String {
    format!(
        "{} libraries and what is left, over the last {} ({:.1} years)",
        layouts.units.iter().filter(|unit| unit.candidate).count(),
        count(layouts.commits, "commit"),
        layouts.years
    )
}

/// The layout that takes the least, with its numbers; and how the effort is reckoned.
pub(super) fn recommendation(layouts: &Layouts) -> Vec<String> {
    let best = layouts.groupings.first();
    let text = best.map(|best| {
        format!(
            "Least effort: {}. {}, and {:.1} changes a year over several of them.",
            best.title(),
            count(best.repositories.len(), "repository"),
            best.spanning_a_year,
        )
    });
    let effort = format!(
        "Effort: 1 for a change over several, {} a year for each repository, {} for each library \
         beside one that changed.",
        layouts.upkeep, layouts.neighbour
    );
    text.into_iter().chain([effort]).collect()
}

/// The first contexts that would be a repository, where they are what takes the least.
pub(super) fn together(layouts: &Layouts) -> Vec<String> {
    let best = layouts.groupings.first();
    let best = best.filter(|best| best.name == "per-context");
    let contexts = best.into_iter().flat_map(|best| &best.repositories);
    let contexts = contexts.filter(|it| it.units.len() > 1).take(8);
    contexts.map(|context| members(layouts, context)).collect()
}

/// The first units of a repository.
fn members(layouts: &Layouts, repository: &Repository) -> String {
    let units = repository.units.iter().take(6);
    let names: Vec<&str> = units
        .map(|unit| layouts.units[*unit].name.as_str())
        .collect();
    match repository.units.len().saturating_sub(6) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
