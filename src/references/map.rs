//! What is asked and what is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use camino::Utf8PathBuf;

use crate::model::{Place, Reference, Span};
use crate::syntax::{ItemId, SourceTree};

/// The source of one target and the package that it belongs to.
#[derive(Debug, Clone)]
pub struct NamedTree {
    /// The package's name.
    pub package: String,
    /// Its source; paths are relative to [`MapRequest::root`].
    pub tree: SourceTree,
}

/// Features to check with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeatureSet {
    /// The default ones.
    Default,
    /// `--all-features`.
    All,
    /// The default ones and these.
    List(Vec<String>),
}

impl FeatureSet {
    /// The arguments of cargo that choose them.
    pub fn args(&self) -> Vec<String> {
        match self {
            Self::Default => Vec::new(),
            Self::All => vec!["--all-features".to_owned()],
            Self::List(features) => vec!["--features".to_owned(), features.join(",")],
        }
    }
}

impl fmt::Display for FeatureSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default features"),
            Self::All => f.write_str("all features"),
            Self::List(features) => write!(f, "features {}", features.join(",")),
        }
    }
}

/// A map to build.
#[derive(Debug)]
pub struct MapRequest<'a> {
    /// A copy of the repository that may be written to: marks go into its files, which are as
    /// they were when the map is done.
    pub root: Utf8PathBuf,
    /// The `Cargo.toml` given to cargo, relative to `root`.
    pub manifest: Utf8PathBuf,
    /// What cargo checks: `--workspace`, or `-p` and a name.
    pub selection: Vec<String>,
    /// The targets that cargo checks: `--all-targets`, or less.
    pub targets: Vec<String>,
    /// The targets whose items are marked. Uses are found in all targets that cargo checks.
    pub trees: &'a [NamedTree],
    /// The map is the union over these. The first one has to compile.
    pub feature_sets: Vec<FeatureSet>,
    /// Where cargo puts what it builds; kept warm by the caller.
    pub target_dir: Utf8PathBuf,
    /// Is the next map with this root and target folder to check only what has changed? Then
    /// a record of the files is kept in the target folder.
    pub keep_record: bool,
    /// The program that stands in for rustc, this one by default. It must call
    /// [`super::run_as_wrapper`] first.
    pub wrapper: Option<Utf8PathBuf>,
    /// The folders of packages outside of the workspace whose uses are found, too, with links
    /// resolved: cargo must take them by their path. Where there are any, the program stands in
    /// for rustc in all of the build.
    pub packages: Vec<Utf8PathBuf>,
    /// More arguments for cargo: `--offline`, `--locked`, `--config`.
    pub cargo_args: Vec<String>,
}

/// An item that has a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MarkedItem {
    /// The index of its tree in [`MapRequest::trees`].
    pub tree: usize,
    /// The item there.
    pub item: ItemId,
}

/// An item whose uses are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmarked {
    /// The item, an index of [`ReferenceMap::items`].
    pub item: u32,
    /// The first line of the compiler's error that its mark, or one near it, brought about.
    pub why: String,
}

/// A use of something that a macro makes in the root of a crate: it has no mark of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RootReference {
    /// The index of the crate's tree.
    pub tree: usize,
    /// What rustc calls it: ``function `name` ``.
    pub name: String,
    /// The bytes that rustc points at.
    pub span: Span,
    /// The same for people.
    pub place: Place,
}

/// A target that cargo checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checked {
    /// The package's id, as cargo prints it.
    pub package: String,
    /// The target's name.
    pub target: String,
    /// Its kind: `lib`, `bin`, `test`, ….
    pub kind: String,
    /// Was it checked with `cfg(test)`?
    pub test: bool,
    /// With which features.
    pub features: FeatureSet,
}

/// A target that does not compile, marks or not: what it uses is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTarget {
    /// The package's id, as cargo prints it.
    pub package: String,
    /// The target's name.
    pub target: String,
    /// Its kind: `lib`, `bin`, `test`, ….
    pub kind: String,
    /// With which features.
    pub features: FeatureSet,
    /// The compiler's first error.
    pub error: String,
}

/// Features with which the project does not compile, so that the map lacks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedFeatures {
    /// The features.
    pub features: FeatureSet,
    /// The first errors.
    pub errors: Vec<String>,
}

/// Who uses what.
#[derive(Debug, Clone, Default)]
pub struct ReferenceMap {
    /// The items that [`Reference::item`] counts. A file that two targets share has its items
    /// here once, as the first tree has them.
    pub items: Vec<MarkedItem>,
    /// The references over all targets and feature sets, each once.
    pub references: BTreeSet<Reference>,
    /// References to something that has no mark of its own, for a macro makes it, and that was
    /// found by the mark of the module that it is in: what rustc calls it (``method `a::B::c` ``).
    pub inherited: BTreeMap<Reference, String>,
    /// Uses of what macros make in the root of a crate.
    pub made_in_root: BTreeSet<RootReference>,
    /// Items whose marks had to be dropped.
    pub unmarked: Vec<Unmarked>,
    /// Feature sets that do not compile.
    pub failed_features: Vec<FailedFeatures>,
    /// Targets that do not compile.
    pub failed_targets: Vec<FailedTarget>,
    /// What was checked.
    pub checked: BTreeSet<Checked>,
    /// Those that had not changed since an earlier map, with none of the features: cargo repeated
    /// what was said of them.
    pub fresh: BTreeSet<Checked>,
    /// The index in `items` of each item of each tree.
    pub(super) index: BTreeMap<MarkedItem, u32>,
}

impl ReferenceMap {
    /// The number that references to an item carry; none if it cannot have a mark.
    pub fn index_of(&self, tree: usize, item: ItemId) -> Option<u32> {
        self.index.get(&MarkedItem { tree, item }).copied()
    }

    /// The item of a reference.
    ///
    /// # Panics
    /// If the reference is another map's.
    pub fn marked(&self, reference: &Reference) -> MarkedItem {
        self.items[reference.item as usize]
    }

    /// The references to an item.
    pub fn references_to(&self, item: u32) -> impl Iterator<Item = &Reference> {
        // Ordered by item first.
        let first = self.references.iter();
        first
            .skip_while(move |reference| reference.item < item)
            .take_while(move |reference| reference.item == item)
    }
}
