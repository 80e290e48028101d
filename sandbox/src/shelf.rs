//! A shelf of objects of one kind: found by id, listed from the newest to the oldest. What somebody else still
//! holds of an object stays as it was when the object changes.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::objects::Object;

/// Objects in the order in which they were created.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    items: VecDeque<Arc<T>>,
    /// How many objects were put on the shelf before the one with this id.
    places: HashMap<String, usize>,
    /// How many objects were taken off the shelf.
    gone: usize,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { items: VecDeque::new(), places: HashMap::new(), gone: 0 }
    }
}

impl<T: Object + Clone> Shelf<T> {
    /// Puts an object on the shelf, or in the place of the object with the same id.
    pub(crate) fn put(&mut self, item: T) -> Arc<T> {
        let item = Arc::new(item);
        match self.place(item.id()).and_then(|place| self.items.get_mut(place)) {
            Some(place) => *place = Arc::clone(&item),
            None => {
                self.places.insert(item.id().to_owned(), self.gone.saturating_add(self.items.len()));
                self.items.push_back(Arc::clone(&item));
            }
        }
        item
    }

    /// Takes off the shelf what was created before a moment.
    pub(crate) fn forget_before(&mut self, moment: i64) {
        while self.items.front().is_some_and(|item| item.created() < moment) {
            let Some(item) = self.items.pop_front() else { return };
            self.places.remove(item.id());
            self.gone = self.gone.saturating_add(1);
        }
    }

    /// Takes one object off the shelf, which is slow.
    pub(crate) fn take(&mut self, id: &str) -> Option<Arc<T>> {
        let place = self.place(id)?;
        let item = self.items.remove(place)?;
        self.places.remove(id);
        for later in self.items.iter().skip(place) {
            if let Some(place) = self.places.get_mut(later.id()) {
                *place = place.saturating_sub(1);
            }
        }
        Some(item)
    }

    /// Looks at an object.
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.items.get(self.place(id)?).map(AsRef::as_ref)
    }

    /// The object as it is now, to be kept.
    pub(crate) fn snapshot(&self, id: &str) -> Option<Arc<T>> {
        self.items.get(self.place(id)?).cloned()
    }

    /// Takes an object into the hand.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let place = self.place(id)?;
        self.items.get_mut(place).map(Arc::make_mut)
    }

    /// All objects, the newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.items.iter().rev().map(AsRef::as_ref)
    }

    /// The objects that are newer than an object, the oldest of them first.
    pub(crate) fn newer_than(&self, id: &str) -> Option<impl Iterator<Item = &T>> {
        let next = self.place(id)?.saturating_add(1);
        Some(self.items.range(next..).map(AsRef::as_ref))
    }

    /// The objects that are older than an object, the newest of them first.
    pub(crate) fn older_than(&self, id: &str) -> Option<impl Iterator<Item = &T>> {
        Some(self.items.range(..self.place(id)?).rev().map(AsRef::as_ref))
    }

    /// The objects that were created at a moment or before, the newest first. Objects are put on the shelf in
    /// the order of time.
    pub(crate) fn created_by(&self, latest: i64) -> impl Iterator<Item = &T> {
        let count = self.items.partition_point(|item| item.created() <= latest);
        self.items.range(..count).rev().map(AsRef::as_ref)
    }

    fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id)?.checked_sub(self.gone)
    }
}
