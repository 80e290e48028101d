//! A collection of objects of one kind: found by id, listed from the newest to the oldest. A snapshot
//! of an object stays unchanged when the object changes.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::objects::Object;

/// Objects in the order of creation.
#[derive(Debug)]
pub(crate) struct Collection<T> {
    items: VecDeque<Arc<T>>,
    /// By id: the number of objects that were added before this object.
    numbers: HashMap<String, usize>,
    /// The number of objects that were removed.
    removed: usize,
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self { items: VecDeque::new(), numbers: HashMap::new(), removed: 0 }
    }
}

impl<T: Object + Clone> Collection<T> {
    /// Adds an object, or replaces the object with the same id.
    pub(crate) fn put(&mut self, item: T) -> Arc<T> {
        let item = Arc::new(item);
        match self.position(item.id()).and_then(|position| self.items.get_mut(position)) {
            Some(position) => *position = Arc::clone(&item),
            None => {
                self.numbers.insert(item.id().to_owned(), self.removed.saturating_add(self.items.len()));
                self.items.push_back(Arc::clone(&item));
            }
        }
        item
    }

    /// Removes the objects that were created before a moment.
    pub(crate) fn remove_created_before(&mut self, moment: i64) {
        while self.items.front().is_some_and(|item| item.created() < moment) {
            let Some(item) = self.items.pop_front() else { return };
            self.numbers.remove(item.id());
            self.removed = self.removed.saturating_add(1);
        }
    }

    /// Removes one object. The cost grows with the number of newer objects.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        let position = self.position(id)?;
        let item = self.items.remove(position)?;
        self.numbers.remove(id);
        for newer in self.items.iter().skip(position) {
            if let Some(position) = self.numbers.get_mut(newer.id()) {
                *position = position.saturating_sub(1);
            }
        }
        Some(item)
    }

    /// A reference to an object.
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.items.get(self.position(id)?).map(AsRef::as_ref)
    }

    /// A snapshot of the object's current state.
    pub(crate) fn snapshot(&self, id: &str) -> Option<Arc<T>> {
        self.items.get(self.position(id)?).cloned()
    }

    /// A mutable reference to an object. Existing snapshots stay unchanged.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let position = self.position(id)?;
        self.items.get_mut(position).map(Arc::make_mut)
    }

    /// All objects, the newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.items.iter().rev().map(AsRef::as_ref)
    }

    /// The objects that are newer than an object, the oldest of them first.
    pub(crate) fn newer_than(&self, id: &str) -> Option<impl Iterator<Item = &T>> {
        let next = self.position(id)?.saturating_add(1);
        Some(self.items.range(next..).map(AsRef::as_ref))
    }

    /// The objects that are older than an object, the newest of them first.
    pub(crate) fn older_than(&self, id: &str) -> Option<impl Iterator<Item = &T>> {
        Some(self.items.range(..self.position(id)?).rev().map(AsRef::as_ref))
    }

    /// The objects that were created at a moment or before, the newest first. Relies on objects being
    /// added in the order of creation.
    pub(crate) fn created_by(&self, latest: i64) -> impl Iterator<Item = &T> {
        let count = self.items.partition_point(|item| item.created() <= latest);
        self.items.range(..count).rev().map(AsRef::as_ref)
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.numbers.get(id)?.checked_sub(self.removed)
    }
}
