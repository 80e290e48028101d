//! Reading JSON: strict, without card numbers, and bounded.

use super::*;

fn read(text: &[u8]) -> Result<Value, serde_json::Error> {
    StripeJson::read(text).map(|json| json.value)
}

#[test]
fn the_parser_agrees_with_serde() {
    for text in [
        "null",
        "true",
        "-1",
        "18446744073709551615",
        "1.5",
        "\"\\u00e4\"",
        "[1,[2]]",
        " {\"a\":{\"b\":[]}} ",
    ] {
        let ours = read(text.as_bytes()).unwrap();
        assert_eq!(ours, serde_json::from_str::<Value>(text).unwrap(), "{text}");
    }
}

#[test]
fn a_name_is_there_once() {
    for text in ["{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}", "[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]"] {
        assert!(read(text.as_bytes()).is_err(), "{text}");
    }
    assert!(read(b"{\"a\":{\"a\":1},\"b\":{\"a\":1}}").is_ok());
}

#[test]
fn depth_has_an_end_and_so_has_the_text() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(nested(32).as_bytes()).is_ok());
    for text in [nested(33), nested(100_000), "[".repeat(100_000), "{}{}".to_owned(), "{} x".to_owned()] {
        assert!(read(text.as_bytes()).is_err());
    }
}

const NUMBER: &str = "4242424242424242";

/// Spellings of a card number in JSON: each is a whole body.
#[test]
fn a_parsed_body_contains_no_card_number() {
    for text in [
        format!("{{\"a\":\"{NUMBER}\"}}"),
        format!("{{\"a\":{{\"b\":[\"x\",\"see {NUMBER}\"]}}}}"),
        format!("{{\"{NUMBER}\":1}}"),
        format!("{{\"a\":{NUMBER}}}"),
        format!("[{NUMBER}.5]"),
        "{\"a\":\"4242\\n4242\\n4242\\n4242\"}".to_owned(),
        "{\"a\":\"\\u0034\\u0032424242 42424242\"}".to_owned(),
        "{\"a\":\"\\uff14\\uff1242424242424242\"}".to_owned(),
        "{\"a\":\"{\\\"b\\\":\\\"\\\\u0034242424242424242\\\"}\"}".to_owned(),
        "{\"a\":\"42-42-42-42-42-42-42-42\"}".to_owned(),
    ] {
        let read = StripeJson::read(text.as_bytes()).unwrap();
        let written = read.value().to_string();
        assert!(read.is_altered() && !written.contains("42"), "{text}: {written}");
        let parsed = StripeJson::of(serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(parsed, read);
    }
}

#[test]
fn a_text_is_cut_at_its_limit() {
    let long = "ä".repeat(LONGEST_TEXT);
    let read = StripeJson::of(Value::String(long)).unwrap();
    assert!(read.is_altered());
    assert!(read.value().as_str().unwrap().len() <= LONGEST_TEXT);
    assert!(!StripeJson::of("ä".repeat(LONGEST_TEXT / 2).into()).unwrap().is_altered());
}

#[test]
fn a_parse_error_quotes_no_value() {
    #[derive(Debug, serde::Deserialize)]
    struct Odd {
        #[serde(rename = "amount")]
        _amount: u64,
        #[serde(rename = "kind")]
        _kind: Kind,
    }
    #[derive(Debug, serde::Deserialize)]
    enum Kind {
        A,
    }
    for (text, said) in [
        (r#"{"amount":"secret, expected it"}"#, "a value of another type, expected u64"),
        (r#"{"amount":-5}"#, "a value of another type, expected u64"),
        (r#"{"amount":1,"kind":"secret"}"#, "a value of another type, expected `A`"),
        (r#"{"kind":"A"}"#, "missing field `amount`"),
        (r#""secret""#, "a value of another type, expected struct Odd"),
    ] {
        let error = StripeJson::read(text.as_bytes()).unwrap().parse::<Odd>().unwrap_err();
        assert_eq!(reason(&error), said, "{text}");
    }
}
