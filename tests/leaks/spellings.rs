//! The spellings in which a text can leak.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use super::canary::grouped;

/// A spelling: the name, and the function that spells a text.
type Spelling = (&'static str, fn(&[u8]) -> Vec<Vec<u8>>);

/// Spellings of any bytes.
const OF_BYTES: &[Spelling] = &[
    ("plain", |text| vec![text.to_vec()]),
    ("URL-encoded", |text| {
        vec![each(text, "", |b| format!("%{b:02X}")), each(text, "", |b| format!("%{b:02x}"))]
    }),
    ("base64", |text| (0..3).map(|before| in_base64(text, before, true)).collect()),
    ("base64 for URLs", |text| (0..3).map(|before| in_base64(text, before, false)).collect()),
    ("hex", |text| vec![each(text, "", |b| format!("{b:02x}")), each(text, "", |b| format!("{b:02X}"))]),
    ("hex with gaps", |text| {
        let [spaces, commas] = [" ", ", "].map(|between| each(text, between, |b| format!("{b:02x}")));
        vec![spaces, commas, each(text, ", ", |b| format!("0x{b:02x}"))]
    }),
    ("UTF-16 LE", |text| vec![text.iter().flat_map(|b| [*b, 0]).collect()]),
    ("UTF-16 BE", |text| vec![text.iter().flat_map(|b| [0, *b]).collect()]),
    ("escaped in JSON", |text| {
        // Escaped once, and as JSON text within a JSON text.
        vec![each(text, "", |b| format!("\\u{b:04x}")), each(text, "", |b| format!("\\\\u{b:04x}"))]
    }),
    ("escaped in Rust", |text| {
        vec![each(text, "", |b| format!("\\x{b:02x}")), each(text, "", |b| format!("\\u{{{b:x}}}"))]
    }),
    // A list of numbers, as debug output prints bytes.
    ("a list of bytes", |text| vec![each(text, ", ", |b| b.to_string()), each(text, ",", |b| b.to_string())]),
];

/// Spellings of a text of digits.
const OF_DIGITS: &[Spelling] = &[
    ("in groups", |text| {
        let digits = std::str::from_utf8(text).unwrap();
        [" ", "-", "%20", "+", ".", "\u{a0}"].map(|between| grouped(digits, between).into_bytes()).to_vec()
    }),
    ("full width", |text| {
        let wide = |digit: &u8| char::from_u32(0xff10 + u32::from(digit - b'0')).unwrap();
        vec![text.iter().map(wide).collect::<String>().into_bytes()]
    }),
];

/// All spellings of a text, each with a name.
pub(super) fn of(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let digits = text.iter().all(u8::is_ascii_digit);
    let all = OF_BYTES.iter().chain(OF_DIGITS.iter().filter(|_| digits));
    all.flat_map(|(name, spell)| spell(text).into_iter().map(|spelt| (*name, spelt))).collect()
}

fn each(text: &[u8], between: &str, spell: impl Fn(u8) -> String) -> Vec<u8> {
    text.iter().map(|byte| spell(*byte)).collect::<Vec<_>>().join(between).into_bytes()
}

/// The base64 characters that depend on the text alone, for `before` bytes of the same group of
/// three before the text and any bytes after.
fn in_base64(text: &[u8], before: usize, standard: bool) -> Vec<u8> {
    let padded = [&vec![0; before][..], text].concat();
    let encoded = if standard { STANDARD_NO_PAD.encode(&padded) } else { URL_SAFE_NO_PAD.encode(&padded) };
    let first = (before * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    encoded.as_bytes()[first..end].to_vec()
}
