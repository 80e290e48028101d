//! The state of a sandbox in a directory, across restarts.
//!
//! Every collection records which objects changed. At the end of each unit of work under the lock of the
//! state, the changed parts become one batch. The writer appends batches to a log file, and an answer is
//! sent once all batches up to the answer are on the disk. From time to time the log is replaced by a file
//! with the current state only.

pub(crate) mod batch;
pub(crate) mod collect;
pub(crate) mod directory;
pub(crate) mod error;
pub(crate) mod log_file;
pub(crate) mod objects;
pub(crate) mod restore;
pub(crate) mod store;
pub(crate) mod touched;
mod writer;
