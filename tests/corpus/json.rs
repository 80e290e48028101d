//! Invalid JSON, and JSON that parsers read in different ways; in Stripe's answers and in webhooks.

use std::sync::Arc;

use serde_json::{Value, json};

use super::stripe_answers::{Call, Expected, ForgedCase, play_answers};
use crate::stage::forging_proxy::{ForgedAnswer, answer};

/// A description of the fault, and the text.
pub(super) type Broken = (String, Vec<u8>);

/// Texts in the place of a value, in otherwise valid JSON.
#[rustfmt::skip]
const NO_VALUES: &[&str] = &[
    "", "NaN", "nan", "-NaN", "Infinity", "-Infinity", "inf", "undefined", "None", "nil", "True", "FALSE", "NULL", "nul",
    "01", "-01", "+1", "-", ".5", "5.", "1.e5", "1e", "1e+", "1.5.5", "0x10", "0b1", "0o7", "1_000", "1,000", "\u{661}",
    "1e400", "-1e999", "1e99999999999999999999", "'x'", "`x`", "x", "\"", "\"x", "x\"", "\"\\x41\"", "\"\\u12\"",
    "\"\\uZZZZ\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800x\"", "\"\\ud800\\ud800\"", "\"\\udfff\\ud800\"", "\"\\\"", "\"\\",
    "\"a\nb\"", "\"a\tb\"", "\"a\0b\"", "\"\x1f\"", "\"\\0\"", "\"\\'\"", "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "[1;2]", "[1:2]",
    "{", "}", "{x:1}", "{'x':1}", "{1:1}", "{\"x\"}", "{\"x\":}", "{:1}", "{\"x\":1,}", "{,}", "{\"x\":1 \"y\":2}", "{\"x\"=1}",
    "{\"x\":1;\"y\":2}", "{null:1}", "{[]:1}", "1 // one", "/* one */ 1", "# one", "1 2", "1,,", "(1)", "<1>", "\u{a0}1", "\u{2028}1",
    "\u{feff}1", "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}", "[{\"a\":{},\"b\":1,\"a\":[]}]", "{\"\":1,\"\":2}",
];

/// Replaces the end of an object's text with another field.
fn with_field(good: &str, field: &str) -> Vec<u8> {
    let open = good.strip_suffix('}').expect("an object");
    format!("{open},{field}}}").into_bytes()
}

/// Bytes that are no UTF-8, in a text of the object.
const NOT_UTF_8: [&[u8]; 8] = [
    b"\xff",
    b"a\x80",
    b"\xc0\x80",
    b"\xe0\x80\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe2\x82",
    b"M\xfcnchen",
];

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect()
}

/// All changes of the text of an object; the field `twice` is repeated.
pub(super) fn broken(good: &str, twice: &str) -> Vec<Broken> {
    let mut texts: Vec<Broken> = vec![];
    let mut add = |label: String, text: Vec<u8>| texts.push((label, text));
    for value in NO_VALUES {
        add(format!("a value {value:?}"), with_field(good, &format!("\"x\":{value}")));
    }
    for bytes in NOT_UTF_8 {
        let text = with_field(good, "\"x\":\"HERE\"");
        let (before, behind) = text.split_at(text.len() - "HERE\"}".len());
        add(format!("a text {bytes:?}"), [before, bytes, &behind[4..]].concat());
    }
    for depth in [32, 33, 127, 128, 129, 1000, 50_000] {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        add(format!("{depth} lists"), with_field(good, &format!("\"x\":{open}{close}")));
        add(format!("{depth} lists without an end"), with_field(good, &format!("\"x\":{open}")));
        let (open, close) = ("{\"x\":".repeat(depth), "}".repeat(depth));
        add(format!("{depth} objects"), with_field(good, &format!("\"x\":{open}1{close}")));
    }
    let value = &serde_json::from_str::<Value>(good).unwrap()[twice];
    add(format!("{twice} twice"), with_field(good, &format!("{twice:?}:{value}")));
    add(format!("{twice} twice, then null"), with_field(good, &format!("{twice:?}:null")));
    add("id twice".to_owned(), with_field(good, "\"id\":\"evt_other\""));
    add("id twice, escaped".to_owned(), with_field(good, "\"\\u0069d\":\"pi_other\""));
    for (label, before, behind) in [
        ("a byte order mark before it", "\u{feff}", ""),
        ("a byte order mark behind it", "", "\u{feff}"),
        ("a zero behind it", "", "\0"),
        ("a letter behind it", "", "x"),
        ("a comma behind it", "", ","),
        ("a brace behind it", "", "}"),
        ("another one behind it", "", "{}"),
        ("null behind it", "", "null"),
        ("a guard before it", ")]}',\n", ""),
        ("a call around it", "callback(", ")"),
        ("an assignment before it", "while(1);", ""),
        ("a list around it", "[", "]"),
        ("a comment before it", "// event\n", ""),
        ("no-break space before it", "\u{a0}", ""),
        ("a form feed before it", "\x0c", ""),
        ("XML around it", "<json>", "</json>"),
        ("a length before it", "17\n", ""),
        ("a record separator before it", "\x1e", ""),
    ] {
        add(label.to_owned(), format!("{before}{good}{behind}").into_bytes());
    }
    add("UTF-16, little end first".to_owned(), utf_16(good, u16::to_le_bytes, true));
    add("UTF-16, big end first".to_owned(), utf_16(good, u16::to_be_bytes, true));
    add("UTF-16 without a mark".to_owned(), utf_16(good, u16::to_le_bytes, false));
    add("UTF-32".to_owned(), good.chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect());
    for part in [1, 2, 3] {
        let length = good.len() * part / 4;
        add(format!("{length} bytes of {}", good.len()), good.as_bytes()[..length].to_vec());
    }
    add("all but the last byte".to_owned(), good.as_bytes()[..good.len() - 1].to_vec());
    add("single quotes".to_owned(), good.replace('"', "'").into_bytes());
    add("equals signs".to_owned(), good.replace("\":", "\"=").into_bytes());
    texts
}

/// Unusual but valid JSON.
pub(super) fn unusual(good: &str) -> Vec<Broken> {
    let field = |label: &str, value: &str| (label.to_owned(), with_field(good, &format!("\"x\":{value}")));
    let long = format!("\"{}\"", "a".repeat(100_000));
    vec![
        field("31 lists", &format!("{}{}", "[".repeat(31), "]".repeat(31))),
        field("a large number", "123456789012345678901234567890"),
        field("a small number", "1e-400"),
        field("minus zero", "-0"),
        field("a pair of surrogates", "\"\\ud83d\\ude00\""),
        field("an escaped zero", "\"\\u0000\""),
        field("an escaped slash", "\"<\\/script>\""),
        field("a noncharacter", "\"\u{ffff}\""),
        field("an empty name", "{\"\":1}"),
        field("a prototype", "{\"__proto__\":{\"a\":1}}"),
        field("a long text", &long),
        ("spaces".to_owned(), format!(" \r\n\t{good}\n\n ").into_bytes()),
    ]
}

/// The text of the honest object, changed by `make`.
fn spoiled(make: impl Fn(&str) -> Vec<Broken> + Send + Sync + 'static, number: usize) -> ForgedAnswer {
    Arc::new(move |real_answer| {
        let (_, text) = make(&real_answer.body.to_string()).swap_remove(number);
        answer(200, "", &text)
    })
}

/// Each text as the answer to a payment.
fn answers() -> Vec<ForgedCase> {
    let example = json!({"id": "pi_1", "amount": 1}).to_string();
    let names = |texts: Vec<Broken>| texts.into_iter().map(|(label, _)| label).enumerate();
    let bad = names(broken(&example, "amount")).map(|(number, label)| {
        // The honest object determines the number of bytes.
        let label = if label.contains(" bytes of ") { format!("cut at {number}") } else { label };
        let forge = spoiled(|good| broken(good, "amount"), number);
        ForgedCase::new(Call::Authorize, label, forge, Expected::Unknown)
    });
    let good = names(unusual(&example)).map(|(number, label)| {
        ForgedCase::new(Call::Authorize, label, spoiled(unusual, number), Expected::Believed)
    });
    bad.chain(good).collect()
}

#[tokio::test]
async fn ambiguous_json_is_rejected() {
    play_answers("JSON in answers", answers()).await;
}
