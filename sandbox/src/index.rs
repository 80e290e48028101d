//! An index of a collection: the positions of the objects that have a value in a field. The index stores
//! hashes, so that an entry is small; a search compares the objects that the index finds.

use std::collections::BTreeSet;
use std::iter;

use crate::ids::fnv1a;
use crate::objects::Object;

/// The positions of objects, by the hash of a field and a value.
#[derive(Debug, Default)]
pub(crate) struct Index {
    entries: BTreeSet<(u32, u32)>,
    open: Option<OpenObject>,
}

/// An object that is being changed. The position counts as found for every value.
#[derive(Debug)]
struct OpenObject {
    position: usize,
    /// The hashes of the values before the change.
    before: Vec<u32>,
}

/// The values that are searched for.
#[derive(Clone, Debug, Default)]
pub(crate) struct IndexQuery {
    hashes: Vec<u32>,
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
        self.entries.extend(hashes(object).into_iter().zip(iter::repeat(stored(position))));
    }

    /// Removes the values of an object.
    pub(crate) fn remove(&mut self, object: &impl Object, position: usize) {
        for hash in hashes(object) {
            self.entries.remove(&(hash, stored(position)));
        }
    }

    /// Marks an object that is going to be changed.
    pub(crate) fn open(&mut self, object: &impl Object, position: usize) {
        self.open = Some(OpenObject { position, before: hashes(object) });
    }

    /// The position of the object that is being changed.
    pub(crate) fn opened(&self) -> Option<usize> {
        self.open.as_ref().map(|open| open.position)
    }

    /// Replaces the values of the object that was marked. Most changes change no indexed value.
    pub(crate) fn close(&mut self, object: &impl Object) {
        let Some(OpenObject { position, before }) = self.open.take() else { return };
        let after = hashes(object);
        for hash in before.iter().filter(|hash| !after.contains(hash)) {
            self.entries.remove(&(*hash, stored(position)));
        }
        for hash in after.into_iter().filter(|hash| !before.contains(hash)) {
            self.entries.insert((hash, stored(position)));
        }
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

    fn last_below(&self, hash: u32, end: usize) -> Option<usize> {
        let found = self.entries.range((hash, 0)..(hash, stored(end))).next_back();
        found.map(position).max(self.opened().filter(|open| *open < end))
    }

    fn first_from(&self, hash: u32, start: usize) -> Option<usize> {
        let found = self.entries.range((hash, stored(start))..=(hash, u32::MAX)).next();
        let open = self.opened().filter(|open| *open >= start);
        found.map(position).into_iter().chain(open).min()
    }
}

/// A position as an entry holds it. No collection has as many objects as the greatest one.
fn stored(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// The position in an entry.
fn position(entry: &(u32, u32)) -> usize {
    usize::try_from(entry.1).unwrap_or(usize::MAX)
}

/// The hashes of the fields of an object that can be searched.
fn hashes(object: &impl Object) -> Vec<u32> {
    let mut hashes = vec![];
    object.indexed(&mut |field, value| hashes.push(hash(field, value)));
    for (key, value) in object.metadata().into_iter().flat_map(|metadata| metadata.iter()) {
        hashes.push(hash(&metadata_field(key), value));
    }
    hashes
}

/// The name of the field for a key of the metadata.
pub(crate) fn metadata_field(key: &str) -> String {
    format!("metadata[{key}]")
}

/// The hash of a field and a value. Searches do not distinguish upper and lower case.
fn hash(field: &str, value: &str) -> u32 {
    let value = value.bytes().map(|byte| byte.to_ascii_lowercase());
    let hash = fnv1a(field.bytes().chain(iter::once(0)).chain(value));
    u32::try_from((hash >> 32) ^ (hash & u64::from(u32::MAX))).unwrap_or_default()
}
