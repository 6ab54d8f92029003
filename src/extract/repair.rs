//! What rustc's errors in a trial build ask for: items of the new crate to open further, traits to
//! import, and dependencies that it lacks.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};

use super::edits::visibility_edit;
use super::visibility::Opening;
use crate::model::ModulePath;
use crate::syntax::{
    Edit, Item, ItemKind, Module, Resolution, SourceTree, Use, Visibility, VisibilityKind,
    resolve_use,
};

/// Errors that say that something cannot be seen. Source: the index of rustc's error codes.
const PRIVACY: &[&str] = &[
    "E0364", // re-export of something private
    "E0365", // the same of a module
    "E0423", // a tuple struct whose fields are private
    "E0446", // a private type in a public interface
    "E0451", // a private field in a literal or pattern
    "E0532", // a tuple struct pattern whose fields are private
    "E0603", // a private item
    "E0616", // a private field
    "E0624", // a private method
];

/// What an error asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Repairs {
    /// Edits of the new crate's files, by path in it.
    pub edits: BTreeMap<Utf8PathBuf, BTreeSet<Edit>>,
    /// What each opened, for the report: `retry::Policy::delay`.
    pub opened: BTreeSet<String>,
    /// Crates that the code names and the manifest lacks.
    pub crates: BTreeSet<String>,
    /// Macros that come by `#[macro_use] extern crate` in the monolith's root.
    pub macros: bool,
}

/// The repairs that `errors` ask for. `root` is the new crate's folder, `tree` its source as it is
/// now; `opening` is how far what cannot be seen must be opened.
pub(super) fn repairs(
    errors: &[Diagnostic],
    root: &Utf8Path,
    tree: &SourceTree,
    opening: Opening,
) -> Repairs {
    let mut repairs = Repairs::default();
    for error in errors
        .iter()
        .filter(|error| error.level == DiagnosticLevel::Error)
    {
        let code = error.code.as_ref().map_or("", |code| code.code.as_str());
        // What inference comes to has no code: "type `new::Error` is private".
        let inferred = code.is_empty() && error.message.ends_with("` is private");
        if PRIVACY.contains(&code) || inferred {
            open_for(error, root, tree, opening, &mut repairs);
        }
        match code {
            "E0599" => import_trait(error, root, tree, &mut repairs),
            "E0432" | "E0433" | "E0463" => repairs.crates.extend(missing_crate(&error.message)),
            "" if error.message.starts_with("cannot find macro") => repairs.macros = true,
            "" if error.message.starts_with("cannot find attribute")
                || error.message.starts_with("cannot find derive macro") =>
            {
                repairs.macros = true;
            }
            _ => {}
        }
    }
    repairs
}

/// A method of a trait that is not in scope: an import by which nothing but methods is used is not
/// seen to be needed by what comes along. rustc says which one it is, unless it could be several.
fn import_trait(error: &Diagnostic, root: &Utf8Path, tree: &SourceTree, repairs: &mut Repairs) {
    let spans = error.children.iter().flat_map(|child| &child.spans);
    let mut imports = spans.filter_map(|span| {
        let text = span.suggested_replacement.as_ref()?;
        text.starts_with("use ").then_some((span, text))
    });
    let (Some((span, text)), None) = (imports.next(), imports.next()) else {
        return;
    };
    let file = Utf8Path::new(&span.file_name);
    let file = file.strip_prefix(root).unwrap_or(file);
    if tree.files.contains_key(file) {
        let at = usize::try_from(span.byte_start).unwrap_or(usize::MAX);
        let edits = repairs.edits.entry(file.to_owned()).or_default();
        edits.insert(Edit::insert(at, text.trim_end().to_owned() + "\n"));
    }
}

fn missing_crate(message: &str) -> Option<String> {
    let (_, rest) = message.split_once('`')?;
    let (name, _) = rest.split_once('`')?;
    let first = name.split("::").next()?;
    let keyword = matches!(first, "crate" | "self" | "super" | "Self");
    (!keyword).then(|| first.to_owned())
}

fn open_for(
    error: &Diagnostic,
    root: &Utf8Path,
    tree: &SourceTree,
    opening: Opening,
    repairs: &mut Repairs,
) {
    let named = quoted(&error.message);
    let constructor = matches!(
        error.code.as_ref().map(|c| c.code.as_str()),
        Some("E0423" | "E0532")
    ) || error.message.contains("constructor");
    let mut found = false;
    for (file, offset) in spans_in(error, root, tree) {
        if let Some((module, import)) = import_at(tree, &file, offset) {
            for item in reexported(tree, module, import) {
                found |= open_item(repairs, tree, item, opening);
            }
            let names: Vec<&str> = import
                .leaves
                .iter()
                .map(|leaf| leaf.name.as_str())
                .collect();
            let name = format!("use of {}", names.join(", "));
            found |= open(repairs, &file, &import.visibility, opening, name);
            continue;
        }
        let Some(item) = item_named_at(tree, &file, offset, &named) else {
            let defined = tree.item_at(&file, offset).map(|id| tree.item(id));
            if let Some(item) = defined.filter(|item| item.kind == ItemKind::Macro) {
                found |= open_rules(repairs, tree, item);
            }
            continue;
        };
        if constructor || item.kind == ItemKind::Field {
            for field in fields_of(tree, item) {
                found |= open_item(repairs, tree, field, opening);
            }
        }
        found |= open_item(repairs, tree, item, opening);
    }
    if !found && let [path] = named.as_slice() {
        let segments = path.split("::").skip(1).map(ToOwned::to_owned);
        let path = ModulePath::from_segments(segments);
        let named = tree
            .items
            .iter()
            .filter(|item| item.name == path.name().unwrap_or_default());
        for item in named.filter(|item| tree.item_path(item.id) == path) {
            open_item(repairs, tree, item, opening);
        }
    }
    if !found && let [member, owner, ..] = named.as_slice() {
        let owner = owner.rsplit("::").next().unwrap_or(owner);
        for item in tree.items.iter().filter(|item| item.name == *member) {
            let holder = item.parent.map(|parent| tree.item(parent).name.as_str());
            if holder.is_some_and(|holder| holder == owner || holder.starts_with(owner)) {
                found |= open_item(repairs, tree, item, opening);
            }
        }
        if !found {
            for item in makers(tree, owner) {
                open_rules(repairs, tree, item);
            }
        }
    }
}

/// The macros that may have made the type `name`: their calls mention it.
fn makers<'a>(tree: &'a SourceTree, name: &'a str) -> impl Iterator<Item = &'a Item> {
    let mentions = move |call: &&Item| {
        let text = &tree.files[&call.file].text[call.span.clone()];
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        call.kind == ItemKind::MacroCall && words.any(|word| word == name)
    };
    let calls = tree.items.iter().filter(mentions);
    calls.flat_map(|call| {
        let called = call.name.rsplit("::").next().unwrap_or(&call.name);
        let macros = tree.items.iter();
        macros.filter(move |item| item.kind == ItemKind::Macro && item.name == called)
    })
}

/// The words that a message quotes, generic arguments left out.
fn quoted(message: &str) -> Vec<String> {
    let words = message.split('`').skip(1).step_by(2);
    words
        .map(|word| word.split('<').next().unwrap_or(word).to_owned())
        .collect()
}

/// The places of an error and its notes that are in the new crate.
fn spans_in(error: &Diagnostic, root: &Utf8Path, tree: &SourceTree) -> Vec<(Utf8PathBuf, usize)> {
    let children = error.children.iter().flat_map(|child| &child.spans);
    let mut places = Vec::new();
    for span in error.spans.iter().chain(children) {
        for span in expansions(span) {
            let file = Utf8Path::new(&span.file_name);
            let file = file.strip_prefix(root).unwrap_or(file);
            if tree.files.contains_key(file) {
                let start = usize::try_from(span.byte_start).unwrap_or(usize::MAX);
                places.push((file.to_owned(), start));
            }
        }
    }
    places
}

fn expansions(span: &DiagnosticSpan) -> impl Iterator<Item = &DiagnosticSpan> {
    std::iter::successors(Some(span), |span| span.expansion.as_ref().map(|e| &e.span))
}

fn import_at<'a>(
    tree: &'a SourceTree,
    file: &Utf8Path,
    offset: usize,
) -> Option<(&'a Module, &'a Use)> {
    let module = tree.find_module(tree.module_of(file, offset)?)?;
    let mut imports = module.uses.iter();
    let import = imports.find(|import| import.file == file && import.span.contains(&offset))?;
    Some((module, import))
}

/// The items that an import names: what is passed on must be seen as far as the import.
fn reexported<'a>(tree: &'a SourceTree, module: &Module, import: &Use) -> Vec<&'a Item> {
    let none = BTreeSet::new();
    let leaves = import.leaves.iter().filter(|leaf| !leaf.glob);
    let found =
        leaves.flat_map(
            |leaf| match resolve_use(tree, &module.path, import, leaf, &none, false) {
                Resolution::Items(ids) => ids,
                Resolution::Module(_) | Resolution::External(_) | Resolution::Unknown => Vec::new(),
            },
        );
    found.map(|id| tree.item(id)).collect()
}

fn item_named_at<'a>(
    tree: &'a SourceTree,
    file: &Utf8Path,
    offset: usize,
    named: &[String],
) -> Option<&'a Item> {
    let mut item = tree.item(tree.item_at(file, offset)?);
    loop {
        let is_named = named
            .iter()
            .any(|word| word.rsplit("::").next() == Some(&item.name));
        if is_named || item.kind == ItemKind::Field {
            return Some(item);
        }
        item = tree.item(item.parent?);
    }
}

fn fields_of<'a>(tree: &'a SourceTree, item: &'a Item) -> Vec<&'a Item> {
    let owner = match item.kind {
        ItemKind::Field => item.parent.map_or(item, |parent| tree.item(parent)),
        _ => item,
    };
    let members = owner.members.iter().map(|id| tree.item(*id));
    members
        .filter(|member| member.kind == ItemKind::Field)
        .collect()
}

/// Opens what the rules of a macro show to its own crate only: the macro writes the visibility of
/// what it makes.
fn open_rules(repairs: &mut Repairs, tree: &SourceTree, item: &Item) -> bool {
    let text = &tree.files[&item.file].text;
    let edits = repairs.edits.entry(item.file.clone()).or_default();
    let before = edits.len();
    for restricted in ["pub(crate)", "pub(super)"] {
        let found = text[item.span.clone()].match_indices(restricted);
        edits.extend(found.map(|(at, _)| {
            let start = item.span.start + at;
            Edit::replace(start..start + restricted.len(), "pub")
        }));
    }
    let any = edits.len() > before;
    if any {
        repairs.opened.insert(item.name.clone());
    }
    any
}

fn open_item(repairs: &mut Repairs, tree: &SourceTree, item: &Item, opening: Opening) -> bool {
    let name = tree.item_path(item.id).to_string();
    let name = name.trim_start_matches("crate::").to_owned();
    open(repairs, &item.file, &item.visibility, opening, name)
}

fn open(
    repairs: &mut Repairs,
    file: &Utf8Path,
    visibility: &Visibility,
    opening: Opening,
    name: String,
) -> bool {
    let written = match (&visibility.kind, opening) {
        (VisibilityKind::Public | VisibilityKind::Inherited, _)
        | (VisibilityKind::Crate, Opening::Crate) => return false,
        (_, Opening::Public) => "pub",
        (_, Opening::Crate) => "pub(crate)",
    };
    let edit = visibility_edit(&visibility.span, written);
    repairs
        .edits
        .entry(file.to_owned())
        .or_default()
        .insert(edit);
    repairs.opened.insert(name);
    true
}
