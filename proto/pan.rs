//! Detects card numbers in texts that must not contain card data.
//!
//! One function serves requests of billing, whatever Stripe says, and the output of the CLI. SECURITY.md
//! lists the spellings that are not seen.

use crate::card::Brand;

/// Digits of all scripts, and characters without a width.
mod digits;
/// Escapes of URLs, JSON and HTML.
mod escapes;
/// Identifiers whose digits are no card number: UUIDs, IBANs, long mixed tokens.
mod identifiers;

use digits::{digit, is_invisible};
use identifiers::end_of_identifier;

/// Digits of the shortest card number of a known network.
const SHORTEST: usize = 14;
/// Digits of the longest card number.
const LONGEST: usize = 19;
/// Maximum number of separators between two groups of digits, as in "4242 - 4242".
const WIDEST_GAP: u8 = 3;

/// Whether a text contains a possible card number: 14 to 19 digits with a prefix and a length of a card
/// network and a valid check digit (Luhn, ISO/IEC 7812-1), in one group or in groups as people write card
/// numbers. The digits may belong to any script, and may be escaped as in a URL, in JSON or in HTML.
///
/// Texts such as references and notes with a card number are refused, because these texts reach
/// logs, the journal and Stripe's dashboard, where no card number may be.
pub fn holds_card_number(text: &str) -> bool {
    shows_card_number(text) || escapes::unescaped(text).is_some_and(|plain| shows_card_number(&plain))
}

fn shows_card_number(text: &str) -> bool {
    if !has_enough_digits(text) {
        return false;
    }
    let characters: Vec<char> = text.chars().filter(|character| !is_invisible(*character)).collect();
    Scan::of(&characters).holds_card_number()
}

/// Whether the text may contain the digits of a card number. Nearly every text fails here, and the relay
/// reads every text of every request and answer.
fn has_enough_digits(text: &str) -> bool {
    let possible = |byte: &u8| byte.is_ascii_digit() || *byte >= 0xc0;
    text.len() >= SHORTEST && text.bytes().filter(possible).nth(SHORTEST.saturating_sub(1)).is_some()
}

/// The separators before a group of digits.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Gap {
    /// Number of separators.
    count: u8,
    /// The first separator.
    first: char,
}

/// A group of adjacent digits.
struct Group {
    /// Index of the first digit in the digits of the text.
    start: usize,
    /// Number of digits.
    length: usize,
    /// The separators since the group before; `None`: a letter or a long gap is between both.
    gap: Option<Gap>,
}

/// All digits of a text, in groups.
#[derive(Default)]
struct Scan {
    digits: Vec<u8>,
    groups: Vec<Group>,
}

impl Scan {
    fn of(characters: &[char]) -> Scan {
        let mut scan = Scan::default();
        let mut gap: Option<Gap> = None;
        let (mut inside, mut in_token) = (false, false);
        let mut index = 0_usize;
        while let Some(&character) = characters.get(index) {
            if !in_token && let Some(end) = end_of_identifier(characters, index) {
                (gap, inside, index) = (None, false, end);
                continue;
            }
            let value = digit(character);
            in_token = value.is_some() || character.is_alphanumeric();
            match value {
                Some(value) if inside => scan.push(value),
                Some(value) => {
                    scan.groups.push(Group { start: scan.digits.len(), length: 0, gap });
                    scan.push(value);
                    inside = true;
                }
                None => {
                    gap = widened(character, inside, gap).filter(|_| !in_token);
                    inside = false;
                }
            }
            index = index.saturating_add(1);
        }
        scan
    }

    fn push(&mut self, value: u8) {
        self.digits.push(value);
        if let Some(group) = self.groups.last_mut() {
            group.length = group.length.saturating_add(1);
        }
    }

    fn holds_card_number(&self) -> bool {
        (0..self.groups.len()).any(|first| self.begins_card_number(first))
    }

    /// Whether a card number begins with this group.
    fn begins_card_number(&self, first: usize) -> bool {
        let Some(group) = self.groups.get(first) else { return false };
        let mut total = 0_usize;
        for (index, next) in self.groups.iter().enumerate().skip(first) {
            total = total.saturating_add(next.length);
            if total > LONGEST || (index > first && next.gap.is_none()) {
                return false;
            }
            let groups = self.groups.get(first..=index).unwrap_or_default();
            if total >= SHORTEST && is_written_as_card(groups) {
                let number = self.digits.get(group.start..group.start.saturating_add(total));
                if is_card_number(number.unwrap_or_default()) {
                    return true;
                }
            }
        }
        false
    }
}

/// The gap after one more separator; `None` once the gap is too wide for one number. `closes`: the
/// separator follows a digit.
fn widened(separator: char, closes: bool, gap: Option<Gap>) -> Option<Gap> {
    if closes {
        return Some(Gap { count: 1, first: separator });
    }
    gap.filter(|gap| gap.count < WIDEST_GAP).map(|gap| Gap { count: gap.count.saturating_add(1), ..gap })
}

/// Whether the groups are how people write a card number. Dates, periods, phone numbers and lists of order
/// numbers have other groups; one in ten of such texts has a valid check digit by chance.
fn is_written_as_card(groups: &[Group]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|group| group.length).collect();
    let mut gaps = groups.iter().skip(1).map(|group| group.gap);
    let one_separator =
        gaps.next().flatten().is_some_and(|first| first.count == 1 && gaps.all(|gap| gap == Some(first)));
    match lengths.as_slice() {
        [_] => true,
        // As printed on American Express and Diners Club cards.
        [4, 6, 4 | 5] => true,
        // As printed on some UnionPay cards.
        [6, 13] => one_separator,
        all if all.iter().all(|length| *length == 1) => true,
        [before @ .., last] if before.iter().all(|length| matches!(length, 4 | 8)) => *last <= 8,
        // Pairs, threes, fives: one separator throughout, because dates and lists of numbers mix them.
        [before @ .., last] => {
            let size = before.first().copied().unwrap_or_default();
            let equal = before.iter().all(|length| *length == size);
            equal && matches!(size, 2 | 3 | 5) && *last <= size && one_separator
        }
        [] => false,
    }
}

fn is_card_number(digits: &[u8]) -> bool {
    if !(SHORTEST..=LONGEST).contains(&digits.len()) || !passes_luhn(digits.iter().copied()) {
        return false;
    }
    let text: String = digits.iter().map(|digit| char::from(digit.saturating_add(b'0'))).collect();
    Brand::of(&text).is_some()
}

/// The check digit of ISO/IEC 7812-1, annex B.
pub(crate) fn passes_luhn(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let sum = digits.rev().enumerate().fold(0_u32, |sum, (place, digit)| {
        let doubled = u32::from(digit).saturating_mul(if place % 2 == 1 { 2 } else { 1 });
        sum.saturating_add(if doubled > 9 { doubled.saturating_sub(9) } else { doubled })
    });
    sum % 10 == 0
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod corpus;
