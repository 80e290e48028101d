//! A log that keeps the newest entries, by number and by bytes, and counts the older ones.

use std::collections::VecDeque;

/// The estimated size of an entry without the texts, in bytes.
pub(crate) const ENTRY_BYTES: usize = 256;

/// An entry of a log.
pub(crate) trait LogEntry: Clone {
    /// The size of the entry in memory, in bytes.
    fn bytes(&self) -> usize;
}

/// The limits of a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogLimits {
    /// The greatest number of entries.
    pub(crate) entries: usize,
    /// The greatest size of all entries together, in bytes.
    pub(crate) bytes: usize,
}

/// The newest entries within the limits.
#[derive(Debug)]
pub(crate) struct BoundedLog<T> {
    entries: VecDeque<T>,
    limits: LogLimits,
    /// The size of all entries, in bytes.
    bytes: usize,
    /// The number of dropped entries, which is also the number of the oldest kept entry.
    dropped: usize,
}

impl<T: LogEntry> BoundedLog<T> {
    /// An empty log.
    pub(crate) fn with_limits(limits: LogLimits) -> Self {
        Self { entries: VecDeque::new(), limits, bytes: 0, dropped: 0 }
    }

    /// Appends an entry and returns the entry's number, from zero.
    pub(crate) fn push(&mut self, entry: T) -> usize {
        let number = self.total();
        self.bytes = self.bytes.saturating_add(entry.bytes());
        self.entries.push_back(entry);
        self.drop_old();
        number
    }

    /// Changes the entry with a number, unless that entry was dropped.
    pub(crate) fn update(&mut self, number: usize, change: impl FnOnce(&mut T)) {
        let position = number.checked_sub(self.dropped);
        let Some(entry) = position.and_then(|position| self.entries.get_mut(position)) else { return };
        let before = entry.bytes();
        change(entry);
        self.bytes = self.bytes.saturating_sub(before).saturating_add(entry.bytes());
        self.drop_old();
    }

    fn drop_old(&mut self) {
        while self.entries.len() > self.limits.entries || self.bytes > self.limits.bytes {
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(oldest.bytes());
            self.dropped = self.dropped.saturating_add(1);
        }
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

    impl LogEntry for &str {
        fn bytes(&self) -> usize {
            self.len()
        }
    }

    fn log(entries: usize, bytes: usize) -> BoundedLog<&'static str> {
        BoundedLog::with_limits(LogLimits { entries, bytes })
    }

    #[test]
    fn only_the_newest_entries_are_kept_and_every_entry_is_counted() {
        let mut log = log(3, usize::MAX);
        assert_eq!(["a", "b", "c", "d", "e"].map(|entry| log.push(entry)), [0, 1, 2, 3, 4]);
        assert_eq!((log.entries(), log.len(), log.total()), (vec!["c", "d", "e"], 3, 5));
        log.update(1, |_| panic!("the entry was dropped"));
        log.update(4, |entry| *entry = "f");
        assert_eq!(log.before(usize::MAX, 2), [(4, "f"), (3, "d")]);
        assert_eq!(log.before(3, 2), [(2, "c")]);
        assert_eq!(log.before(1, 2), []);
    }

    #[test]
    fn the_size_of_all_entries_is_bounded() {
        let mut log = log(100, 10);
        assert_eq!(["aaaa", "bbbb", "cc"].map(|entry| log.push(entry)), [0, 1, 2]);
        assert_eq!(log.entries(), ["aaaa", "bbbb", "cc"]);
        log.push("d");
        assert_eq!(log.entries(), ["bbbb", "cc", "d"]);
        log.update(2, |entry| *entry = "cccccccc");
        assert_eq!((log.entries(), log.total()), (vec!["cccccccc", "d"], 4));
        log.push("eeeeeeeeeeeeeeee");
        assert_eq!((log.len(), log.total()), (0, 5));
        log.push("f");
        assert_eq!(log.before(usize::MAX, 2), [(5, "f")]);
    }
}
