//! Reads that were signed by a clock ahead of the relay's.
//!
//! A relay forgets the nonces of reads when it ends, and therefore refuses reads that were signed before
//! its start. A read that was signed by a fast clock is dated after a restart soon enough, and would be
//! accepted a second time. So the relay keeps the newest such date of each credential on disk, before
//! the read is answered, and refuses reads up to that date after a restart.

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, PoisonError},
};

use crate::credential::KeyId;

/// How far a clock may be ahead, in seconds, without a record: no further than a restart takes, and more
/// than clocks with a time service differ.
const TOLERATED: i64 = 1;
/// For how many seconds one record is enough: with a clock ahead, a write to the disk in so many seconds.
const AT_ONCE: i64 = 5;

/// Writes the record of all credentials durably.
pub type Keep = Box<dyn Fn(&str) -> io::Result<()> + Send + Sync>;

/// The dates up to which reads may have been accepted, by credential.
pub struct Ahead {
    /// The dates of earlier processes of this relay.
    before: HashMap<String, i64>,
    /// The dates in the record.
    recorded: Mutex<HashMap<String, i64>>,
    keep: Keep,
}

impl Ahead {
    /// The dates in the record of an earlier process, and the way to write a new record.
    pub fn new(record: &str, keep: Keep) -> Ahead {
        let line = |line: &str| {
            let (key_id, date) = line.split_once(' ')?;
            Some((key_id.to_owned(), date.parse().ok()?))
        };
        let before: HashMap<_, _> = record.lines().filter_map(line).collect();
        Ahead { recorded: Mutex::new(before.clone()), before, keep }
    }

    /// Dates that end with the process, for a verifier without a disk.
    pub fn forgetful() -> Ahead {
        Ahead::new("", Box::new(|_| Ok(())))
    }

    /// Whether a read with this date may have been accepted by an earlier process.
    pub(crate) fn was_before(&self, key_id: &KeyId, created: i64) -> bool {
        self.before.get(key_id.as_str()).is_some_and(|until| created <= *until)
    }

    /// Records the date of a read that is ahead of `now`. On an error the read must not be answered.
    pub(crate) fn note(&self, key_id: &KeyId, created: i64, now: i64) -> io::Result<()> {
        if created <= now.saturating_add(TOLERATED) {
            return Ok(());
        }
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded.get(key_id.as_str()).is_some_and(|until| created <= *until) {
            return Ok(());
        }
        let mut next = recorded.clone();
        next.insert(key_id.as_str().to_owned(), created.saturating_add(AT_ONCE));
        let lines: Vec<_> = next.iter().map(|(key_id, until)| format!("{key_id} {until}\n")).collect();
        (self.keep)(&lines.concat())?;
        *recorded = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn key(id: &str) -> KeyId {
        KeyId::parse(id).unwrap()
    }

    #[test]
    fn a_date_ahead_is_on_disk_before_the_read_is_answered() {
        let disk = Arc::new(Mutex::new((String::new(), 0)));
        let written = Arc::clone(&disk);
        let keep = move |text: &str| {
            let mut disk = written.lock().unwrap();
            *disk = (text.to_owned(), disk.1 + 1);
            Ok(())
        };
        let ahead = Ahead::new("other 7\nbroken\nbroken x\n", Box::new(keep));
        for created in [990, 1_000, 1_001] {
            ahead.note(&key("k-1"), created, 1_000).unwrap();
        }
        assert_eq!(disk.lock().unwrap().1, 0, "a clock that is right writes nothing");
        for created in [1_060, 1_062, 1_065] {
            ahead.note(&key("k-1"), created, 1_000).unwrap();
        }
        assert_eq!(disk.lock().unwrap().1, 1);
        assert!(!ahead.was_before(&key("k-1"), 1_060), "the process itself knows its nonces");
        let after = Ahead::new(&disk.lock().unwrap().0, Box::new(|_| Err(io::Error::other("full"))));
        assert!(after.was_before(&key("k-1"), 1_065) && !after.was_before(&key("k-1"), 1_066));
        assert!(after.was_before(&key("other"), 7) && !after.was_before(&key("k-2"), 1));
        assert!(after.note(&key("k-1"), 1_066, 1_000).is_err(), "without a record, no answer");
    }
}
