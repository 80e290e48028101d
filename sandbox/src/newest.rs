//! A log that keeps the newest entries and counts the older ones.

use std::collections::VecDeque;

/// The newest entries, up to a fixed number.
#[derive(Debug)]
pub(crate) struct BoundedLog<T> {
    kept: VecDeque<T>,
    most: usize,
    /// The number of dropped entries, which is also the number of the oldest kept entry.
    gone: usize,
}

impl<T: Clone> BoundedLog<T> {
    /// An empty log of at most `most` entries.
    pub(crate) fn of(most: usize) -> Self {
        Self { kept: VecDeque::new(), most, gone: 0 }
    }

    /// Appends an entry and returns the entry's number, from zero.
    pub(crate) fn push(&mut self, entry: T) -> usize {
        let number = self.made();
        self.kept.push_back(entry);
        while self.kept.len() > self.most && self.kept.pop_front().is_some() {
            self.gone = self.gone.saturating_add(1);
        }
        number
    }

    /// The entry with a number, unless that entry was dropped.
    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut T> {
        self.kept.get_mut(number.checked_sub(self.gone)?)
    }

    /// The number of entries ever appended, dropped entries included.
    pub(crate) fn made(&self) -> usize {
        self.gone.saturating_add(self.kept.len())
    }

    /// The number of kept entries.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// The kept entries, the oldest first.
    pub(crate) fn kept(&self) -> Vec<T> {
        self.kept.iter().cloned().collect()
    }

    /// At most `most` entries with a number below `number`, the newest first, each with the entry's
    /// number.
    pub(crate) fn before(&self, number: usize, most: usize) -> Vec<(usize, T)> {
        let older = number.saturating_sub(self.gone).min(self.kept.len());
        let places = (self.gone..).zip(self.kept.range(..older));
        let mut page: Vec<_> = places.skip(older.saturating_sub(most)).collect();
        page.reverse();
        page.into_iter().map(|(number, entry)| (number, entry.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_are_kept_and_all_are_counted() {
        let mut log = BoundedLog::of(3);
        assert_eq!(["a", "b", "c", "d", "e"].map(|entry| log.push(entry)), [0, 1, 2, 3, 4]);
        assert_eq!((log.kept(), log.len(), log.made()), (vec!["c", "d", "e"], 3, 5));
        assert!(log.get_mut(1).is_none());
        *log.get_mut(4).unwrap() = "f";
        assert_eq!(log.before(usize::MAX, 2), [(4, "f"), (3, "d")]);
        assert_eq!(log.before(3, 2), [(2, "c")]);
        assert_eq!(log.before(1, 2), []);
        let mut none = BoundedLog::of(0);
        assert_eq!((none.push("a"), none.len(), none.made()), (0, 0, 1));
    }
}
