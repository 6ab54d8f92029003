//! Objects by id, with errors that name them.

use std::cell::RefCell;
use std::sync::Arc;

use gix::objs::{Find as _, Kind, TreeRefIter};
use gix::odb::pack::cache::lru::MemoryCappedHashmap;
use gix::oid;

use super::GitError;
use super::packs::{Decoder, Packs};

/// Memory for objects that others are stored as differences from, in bytes, where gix reads them.
const CACHE: usize = 8 << 20;

/// A reader of one repository's objects, for one thread.
pub(super) struct Objects {
    repository: gix::Repository,
    packs: Arc<Packs>,
    decoder: RefCell<Decoder>,
}

/// A reader on its way to another thread.
pub(super) struct Elsewhere {
    repository: gix::ThreadSafeRepository,
    packs: Arc<Packs>,
}

impl Elsewhere {
    pub(super) fn into_objects(self) -> Objects {
        Objects::with(self.repository.to_thread_local(), self.packs)
    }
}

impl Objects {
    pub(super) fn new(repository: &gix::ThreadSafeRepository) -> Self {
        let repository = repository.to_thread_local();
        let packs = Arc::new(Packs::open(&repository));
        Self::with(repository, packs)
    }

    fn with(mut repository: gix::Repository, packs: Arc<Packs>) -> Self {
        let cache = || Box::new(MemoryCappedHashmap::new(CACHE)) as _;
        repository.objects.set_pack_cache(cache);
        Self {
            repository,
            packs,
            decoder: RefCell::default(),
        }
    }

    /// What makes a reader of the same repository on another thread.
    pub(super) fn for_another_thread(&self) -> Elsewhere {
        Elsewhere {
            repository: self.repository.clone().into_sync(),
            packs: Arc::clone(&self.packs),
        }
    }

    /// The first bytes of an object's content, as many as `buffer` holds or as there are: what
    /// comes after them is not looked at. None where it must be read as a whole.
    pub(super) fn read_start<'b>(
        &self,
        id: &oid,
        kind: Kind,
        buffer: &'b mut [u8],
    ) -> Option<&'b [u8]> {
        let mut decoder = self.decoder.borrow_mut();
        let (found, size) = self.packs.read_start(id, &mut decoder, buffer)?;
        (found == kind).then_some(&buffer[..size])
    }

    /// The object's content, read into `buffer`.
    pub(super) fn read<'b>(
        &self,
        id: &oid,
        kind: Kind,
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], GitError> {
        let packed = self.packs.read(id, &mut self.decoder.borrow_mut(), buffer);
        if packed == Some(kind) {
            return Ok(buffer);
        }
        let found = self.repository.objects.try_find(id, buffer);
        match found.map_err(|error| unreadable(id, error))? {
            None => Err(GitError::MissingObject { id: id.to_string() }),
            Some(data) if data.kind == kind => Ok(data.data),
            Some(_) => Err(malformed(id, kind)),
        }
    }

    /// The content's size in bytes, without reading it; none where the object is missing.
    pub(super) fn size(&self, id: &oid) -> Result<Option<u64>, GitError> {
        use gix::objs::FindHeader as _;
        let header = self.repository.objects.try_header(id);
        let header = header.map_err(|error| unreadable(id, error))?;
        Ok(header.map(|header| header.size))
    }

    /// The changes of files and folders that make the tree `old` (or nothing) the tree `new`.
    pub(super) fn tree_changes(
        &self,
        old: Option<&oid>,
        new: &oid,
    ) -> Result<Vec<gix::diff::tree::recorder::Change>, GitError> {
        let (mut old_buffer, mut new_buffer) = (Vec::new(), Vec::new());
        let old_tree = match old {
            Some(old) => self.read(old, Kind::Tree, &mut old_buffer)?,
            None => &[],
        };
        let new_tree = self.read(new, Kind::Tree, &mut new_buffer)?;
        let mut recorder = gix::diff::tree::Recorder::default();
        gix::diff::tree(
            TreeRefIter::from_bytes(old_tree, new.kind()),
            TreeRefIter::from_bytes(new_tree, new.kind()),
            gix::diff::tree::State::default(),
            self,
            &mut recorder,
        )
        .map_err(|error| unreadable(new, error))?;
        Ok(recorder.records)
    }

    /// The repository's commit-graph file, if it has one that can be read.
    pub(super) fn commit_graph(&self) -> Option<gix::commitgraph::Graph> {
        self.repository.commit_graph_if_enabled().ok().flatten()
    }
}

impl gix::objs::Find for Objects {
    fn try_find<'b>(
        &self,
        id: &oid,
        buffer: &'b mut Vec<u8>,
    ) -> gix::Result<Option<gix::objs::Data<'b>>> {
        let packed = self.packs.read(id, &mut self.decoder.borrow_mut(), buffer);
        match packed {
            Some(kind) => Ok(Some(gix::objs::Data {
                kind,
                object_hash: id.kind(),
                data: buffer,
            })),
            None => self.repository.objects.try_find(id, buffer),
        }
    }
}

pub(super) fn malformed(id: &oid, kind: Kind) -> GitError {
    let kind = match kind {
        Kind::Tree => "tree",
        Kind::Blob => "blob",
        Kind::Commit => "commit",
        Kind::Tag => "tag",
    };
    GitError::Malformed {
        id: id.to_string(),
        kind,
    }
}

fn unreadable(id: &oid, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> GitError {
    GitError::Object {
        id: id.to_string(),
        source: source.into(),
    }
}
