//! Controls of the search: an empty result proves the absence of leaks only if the search finds
//! planted cards.

use std::fs;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use form_urlencoded::Serializer;

use super::{
    canary::{Card, Deck},
    search::{Found, Search},
    test_bed::{SETTINGS, TestBed},
};

/// A number with sixteen digits within a larger text, made without the code under test.
fn planted_numbers(card: &Card) -> Vec<(&'static str, Vec<u8>)> {
    let number = card.number.as_str();
    let four = |place: usize| &number[place * 4..place * 4 + 4];
    let groups = [four(0), four(1), four(2), four(3)];
    let json = format!(r#"{{"number":"{number}","brand":"visa"}}"#);
    let escaped: String = number.chars().map(|digit| format!("\\u00{:x}", u32::from(digit))).collect();
    let read: String = serde_json::from_str(&format!("\"{escaped}\"")).unwrap();
    assert_eq!(read, number, "JSON reads it so");
    let twice = serde_json::to_string(&format!("\"{escaped}\"")).unwrap();
    let form = |value: &str| Serializer::new(String::new()).append_pair("card[number]", value).finish();
    let percent: String = number.bytes().map(|byte| format!("%{byte:x}")).collect();
    let decoded = form_urlencoded::parse(percent.as_bytes()).next().unwrap().0.into_owned();
    assert_eq!(decoded, number, "URLs are read so");
    let mut plants = vec![
        ("plain", format!("card {number}, thanks").into_bytes()),
        ("spaces", groups.join(" ").into_bytes()),
        ("dashes", groups.join("-").into_bytes()),
        ("a form", form(number).into_bytes()),
        ("a form with spaces", form(&groups.join(" ")).into_bytes()),
        ("percents", percent.into_bytes()),
        ("hex, lower", hex::encode(json.as_bytes()).into_bytes()),
        ("hex, upper", hex::encode_upper(json.as_bytes()).into_bytes()),
        ("UTF-16 LE", json.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16 BE", json.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("JSON", escaped.into_bytes()),
        ("JSON in JSON", twice.into_bytes()),
        (
            "Rust",
            number.chars().map(|digit| digit.escape_unicode().to_string()).collect::<String>().into_bytes(),
        ),
        ("a list", format!("{:?}", json.as_bytes()).into_bytes()),
        ("a list in hex", format!("{:x?}", json.as_bytes()).into_bytes()),
        ("a part", format!("{}******", &number[..10]).into_bytes()),
    ];
    for before in ["", "x", "xx"] {
        let text = format!("{before}{json}");
        plants.push(("base64", STANDARD.encode(&text).into_bytes()));
        plants.push(("base64 for URLs", URL_SAFE.encode(&text).into_bytes()));
    }
    plants
}

/// A security code in the places of a typical leak.
fn planted_codes(card: &Card) -> Vec<String> {
    let (cvc, last4) = (&card.cvc, card.last4());
    vec![
        format!("cvc={cvc}&x"),
        format!(r#"{{"cvc":"{cvc}"}}"#),
        format!(r#"CardData {{ cvc: "{cvc}" }}"#),
        format!(r#"cvc: Some(Cvc("{cvc}"))"#),
        format!("card[cvc]={cvc}"),
        Serializer::new(String::new()).append_pair("card[cvc]", cvc).finish(),
        format!("CVC {cvc}"),
        format!("cvc{cvc}"),
        format!("it was asked for, cvc={cvc}k"),
        format!("cvc%3D{cvc}%26"),
        format!("security_code: {cvc}"),
        format!("the security code is {cvc}"),
        format!("securityCode={cvc}"),
        format!(r#"CardData {{ number: "hidden", exp_month: 12, exp_year: 2041, "{cvc}" }}"#),
        format!(r#"{{"last4":"{last4}","exp_month":12,"exp_year":2041,"note":"{cvc}"}}"#),
        format!("{cvc} is the code of ****{last4}"),
    ]
}

/// One canary in each spelling, planted in the searched folder.
pub(super) fn check_planted_canaries_are_found(test_bed: &TestBed, search: &Search, deck: &Deck) {
    let card = deck.all.iter().find(|card| card.number.len() == 16).unwrap();
    let plot = test_bed.directory.path().join("planted");
    fs::create_dir(&plot).unwrap();
    let seen = |label: &str, bytes: &[u8]| {
        fs::write(plot.join("here"), [b"before \0", bytes, b"\0 after"].concat()).unwrap();
        let mut found = Found::default();
        search.folder(&plot, &SETTINGS, &mut found);
        assert_eq!(found.places.len(), 1, "{label}");
        found.hits.join("\n")
    };
    for (spelling, bytes) in planted_numbers(card) {
        assert!(seen(spelling, &bytes).contains(&card.name), "{spelling}");
    }
    let mut only_code = card.wire();
    only_code.number.clear();
    let message = prost::Message::encode_to_vec(&only_code);
    assert!(seen("protobuf", &message).contains(&card.name), "the code in protobuf");
    for text in planted_codes(card) {
        assert!(seen(&text, text.as_bytes()).contains(&card.name), "{text}");
    }
    for harmless in [
        format!("flushed {} bytes", card.cvc),
        format!("01997b1c-8f4e-{}-9c55-{}d2a3b4c5d", card.last4(), card.cvc),
        "cvc_check: pass".to_owned(),
        "number of streams: 100".to_owned(),
    ] {
        assert_eq!(seen(&harmless, harmless.as_bytes()), "", "{harmless}");
    }
    for (name, key) in test_bed.keys.all() {
        let text = URL_SAFE.encode(format!("xBearer {key}"));
        assert!(seen(&name, text.as_bytes()).contains(&name), "{name}");
    }
    fs::remove_dir_all(plot).unwrap();
}

/// The same search finds each key in the settings files, where the keys have to be.
pub(super) fn keys_are_found_in_settings(test_bed: &TestBed, search: &Search) {
    let mut found = Found::default();
    for file in SETTINGS {
        let text = fs::read_to_string(test_bed.directory.path().join(file)).unwrap();
        for (place, line) in text.lines().enumerate() {
            search.bytes(&format!("{file}, line {place}"), line.as_bytes(), &mut found);
        }
    }
    let hits = found.hits.join("\n");
    for (name, _) in test_bed.keys.all() {
        assert_eq!(hits.contains(&format!("{name}, plain")), !name.contains("stranger"), "{name}");
    }
}

/// A canary in a row of a copy of the journal, where a bug of the relay would put the number.
pub(super) fn planted_in_a_journal(test_bed: &TestBed, search: &Search, deck: &Deck) {
    let plot = test_bed.directory.path().join("copy");
    fs::create_dir(&plot).unwrap();
    for part in ["relay.db", "relay.db-wal"] {
        fs::copy(test_bed.directory.path().join(part), plot.join(part)).unwrap();
    }
    let look = || {
        let mut found = Found::default();
        search.folder(&plot, &SETTINGS, &mut found);
        (found.places.contains_key("relay.db"), found.hits.join("\n"))
    };
    assert_eq!(look(), (true, String::new()), "the copy is as clean as the journal");
    let card = &deck.all[0];
    let journal = rusqlite::Connection::open(plot.join("relay.db")).unwrap();
    let rows = journal
        .execute(
            "UPDATE operation SET request = request || ?1 WHERE rowid = \
             (SELECT max(rowid) FROM operation WHERE request IS NOT NULL)",
            [&card.number],
        )
        .unwrap();
    assert_eq!(rows, 1);
    // The row is still in the write-ahead log, or in the file: the search finds either.
    assert!(look().1.contains(&card.name));
    drop(journal);
    assert!(look().1.contains(&card.name));
    fs::remove_dir_all(plot).unwrap();
}
