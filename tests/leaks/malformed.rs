//! Malformed cards, and messages that end in the middle of a card.

use causeway::{
    status::RefusalDetails,
    v1::{self, authorize_request, tokenize_request},
};
use prost::Message;

use super::{
    canary::{Card, Deck},
    requests::{pay, tokenize},
    test_bed::{TestBed, with_long_deadline},
};
use crate::stage::signed_requests::{Signer, http2};

/// A change that makes a card malformed.
type Malformation = fn(&mut v1::CardData);

const MALFORMATIONS: &[(&str, Malformation)] = &[
    ("spaces", |card| card.number.insert(4, ' ')),
    ("dashes", |card| card.number.insert(8, '-')),
    ("a digit too many", |card| card.number.push_str("0000000")),
    ("a letter", |card| card.number.push('O')),
    ("a line end", |card| card.number.push('\n')),
    ("a quote", |card| card.number.insert(0, '"')),
    ("a wrong check digit", |card| card.number = mistyped(&card.number)),
    ("the number as its code", |card| card.cvc = card.number.clone()),
    ("the number as its holder", |card| card.holder_name = card.number.clone()),
    ("a short code", |card| card.cvc.truncate(2)),
    ("a thirteenth month", |card| card.exp_month = 13),
    ("a short year", |card| card.exp_year = 41),
];

/// How many cards are needed.
pub(super) const COUNT: usize = MALFORMATIONS.len();

/// A number with another check digit, which is still most of a card.
fn mistyped(number: &str) -> String {
    let (start, last) = number.split_at(number.len() - 1);
    format!("{start}{}", (last.parse::<u32>().unwrap() + 1) % 10)
}

/// The mistyped numbers, which must not leak either.
pub(super) fn others(cards: &[Card]) -> Vec<(String, String)> {
    cards.iter().map(|card| (format!("{}, mistyped", card.name), mistyped(&card.number))).collect()
}

/// Malformed cards, in each call that takes a card.
pub(super) async fn cards(test_bed: &TestBed, cards: &[Card]) {
    for ((label, spoil), card) in MALFORMATIONS.iter().zip(cards) {
        let mut malformed_cards = card.wire();
        spoil(&mut malformed_cards);
        let payment = v1::AuthorizeRequest {
            instrument: Some(authorize_request::Instrument::Card(malformed_cards.clone())),
            ..pay("spoilt", "15.00 USD", card)
        };
        let stored = v1::TokenizeRequest {
            instrument: Some(tokenize_request::Instrument::Card(malformed_cards)),
            ..tokenize("spoilt", "full", card)
        };
        let check = v1::CheckPolicyRequest { operation: String::new(), payment: Some(payment.clone()) };
        let checked = test_bed.client().check_policy(with_long_deadline(check)).await;
        let answer = [
            test_bed.authorize(payment).await,
            test_bed.tokenize(stored).await,
            test_bed.received.record(checked, |_| "CHECKED".to_owned()),
        ];
        assert_eq!(answer, ["MALFORMED_REQUEST"; 3], "{label}");
    }
}

/// Messages that are cut off within a card, at the adapter and straight at the relay.
pub(super) async fn messages(test_bed: &TestBed, deck: &mut Deck) {
    for place in 0..4 {
        let card = deck.one();
        let whole = pay("cut", "15.00 USD", &card).encode_to_vec();
        let number = place_of(&whole, card.number.as_bytes());
        let cuts = [number + 7, number + card.number.len(), whole.len() - 14, whole.len() - 1];
        let mut cut = whole[..cuts[place]].to_vec();
        both(test_bed, &framed(&cut, cut.len()), "MALFORMED_MESSAGE").await;
        // The frame promises more bytes than there are.
        both(test_bed, &framed(&cut, whole.len()), "MALFORMED_MESSAGE").await;
        // Bytes that are no field follow the card.
        cut = [&whole[..], &[0x0f, 0xff]].concat();
        both(test_bed, &framed(&cut, cut.len()), "MALFORMED_MESSAGE").await;
        // A text where a message should be.
        let bare = [&[0x72, u8::try_from(card.number.len()).unwrap()], card.number.as_bytes()].concat();
        both(test_bed, &framed(&bare, bare.len()), "MALFORMED_MESSAGE").await;
    }
}

fn place_of(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).position(|window| window == part).expect("the number is in the message")
}

fn framed(message: &[u8], length: usize) -> Vec<u8> {
    [&[0][..], &u32::try_from(length).unwrap().to_be_bytes(), message].concat()
}

async fn both(test_bed: &TestBed, body: &[u8], reason: &str) {
    let path = "/causeway.v1.Processor/Authorize";
    let bearer = format!("Bearer {}", test_bed.keys.billing);
    let headers = [("content-type", "application/grpc"), ("te", "trailers"), ("authorization", &bearer)];
    let url = format!("http://{}{path}", test_bed.adapter_address);
    assert_eq!(post(test_bed, &url, &headers, body).await, reason, "the adapter");

    let environment = causeway_runtime::machine::environment();
    let mut nonce = [0; 16];
    environment.random.fill(&mut nonce);
    let (key_id, secret) = ("acme-1".to_owned(), test_bed.keys.link.clone());
    let seal = Signer { key_id, secret, created: environment.now(), nonce };
    let sealed = seal.sign_bytes(test_bed.relay_address, path, body.to_vec());
    let headers: Vec<_> = sealed.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = format!("http://{}{path}", test_bed.relay_address);
    assert_eq!(post(test_bed, &url, &headers, body).await, reason, "the relay");
}

/// A card number in the wrong place of a gRPC request: in the URL, in headers.
pub(super) async fn headers(test_bed: &TestBed, deck: &mut Deck) {
    let bearer = format!("Bearer {}", test_bed.keys.billing);
    let url = format!("http://{}/causeway.v1.Processor", test_bed.adapter_address);
    for place in ["path", "query", "user-agent", "x-card", "authorization", "grpc-accept-encoding"] {
        let card = deck.one();
        let number = card.number.as_str();
        let (url, reason) = match place {
            "path" => (format!("{url}/{number}"), "METHOD_UNKNOWN"),
            "query" => (format!("{url}/Authorize?card={number}"), "AMOUNT_BELOW_MINIMUM"),
            "authorization" => (format!("{url}/Authorize"), "CALLER_UNKNOWN"),
            _ => (format!("{url}/Authorize"), "AMOUNT_BELOW_MINIMUM"),
        };
        let mut headers = vec![
            ("content-type", "application/grpc"),
            ("te", "trailers"),
            ("authorization", bearer.as_str()),
        ];
        headers.retain(|(name, _)| *name != place);
        if !["path", "query"].contains(&place) {
            headers.push((place, number));
        }
        let message = pay("headers", "4.99 USD", &card).encode_to_vec();
        let answer = post(test_bed, &url, &headers, &framed(&message, message.len())).await;
        assert_eq!(answer, reason, "{place}");
    }
}

async fn post(test_bed: &TestBed, url: &str, headers: &[(&str, &str)], body: &[u8]) -> String {
    let request = http2().post(url).body(body.to_vec());
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = request.send().await.unwrap();
    let status = tonic::Status::from_header_map(response.headers());
    let word = status.map_or_else(|| "let in".to_owned(), |status| RefusalDetails::of(&status).reason);
    let headers = format!("{:?}", response.headers());
    test_bed.received.note(&word, &[headers.as_bytes(), &response.bytes().await.unwrap()]);
    word
}
