//! Card data: a refusal names the wrong field, and repeats no part of the card.

use causeway::v1::{self, authorize_request, tokenize_request};
use causeway_sandbox::RawCards;
use jiff::{SignedDuration, tz::Offset};

use super::{
    ACCEPTED, Case, MALFORMED,
    hostile_texts::{in_script, owned},
    next, play_class,
};
use crate::stage::{
    Stage,
    cards::{card, pay_and_store_card, store_card_request},
    order, settings,
};

const MODE: &str = "FailedPrecondition CARD_DATA_MODE";
const BRAND: &str = "FailedPrecondition CARD_BRAND_REFUSED";
const EXPIRED: &str = "FailedPrecondition CARD_EXPIRED";

/// Another number than the example in refusals.
const VISA: &str = "4000056655665556";
const AMEX: &str = "378282246310005";

/// A good number of each brand and length that there is a test card for.
const NUMBERS: [&str; 10] = [
    VISA,
    "5555555555554444",
    "2223003122003222",
    AMEX,
    "6011111111111117",
    "6011000990139424",
    "3056930009020004",
    "30569309025904",
    "3566002020360505",
    "6200000000000005",
];

/// First digits of the brands, and how many digits their numbers have.
const BRANDS: [(&str, &[usize]); 13] = [
    ("4", &[16, 19]),
    ("51", &[16]),
    ("2221", &[16]),
    ("34", &[15]),
    ("37", &[15]),
    ("6011", &[16, 17, 18, 19]),
    ("65", &[16, 17, 18, 19]),
    ("300", &[14, 15, 16, 17, 18, 19]),
    ("36", &[14, 15, 16, 17, 18, 19]),
    ("38", &[14, 15, 16, 17, 18, 19]),
    ("3528", &[16, 17, 18, 19]),
    ("62", &[16, 17, 18, 19]),
    ("81", &[16, 17, 18, 19]),
];

/// Numbers with other characters than digits.
#[rustfmt::skip]
const NOT_DIGITS: &[&str] = &[
    "4000 0566 5566 5556", "4000-0566-5566-5556", "4000.0566.5566.5556", "4000/0566/5566/5556", "4000,0566,5566,5556",
    "4000_0566_5566_5556", "4000\u{a0}0566\u{a0}5566\u{a0}5556", "4000\u{2013}0566\u{2013}5566\u{2013}5556",
    " 4000056655665556", "4000056655665556 ", "4000056655665556\n", "\r\n4000056655665556", "\t4000056655665556",
    "+4000056655665556", "-4000056655665556", "4000056655665556.0", "4.000056655665556e15", "0x4000056655665556",
    "\u{feff}4000056655665556", "4000\u{200b}056655665556", "4000056655665556\u{202e}", "4000\u{301}056655665556",
    "400005665566555\u{666}", "400005665566555\u{ff16}", "400005665566555\u{2076}", "\0", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    "4242********4242", "XXXXXXXXXXXX4242", "pm_card_visa", "tok_visa", "ct_abcdefghijklmnop", "visa", "%34%32%34%32",
    "' OR '1'='1", "<script>alert(1)</script>", "4000056655665556; DROP TABLE card", "{\"number\":4000056655665556}",
];

/// Codes that neither a Visa nor an American Express accepts.
#[rustfmt::skip]
const CODES: &[&str] = &[
    "7", "73", "73918", "739184", "7391846", "73918462", "739184625", "7391846250", "73a", "abc", "7 3", " 73", "73 ",
    "-73", "+73", "7.3", "0x7", "73\n", "\u{ff17}\u{ff13}\u{ff19}", "\u{667}\u{663}\u{669}", "7\u{b2}9", "73\0", "\0\0\0", "***",
];

fn digit(number: u32) -> char {
    char::from_digit(number % 10, 10).unwrap()
}

/// The check digit of ISO/IEC 7812-1, in a second implementation.
fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .chars()
        .rev()
        .map(|digit| digit.to_digit(10).unwrap())
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    (10 - sum % 10) % 10
}

/// A number with the given first digits and length; `off` is added to the check digit.
fn number(first: &str, length: usize, off: u32) -> String {
    let rest = "7395148620".chars().cycle();
    let digits: String = first.chars().chain(rest).take(length.saturating_sub(1)).collect();
    if length == 0 { digits } else { format!("{digits}{}", digit(check_digit(&digits) + off)) }
}

/// A card with another number.
fn numbered(number: &str) -> v1::CardData {
    card(number, "739")
}

/// A card without a code, and with the given expiry.
fn with_expiry(number: &str, exp_month: i32, exp_year: i32) -> v1::CardData {
    let mut card = card(number, "");
    (card.exp_month, card.exp_year) = (exp_month, exp_year);
    card
}

/// Numbers that are no card numbers.
fn wrong_numbers() -> Vec<String> {
    let mut numbers = owned(NOT_DIGITS);
    let zeros = ['\u{ff10}', '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}', '\u{1d7ce}', '\u{1d7d8}'];
    numbers.extend(zeros.map(|zero| in_script(VISA, zero)));
    for length in 0..=30 {
        numbers.push(number("4", length, 1));
        // Numbers of unknown networks are accepted with any length from 12 to 19.
        if !(12..=19).contains(&length) && length > 0 {
            numbers.push(number("9", length, 0));
        }
    }
    for (first, lengths) in BRANDS {
        numbers.extend(
            (12..=19).filter(|length| !lengths.contains(length)).map(|length| number(first, length, 0)),
        );
        numbers.extend(lengths.iter().map(|length| number(first, *length, 5)));
    }
    for good in NUMBERS {
        let (digits, last) = good.split_at(good.len() - 1);
        numbers.extend((1..10).map(|off| format!("{digits}{}", digit(last.parse::<u32>().unwrap() + off))));
    }
    for place in 0..VISA.len() {
        let (before, behind) = (&VISA[..place], &VISA[place + 1..]);
        numbers.extend(["O", "\0", "\u{ff14}", ""].map(|other| format!("{before}{other}{behind}")));
    }
    numbers.sort();
    numbers.dedup();
    numbers
}

/// Cards with a good number and another wrong field, with the field's name.
fn wrong_cards() -> Vec<(String, v1::CardData, &'static str)> {
    let mut cards = vec![];
    for exp_month in [0, 13, 14, 99, 100, 255, 256, 268, 1212, 65_548, -1, -12, i32::MAX, i32::MIN] {
        cards.push((format!("month {exp_month}"), with_expiry(VISA, exp_month, 2034), "card.exp_month"));
    }
    for exp_year in [
        0,
        1,
        34,
        99,
        134,
        999,
        1999,
        2100,
        3000,
        9999,
        10_000,
        67_570,
        203_412,
        -1,
        -2034,
        i32::MAX,
        i32::MIN,
    ] {
        cards.push((format!("year {exp_year}"), with_expiry(VISA, 12, exp_year), "card.exp_year"));
    }
    for cvc in CODES.iter().chain(&["7391"]) {
        cards.push((format!("cvc {cvc:?}"), card(VISA, cvc), "card.cvc"));
    }
    for cvc in CODES.iter().chain(&["739"]) {
        cards.push((format!("cvc {cvc:?} of Amex"), card(AMEX, cvc), "card.cvc"));
    }
    for holder in [VISA, "4000 0566 5566 5556", "Ann\0", "Ann\r\nBob", "\u{1b}[2J", &"A".repeat(256)] {
        let mut wrong = numbered(VISA);
        holder.clone_into(&mut wrong.holder_name);
        cards.push((format!("holder {holder:?}"), wrong, "card.holder_name"));
    }
    cards
}

/// A card in each call that takes one.
fn in_each_call(label: &str, card: &v1::CardData, verdict: &'static str) -> [Case; 3] {
    let label = format!("{label} {:?}", card.number);
    let pays = Some(authorize_request::Instrument::Card(card.clone()));
    let authorize = v1::AuthorizeRequest { instrument: pays, ..order(&next(), "12.50 USD") };
    let check = v1::CheckPolicyRequest { payment: Some(authorize.clone()), ..Default::default() };
    let cases = [
        Case::new("Authorize", label.clone(), &authorize, verdict),
        Case::new("Tokenize", label.clone(), &tokenize(&next(), card), verdict),
        Case::new("CheckPolicy", label, &check, verdict),
    ];
    cases.map(|case| case.secret(&card.number).secret(&card.cvc).non_repeatable(&card.holder_name))
}

fn tokenize(id: &str, card: &v1::CardData) -> v1::TokenizeRequest {
    let instrument = Some(tokenize_request::Instrument::Card(card.clone()));
    v1::TokenizeRequest { instrument, ..store_card_request(id, "c-1", "") }
}

/// A well-formed card that is refused: in a Tokenize, and in a payment that stores the card.
fn refused_when_stored(label: &str, card: &v1::CardData, verdict: &'static str) -> [Case; 2] {
    let label = format!("{label} {}", card.number);
    let pays = Some(authorize_request::Instrument::Card(card.clone()));
    let authorize =
        v1::AuthorizeRequest { instrument: pays, ..pay_and_store_card(&next(), "12.50 USD", "c-1") };
    [
        Case::new("Authorize", label.clone(), &authorize, verdict).secret(&card.number).secret(&card.cvc),
        Case::new("Tokenize", label, &tokenize(&next(), card), verdict)
            .secret(&card.number)
            .secret(&card.cvc),
    ]
}

/// Months that are over in every time zone, the last one included.
fn expired_months() -> Vec<(i32, i32)> {
    let last = Offset::UTC
        .to_datetime(causeway_runtime::machine::environment().now() - SignedDuration::from_hours(35 * 24));
    let last = (i32::from(last.month()), i32::from(last.year()));
    let mut months =
        vec![(1, 2000), (12, 2000), (2, 2011), (12, 2019), (1, 2020), (6, 2022), (12, 2024), last];
    months.dedup();
    months
}

fn refused() -> Vec<Case> {
    let mut cases = vec![];
    for number in wrong_numbers() {
        cases.extend(
            in_each_call("number", &numbered(&number), MALFORMED).map(|case| case.field("card.number")),
        );
    }
    for (label, card, field) in wrong_cards() {
        cases.extend(in_each_call(&label, &card, MALFORMED).map(|case| case.field(field)));
    }
    for (exp_month, exp_year) in expired_months() {
        for number in [VISA, AMEX] {
            let card = with_expiry(number, exp_month, exp_year);
            cases.extend(refused_when_stored(&format!("{exp_month}/{exp_year}"), &card, EXPIRED));
        }
    }
    for length in 12..=19 {
        cases.extend(refused_when_stored("no network", &numbered(&number("9", length, 0)), BRAND));
    }
    for number in NUMBERS {
        let [authorize, ..] = in_each_call("not to be kept", &card(number, ""), MODE);
        cases.push(authorize);
    }
    cases
}

/// Valid cards, up to the edges of number and expiry.
fn good() -> Vec<Case> {
    let cards = [
        ("without cvc", card(VISA, "")),
        ("until 2099", with_expiry("5555555555554444", 12, 2099)),
        ("four digits", card(AMEX, "7391")),
    ];
    let keeps = |(label, card): &(&str, v1::CardData)| {
        Case::new("Tokenize", *label, &tokenize(&format!("good {label}").replace(' ', "-"), card), ACCEPTED)
    };
    cards.iter().map(keeps).collect()
}

#[tokio::test]
async fn an_invalid_card_is_refused_and_never_repeated() {
    let stage = Stage::open().await;
    stage.sandbox.allow_raw_cards(settings::ACME_KEY, RawCards::TestNumbers);
    play_class("cards", &stage, refused(), good(), (1366, 3)).await;
}
