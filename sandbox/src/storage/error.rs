//! The reasons why a state directory cannot be used.

use std::io;
use std::path::PathBuf;

/// The reason why the state of a sandbox cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another process uses the directory.
    #[error("the state in {} is in use by another process{}: stop that process, or name another directory",
        .directory.display(), .process.as_ref().map(|id| format!(" ({id})")).unwrap_or_default())]
    InUse {
        /// The state directory.
        directory: PathBuf,
        /// The id of the other process, if known.
        process: Option<String>,
    },
    /// The operating system refused an operation on a file.
    #[error("{} cannot be {action}: {source}", .path.display())]
    File {
        /// The file or the directory.
        path: PathBuf,
        /// The refused operation, such as `read`.
        action: &'static str,
        /// The operating system's error.
        source: io::Error,
    },
    /// Other users may read the file, which holds secrets.
    #[error("{0} holds secrets and others may read it: chmod 600 {0}", .path.display())]
    Exposed {
        /// The file with the state.
        path: PathBuf,
    },
    /// The file is a link to another place.
    #[error("{} is a link: name the directory itself", .path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// The file is not a state of a sandbox.
    #[error("{} is not the state of a sandbox", .path.display())]
    NotState {
        /// The file that was found in the place of the state.
        path: PathBuf,
    },
    /// The file has a format that this version does not know.
    #[error("{} has format {found}, and this version of causeway reads format {known}: it was written by {} version. \
        Nothing was changed; use that version, or name another directory",
        .path.display(), if .found > .known { "a newer" } else { "an older" })]
    Format {
        /// The file with the state.
        path: PathBuf,
        /// The format of the file.
        found: u32,
        /// The format that this version reads and writes.
        known: u32,
    },
    /// An intact part of the file does not fit this version.
    #[error("{} was written by another version of causeway: at byte {offset}, {reason}. Nothing was changed; use \
        that version, or name another directory", .path.display())]
    OtherVersion {
        /// The file with the state.
        path: PathBuf,
        /// The position of the part in the file.
        offset: u64,
        /// The difference to what this version reads.
        reason: String,
    },
    /// A part inside the file is broken.
    #[error("{} is broken at byte {offset}: {reason}. Nothing was changed; restore the file, or name another directory",
        .path.display())]
    Broken {
        /// The file with the state.
        path: PathBuf,
        /// The position of the broken part in the file.
        offset: u64,
        /// The finding about that part.
        reason: String,
    },
}
