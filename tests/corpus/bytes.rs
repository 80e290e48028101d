//! Unusual bytes: bad varints and groups, texts that are not UTF-8, undefined enum values, repeated
//! fields, and bytes that are not protobuf.

use prost::Message;

use super::{
    ACCEPTED, Case, MALFORMED, next,
    protobuf::{BROKEN, field, fields, full, key, varint},
    texts::TEXTS,
};
use crate::stage::order;

const TOO_LARGE: &str = "OutOfRange MESSAGE_TOO_LARGE";

/// Not UTF-8: never, cut, overlong, a surrogate, beyond the last character, Latin-1.
const NOT_UTF_8: [&[u8]; 9] = [
    b"\xff",
    b"a\x80",
    b"\xc0\x80",
    b"\xe0\x80\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe2\x82",
    b"\xfe\xff\0a",
    b"M\xfcnchen",
];

/// Every text field: the method, and the numbers of the fields on the path to the text.
#[rustfmt::skip]
const TEXT_FIELDS: &[(&str, &[&[u64]])] = &[
    ("Authorize", &[
        &[1], &[2, 1], &[2, 2], &[4], &[5], &[6], &[7], &[8, 1], &[8, 2], &[9], &[10], &[11], &[13], &[14, 1], &[14, 4],
        &[14, 5], &[15, 1], &[15, 2], &[15, 3], &[15, 4], &[15, 5, 1], &[15, 5, 4], &[15, 5, 6], &[15, 6], &[17], &[18, 1],
    ]),
    ("Tokenize", &[&[1], &[2, 1], &[2, 2], &[3], &[4, 1], &[4, 4], &[6], &[7], &[9]]),
    ("PutCustomer", &[&[1], &[2, 1], &[2, 2], &[2, 5, 3], &[3]]),
    ("Capture", &[&[1], &[2], &[3, 1], &[3, 2]]),
    ("Refund", &[&[1], &[2], &[3, 1], &[5]]),
    ("Void", &[&[1], &[2]]),
    ("GetPayment", &[&[1], &[2], &[3], &[4]]),
    ("ListPayments", &[&[1], &[6]]),
    ("ListPaymentOptions", &[&[1], &[2]]),
    ("CheckPolicy", &[&[1], &[2, 1], &[2, 7], &[2, 14, 1]]),
    ("DeleteCard", &[&[1], &[2], &[3]]),
    ("SetDefaultCard", &[&[1], &[2], &[3]]),
    ("ListCards", &[&[1], &[2]]),
];

/// Enums: the method, the field's number and name, and the first undefined value.
const ENUMS: [(&str, u64, &str, u64); 5] = [
    ("Authorize", 3, "capture_mode", 3),
    ("Authorize", 16, "store_card", 4),
    ("Tokenize", 5, "reuse", 4),
    ("Refund", 4, "reason", 4),
    ("ListPayments", 2, "status", 12),
];

fn good_message() -> Vec<u8> {
    order("r", "1.00 USD").encode_to_vec()
}

/// A good Authorize with more bytes at the end.
fn followed_by(label: impl Into<String>, bytes: &[u8], verdict: &'static str) -> Case {
    Case::of_bytes("Authorize", label, [&good_message(), bytes].concat(), verdict)
}

/// Nested groups of the given depth, under an unknown field number.
fn groups(depth: usize) -> Vec<u8> {
    [key(1000, 3).repeat(depth), key(1000, 4).repeat(depth)].concat()
}

fn not_utf_8() -> Vec<Case> {
    let mut cases = vec![];
    for (method, paths) in TEXT_FIELDS {
        for path in *paths {
            for text in NOT_UTF_8 {
                let message = path.iter().rev().fold(text.to_vec(), |inner, number| field(*number, &inner));
                cases.push(Case::of_bytes(method, format!("field {path:?} of {text:?}"), message, BROKEN));
            }
        }
    }
    cases
}

fn unknown_values() -> Vec<Case> {
    let mut cases = vec![];
    for (method, number, name, first) in ENUMS {
        // The maximum, the minimum and -1 of an i32; on the wire an enum may be as wide as any
        // integer.
        for value in [first, first + 1, 99, 0x7fff_ffff, 0xffff_ffff_8000_0000, u64::MAX] {
            let message = [key(number, 0), varint(value)].concat();
            cases.push(Case::of_bytes(method, format!("{name} {value}"), message, MALFORMED).field(name));
        }
    }
    cases
}

fn varints_and_groups() -> Vec<Case> {
    let mode = |varint: &[u8]| [key(3, 0), varint.to_vec()].concat();
    let length = |varint: &[u8]| [key(7, 2), varint.to_vec()].concat();
    let endless = [0x80; 11];
    let overflow = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
    let cases: &[(&str, Vec<u8>)] = &[
        ("a key without an end", vec![0x80]),
        ("a key of eleven bytes", endless.to_vec()),
        ("a key of more than 64 bits", overflow.to_vec()),
        ("a key of more than 32 bits", varint(1 << 32 | 1)),
        ("the field 0", vec![0x00, 0x00]),
        ("the field 0 of bytes", vec![0x02, 0x00]),
        ("the field 0 of a long key", vec![0x80, 0x80, 0x00, 0x00]),
        ("wire type 6", key(1000, 6)),
        ("wire type 7", key(1000, 7)),
        ("a value without an end", mode(&[0x80])),
        ("a value of eleven bytes", mode(&endless)),
        ("a value of more than 64 bits", mode(&overflow)),
        ("a length without an end", length(&[0xff])),
        ("a length of eleven bytes", length(&endless)),
        ("a length of more than 64 bits", length(&overflow)),
        ("an unknown field beyond the end", [key(1000, 2), varint(0x8000_0000)].concat()),
        ("an unknown number of four bytes, cut", [key(1000, 5), vec![0; 3]].concat()),
        ("an unknown number of eight bytes, cut", [key(1000, 1), vec![0; 7]].concat()),
        ("a group that is not ended", key(1000, 3)),
        ("a group that is ended by another", [key(1000, 3), key(1001, 4)].concat()),
        ("a group that was not begun", key(1000, 4)),
        ("groups across", [key(1000, 3), key(1001, 3), key(1000, 4), key(1001, 4)].concat()),
        ("a group around a broken field", [key(1000, 3), vec![0x80], key(1000, 4)].concat()),
        ("a group that ends in a message", [key(1000, 3), field(1001, &key(1000, 4))].concat()),
        ("101 groups", groups(101)),
        ("1,000 groups", groups(1000)),
        ("20,000 groups", groups(20_000)),
        ("20,000 groups that are not ended", key(1000, 3).repeat(20_000)),
        ("1,000 groups in an amount", field(2, &groups(1000))),
        ("1,000 groups in an address", field(15, &field(5, &groups(1000)))),
        ("a zero", vec![0]),
        ("64 ones", vec![0xff; 64]),
        ("a line", b"\r\n".to_vec()),
    ];
    cases.iter().map(|(label, bytes)| followed_by(*label, bytes, BROKEN)).collect()
}

/// Of a repeated scalar field the last value counts, and repeated messages are merged.
fn repeated_fields() -> Vec<Case> {
    let many = field(1, b"r").repeat(10_000);
    let other = |label: &str, bytes: Vec<u8>, name: &str| followed_by(label, &bytes, MALFORMED).field(name);
    let (who, phone) = (field(15, &field(1, b"c-1")), field(15, &field(4, b"1")));
    let entries = ["v", ""].map(|value| field(8, &[field(1, b"k"), field(2, value.as_bytes())].concat()));
    vec![
        other("another id", field(1, b"a b"), "request_id"),
        other("no id", field(1, b""), "request_id"),
        other("10,000 ids", [many, field(1, b"a b")].concat(), "request_id"),
        other("another amount", field(2, &field(1, b"-1")), "amount"),
        other("another currency", field(2, &field(2, b"usd")), "amount.currency"),
        other("another method", field(4, b"tok_visa"), "payment_method"),
        other("a token too", field(13, b"ct_"), "card_token"),
        other("a card too", field(14, &field(1, b"4000056655665550")), "card.number"),
        other("two customers", [who, phone].concat(), "customer.phone"),
        followed_by("two entries", &entries.concat(), TEXTS),
    ]
}

/// Bytes that are not protobuf, and messages above the size limit.
fn other_formats() -> Vec<Case> {
    let case =
        |label: &str, bytes: &[u8], verdict| Case::of_bytes("Authorize", label, bytes.to_vec(), verdict);
    vec![
        case("HTTP", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", BROKEN),
        case("JSON", b"{\"request_id\":\"r\",\"amount\":{\"amount\":\"1.00\",\"currency\":\"USD\"}}", BROKEN),
        case(
            "XML",
            b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"/etc/passwd\">]><a>&b;</a>",
            BROKEN,
        ),
        case("a form", b"request_id=r&amount=1.00", BROKEN),
        case("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0", BROKEN),
        case("UTF-16", b"\xff\xfer\0e\0q\0", BROKEN),
        case("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", BROKEN),
        case("1,000 zeros", &[0; 1000], BROKEN),
        case("65,536 ones", &[0xff; 65_536], BROKEN),
        case("another frame", &[&[0, 0, 0, 0, 9], good_message().as_slice()].concat(), BROKEN),
        case("131,073 bytes", &field(7, &[b'x'; 131_069]), TOO_LARGE),
        case("a million bytes", &field(7, &[b'x'; 1_000_000]), TOO_LARGE),
    ]
}

/// All refused cases of this class.
pub(super) fn refused() -> Vec<Case> {
    [not_utf_8(), unknown_values(), varints_and_groups(), repeated_fields(), other_formats()].concat()
}

/// Fields of a newer contract, and the output of other encoders.
pub(super) fn good() -> Vec<Case> {
    let id = || field(1, next().as_bytes());
    let with = |label: &str, bytes: &[u8]| {
        let message = [good_message(), bytes.to_vec(), id()].concat();
        Case::of_bytes("Authorize", label, message, ACCEPTED)
    };
    let mut backwards = fields(&full().encode_to_vec());
    backwards.reverse();
    let mut wide_id = id();
    // The length of the id, in two bytes in place of one.
    wide_id.splice(1..2, [wide_id[1] | 0x80, 0]);
    vec![
        with("an unknown varint", &[key(1000, 0), varint(u64::MAX)].concat()),
        with("an unknown number of eight bytes", &[key(1000, 1), vec![0xff; 8]].concat()),
        with("unknown bytes", &field(1000, b"\xff\xfe")),
        with("an unknown group", &groups(60)),
        with("an unknown number of four bytes", &[key(1000, 5), vec![0xff; 4]].concat()),
        with("an unknown field of a known message", &field(2, &field(1000, b"x"))),
        with("the largest field number", &field((1 << 29) - 1, b"x")),
        with("a long length", &wide_id),
        Case::of_bytes("Authorize", "backwards", [backwards.concat(), id()].concat(), ACCEPTED),
    ]
}
