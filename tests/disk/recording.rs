//! A recording of a relay's disk calls, and the files that a power cut leaves: all synced bytes,
//! and of the later writes a random choice of sectors.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    io::Write,
    path::Path,
};

/// The unit that a disk writes at once, in bytes. Within a sector, a write may stop at any byte.
const SECTOR: usize = 512;

/// One recorded disk call, or an acknowledgement.
#[derive(Debug)]
pub(super) enum Event {
    /// Bytes were written at an offset.
    Wrote { file: String, offset: usize, data: Vec<u8> },
    /// A file was truncated or extended.
    Cut { file: String, length: usize },
    /// All bytes written to a file are on disk.
    Synced { file: String },
    /// A file was created.
    Made { file: String },
    /// A file was removed.
    Removed { file: String },
    /// The folder's names of files are on disk.
    FolderSynced,
    /// The caller received the answer that this request is done.
    Acknowledged { request: String },
}

/// Appends an acknowledgement to a recording in progress.
pub(super) fn acknowledge(log: &Path, request: &str) {
    let mut record = vec![];
    for part in [9_u32, u32::try_from(request.len()).unwrap()] {
        record.extend(part.to_ne_bytes());
    }
    record.extend([0; 16]);
    record.extend(request.as_bytes());
    std::fs::File::options().append(true).open(log).unwrap().write_all(&record).unwrap();
}

/// Reads all events of a recording.
pub(super) fn read(log: &Path) -> Vec<Event> {
    let bytes = std::fs::read(log).unwrap();
    let mut rest = bytes.as_slice();
    let mut take = |count: usize| {
        let (taken, left) = rest.split_at(count);
        rest = left;
        (taken.to_vec(), rest.is_empty())
    };
    let mut events = vec![];
    loop {
        let (head, _) = take(24);
        let word = |at: usize| u32::from_ne_bytes(head[at..at + 4].try_into().unwrap());
        let long =
            |at: usize| usize::try_from(u64::from_ne_bytes(head[at..at + 8].try_into().unwrap())).unwrap();
        let (offset, length) = (long(8), long(16));
        let (name, mut last) = take(usize::try_from(word(4)).unwrap());
        let file = String::from_utf8(name).unwrap();
        let event = match word(0) {
            1 => {
                let (data, end) = take(length);
                last = end;
                Event::Wrote { file, offset, data }
            }
            2 => Event::Cut { file, length: offset },
            3 => Event::Synced { file },
            4 => Event::Made { file },
            5 => Event::Removed { file },
            6 => Event::FolderSynced,
            9 => Event::Acknowledged { request: file },
            kind => panic!("a recording has no {kind}"),
        };
        events.push(event);
        if last {
            return events;
        }
    }
}

/// A small random number generator with a seed.
pub(super) struct SeededRng(u64);

impl SeededRng {
    pub(super) fn from(seed: u64) -> SeededRng {
        SeededRng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1))
    }

    /// A random number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }
}

/// A file: the bytes on disk, and the writes that are not synced.
#[derive(Default)]
struct File {
    content: Vec<u8>,
    /// Offset and bytes of a write; without bytes the file was truncated at the offset.
    pending: Vec<(usize, Option<Vec<u8>>)>,
    /// Whether the file's name is on disk.
    is_named: bool,
    is_removed: bool,
}

fn write(content: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(data);
}

impl File {
    fn sync(&mut self) {
        for (offset, data) in self.pending.drain(..) {
            match data {
                Some(data) => write(&mut self.content, offset, &data),
                None => self.content.resize(offset, 0),
            }
        }
    }

    /// The file's content after a power cut now. Of a hundred unsynced sectors, `faulted`
    /// are dropped or torn.
    fn after_a_cut(&self, rng: &mut SeededRng, faulted: usize) -> Vec<u8> {
        let mut content = self.content.clone();
        for (offset, data) in &self.pending {
            let Some(data) = data else {
                if rng.below(100) >= faulted {
                    content.resize(*offset, 0);
                }
                continue;
            };
            let mut at = 0;
            while at < data.len() {
                let whole = (SECTOR - (offset + at) % SECTOR).min(data.len() - at);
                let written = match (rng.below(100) >= faulted, rng.below(2)) {
                    (true, _) => whole,
                    (false, 0) => 0,
                    (false, _) => rng.below(whole),
                };
                if written > 0 {
                    write(&mut content, offset + at, &data[at..at + written]);
                }
                at += whole;
            }
        }
        content
    }
}

/// A disk with the journal's files.
#[derive(Default)]
pub(super) struct Disk {
    files: BTreeMap<String, File>,
    /// Request ids that were acknowledged to the billing platform.
    pub(super) acknowledged: BTreeSet<String>,
}

impl Disk {
    fn file(&mut self, name: &str) -> &mut File {
        self.files.entry(name.to_owned()).or_default()
    }

    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Wrote { file, offset, data } => {
                self.file(file).pending.push((*offset, Some(data.clone())));
            }
            Event::Cut { file, length } => self.file(file).pending.push((*length, None)),
            Event::Synced { file } => self.file(file).sync(),
            Event::Made { file } => {
                self.files.insert(file.clone(), File::default());
            }
            Event::Removed { file } => self.file(file).is_removed = true,
            Event::FolderSynced => {
                self.files.retain(|_, file| !file.is_removed);
                self.files.values_mut().for_each(|file| file.is_named = true);
            }
            Event::Acknowledged { request } => {
                self.acknowledged.insert(request.clone());
            }
        }
    }

    /// Cuts the power, and writes the surviving content into a folder.
    pub(super) fn cut(&self, rng: &mut SeededRng, folder: &Path) {
        let faulted = 80 + rng.below(21);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("relay.db")) {
                std::fs::remove_file(path).unwrap();
            }
        }
        for (name, file) in &self.files {
            let gone = (file.is_removed || !file.is_named) && rng.below(2) == 0;
            if !gone {
                std::fs::write(folder.join(name), file.after_a_cut(rng, faulted)).unwrap();
            }
        }
    }
}
