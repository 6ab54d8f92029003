//! Attributes that are part of an API: layout, `#[must_use]`, `#[deprecated]`.

use rustdoc_types::{Attribute, AttributeRepr, Item, ReprKind};

use super::report::Difference;

/// What changed in the attributes of an item.
pub(super) fn compare_attributes(old: &Item, new: &Item) -> Vec<Difference> {
    let mut found = Vec::new();
    let must_use = |item: &Item| {
        let mut attrs = item.attrs.iter();
        attrs.any(|attr| matches!(attr, Attribute::MustUse { .. }))
    };
    if !must_use(old) && must_use(new) {
        found.push(Difference::minor(
            "must-use-added",
            "it is `#[must_use]` now",
        ));
    }
    if old.deprecation.is_none()
        && let Some(deprecation) = &new.deprecation
    {
        let note = deprecation.note.as_deref();
        let what = note.map_or_else(
            || "it is deprecated now".to_owned(),
            |note| format!("it is deprecated now: {note}"),
        );
        found.push(Difference::minor("deprecated-added", what));
    }
    found.extend(layout(&repr(old), &repr(new)));
    found
}

fn repr(item: &Item) -> AttributeRepr {
    let of = |attr: &Attribute| match attr {
        Attribute::Repr(repr) => Some(repr.clone()),
        _ => None,
    };
    item.attrs.iter().find_map(of).unwrap_or(AttributeRepr {
        kind: ReprKind::Rust,
        align: None,
        packed: None,
        int: None,
    })
}

/// The cargo book: a layout may be promised where none was, and no promise may be broken.
fn layout(old: &AttributeRepr, new: &AttributeRepr) -> Vec<Difference> {
    let mut found = Vec::new();
    let code = "repr-changed";
    let kind = |kind: &ReprKind| match kind {
        ReprKind::Rust => "Rust",
        ReprKind::C => "C",
        ReprKind::Transparent => "transparent",
        ReprKind::Simd => "simd",
    };
    if old.kind != new.kind {
        let (was, is) = (kind(&old.kind), kind(&new.kind));
        let what = format!("its layout was `repr({was})`, is `repr({is})`");
        found.push(match old.kind {
            ReprKind::Rust => Difference::minor(code, what),
            _ => Difference::major(code, what),
        });
    }
    if old.int != new.int {
        let shown = |int: &Option<String>| int.clone().unwrap_or_else(|| "isize".to_owned());
        let what = format!(
            "its number was `{}`, is `{}`",
            shown(&old.int),
            shown(&new.int)
        );
        found.push(match old.int {
            None => Difference::minor(code, what),
            Some(_) => Difference::major(code, what),
        });
    }
    if old.packed != new.packed {
        found.push(Difference::major(code, "its packing changed"));
    }
    if old.align != new.align {
        found.push(Difference::major(code, "its alignment changed"));
    }
    found
}
