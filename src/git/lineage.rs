//! What a path of an old commit is called at the head.
//!
//! The names flow backwards along each line of history: behind a commit that renamed `a` to `b`,
//! `a` means what `b` means before it. Where lines that left from one commit disagree, what one of
//! them knows of a path goes for both.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A path that was seen somewhere in history. Also stands for the file that has that path last.
pub(super) type Name = u32;

/// Paths that mean another file than the one that has them last.
pub(super) type Renamed = Arc<HashMap<Name, Name>>;

/// All names, and what is known of them as a whole.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    names: Vec<Arc<str>>,
    known: HashMap<Arc<str>, Name>,
    at_head: BTreeSet<Name>,
    /// Files without a path at the head that are another file, as a line of history next to them
    /// says.
    aliases: HashMap<Name, Name>,
    /// What became of two sets: most lines of history meet others that they have met before.
    joined: HashMap<(usize, usize), Renamed>,
    /// The sets in `joined` by address, so that no address is used again.
    kept: Vec<Renamed>,
}

impl Lineage {
    /// The name for a path.
    pub(super) fn name(&mut self, path: &str) -> Name {
        if let Some(name) = self.known.get(path) {
            return *name;
        }
        let name = Name::try_from(self.names.len()).expect("fewer than 2^32 paths");
        let path: Arc<str> = path.into();
        self.names.push(Arc::clone(&path));
        self.known.insert(path, name);
        name
    }

    /// Notes a path of the head.
    pub(super) fn add_at_head(&mut self, path: &str) {
        let name = self.name(path);
        self.at_head.insert(name);
    }

    pub(super) fn path(&self, name: Name) -> &str {
        &self.names[name as usize]
    }

    pub(super) fn is_at_head(&self, name: Name) -> bool {
        self.at_head.contains(&name)
    }

    pub(super) fn at_head(&self) -> impl Iterator<Item = Name> {
        self.at_head.iter().copied()
    }

    /// The file at a path behind commits that made `renamed`.
    pub(super) fn file(renamed: &Renamed, path: Name) -> Name {
        renamed.get(&path).copied().unwrap_or(path)
    }

    /// What a commit knows of which two children have an opinion; the first one is right where
    /// they contradict each other.
    pub(super) fn join(&mut self, first: &Renamed, second: &Renamed) -> Renamed {
        let address = |renamed: &Renamed| Arc::as_ptr(renamed).addr();
        let key = (address(first), address(second));
        if key.0 == key.1 || second.is_empty() && first.is_empty() {
            return Arc::clone(first);
        }
        if let Some(joined) = self.joined.get(&key) {
            return Arc::clone(joined);
        }
        self.note_aliases(first, second);
        self.note_aliases(second, first);
        let missing = |from: &Renamed, to: &Renamed| from.keys().any(|path| !to.contains_key(path));
        let joined = if !missing(second, first) {
            Arc::clone(first)
        } else if first
            .iter()
            .all(|(path, file)| second.get(path) == Some(file))
        {
            Arc::clone(second)
        } else {
            let mut both = HashMap::clone(second);
            both.extend(first.iter().map(|(path, file)| (*path, *file)));
            Arc::new(both)
        };
        self.kept.extend([Arc::clone(first), Arc::clone(second)]);
        self.joined.insert(key, Arc::clone(&joined));
        joined
    }

    /// On the line of `other`, changes of a path that only `renamed` knows the file of were taken
    /// for those of a file that is gone.
    fn note_aliases(&mut self, renamed: &Renamed, other: &Renamed) {
        for (path, file) in renamed.iter() {
            if !other.contains_key(path) && !self.is_at_head(*path) {
                self.aliases.entry(*path).or_insert(*file);
            }
        }
    }

    /// The file that a file turned out to be.
    pub(super) fn resolve(&self, file: Name) -> Name {
        let mut found = file;
        let mut seen = BTreeSet::from([file]);
        while let Some(next) = self.aliases.get(&found) {
            if !seen.insert(*next) {
                break;
            }
            found = *next;
        }
        found
    }
}
