//! Room on the disk: a reserve, so that the outcome of every begun operation can be written, and
//! a mark under which no operation begins.
//!
//! The reserve is an allocated file beside the journal. On a full disk the reserve is given up,
//! and no operation begins until there is room for the reserve again.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use causeway_ports::journal::JournalError;
use causeway_runtime::private_file;
use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// The divisor of the free space for new operations: a quarter of the reserve has to be free beside the
/// reserve.
const LOW_WATER: u64 = 4;
/// With less free space than this number of reserves, the room is scarce.
const SCARCE: u64 = 8;
/// Bytes of one write where the file system cannot allocate.
const BLOCK: usize = 1 << 20;

/// The disk space for the journal.
pub(super) struct Room {
    reserve: PathBuf,
    size: u64,
    /// Whether new operations are refused now.
    short: AtomicBool,
    /// Whether little space is left, while operations still begin.
    scarce: AtomicBool,
    /// Held by the one thread that inspects the disk.
    looking: Mutex<()>,
}

impl Room {
    /// Allocates the reserve, or admits no operation where there is no room for the reserve.
    pub(super) fn beside(journal: &Path, size: u64) -> Room {
        let reserve = journal.with_added_extension("reserve");
        let room = Room {
            reserve,
            size,
            short: AtomicBool::new(false),
            scarce: AtomicBool::new(false),
            looking: Mutex::new(()),
        };
        room.look();
        room
    }

    /// Whether an operation may begin.
    pub(super) fn admits(&self) -> Result<(), JournalError> {
        if self.short.load(Ordering::Acquire) {
            return Err(JournalError::Full("the disk is nearly full; only outcomes are written".to_owned()));
        }
        Ok(())
    }

    /// Whether little space is left, so that the tenants have to share the space.
    pub(super) fn is_scarce(&self) -> bool {
        self.scarce.load(Ordering::Acquire)
    }

    /// Records that the disk is full, and frees the reserve for outcomes.
    pub(super) fn ran_out(&self) {
        let _one = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        if self.size > 0 && !self.short.swap(true, Ordering::AcqRel) {
            tracing::error!(
                reserve = %self.reserve.display(),
                "the disk of the journal is full: no operation begins, and the reserve is freed for outcomes; free some space"
            );
        }
        self.give_up();
    }

    fn give_up(&self) {
        match std::fs::remove_file(&self.reserve) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(%error, reserve = %self.reserve.display(), "the reserve of the journal could not be removed");
            }
            Ok(()) | Err(_) => {}
        }
    }

    /// Inspects the space on the disk, and allocates the reserve again once the space suffices.
    pub(super) fn look(&self) {
        let _one = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        if self.size == 0 {
            self.give_up();
            return;
        }
        let scarce = self.free().is_ok_and(|free| free < self.size.saturating_mul(SCARCE));
        if self.scarce.swap(scarce, Ordering::AcqRel) != scarce && scarce {
            tracing::warn!(
                reserve = %self.reserve.display(),
                "the disk of the journal has little room left: a tenant that has written more than the others \
                 begins no operation until some space is freed"
            );
        }
        let before = self.short.load(Ordering::Acquire);
        let short = !self.is_there_room(before);
        self.short.store(short, Ordering::Release);
        match (before, short) {
            (false, true) => tracing::error!(
                reserve = %self.reserve.display(),
                "the disk of the journal is nearly full: no operation begins until some space is freed"
            ),
            (true, false) => {
                tracing::warn!("the disk of the journal has free space again, and operations begin")
            }
            (true, true) | (false, false) => {}
        }
    }

    /// Whether the space suffices. After a shortage, twice the mark has to be free, so that the answer
    /// does not alternate at the mark.
    fn is_there_room(&self, was_short: bool) -> bool {
        let mark = self.size / LOW_WATER * if was_short { 2 } else { 1 };
        let Ok(free) = self.free() else { return !was_short };
        let missing = self.missing();
        if missing == 0 {
            return free >= mark;
        }
        if free < missing.saturating_add(mark) {
            return false;
        }
        let made = self.allocate();
        if let Err(error) = &made {
            tracing::error!(%error, reserve = %self.reserve.display(), "the reserve of the journal could not be allocated");
            self.give_up();
        }
        made.is_ok()
    }

    fn free(&self) -> io::Result<u64> {
        let found = statvfs(private_file::folder(&self.reserve))?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    }

    /// The bytes to allocate for the reserve: 0 for a complete reserve, otherwise the whole size.
    fn missing(&self) -> u64 {
        use std::os::unix::fs::MetadataExt;
        let there = std::fs::metadata(&self.reserve).map_or(0, |found| found.len().min(found.blocks() * 512));
        if there >= self.size { 0 } else { self.size }
    }

    fn allocate(&self) -> io::Result<()> {
        let mut file = private_file::create_anew(&self.reserve)?;
        if fallocate(&file, FallocateFlags::empty(), 0, self.size).is_err() {
            // Where a file system cannot allocate, the reserve is written.
            file.set_len(0)?;
            let block = vec![0; BLOCK];
            for _ in 0..self.size.div_ceil(u64::try_from(BLOCK).unwrap_or(u64::MAX)) {
                file.write_all(&block)?;
            }
        }
        file.sync_all()
    }
}
