//! Options for opening a journal.

/// The options for opening a journal. Only the defaults keep every promise of the port.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Bytes kept beside the file for a full disk.
    pub reserve: u64,
    /// The level at which a commit waits for the disk.
    pub synchronous: Synchronous,
    /// The treatment of a second operation with an existing request id.
    pub duplicates: Duplicates,
}

/// The level at which a commit waits for the disk. Only `Full` keeps the promises; the other levels are
/// for tests of broken promises.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// Every commit is on disk before the caller gets an answer.
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

/// The treatment of a second operation with an existing request id. Only the refusal keeps the
/// promises; the replacement is for tests of broken promises.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// The second operation is refused.
    #[default]
    Refused,
    /// The second operation replaces the first.
    Replaced,
}
