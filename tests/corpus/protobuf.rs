//! Bytes that are no message: cut, and with other wire types and lengths.

use causeway::v1::{self, authorize_request::Instrument, tokenize_request};
use prost::Message;

use super::{
    Case, MALFORMED, bytes, play_class,
    texts::{PAYMENT, TEXTS},
};
use crate::stage::{
    Stage,
    billing::money,
    cards::{card, customer, store_card_request},
    order,
};

pub(super) const BROKEN: &str = "InvalidArgument MALFORMED_MESSAGE";

/// A method and a good message as a list of encoded fields. Without the last field the message is
/// refused, so that every cut is visible.
struct Good(&'static str, Vec<Vec<u8>>);

/// Wire types: varint, eight bytes, length and bytes, begin and end of a group, four
/// bytes. There is no sixth and no seventh.
const WIRE_TYPES: [u8; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

/// A value of a wire type, after the key; a group ends with the number of the start.
fn value(number: u64, wire_type: u8) -> Vec<u8> {
    match wire_type {
        0 | 2 => vec![0],
        1 => vec![0; 8],
        3 => key(number, 4),
        5 => vec![0; 4],
        _ => vec![],
    }
}

/// Lengths that no field has: around 2^31, and the largest encodable ones.
const LENGTHS: [u64; 7] = [200, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_ffff, 0x1_0000_0001, u64::MAX];

pub(super) fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = vec![];
    while value > 0x7f {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

/// A field's key: the number and the wire type.
pub(super) fn key(number: u64, wire_type: u8) -> Vec<u8> {
    varint(number << 3 | u64::from(wire_type))
}

/// A field of bytes.
pub(super) fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    [key(number, 2), varint(u64::try_from(bytes.len()).unwrap()), bytes.to_vec()].concat()
}

fn read_varint(bytes: &[u8]) -> (u64, &[u8]) {
    let length = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    let (varint, rest) = bytes.split_at(length);
    (varint.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f)), rest)
}

/// The fields of a message that contains only varints and lengths.
pub(super) fn fields(mut message: &[u8]) -> Vec<Vec<u8>> {
    let mut fields = vec![];
    while !message.is_empty() {
        let (key, behind) = read_varint(message);
        let (value, behind) = read_varint(behind);
        let rest = if key & 7 == 2 { &behind[usize::try_from(value).unwrap()..] } else { behind };
        fields.push(message[..message.len() - rest.len()].to_vec());
        message = rest;
    }
    fields
}

/// The number of a field, and the wire type.
fn number(field: &[u8]) -> (u64, u8) {
    let (key, _) = read_varint(field);
    (key >> 3, u8::try_from(key & 7).unwrap())
}

impl Good {
    /// The good message with the first field, which is required, at the end.
    fn of(method: &'static str, message: &impl Message) -> Good {
        let mut fields = fields(&message.encode_to_vec());
        fields.rotate_left(1);
        Good(method, fields)
    }

    fn all() -> Vec<Good> {
        let payer = || Some(full_customer());
        let authorize = v1::AuthorizeRequest { customer: payer(), ..full() };
        let card = v1::AuthorizeRequest {
            instrument: Some(Instrument::Card(card("4242424242424242", "737"))),
            ..order("r", "1.00 USD")
        };
        let tokenize = v1::TokenizeRequest {
            customer: payer(),
            instrument: Some(tokenize_request::Instrument::Card(full_card())),
            reuse: v1::CardReuse::OnSession.into(),
            currency: "USD".to_owned(),
            make_default: true,
            return_url: "https://a.de/".to_owned(),
            ..store_card_request("r", "c-1", "")
        };
        let put = v1::PutCustomerRequest {
            request_id: "r".to_owned(),
            customer: payer(),
            payment_system: "main".to_owned(),
            ..Default::default()
        };
        let (request_id, payment_id) = ("r".to_owned(), PAYMENT.to_owned());
        let refund = v1::RefundRequest {
            request_id,
            payment_id,
            amount: Some(money("1.00 USD")),
            reason: v1::RefundReason::Duplicate.into(),
            note: "a note".to_owned(),
            ..Default::default()
        };
        let check = v1::CheckPolicyRequest {
            operation: "Authorize".to_owned(),
            payment: Some(order("r", "1.00 USD")),
        };
        let mut check = Good::of("CheckPolicy", &check);
        check.1.rotate_left(1);
        vec![
            Good::of("Authorize", &authorize),
            Good::of("Authorize", &card),
            Good::of("Tokenize", &tokenize),
            Good::of("PutCustomer", &put),
            Good::of("Refund", &refund),
            check,
        ]
    }

    /// Cut after each byte. Between two fields the rest is a message with a missing part.
    fn cut(&self) -> Vec<Case> {
        let Good(method, fields) = self;
        let whole = fields.concat();
        let mut ends = vec![0];
        ends.extend(fields.iter().scan(0, |end, field| {
            *end += field.len();
            Some(*end)
        }));
        let cut = |length: usize| {
            let verdict = if ends.contains(&length) { MALFORMED } else { BROKEN };
            let label = format!("of {} bytes, cut to {length}", whole.len());
            Case::of_bytes(method, label, whole[..length].to_vec(), verdict)
        };
        (0..whole.len()).map(cut).collect()
    }

    /// Each field with each other wire type, and each length with each other length.
    fn other_fields(&self) -> Vec<Case> {
        let Good(method, fields) = self;
        let size = fields.concat().len();
        let mut cases = vec![];
        for (place, field) in fields.iter().enumerate() {
            let (number, right) = number(field);
            let with = |label: String, field: Vec<u8>| {
                let mut fields = fields.clone();
                fields[place] = field;
                let label = format!("of {size} bytes, field {number} {label}");
                Case::of_bytes(method, label, fields.concat(), BROKEN)
            };
            for wire_type in WIRE_TYPES.into_iter().filter(|wire_type| *wire_type != right) {
                let other = [key(number, wire_type), value(number, wire_type)].concat();
                let case = with(format!("of wire type {wire_type}"), other);
                // prost reads an entry of a map under every wire type: here an empty entry.
                let entry = (*method, number, wire_type) == ("Authorize", 8, 0);
                cases.push(Case { verdict: if entry { TEXTS } else { BROKEN }, ..case });
            }
            if right == 2 {
                let long =
                    |length| with(format!("of length {length}"), [key(number, 2), varint(length)].concat());
                // Only lengths above the number of bytes behind the field are used.
                let behind: usize = fields[place + 1..].iter().map(Vec::len).sum();
                cases.extend(
                    LENGTHS.into_iter().filter(|length| *length > behind.try_into().unwrap()).map(long),
                );
            }
        }
        cases
    }
}

/// A message within an Authorize: the name, the fields around the message, and a good content.
type Within = (&'static str, fn(&[u8]) -> Vec<u8>, Vec<u8>);

/// Fields of messages within messages, each with each other wire type.
fn within() -> Vec<Case> {
    let address = |bytes: &[u8]| field(15, &field(5, bytes));
    let places: [Within; 5] = [
        ("amount", |bytes| field(2, bytes), money("1.00 USD").encode_to_vec()),
        ("expected_total", |bytes| field(18, bytes), money("1.00 USD").encode_to_vec()),
        ("customer", |bytes| field(15, bytes), full_customer().encode_to_vec()),
        ("address", address, full_customer().address.unwrap().encode_to_vec()),
        ("card", |bytes| field(14, bytes), full_card().encode_to_vec()),
    ];
    let good = order("r", "1.00 USD").encode_to_vec();
    let mut cases = vec![];
    for (name, within, message) in places {
        for inner in fields(&message) {
            let (number, right) = number(&inner);
            for wire_type in WIRE_TYPES.into_iter().filter(|wire_type| *wire_type != right) {
                let other = [key(number, wire_type), value(number, wire_type)].concat();
                let label = format!("{name}.{number} of wire type {wire_type}");
                let message = [good.clone(), within(&other)].concat();
                cases.push(Case::of_bytes("Authorize", label, message, BROKEN));
            }
        }
    }
    cases
}

/// Every field of a payment with a PaymentMethod.
pub(super) fn full() -> v1::AuthorizeRequest {
    v1::AuthorizeRequest {
        capture_mode: v1::CaptureMode::Manual.into(),
        billing_reference: "INV-17".to_owned(),
        description: "Fiber".to_owned(),
        metadata: [("order".to_owned(), "17".to_owned())].into(),
        receipt_email: "a@b.de".to_owned(),
        statement_descriptor_suffix: "FIBER".to_owned(),
        off_session: true,
        payment_system: "main".to_owned(),
        expected_total: Some(money("1.00 USD")),
        ..order("r", "1.00 USD")
    }
}

fn full_customer() -> v1::Customer {
    v1::Customer {
        name: "Ann".to_owned(),
        phone: "+4930123456".to_owned(),
        address: Some(v1::Address {
            city: "Bonn".to_owned(),
            country: "DE".to_owned(),
            ..Default::default()
        }),
        language: "de".to_owned(),
        ..customer("c-1").unwrap()
    }
}

fn full_card() -> v1::CardData {
    let mut card = card("4242424242424242", "737");
    "Ann".clone_into(&mut card.holder_name);
    card
}

#[tokio::test]
async fn bytes_that_decode_to_no_message_are_refused() {
    let stage = Stage::open().await;
    let mut refused = vec![];
    for good in Good::all() {
        refused.extend(good.cut());
        refused.extend(good.other_fields());
    }
    refused.extend(within());
    refused.extend(bytes::refused());
    play_class("protobuf wire", &stage, refused, bytes::good(), (1777, 9)).await;
}
