//! Security codes, which are too short for a plain search: `737` stands in every log as a length or
//! as a part of a second. The search looks for a code where a leak would put the code, as a word of
//! exactly these digits
//!
//! - behind a word for the code, in any way of joining the two: `cvc=737`, `"cvc":"737"`,
//!   `cvc: Some("737")`, `card[cvc]=737`, `card%5Bcvc%5D=737`;
//! - behind the word `number`, which stands before the code in `CardData` and in Stripe's form,
//!   also where the number was masked;
//! - near the last four digits of the same card, which are the only digits that are kept: a code
//!   that is kept without a name would be kept there.
//!
//! A part of an id is no such word: UUIDs and base64 hold all codes by chance. Codes within an
//! encoded whole are found by the number of the same card.

use std::collections::HashMap;

use super::canary::Card;

/// A word, as the low bytes of a window in lower case, and the distance within which
/// a code may follow.
struct Anchor {
    mask: u64,
    word: u64,
    reach: usize,
}

impl Anchor {
    /// Whether the word ends here within a longer run of letters and digits, as in a base64 key,
    /// where a short word with digits behind is there by chance. `cardCvc737` is not by chance.
    fn is_by_chance(&self, bytes: &[u8], end: usize) -> bool {
        let Some(start) = (end + 1).checked_sub(self.length()) else { return false };
        let capital = bytes[start].is_ascii_uppercase() && bytes[start + 1].is_ascii_lowercase();
        self.length() <= 3 && start > 0 && bytes[start - 1].is_ascii_alphanumeric() && !capital
    }

    fn length(&self) -> usize {
        usize::try_from(self.mask.count_ones() / 8).unwrap()
    }
}

/// Words before codes, at most eight bytes of each.
const WORDS: &[(&str, usize)] =
    &[("cvc", 24), ("cvv", 24), ("ity_code", 24), ("ity code", 24), ("itycode", 24), ("number", 64)];
/// How far from the card's last four digits a code may stand.
const NEAR: usize = 64;
/// Makes letters lower case.
const LOWER: u64 = 0x2020_2020_2020_2020;

/// All codes, and the places for the search.
pub(super) struct Codes {
    anchors: Vec<Anchor>,
    /// Whether a byte is a digit or the last byte of an anchor: most bytes are neither.
    ends: Vec<bool>,
    owners: HashMap<String, String>,
    of_last4: HashMap<String, Card>,
    last4: Vec<bool>,
}

impl Codes {
    pub(super) fn of(cards: &[Card]) -> Codes {
        let anchors = WORDS.iter().map(|(word, reach)| Anchor {
            mask: u64::MAX >> (64 - 8 * word.len()),
            word: word.bytes().fold(0, |sum, byte| (sum << 8) | u64::from(byte | 0x20)),
            reach: *reach,
        });
        let mut last4 = vec![false; 10_000];
        for card in cards {
            last4[card.last4().parse::<usize>().unwrap()] = true;
        }
        let anchors: Vec<_> = anchors.collect();
        let mut ends = vec![false; 256];
        ends[0x30..0x3a].fill(true);
        for anchor in &anchors {
            ends[usize::from(anchor.word.to_be_bytes()[7])] = true;
        }
        Codes {
            anchors,
            ends,
            owners: cards.iter().map(|card| (card.cvc.clone(), card.name.clone())).collect(),
            of_last4: cards.iter().map(|card| (card.last4().to_owned(), card.clone())).collect(),
            last4,
        }
    }

    /// Searches around the end of a window.
    pub(super) fn search_window(
        &self,
        window: u64,
        bytes: &[u8],
        end: usize,
        hits: &mut Vec<(String, usize)>,
    ) {
        let lower = window | LOWER;
        if !self.ends[usize::from(lower.to_be_bytes()[7])] {
            return;
        }
        for anchor in &self.anchors {
            if lower & anchor.mask == anchor.word {
                let by_chance = anchor.is_by_chance(bytes, end);
                let joined = words(bytes, end + 1, end + 1 + usize::from(!by_chance), Before::Anything);
                let behind = words(bytes, end + 2, end + 1 + anchor.reach, Before::Gap);
                hits.extend(joined.chain(behind).filter_map(|(at, word)| Some((self.code(word)?, at))));
            }
        }
        if let Some(value) = four_digits(window)
            && self.last4[value]
        {
            self.search_near(bytes, end - 3, hits);
        }
    }

    fn code(&self, word: &str) -> Option<String> {
        Some(format!("{}, its CVC {word}", self.owners.get(word)?))
    }

    fn search_near(&self, bytes: &[u8], at: usize, hits: &mut Vec<(String, usize)>) {
        let mut here = words(bytes, at, at + 1, Before::Gap);
        let Some(card) = here.next().and_then(|(_, word)| self.of_last4.get(word)) else { return };
        let near = words(bytes, at.saturating_sub(NEAR), at + 4 + NEAR, Before::Gap);
        let codes = near.filter(|(_, word)| *word == card.cvc);
        hits.extend(
            codes.map(|(at, word)| (format!("{}, its CVC {word} near its last digits", card.name), at)),
        );
    }
}

/// The value of the window's last four bytes, if they are digits.
fn four_digits(window: u64) -> Option<usize> {
    let word = window & 0xffff_ffff;
    if word & 0xf0f0_f0f0 != 0x3030_3030 {
        return None;
    }
    let mut value = 0;
    for shift in [24, 16, 8, 0] {
        let digit = usize::try_from((word >> shift) & 0xf).unwrap();
        if digit > 9 {
            return None;
        }
        value = value * 10 + digit;
    }
    Some(value)
}

/// The condition on the characters before a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Anything,
    /// No character of words and ids; also `=` as URLs encode that sign.
    Gap,
}

/// The words of three or four digits that start within a range.
fn words(bytes: &[u8], from: usize, to: usize, before: Before) -> impl Iterator<Item = (usize, &str)> {
    let digit = move |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let inside =
        move |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || b"-_".contains(b));
    // `cvc_737` is no id.
    let joined = move |at: usize| at == from && bytes[..at].ends_with(b"_");
    let starts = move |at: usize| {
        digit(at)
            && (before == Before::Anything
                || at == 0
                || !inside(at - 1)
                || joined(at)
                || bytes[..at].ends_with(b"%3D"))
    };
    (from..to.min(bytes.len())).filter(move |at| starts(*at)).filter_map(move |at| {
        let length = (0..5).take_while(|more| digit(at + more)).count();
        // In a row of the journal any byte may follow.
        let ends = bytes.get(at + length) != Some(&b'-');
        let word = bytes.get(at..at + length).filter(|_| (3..=4).contains(&length) && ends)?;
        Some((at, std::str::from_utf8(word).ok()?))
    })
}
