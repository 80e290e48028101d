//! Identifiers whose digits are no card number although they may pass as one: UUIDs, IBANs, and long tokens
//! of letters and digits, such as hashes and Stripe's ids.

/// Length of a long token. Shorter tokens are looked at, because a letter may stand before or behind a number.
const LONG: usize = 20;

/// The end of the identifier that starts at an index of a text; `None`: no identifier starts there.
pub(super) fn end_of_identifier(text: &[char], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    if !rest.first()?.is_ascii_alphanumeric() {
        return None;
    }
    let length = uuid(rest).or_else(|| iban(rest)).or_else(|| mixed_token(rest))?;
    Some(start.saturating_add(length))
}

fn ends_at(text: &[char], length: usize) -> bool {
    text.get(length).is_none_or(|next| !next.is_alphanumeric())
}

/// A UUID of RFC 9562, with a letter among the hexadecimal digits; all digits would be a hiding place.
fn uuid(text: &[char]) -> Option<usize> {
    const LENGTH: usize = 36;
    let shown = text.get(..LENGTH)?;
    let shaped = shown.iter().enumerate().all(|(index, character)| match index {
        8 | 13 | 18 | 23 => *character == '-',
        14 => ('1'..='8').contains(character),
        19 => matches!(character, '8' | '9' | 'a' | 'b' | 'A' | 'B'),
        _ => character.is_ascii_hexdigit(),
    });
    let lettered = shown.iter().any(char::is_ascii_alphabetic);
    (shaped && lettered && ends_at(text, LENGTH)).then_some(LENGTH)
}

/// Lengths of IBANs by country (SWIFT IBAN registry, release 99).
#[rustfmt::skip]
const IBANS: &[(&str, usize)] = &[
    ("AD", 24), ("AE", 23), ("AL", 28), ("AT", 20), ("AZ", 28), ("BA", 20), ("BE", 16), ("BG", 22), ("BH", 22),
    ("BI", 27), ("BR", 29), ("BY", 28), ("CH", 21), ("CR", 22), ("CY", 28), ("CZ", 24), ("DE", 22), ("DJ", 27),
    ("DK", 18), ("DO", 28), ("EE", 20), ("EG", 29), ("ES", 24), ("FI", 18), ("FK", 18), ("FO", 18), ("FR", 27),
    ("GB", 22), ("GE", 22), ("GI", 23), ("GL", 18), ("GR", 27), ("GT", 28), ("HN", 28), ("HR", 21), ("HU", 28),
    ("IE", 22), ("IL", 23), ("IQ", 23), ("IS", 26), ("IT", 27), ("JO", 30), ("KW", 30), ("KZ", 20), ("LB", 28),
    ("LC", 32), ("LI", 21), ("LT", 20), ("LU", 20), ("LV", 21), ("LY", 25), ("MC", 27), ("MD", 24), ("ME", 22),
    ("MK", 19), ("MN", 20), ("MR", 27), ("MT", 31), ("MU", 30), ("NI", 28), ("NL", 18), ("NO", 15), ("OM", 23),
    ("PK", 24), ("PL", 28), ("PS", 29), ("PT", 25), ("QA", 29), ("RO", 24), ("RS", 22), ("RU", 33), ("SA", 24),
    ("SC", 31), ("SD", 18), ("SE", 24), ("SI", 19), ("SK", 24), ("SM", 27), ("SO", 23), ("ST", 25), ("SV", 28),
    ("TL", 23), ("TN", 24), ("TR", 26), ("UA", 29), ("VA", 22), ("VG", 24), ("XK", 20), ("YE", 30),
];

/// An IBAN with valid check digits (ISO 13616), in one piece or in groups of four.
fn iban(text: &[char]) -> Option<usize> {
    let country: String = text.get(..2)?.iter().map(char::to_ascii_uppercase).collect();
    let (_, length) = IBANS.iter().find(|(name, _)| *name == country)?;
    let mut signs: Vec<char> = Vec::with_capacity(*length);
    let mut used = 0_usize;
    for character in text {
        let between = matches!(character, ' ' | '-' | '\u{a0}' | '\u{202f}') && signs.len().is_multiple_of(4);
        if signs.len() == *length || !(character.is_ascii_alphanumeric() || between) {
            break;
        }
        used = used.saturating_add(1);
        if !between {
            signs.push(character.to_ascii_uppercase());
        }
    }
    let whole = signs.len() == *length && ends_at(text, used);
    let (head, account) = signs.split_at_checked(4)?;
    // Without digits in front of the account, the check digits are none.
    let checked = head.get(2..)?.iter().all(char::is_ascii_digit);
    (whole && checked && remainder(account.iter().chain(head)) == 1).then_some(used)
}

/// The remainder of division by 97, with letters as 10 to 35 (ISO/IEC 7064).
fn remainder<'a>(signs: impl Iterator<Item = &'a char>) -> u32 {
    signs.filter_map(|sign| sign.to_digit(36)).fold(0_u32, |before, value| {
        let shifted = before.saturating_mul(if value > 9 { 100 } else { 10 });
        shifted.saturating_add(value) % 97
    })
}

/// A long token in which letters and digits alternate more than once.
fn mixed_token(text: &[char]) -> Option<usize> {
    let length = text.iter().take_while(|character| character.is_ascii_alphanumeric()).count();
    let token = text.get(..length)?;
    let digit_runs = token.chunk_by(|one, other| one.is_ascii_digit() == other.is_ascii_digit());
    let digit_runs = digit_runs.filter(|run| run.first().is_some_and(char::is_ascii_digit)).count();
    (length >= LONG && digit_runs > 1 && ends_at(text, length)).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::end_of_identifier;

    #[test]
    fn identifiers_are_recognized_in_full_length() {
        for (text, end) in [
            ("01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d is it", Some(36)),
            ("01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5dx", None),
            ("42424242-4242-4242-8242-424242424242", None),
            ("42424242-4242-0242-c242-4242424242ab", None),
            ("DE89370400440532013000", Some(22)),
            ("de89 3704 0044 0532 0130 00, thanks", Some(27)),
            ("GB29 NWBK 6016 1331 9268 19", Some(27)),
            ("DE88370400440532013000", None),
            ("XX89370400440532013000", None),
            ("DE42 4242 4242 4242 4242 42", None),
            ("3MtwBwLkdIwHu7ix28a3tqPa", Some(24)),
            ("card4242424242424242xx", None),
            ("4242424242424242", None),
            ("", None),
        ] {
            let text: Vec<char> = text.chars().collect();
            assert_eq!(end_of_identifier(&text, 0), end, "{text:?}");
        }
    }
}
