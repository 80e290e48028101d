//! A log that keeps the newest entries and counts the older ones.

use std::collections::VecDeque;

/// The newest entries, up to a fixed number.
#[derive(Debug)]
pub(crate) struct BoundedLog<T> {
    entries: VecDeque<T>,
    capacity: usize,
    /// The number of dropped entries, which is also the number of the oldest kept entry.
    dropped: usize,
}

impl<T: Clone> BoundedLog<T> {
    /// An empty log of at most `capacity` entries.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { entries: VecDeque::new(), capacity, dropped: 0 }
    }

    /// Appends an entry and returns the entry's number, from zero.
    pub(crate) fn push(&mut self, entry: T) -> usize {
        let number = self.total();
        self.entries.push_back(entry);
        while self.entries.len() > self.capacity && self.entries.pop_front().is_some() {
            self.dropped = self.dropped.saturating_add(1);
        }
        number
    }

    /// The entry with a number, unless that entry was dropped.
    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut T> {
        self.entries.get_mut(number.checked_sub(self.dropped)?)
    }

    /// The number of entries ever appended, dropped entries included.
    pub(crate) fn total(&self) -> usize {
        self.dropped.saturating_add(self.entries.len())
    }

    /// The number of kept entries.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The kept entries, the oldest first.
    pub(crate) fn entries(&self) -> Vec<T> {
        self.entries.iter().cloned().collect()
    }

    /// At most `limit` entries with a number below `number`, the newest first, each with the entry's
    /// number.
    pub(crate) fn before(&self, number: usize, limit: usize) -> Vec<(usize, T)> {
        let count = number.saturating_sub(self.dropped).min(self.entries.len());
        let numbered = (self.dropped..).zip(self.entries.range(..count));
        let mut page: Vec<_> = numbered.skip(count.saturating_sub(limit)).collect();
        page.reverse();
        page.into_iter().map(|(number, entry)| (number, entry.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_entries_are_kept_and_every_entry_is_counted() {
        let mut log = BoundedLog::with_capacity(3);
        assert_eq!(["a", "b", "c", "d", "e"].map(|entry| log.push(entry)), [0, 1, 2, 3, 4]);
        assert_eq!((log.entries(), log.len(), log.total()), (vec!["c", "d", "e"], 3, 5));
        assert!(log.get_mut(1).is_none());
        *log.get_mut(4).unwrap() = "f";
        assert_eq!(log.before(usize::MAX, 2), [(4, "f"), (3, "d")]);
        assert_eq!(log.before(3, 2), [(2, "c")]);
        assert_eq!(log.before(1, 2), []);
        let mut empty = BoundedLog::with_capacity(0);
        assert_eq!((empty.push("a"), empty.len(), empty.total()), (0, 0, 1));
    }
}
