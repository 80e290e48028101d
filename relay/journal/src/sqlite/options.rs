//! Options of an open journal.

/// The options of an open journal. The defaults are the only ones that keep every promise of the
/// port.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Bytes kept beside the file for a full disk.
    pub reserve: u64,
    /// The level at which a commit waits for the disk.
    pub synchronous: Synchronous,
    /// The treatment of a second operation with the request id of a first one.
    pub duplicates: Duplicates,
}

/// The level at which a commit waits for the disk. Full is the only level that keeps the promises;
/// the others are for tests that have to see them broken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// Every commit is on disk before its caller gets an answer.
    #[default]
    Full,
    /// A commit waits for the disk only when the log is copied into the file.
    Normal,
    /// A commit never waits for the disk.
    Off,
}

impl Synchronous {
    /// The value of SQLite's pragma.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
            Synchronous::Off => "OFF",
        }
    }
}

/// The treatment of a second operation with the request id of a first one. Refused is the only
/// treatment that keeps the promises; the other is for tests that have to see them broken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// The second operation is refused.
    #[default]
    Refused,
    /// The second operation takes the place of the first one.
    Replaced,
}
