//! What the tokens of each module tell: other crates, unsafe code, what a build script makes.

use std::collections::BTreeSet;

use super::graph::{Graph, ModuleId};
use super::monolith::Target;
use crate::references::NamedTree;
use crate::syntax::{Item, ItemKind, TokenKind, lex};

/// Counts of one module, without those below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Lines of its items, tests left out: of a module for tests that has none itself, all.
    pub lines: usize,
    /// Its items, parts of items, imports and tests left out.
    pub items: usize,
    /// Test functions.
    pub tests: usize,
    /// `macro_rules!` definitions.
    pub macros: usize,
    /// `unsafe` in code.
    pub unsafes: usize,
    /// Does it read what a build script makes?
    pub generated: bool,
    /// Crates outside of the workspace that it names.
    pub externs: BTreeSet<String>,
}

/// The counts of all modules.
pub(super) fn tally(graph: &Graph, trees: &[NamedTree], targets: &[Target]) -> Vec<Tally> {
    let mut all = vec![Tally::default(); graph.modules.len()];
    for (id, tally) in all.iter_mut().enumerate() {
        let module = &graph.modules[id];
        let tree = &trees[module.tree].tree;
        let support = is_support(graph, trees, id);
        for node in &graph.members[id] {
            let node = &graph.nodes[*node];
            let item = tree.item(node.item);
            if is_test_function(item) {
                tally.tests += 1;
            }
            if (node.test && !support) || item.kind == ItemKind::Module {
                continue;
            }
            tally.items += 1;
            tally.lines += node.lines;
            tally.macros += usize::from(item.kind == ItemKind::Macro);
        }
        let Some(found) = tree.find_module(&module.path) else {
            continue;
        };
        let imports = found.bodies().flat_map(|body| &body.uses);
        let firsts = imports
            .filter(|import| !import.cfg_test)
            .flat_map(|import| &import.leaves)
            .filter_map(|leaf| leaf.path.first());
        let target = &targets[module.tree];
        let foreign =
            |name: &&String| target.externs.contains(*name) && !target.siblings.contains_key(*name);
        tally.externs.extend(firsts.filter(foreign).cloned());
    }
    for (id, module) in graph.modules.iter().enumerate() {
        let tree = &trees[module.tree].tree;
        let support = is_support(graph, trees, id);
        for node in &graph.members[id] {
            let node = &graph.nodes[*node];
            let item = tree.item(node.item);
            if (!node.test || support) && item.kind != ItemKind::Module {
                let text = tree.files.get(&item.file);
                let text = text.and_then(|file| file.text.get(item.span.clone()));
                read(text.unwrap_or(""), &targets[module.tree], &mut all[id]);
            }
        }
    }
    all
}

/// Is it a module for tests without tests of its own: what they share?
fn is_support(graph: &Graph, trees: &[NamedTree], id: ModuleId) -> bool {
    let module = &graph.modules[id];
    let tree = &trees[module.tree].tree;
    let mut nodes = (id..module.end).flat_map(|id| &graph.members[id]);
    module.test && !nodes.any(|node| is_test_function(tree.item(graph.nodes[*node].item)))
}

/// `#[test]`, `#[tokio::test]`, `#[rstest]`, ….
fn is_test_function(item: &Item) -> bool {
    let is_test = |path: &String| {
        path.rsplit("::")
            .next()
            .is_some_and(|last| last.ends_with("test"))
    };
    item.kind == ItemKind::Function && item.attributes.iter().any(is_test)
}

fn read(text: &str, target: &Target, tally: &mut Tally) {
    let Ok(tokens) = lex(text) else {
        return;
    };
    for (nth, token) in tokens.iter().enumerate() {
        let word = &text[token.range.clone()];
        match token.kind {
            TokenKind::Ident if word == "unsafe" => tally.unsafes += 1,
            TokenKind::Ident => {
                let path = matches!(tokens.get(nth + 1), Some(next) if matches!(next.kind, TokenKind::Punct(':', true)));
                if path && target.externs.contains(word) && !target.siblings.contains_key(word) {
                    tally.externs.insert(word.to_owned());
                }
            }
            TokenKind::Literal if word.contains("OUT_DIR") => tally.generated = true,
            _ => {}
        }
    }
}

/// The sum over several modules.
pub(super) fn sum<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Tally {
    tallies.fold(Tally::default(), |mut sum, it| {
        sum.lines += it.lines;
        sum.items += it.items;
        sum.tests += it.tests;
        sum.macros += it.macros;
        sum.unsafes += it.unsafes;
        sum.generated |= it.generated;
        sum.externs.extend(it.externs.iter().cloned());
        sum
    })
}
