//! A path as it is written, and the rewriting of all paths of a text.

use std::collections::BTreeSet;

use super::import::rewrite_import;
use super::prose::rewrite_prose;
use super::scan::Scan;
use crate::syntax::edit::Edit;
use crate::syntax::lex::{LexError, TokenKind, lex};

/// What a path starts from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anchor {
    /// `crate::` or `$crate::`.
    Crate,
    /// `self::`.
    SelfModule,
    /// So many `super::`.
    Super(usize),
    /// A crate's name, or `::` and a crate's name: one of those asked for.
    Extern(String),
}

/// A path as it is written: the anchor and the segments behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WrittenPath {
    /// What it starts from.
    pub anchor: Anchor,
    /// The segments after the anchor, `r#` included.
    pub segments: Vec<String>,
    /// Does it end in `::*`?
    pub glob: bool,
    /// Does it stand in a `use` declaration?
    pub import: bool,
    /// The first byte of the path.
    pub at: usize,
}

/// What becomes of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relocation {
    /// It stays as it is.
    Keep,
    /// The anchor and the first `segments` segments are replaced by this path.
    Prefix {
        /// How many segments after the anchor go.
        segments: usize,
        /// What comes in their place: `crate`, `crate::a`, `acme_retry::b`.
        with: String,
    },
    /// Only for an import: it becomes these imports (each a path, maybe with `as`), none of them
    /// if nothing is needed any more.
    Imports(Vec<String>),
}

/// What [`rewrite_paths`] asks for each path.
pub type Relocate<'a> = dyn Fn(&WrittenPath) -> Relocation + 'a;

/// The edits that relocate the paths of `text`. `extern_names` are the crate names to treat as
/// anchors.
pub fn rewrite_paths(
    text: &str,
    extern_names: &BTreeSet<String>,
    relocate: &Relocate<'_>,
) -> Result<Vec<Edit>, LexError> {
    let tokens = lex(text)?;
    let scan = Scan {
        text,
        tokens: &tokens,
        extern_names,
    };
    let mut edits = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        if scan.is_ident(index, "use")
            && !scan.is_punct(index + 1, '<')
            && let Some(import) = scan.import(index)
        {
            rewrite_import(&scan, &import, relocate, &mut edits);
            index = import.end;
            continue;
        }
        match tokens[index].kind {
            TokenKind::Doc => {
                rewrite_prose(&scan, tokens[index].range.clone(), relocate, &mut edits);
            }
            TokenKind::Literal if scan.in_attribute(index) => {
                rewrite_prose(&scan, tokens[index].range.clone(), relocate, &mut edits);
            }
            TokenKind::Ident | TokenKind::Punct(..) => {
                if let Some((path, next)) = scan.path(index) {
                    if let Relocation::Prefix { segments, with } =
                        relocate(&path.written(text, false))
                    {
                        edits.push(path.replace_prefix(segments, with));
                    }
                    index = next;
                    continue;
                }
            }
            _ => {}
        }
        index += 1;
    }
    Ok(edits)
}

/// All anchored paths of `text` outside `use` declarations and in them, as they are written.
pub fn written_paths(
    text: &str,
    extern_names: &BTreeSet<String>,
) -> Result<Vec<WrittenPath>, LexError> {
    let found = std::cell::RefCell::new(Vec::new());
    rewrite_paths(text, extern_names, &|path| {
        found.borrow_mut().push(path.clone());
        Relocation::Keep
    })?;
    Ok(found.into_inner())
}
