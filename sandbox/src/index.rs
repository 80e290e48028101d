//! An index of a collection: the positions of the objects that have a value in a field. The index stores
//! hashes, so that an entry is small; a search compares the objects that the index finds.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::objects::Object;

/// The positions of objects, by the hash of a field and a value.
#[derive(Debug, Default)]
pub(crate) struct Index {
    entries: BTreeSet<(u64, usize)>,
    /// The position of an object that is being changed. The position counts as found for every value.
    open: Option<usize>,
}

/// The values that are searched for.
#[derive(Clone, Debug, Default)]
pub(crate) struct IndexQuery {
    hashes: Vec<u64>,
    /// Whether one of the values is enough.
    any: bool,
}

impl IndexQuery {
    /// A search for all of the given pairs of field and value. Without pairs, every object is found.
    pub(crate) fn all<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self { hashes: pairs.into_iter().map(|(field, value)| hash(field, value)).collect(), any: false }
    }

    /// A search for one of the given pairs of field and value.
    pub(crate) fn any<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self { any: true, ..Self::all(pairs) }
    }
}

impl Index {
    /// Adds the values of an object.
    pub(crate) fn add(&mut self, object: &impl Object, position: usize) {
        each_hash(object, |hash| {
            self.entries.insert((hash, position));
        });
    }

    /// Removes the values of an object.
    pub(crate) fn remove(&mut self, object: &impl Object, position: usize) {
        each_hash(object, |hash| {
            self.entries.remove(&(hash, position));
        });
    }

    /// Marks the position of an object that is being changed.
    pub(crate) fn open(&mut self, position: usize) {
        self.open = Some(position);
    }

    /// The position of the object that was being changed.
    pub(crate) fn close(&mut self) -> Option<usize> {
        self.open.take()
    }

    /// The greatest position below `end` that may fit the query.
    pub(crate) fn previous(&self, query: &IndexQuery, end: usize) -> Option<usize> {
        if query.any {
            return query.hashes.iter().filter_map(|hash| self.last_below(*hash, end)).max();
        }
        let mut end = end;
        loop {
            let highest = end.checked_sub(1)?;
            let lowest = (query.hashes.iter())
                .try_fold(highest, |lowest, hash| Some(lowest.min(self.last_below(*hash, end)?)))?;
            // Every hash has been found at the only position that all can share.
            if lowest == highest {
                return Some(lowest);
            }
            end = lowest.saturating_add(1);
        }
    }

    /// The smallest position from `start` on, and below `end`, that may fit the query.
    pub(crate) fn next(&self, query: &IndexQuery, start: usize, end: usize) -> Option<usize> {
        let below_end = |position: &usize| *position < end;
        if query.any {
            let found = query.hashes.iter().filter_map(|hash| self.first_from(*hash, start));
            return found.min().filter(below_end);
        }
        let mut start = start;
        loop {
            let highest = (query.hashes.iter())
                .try_fold(start, |highest, hash| Some(highest.max(self.first_from(*hash, start)?)))?;
            if highest == start {
                return Some(start).filter(below_end);
            }
            start = highest;
        }
    }

    fn last_below(&self, hash: u64, end: usize) -> Option<usize> {
        let found = self.entries.range((hash, 0)..(hash, end)).next_back().map(|(_, position)| *position);
        found.max(self.open.filter(|open| *open < end))
    }

    fn first_from(&self, hash: u64, start: usize) -> Option<usize> {
        let found = self.entries.range((hash, start)..=(hash, usize::MAX)).next();
        let open = self.open.filter(|open| *open >= start);
        found.map(|(_, position)| *position).into_iter().chain(open).min()
    }
}

/// Calls a function with the hash of each field of an object that can be searched.
fn each_hash(object: &impl Object, mut found: impl FnMut(u64)) {
    object.indexed(&mut |field, value| found(hash(field, value)));
    for (key, value) in object.metadata().into_iter().flat_map(|metadata| metadata.iter()) {
        found(hash(&metadata_field(key), value));
    }
}

/// The name of the field for a key of the metadata.
pub(crate) fn metadata_field(key: &str) -> String {
    format!("metadata[{key}]")
}

/// The hash of a field and a value. Searches do not distinguish upper and lower case.
fn hash(field: &str, value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    field.hash(&mut hasher);
    for byte in value.bytes() {
        hasher.write_u8(byte.to_ascii_lowercase());
    }
    hasher.finish()
}
