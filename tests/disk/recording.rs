//! What a relay did to its disk, and what is left of it when the power goes: everything that
//! was synced, and of the rest, in sectors, what the dice say.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    io::Write,
    path::Path,
};

/// What a disk writes at once. Within one, a write may stop anywhere.
const SECTOR: usize = 512;

/// One thing that happened.
#[derive(Debug)]
pub(super) enum Event {
    /// Bytes were written.
    Wrote { file: String, offset: usize, data: Vec<u8> },
    /// A file was cut, or made longer.
    Cut { file: String, length: usize },
    /// What was written to a file is on disk.
    Synced { file: String },
    /// A file was made.
    Made { file: String },
    /// A file was removed.
    Removed { file: String },
    /// Names of files are on disk.
    FolderSynced,
    /// The caller was told that this request is done.
    Acknowledged { request: String },
}

/// Writes an acknowledgement into a recording that is being made.
pub(super) fn acknowledge(log: &Path, request: &str) {
    let mut record = vec![];
    for part in [9_u32, u32::try_from(request.len()).unwrap()] {
        record.extend(part.to_ne_bytes());
    }
    record.extend([0; 16]);
    record.extend(request.as_bytes());
    std::fs::File::options().append(true).open(log).unwrap().write_all(&record).unwrap();
}

/// Reads a recording.
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

/// A few dice, thrown from a seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn from(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1))
    }

    /// A number below `most`.
    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(most).unwrap()).unwrap()
    }
}

/// A file: what is on disk of it, and what is only on its way.
#[derive(Default)]
struct File {
    content: Vec<u8>,
    /// Offset and bytes; without bytes it was cut there.
    pending: Vec<(usize, Option<Vec<u8>>)>,
    /// Whether its name is on disk.
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

    /// What is left when the power goes now. Of a hundred sectors on their way, `faulted`
    /// are dropped or torn.
    fn after_a_cut(&self, dice: &mut Dice, faulted: usize) -> Vec<u8> {
        let mut content = self.content.clone();
        for (offset, data) in &self.pending {
            let Some(data) = data else {
                if dice.below(100) >= faulted {
                    content.resize(*offset, 0);
                }
                continue;
            };
            let mut at = 0;
            while at < data.len() {
                let whole = (SECTOR - (offset + at) % SECTOR).min(data.len() - at);
                let kept = match (dice.below(100) >= faulted, dice.below(2)) {
                    (true, _) => whole,
                    (false, 0) => 0,
                    (false, _) => dice.below(whole),
                };
                if kept > 0 {
                    write(&mut content, offset + at, &data[at..at + kept]);
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
    /// What billing was told to be done.
    pub(super) acknowledged: BTreeSet<String>,
}

impl Disk {
    fn file(&mut self, name: &str) -> &mut File {
        self.files.entry(name.to_owned()).or_default()
    }

    pub(super) fn happens(&mut self, event: &Event) {
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

    /// The power goes: what is left is put into a folder.
    pub(super) fn cut(&self, dice: &mut Dice, folder: &Path) {
        let faulted = 80 + dice.below(21);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("relay.db")) {
                std::fs::remove_file(path).unwrap();
            }
        }
        for (name, file) in &self.files {
            let gone = (file.is_removed || !file.is_named) && dice.below(2) == 0;
            if !gone {
                std::fs::write(folder.join(name), file.after_a_cut(dice, faulted)).unwrap();
            }
        }
    }
}
