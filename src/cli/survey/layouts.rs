//! Groupings into repositories, compared.

use cargo_quarry::survey::{Grouping, Layouts, Repository};

use crate::cli::Shell;

/// Shows them, and which one takes the least.
pub(super) fn show(shell: &Shell, layouts: &Layouts) {
    shell.out(format_args!(
        "\nHow many repositories? {} libraries and what is left, over the last {} commits ({:.1} years):",
        layouts.units.iter().filter(|unit| unit.candidate).count(),
        layouts.commits,
        layouts.years
    ));
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header([
        "layout",
        "repositories",
        "changes over several, a year",
        "releases a year",
        "longest release",
        "effort a year",
    ]);
    for it in &layouts.groupings {
        table.add_row([
            title(it).to_owned(),
            it.repositories.len().to_string(),
            format!("{:.1}", it.spanning_a_year),
            format!("{:.1}", it.releases_a_year),
            it.longest_release.to_string(),
            format!("{:.0}", it.effort),
        ]);
    }
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    shell.out(table.trim_fmt());
    if let Some(best) = layouts.groupings.first() {
        shell.out(format_args!("\n{}", recommendation(layouts, best)));
    }
}

fn title(it: &Grouping) -> &'static str {
    match it.name {
        "as-it-is" => "one for all, as it is",
        "per-library" => "one per library",
        "per-context" => "one per bounded context",
        _ => "all libraries in one",
    }
}

/// The one that takes the least, with its numbers.
fn recommendation(layouts: &Layouts, best: &Grouping) -> String {
    let mut text = format!(
        "Least effort: {}. {} repositories, and {:.1} changes a year over several of them.\n\
         Effort: 1 for a change over several, {} a year for each repository, {} for each library \
         beside one that changed.",
        title(best),
        best.repositories.len(),
        best.spanning_a_year,
        layouts.upkeep,
        layouts.neighbour
    );
    if best.name == "per-context" {
        let contexts = best.repositories.iter().filter(|it| it.units.len() > 1);
        for context in contexts.take(8) {
            text.push_str("\n    together: ");
            text.push_str(&members(layouts, context));
        }
    }
    text
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
