//! The search: every canary in every spelling, in one pass over the bytes.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    canary::{Card, Keys},
    codes::Codes,
    spellings,
};

/// A text that the search looks for.
struct Needle {
    name: String,
    spelling: &'static str,
    bytes: Vec<u8>,
}

/// All needles, by their first eight bytes.
pub(super) struct Search {
    needles: Vec<Needle>,
    by_start: HashMap<u64, Vec<usize>>,
    /// For each hash of eight bytes, whether a needle may start there; rules out
    /// most positions at once.
    filter: Vec<bool>,
    codes: Codes,
}

/// Bits of the filter's places.
const FILTER: u32 = 20;
/// Findings in one place that are shown with their surroundings.
const MAX_SHOWN: usize = 5;
/// How many digits in a row are allowed in an output. The first eight and the last four of a number
/// may be shown (PCI DSS 3.4.1).
const MAX_DIGITS: usize = 9;

fn slot(start: u64) -> usize {
    usize::try_from(start.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER)).unwrap()
}

/// The searched places and the findings.
#[derive(Default)]
pub(super) struct Found {
    /// Each searched place, with the size in bytes.
    pub(super) places: BTreeMap<String, usize>,
    pub(super) hits: Vec<String>,
}

impl Search {
    /// A search for cards, keys, and other texts that must not leak.
    pub(super) fn of(cards: &[Card], keys: &Keys, others: &[(String, String)]) -> Search {
        let mut search = Search {
            needles: vec![],
            by_start: HashMap::new(),
            filter: vec![false; 1 << FILTER],
            codes: Codes::of(cards),
        };
        for card in cards {
            search.add(&card.name, card.number.as_bytes());
            // Test numbers have rows of zeros, which occur in other texts as well.
            let telling = |part: &&[u8]| part.iter().collect::<HashSet<_>>().len() > 3;
            for part in card.number.as_bytes().windows(MAX_DIGITS + 1).filter(telling) {
                search.push(&card.name, "a part", part.to_vec());
            }
            search.push(&card.name, "the CVC in protobuf", in_protobuf(card));
        }
        for (name, text) in others {
            search.add(name, text.as_bytes());
        }
        for (name, key) in keys.all() {
            search.add(&name, key.as_bytes());
            // A secret in base64 becomes bytes after parsing.
            if let Ok(bytes) = STANDARD.decode(key)
                && key.ends_with('=')
            {
                search.add(&format!("{name}, decoded"), &bytes);
            }
        }
        search
    }

    fn add(&mut self, name: &str, text: &[u8]) {
        let mut known = HashSet::new();
        for (spelling, bytes) in spellings::of(text) {
            if known.insert(bytes.clone()) {
                self.push(name, spelling, bytes);
            }
        }
    }

    fn push(&mut self, name: &str, spelling: &'static str, bytes: Vec<u8>) {
        let start = u64::from_be_bytes(bytes[..8].try_into().unwrap());
        self.filter[slot(start)] = true;
        self.by_start.entry(start).or_default().push(self.needles.len());
        self.needles.push(Needle { name: name.to_owned(), spelling, bytes });
    }

    /// Searches the bytes of one place.
    pub(super) fn bytes(&self, place: &str, bytes: &[u8], found: &mut Found) {
        let mut hits = vec![];
        let mut window = 0_u64;
        for (end, byte) in bytes.iter().enumerate() {
            window = (window << 8) | u64::from(*byte);
            if self.filter[slot(window)] && end >= 7 {
                self.compare(window, &bytes[end - 7..], end - 7, &mut hits);
            }
            self.codes.search_window(window, bytes, end, &mut hits);
        }
        found.places.insert(place.to_owned(), bytes.len());
        let mut known = HashSet::new();
        hits.retain(|(needle, _)| known.insert(needle.clone()));
        for (number, (needle, at)) in hits.into_iter().enumerate() {
            let shown =
                if number < MAX_SHOWN { format!(", in: {}", around(bytes, at)) } else { String::new() };
            found.hits.push(format!("{place}: {needle}{shown}"));
        }
    }

    fn compare(&self, start: u64, rest: &[u8], at: usize, hits: &mut Vec<(String, usize)>) {
        for needle in self.by_start.get(&start).into_iter().flatten().map(|place| &self.needles[*place]) {
            if rest.starts_with(&needle.bytes) {
                hits.push((format!("{}, {}", needle.name, needle.spelling), at));
            }
        }
    }

    /// Searches a folder with all files in the folder, except those left out.
    pub(super) fn folder(&self, folder: &Path, but: &[&str], found: &mut Found) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().unwrap().is_dir() {
                self.folder(&entry.path(), but, found);
            } else if !but.contains(&name.as_str()) {
                self.bytes(&name, &std::fs::read(entry.path()).unwrap(), found);
            }
        }
    }
}

/// Expiry and code as protobuf writes them one after the other in `CardData`.
fn in_protobuf(card: &Card) -> Vec<u8> {
    let mut only_code = card.wire();
    only_code.number.clear();
    only_code.holder_name.clear();
    prost::Message::encode_to_vec(&only_code)
}

/// The surroundings of a finding, for the reader: the text before the finding on the same line,
/// and a little after.
fn around(bytes: &[u8], at: usize) -> String {
    let line = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let shown = &bytes[line.max(at.saturating_sub(200))..(at + 40).min(bytes.len())];
    shown.iter().map(|byte| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' }).collect()
}
