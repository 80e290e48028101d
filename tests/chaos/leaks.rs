//! Canaries go through every run: cards and keys that exist nowhere else. At the end they are
//! looked for in all that the programs wrote, in every spelling.

#[expect(dead_code, reason = "the leak test deals its cards in more ways")]
#[path = "../leaks/canary.rs"]
pub(crate) mod canary;
#[path = "../leaks/codes.rs"]
mod codes;
#[path = "../leaks/search.rs"]
mod search;
#[path = "../leaks/spellings.rs"]
mod spellings;

use std::path::PathBuf;

use canary::Deck;
use search::{Found, Search};

use crate::{config::SeededRng, settings::Secrets};

/// How many cards there are.
pub(crate) const CARDS: usize = 200;

/// The cards of a run. The sandbox's generator starts with the plain seed; these cards use another
/// start, because the sandbox would otherwise produce the same numbers.
pub(crate) fn deck(seed: u64) -> Deck {
    Deck::of(SeededRng::of(seed, "cards", 0).below(u64::MAX), CARDS)
}

/// Searches folders; returns the findings and the number of searched bytes. The search also has to
/// find a planted card.
pub(crate) fn search(seed: u64, secrets: &Secrets, folders: &[PathBuf]) -> (Vec<String>, usize) {
    let deck = deck(seed);
    let search = Search::of(&deck.all, &secrets.keys, &secrets.others());
    let mut control = Found::default();
    let planted = format!("a line with {} in it", deck.all[0].number);
    search.bytes("the control", planted.as_bytes(), &mut control);
    let key = format!("a line with {} in it", secrets.keys.stripe[0]);
    search.bytes("the other control", key.as_bytes(), &mut control);
    assert!(control.hits.len() >= 2, "the search finds nothing that is planted: {:?}", control.hits);
    let mut found = Found::default();
    for folder in folders {
        search.folder(folder, &[], &mut found);
    }
    (found.hits, found.places.values().sum())
}
