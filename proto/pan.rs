//! Detects card numbers in texts that must not contain card data.

use crate::card::Brand;

/// Whether a text contains a possible card number: 13 to 19 digits, in one group or in several
/// groups with up to three separators that are neither letters nor digits, with a prefix and a
/// length of a card network and a valid check digit (Luhn, ISO/IEC 7812-1).
///
/// Texts such as references and notes with a card number are refused, because these texts reach
/// logs, the journal and Stripe's dashboard, where no card number may be.
pub fn holds_card_number(text: &str) -> bool {
    runs(text).iter().any(|groups| {
        (0..groups.len()).any(|first| {
            let (mut digits, mut lengths): (Vec<u8>, Vec<usize>) = (vec![], vec![]);
            groups.iter().skip(first).take_while(|group| !is_phone(group)).any(|group| {
                let group = group.strip_prefix(&[PLUS]).unwrap_or(group);
                digits.extend(group);
                lengths.push(group.len());
                is_written_as_card(&lengths) && is_card_number(&digits)
            })
        })
    })
}

/// Marks a group whose digits follow a plus sign.
const PLUS: u8 = u8::MAX;

/// Whether the group is "+49 151 …" in one piece: many mobile phone numbers of Germany have 13
/// digits, the length of some Visa numbers.
fn is_phone(group: &[u8]) -> bool {
    group.strip_prefix(&[PLUS]).is_some_and(|digits| digits.len() == 13)
}

/// Whether groups of these lengths are how people write a card number: one group, groups of four
/// (4-4-4-4, 4-6-5 and the like), or single digits. Dates, periods, phone numbers and lists of
/// order numbers have other lengths; one in ten of such texts has a valid check digit by chance.
fn is_written_as_card(lengths: &[usize]) -> bool {
    match lengths {
        [_] => true,
        [4, middle @ .., 1..=8] => middle.iter().all(|length| (3..=8).contains(length)),
        all => all.iter().all(|length| *length == 1),
    }
}

/// Like [`holds_card_number`], but within one group only. Used for ids, whose parts are separate
/// numbers: one in ten ids passes the check digit when the parts are joined.
pub fn holds_ungrouped_card_number(text: &str) -> bool {
    let plain = |group: &Vec<u8>| is_card_number(group.strip_prefix(&[PLUS]).unwrap_or(group));
    runs(text).iter().flatten().any(plain)
}

/// Splits the digits of a text into groups, and the groups into runs of adjacent groups.
fn runs(text: &str) -> Vec<Vec<Vec<u8>>> {
    let mut runs: Vec<Vec<Vec<u8>>> = vec![vec![vec![]]];
    let mut separators = 0_u8;
    let mut before = ' ';
    for character in text.chars() {
        let plus = std::mem::replace(&mut before, character) == '+';
        match digit(character) {
            Some(digit) => {
                if let Some(group) = runs.last_mut().and_then(|groups| groups.last_mut()) {
                    if plus && group.is_empty() {
                        group.push(PLUS);
                    }
                    group.push(digit);
                }
                separators = 0;
            }
            None if !character.is_alphanumeric() && separators < 3 => {
                separators = separators.saturating_add(1);
                if let Some(groups) = runs.last_mut().filter(|_| separators == 1) {
                    groups.push(vec![]);
                }
            }
            None => {
                runs.push(vec![vec![]]);
                separators = 0;
            }
        }
    }
    runs
}

fn is_card_number(digits: &[u8]) -> bool {
    if !(13..=19).contains(&digits.len()) || !passes_luhn(digits.iter().copied()) {
        return false;
    }
    let text: String = digits.iter().map(|digit| char::from(digit.saturating_add(b'0'))).collect();
    Brand::of(&text).is_some()
}

/// The zeros of Unicode's decimal digits (general category Nd), and of superscript and subscript
/// digits: ASCII, full width, Arabic, NKo, the scripts of India, Thai, Lao, Tibetan, Myanmar,
/// Khmer, Mongolian and others, mathematical.
const ZEROS: [char; 46] = [
    '0',
    '\u{ff10}',
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{104a0}',
    '\u{11066}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{2070}',
    '\u{2080}',
];

/// The value of a digit, including digits of other scripts and forms.
fn digit(character: char) -> Option<u8> {
    match character {
        '0'..='9' => return u8::try_from(u32::from(character) & 0xf).ok(),
        // Nearly every text is ASCII, and the relay reads every answer here.
        '\0'..='\u{7f}' => return None,
        // Superscript 1, 2 and 3 are outside the block of the other superscripts.
        '\u{b9}' => return Some(1),
        '\u{b2}' => return Some(2),
        '\u{b3}' => return Some(3),
        _ => {}
    }
    ZEROS.into_iter().find_map(|zero| {
        let value = u32::from(character).checked_sub(u32::from(zero))?;
        u8::try_from(value).ok().filter(|value| *value < 10)
    })
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
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_seen_however_they_are_written() {
        for text in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "4242-4242-4242-4242",
            "order 17, card 378282246310005, thanks",
            "5555555555554444",
            "2223003122003222",
            "6011111111111117",
            "3056930009020004",
            "3566002020360505",
            "6200000000000005",
            "12345 4242424242424242",
            "4242.4242.4242.4242",
            "4242\u{2013}4242\u{2013}4242\u{2013}4242",
            "4242\u{200b}4242\n4242\t4242",
            "４２４２４２４２４２４２４２４２",
            "4242_4242:4242/4242",
            "4242  4242  4242  4242",
            "4242 - 4242 - 4242 - 4242",
            "+4242424242424242",
            "4222222222222",
            "4242\u{a0}4242\u{a0}4242\u{a0}4242",
            "৪২৪২৪২৪২৪২৪২৪২৪২",
            "𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐𝟒𝟐",
            "⁴²⁴²⁴²⁴²⁴²⁴²⁴²⁴²",
        ] {
            assert!(holds_card_number(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "",
            "4242424242424241",
            "20261121042600",
            "2026-11-21 04:26:00",
            "INV-0000000000000000",
            "01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d",
            "424242424242",
            "9999999999999995",
            "00004242424242424242",
            "52342342-1234-17",
            "+49 169 28513573",
            "+4222222222222",
            "2028-08-04 21:51:37 - 2021-03-21 08:15:31",
            "12.12.2030 - 23.09.2025",
        ] {
            assert!(!holds_card_number(text), "{text}");
        }
    }

    /// Invoices contain many numbers. None of these texts may be refused, for any digits in the
    /// text.
    #[test]
    fn what_stands_on_an_invoice_is_no_card() {
        for n in 0..5_000_u64 {
            let (a, b, day) = (n * 7_919 % 1_000_000, n * 104_729 % 1_000_000, n % 28 + 1);
            for text in [
                format!("2026-11-{day:02} 08:15:{:02} - 2026-12-{day:02} 21:51:{:02}", n % 60, a % 60),
                format!("{day:02}.11.2026 - {day:02}.12.2026, {a} units"),
                format!("orders {a:06}, {b:06}, {:06}", a ^ b),
                format!("+49 {} {b:08}", 150 + n % 30),
                format!("INV {a}/2026 of 2026-11-{day:02}: {}.{:02} EUR", n, n % 100),
            ] {
                assert!(!holds_card_number(&text), "{text}");
            }
        }
    }

    /// Ids of billing platforms are mostly numbers. Few ids may be refused by chance.
    #[test]
    fn numbers_of_a_billing_platform_are_rarely_taken_for_cards() {
        let ids = (0..10_000_u64).map(|number| format!("{}-{number}", 400_000_000_000 + number * 7_919));
        assert_eq!(ids.filter(|id| holds_ungrouped_card_number(id)).count(), 0);
        assert!(holds_ungrouped_card_number("card-4242424242424242-1"));
    }
}
