//! The log file: a line with the format, and frames of batches. A frame has a mark, the lengths, a checksum,
//! and compressed JSON.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use lz4_flex::block::{compress, decompress};
use sha2::{Digest, Sha256};

use crate::storage::batch::Batch;
use crate::storage::error::StateError;

/// The format that this version writes and reads. The number is raised with each change of a stored type, save
/// for new optional fields.
pub(crate) const FORMAT: u32 = 1;

/// The start of the first line, before the number of the format.
const TITLE: &str = "causeway sandbox state ";

/// The longest first line, in bytes.
const MAX_FIRST_LINE: usize = 64;

/// The mark at the start of each frame.
const MARK: &[u8; 4] = b"\xf0CSB";

/// The number of bytes before the content of a frame: the mark, two lengths, and the checksum.
const HEADER: usize = 20;

/// The first line of a file.
pub(crate) fn first_line() -> String {
    format!("{TITLE}{FORMAT}\n")
}

/// A frame of batches.
pub(crate) fn frame(batches: &[Batch]) -> io::Result<Vec<u8>> {
    frame_of(&serde_json::to_vec(batches)?)
}

/// A frame of plain content.
pub(crate) fn frame_of(plain: &[u8]) -> io::Result<Vec<u8>> {
    let content = compress(plain);
    let length =
        |bytes: &[u8]| u32::try_from(bytes.len()).map_err(|_| io::Error::other("a batch is too large"));
    let lengths = [length(&content)?.to_le_bytes(), length(plain)?.to_le_bytes()].concat();
    let checksum = checksum(&lengths, &content);
    Ok([MARK.as_slice(), &lengths, &checksum, &content].concat())
}

/// Writes a whole file with the given batches, a frame for each, and returns the length.
pub(crate) fn write_whole(file: &mut File, batches: &[Batch]) -> io::Result<u64> {
    let first = first_line();
    file.write_all(first.as_bytes())?;
    let mut length = first.len();
    for batch in batches {
        let frame = frame(std::slice::from_ref(batch))?;
        file.write_all(&frame)?;
        length = length.saturating_add(frame.len());
    }
    file.sync_all()?;
    Ok(u64::try_from(length).unwrap_or(u64::MAX))
}

/// Reads a file, and gives each batch to a function. An incomplete frame at the end is the trace of a write
/// that was interrupted, and is left out: no answer was sent for it. The number of such bytes is returned.
pub(crate) fn read(file: &mut File, path: &Path, mut apply: impl FnMut(Batch)) -> Result<usize, StateError> {
    let failed = |source| StateError::File { path: path.to_owned(), action: "read", source };
    let mut bytes = vec![];
    file.read_to_end(&mut bytes).map_err(failed)?;
    let mut at = check_first_line(&bytes, path)?;
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some((plain, length)) = complete_frame(rest) else {
            if has_frame_after(rest) {
                return Err(broken(path, at, "the checksum is wrong, and intact parts follow"));
            }
            return Ok(rest.len());
        };
        let batches: Vec<Batch> =
            serde_json::from_slice(&plain).map_err(|error| unreadable(path, at, &error))?;
        batches.into_iter().for_each(&mut apply);
        at = at.saturating_add(length);
    }
    Ok(0)
}

/// Checks the title and the format, and returns the position of the first frame.
fn check_first_line(bytes: &[u8], path: &Path) -> Result<usize, StateError> {
    let not_state = || StateError::NotState { path: path.to_owned() };
    let start = bytes.get(..bytes.len().min(MAX_FIRST_LINE)).unwrap_or_default();
    let end = start.iter().position(|byte| *byte == b'\n').ok_or_else(not_state)?;
    let line = start.get(..end).and_then(|line| std::str::from_utf8(line).ok()).ok_or_else(not_state)?;
    let found = line.strip_prefix(TITLE).and_then(|number| number.parse().ok()).ok_or_else(not_state)?;
    if found != FORMAT {
        return Err(StateError::Format { path: path.to_owned(), found, known: FORMAT });
    }
    Ok(end.saturating_add(1))
}

/// The plain content and the length of the frame at the start of some bytes, if the frame is intact.
fn complete_frame(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let rest = bytes.strip_prefix(MARK)?;
    let (lengths, rest) = rest.split_at_checked(8)?;
    let (content_length, plain_length) = lengths.split_at_checked(4)?;
    let (stored, rest) = rest.split_at_checked(8)?;
    let content = rest.get(..number(content_length)?)?;
    if checksum(lengths, content) != stored {
        return None;
    }
    let plain = decompress(content, number(plain_length)?).ok()?;
    Some((plain, HEADER.saturating_add(content.len())))
}

/// Whether an intact frame follows after a broken frame.
fn has_frame_after(bytes: &[u8]) -> bool {
    let starts = bytes.windows(MARK.len()).enumerate().skip(1).filter(|(_, window)| window == MARK);
    starts.map(|(at, _)| at).any(|at| bytes.get(at..).and_then(complete_frame).is_some())
}

fn number(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

fn checksum(lengths: &[u8], content: &[u8]) -> Vec<u8> {
    let digest = Sha256::new().chain_update(lengths).chain_update(content).finalize();
    digest.iter().copied().take(8).collect()
}

fn unreadable(path: &Path, offset: usize, error: &serde_json::Error) -> StateError {
    let offset = u64::try_from(offset).unwrap_or(u64::MAX);
    // Other texts of errors quote the value, which can be a secret.
    let known = ["missing field", "unknown variant"];
    let text = Some(error.to_string()).filter(|text| known.iter().any(|start| text.starts_with(start)));
    let reason = text.unwrap_or_else(|| "a value has another type".to_owned());
    StateError::OtherVersion { path: path.to_owned(), offset, reason }
}

fn broken(path: &Path, offset: usize, reason: &str) -> StateError {
    let offset = u64::try_from(offset).unwrap_or(u64::MAX);
    StateError::Broken { path: path.to_owned(), offset, reason: reason.to_owned() }
}
