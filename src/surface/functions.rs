//! Functions and methods, compared.

use std::collections::BTreeSet;

use rustdoc_types::FunctionHeader;

use super::function::Signature;
use super::lower::Bound;
use super::relation::{Judge, Relation};
use super::report::Difference;
use super::term::{Head, Term};

/// What users do with a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// They call it: what it accepts may grow.
    Called,
    /// They implement it, too: it must stay as it is.
    Implemented,
}

/// What changed from `old` to `new`.
pub(super) fn compare_signatures(
    judge: &Judge<'_>,
    old: &Signature,
    new: &Signature,
    used: Use,
) -> Vec<Difference> {
    let mut found = qualifiers(&old.header, &new.header, used);
    if old.variadic != new.variadic {
        found.push(Difference::major(
            "function-variadic-changed",
            "variable arguments changed",
        ));
    }
    let generic = generics(old, new);
    let generics_changed = generic.is_some();
    found.extend(generic);
    let aligned = generics_changed.then(|| new.aligned_to(old));
    let new = aligned.as_ref().unwrap_or(new);
    let inputs = inputs(judge, old, new, used);
    let inputs_changed = inputs.iter().any(|d| d.code == "parameter-type-changed");
    found.extend(inputs);
    found.extend(output(judge, old, new, used));
    if !generics_changed && !inputs_changed {
        found.extend(bounds(judge, old, new, used));
    }
    found
}

fn qualifiers(old: &FunctionHeader, new: &FunctionHeader, used: Use) -> Vec<Difference> {
    let mut found = Vec::new();
    if old.is_const && !new.is_const {
        found.push(Difference::major(
            "function-const-removed",
            "it is no longer `const`",
        ));
    }
    if !old.is_const && new.is_const {
        found.push(Difference::minor(
            "function-const-added",
            "it is `const` now",
        ));
    }
    match (old.is_unsafe, new.is_unsafe) {
        (false, true) => found.push(Difference::major(
            "function-unsafe-added",
            "it is `unsafe` now",
        )),
        (true, false) if used == Use::Implemented => found.push(Difference::major(
            "function-unsafe-removed",
            "it is no longer `unsafe`, which its implementors say",
        )),
        (true, false) => found.push(Difference::minor(
            "function-unsafe-removed",
            "it is no longer `unsafe`",
        )),
        _ => {}
    }
    if old.abi != new.abi {
        found.push(Difference::major("function-abi-changed", "its ABI changed"));
    }
    found
}

fn own_params(signature: &Signature) -> Vec<Option<&Term>> {
    let params = signature.generics.params.iter();
    params.map(|param| param.of.as_ref()).collect()
}

/// Parameters that callers can give by turbofish.
fn generics(old: &Signature, new: &Signature) -> Option<Difference> {
    let (before, after) = (own_params(old), own_params(new));
    if before == after {
        return None;
    }
    let code = "function-generics-changed";
    if !before.is_empty() {
        return Some(Difference::major(code, "its generic parameters changed"));
    }
    let inferred = |nth: usize| {
        let is_it = |term: &Term| term.param() == Some(&format!("F{nth}"));
        new.inputs.iter().any(|(_, input)| input.any(&is_it))
    };
    let first = (0..after.len()).find(|nth| !inferred(*nth))?;
    let name = &new.generics.params[first].name;
    Some(Difference::major(
        code,
        format!("callers must say what its new parameter `{name}` is"),
    ))
}

fn inputs(judge: &Judge<'_>, old: &Signature, new: &Signature, used: Use) -> Vec<Difference> {
    let is_method = |signature: &Signature| {
        let first = signature.inputs.first();
        first.is_some_and(|(name, _)| name == "self")
    };
    let changed = "parameter-type-changed";
    if is_method(old) != is_method(new) {
        let now = if is_method(new) {
            "takes"
        } else {
            "no longer takes"
        };
        return vec![Difference::major(changed, format!("it {now} `self`"))];
    }
    if old.inputs.len() != new.inputs.len() {
        let (before, after) = (old.inputs.len(), new.inputs.len());
        return vec![Difference::major(
            "parameter-count-changed",
            format!("it had {before} parameters, and has {after}"),
        )];
    }
    let (old_bounds, new_bounds) = (old.bounds(), new.bounds());
    let pairs = old.inputs.iter().zip(&new.inputs).enumerate();
    let mut found = Vec::new();
    for (nth, ((name, before), (_, after))) in pairs {
        let relation = match used {
            Use::Called => judge.input(before, after, &old_bounds, &new_bounds),
            Use::Implemented if before == after => Relation::Same,
            Use::Implemented => Relation::Different,
        };
        let shown = match name.as_str() {
            "" | "_" => format!("parameter {}", nth + 1),
            name => format!("parameter `{name}`"),
        };
        let what = format!("{shown} was `{before}`, is `{after}`");
        match relation {
            Relation::Same | Relation::Looser => {}
            Relation::Generalised => {
                found.push(Difference::minor("parameter-generalised", what));
            }
            Relation::Different => found.push(Difference::major(changed, what)),
        }
    }
    found
}

fn output(judge: &Judge<'_>, old: &Signature, new: &Signature, used: Use) -> Vec<Difference> {
    let relation = match used {
        Use::Called => judge.output(&old.output, &new.output, &new.bounds()),
        Use::Implemented if old.output == new.output => Relation::Same,
        Use::Implemented => Relation::Different,
    };
    if relation == Relation::Different {
        let what = format!("it returned `{}`, and returns `{}`", old.output, new.output);
        return vec![Difference::major("return-type-changed", what)];
    }
    if new.ties.is_subset(&old.ties) {
        return Vec::new();
    }
    vec![Difference::major(
        "return-lifetime-tightened",
        "what it returns borrows from more than before",
    )]
}

/// The parameters that both sides have.
fn is_shared(term: &Term, old: &Signature) -> bool {
    let is_new = |term: &Term| {
        let number = term
            .param()
            .and_then(|id| id.strip_prefix('F')?.parse::<usize>().ok());
        number.is_some_and(|nth| nth >= old.generics.params.len())
    };
    !term.any(&is_new)
}

fn bounds(judge: &Judge<'_>, old: &Signature, new: &Signature, used: Use) -> Vec<Difference> {
    let (before, after) = (old.bounds(), new.bounds());
    let shared = |bound: &&Bound| is_shared(&bound.subject, old);
    let after: BTreeSet<Bound> = after.iter().filter(shared).cloned().collect();
    compare_bounds(judge, &before, &after, used)
}

/// Bounds that were added, and, where it matters, those that were removed.
pub(super) fn compare_bounds(
    judge: &Judge<'_>,
    before: &BTreeSet<Bound>,
    after: &BTreeSet<Bound>,
    used: Use,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let is_maybe = |bound: &Bound| bound.bound.head == Head::Maybe;
    let shown = |bound: &Bound| format!("`{}: {}`", bound.subject, bound.bound);
    for bound in after.iter().filter(|bound| !is_maybe(bound)) {
        if !judge.follows(bound, before) {
            let mut what = format!("the bound {} was added", shown(bound));
            if judge.is_met_by_impl(bound, before) {
                what.push_str(", which the old ones imply, but not what a closure takes");
            }
            found.push(Difference::major("bound-added", what));
        }
    }
    for bound in before.iter().filter(|bound| is_maybe(bound)) {
        if !after.contains(bound) {
            let what = format!("the bound {} was removed", shown(bound));
            found.push(Difference::major("bound-added", what));
        }
    }
    if used == Use::Implemented {
        for bound in before.iter().filter(|bound| !is_maybe(bound)) {
            if !judge.follows(bound, after) {
                let what = format!(
                    "the bound {} was removed, which implementors rely on",
                    shown(bound)
                );
                found.push(Difference::major("bound-removed", what));
            }
        }
    }
    found
}
