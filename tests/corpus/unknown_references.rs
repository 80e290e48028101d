//! Well-formed texts that name no existing object; too many entries; missing fields; and texts that
//! only look wrong.

use std::collections::HashMap;

use causeway::v1::{self, get_payment_request::By};
use prost::Message;
use prost_types::Timestamp;

use super::{
    ACCEPTED, Case, MALFORMED,
    hostile_texts::long,
    next,
    texts::{PAYMENT, TEXTS, TOKEN, authorize_request, put_customer_request, tokenize_request},
};
use crate::stage::{
    cards::{customer, only_id, pay},
    order,
};

const UNKNOWN_SYSTEM: &str = "InvalidArgument PAYMENT_SYSTEM_UNKNOWN";
const SYSTEM_NOT_NAMED: &str = "InvalidArgument PAYMENT_SYSTEM_UNNAMED";
const UNKNOWN_PAYMENT: &str = "NotFound PAYMENT_NOT_FOUND";
const UNKNOWN_CARD: &str = "NotFound CARD_NOT_FOUND";
const NO_DEFAULT_CARD: &str = "FailedPrecondition DEFAULT_CARD_MISSING";

/// Names that would match an object if they were interpreted as a pattern or code.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "' OR '1'='1", "x'; DROP TABLE payment; --", "%", "_", "*", "c-%", "c__", "\\", "'", "\"", "1) OR (1=1",
    "${tenant}", "../globex", "globex", "<script>alert(1)</script>", "\u{202e}1-c", "%00", "null",
    "acme/main",
];

/// Names of payment systems that do not exist.
#[rustfmt::skip]
const SYSTEMS: &[&str] = &[
    "third", "' OR '1'='1", "'; DROP TABLE operation; --", "<b>main</b>", "../main", "m\u{430}in", "main ",
    " main", "main%00", "main;second", "main,second", "*", "%", "\u{202e}niam", "globex.main",
    "tenants.acme.payment_systems.main.secret_key", "x",
];

fn unknown_systems() -> Vec<Case> {
    let mut cases = vec![];
    let longest = [long("x", 41), long("y", 64), long("' OR 1=1 --", 5)];
    let longest = longest.iter().map(String::as_str);
    for name in SYSTEMS.iter().copied().chain(longest) {
        let system = || name.to_owned();
        let payment = || v1::AuthorizeRequest { payment_system: system(), ..authorize_request() };
        let check = v1::CheckPolicyRequest { payment: Some(payment()), ..Default::default() };
        let stored = v1::TokenizeRequest { payment_system: system(), ..tokenize_request() };
        let message =
            v1::PutCustomerRequest { payment_system: system(), ..put_customer_request(customer("c-1")) };
        let listed = v1::ListCardsRequest {
            payment_system: system(),
            customer_id: "c-1".to_owned(),
            ..Default::default()
        };
        let label = || format!("payment system {name:?}");
        cases.extend([
            Case::new("Authorize", label(), &payment(), UNKNOWN_SYSTEM).non_repeatable(name),
            Case::new("CheckPolicy", label(), &check, UNKNOWN_SYSTEM).non_repeatable(name),
            Case::new("Tokenize", label(), &stored, UNKNOWN_SYSTEM).non_repeatable(name),
            Case::new("PutCustomer", label(), &message, UNKNOWN_SYSTEM).non_repeatable(name),
            Case::new("ListCards", label(), &listed, UNKNOWN_SYSTEM).non_repeatable(name),
        ]);
    }
    cases
}

fn unknown_names() -> Vec<Case> {
    let mut cases = vec![];
    for name in NAMES {
        let message = |label: &str| format!("{label} {name:?}");
        let (name, card_token) = ((*name).to_owned(), TOKEN.to_owned());
        let look = v1::GetPaymentRequest { by: Some(By::BillingReference(name.clone())), timeline_after: 0 };
        let (customer_id, request_id) = (name.clone(), next());
        let delete = v1::DeleteCardRequest { request_id, customer_id, card_token };
        let default =
            v1::AuthorizeRequest { instrument: None, customer: only_id(&name), ..authorize_request() };
        // The messages of DeleteCard and SetDefaultCard have the same fields.
        cases.extend([
            Case::new("GetPayment", message("reference"), &look, UNKNOWN_PAYMENT),
            Case::new("DeleteCard", message("a card of"), &delete, UNKNOWN_CARD),
            Case::new("SetDefaultCard", message("a card of"), &delete, UNKNOWN_CARD),
            Case::new(
                "Authorize",
                message("a card of"),
                &pay(&next(), "12.50 USD", &name, TOKEN),
                UNKNOWN_CARD,
            ),
            Case::new("Authorize", message("the card of"), &default, NO_DEFAULT_CARD),
        ]);
    }
    let ids = [
        By::PaymentId(PAYMENT.to_owned()),
        By::ProcessorId("pi_1".to_owned()),
        By::RequestId("1".to_owned()),
    ];
    let looks = ids.map(|by| v1::GetPaymentRequest { by: Some(by), timeline_after: 0 });
    cases
        .extend(looks.iter().map(|look| Case::new("GetPayment", format!("{look:?}"), look, UNKNOWN_PAYMENT)));
    let (request_id, payment_id) = (next(), PAYMENT.to_owned());
    let capture = v1::CaptureRequest { request_id, payment_id, amount: None, ..Default::default() };
    // And so have those of Capture and Refund.
    cases.push(Case::new("Capture", "of nothing", &capture, UNKNOWN_PAYMENT));
    cases.push(Case::new("Refund", "of nothing", &capture, UNKNOWN_PAYMENT));
    cases
}

/// Metadata with so many entries, each with a name and the value.
fn many_entries(entries: usize, name: impl Fn(usize) -> String, value: &str) -> v1::AuthorizeRequest {
    let metadata: HashMap<_, _> = (0..entries).map(|entry| (name(entry), value.to_owned())).collect();
    assert_eq!(metadata.len(), entries);
    v1::AuthorizeRequest { metadata, ..authorize_request() }
}

/// The most faults in one message, with names of maximum size: the refusal has to fit into the
/// headers of an answer.
fn too_many_faults() -> Vec<Case> {
    let wide = |entry: usize| format!("{}{entry:02}", long("\u{10348}", 38));
    let brackets = |entry: usize| format!("[{entry:02}]{}", long("\u{10348}", 36));
    let card = "4000 0566 5566 5556";
    let everything = v1::AuthorizeRequest {
        request_id: String::new(),
        receipt_email: "nobody".to_owned(),
        ..many_entries(40, wide, card)
    };
    let case = |label: &str, message: &v1::AuthorizeRequest, verdict| {
        Case::new("Authorize", label, message, verdict).non_repeatable(card)
    };
    vec![
        case("41 entries", &many_entries(41, |entry| format!("k{entry}"), "v"), TEXTS).field("metadata"),
        case("1,000 entries", &many_entries(1000, |entry| format!("k{entry}"), "v"), TEXTS).field("metadata"),
        case("40 wrong values", &many_entries(40, |entry| format!("k{entry:02}"), card), TEXTS)
            .field("metadata[k00]"),
        case("40 wrong names and values", &many_entries(40, |entry| format!("[{entry:02}]"), card), TEXTS),
        case("40 wrong values of long names", &many_entries(40, wide, card), TEXTS),
        case("40 long wrong names and values", &many_entries(40, brackets, card), TEXTS),
        case("everything", &everything, MALFORMED).field("request_id"),
    ]
}

/// Messages without a required field.
fn missing() -> Vec<Case> {
    let case = |method, label: &str, message: Vec<u8>| Case::of_bytes(method, label, message, MALFORMED);
    let unpaid = v1::AuthorizeRequest { instrument: None, ..authorize_request() };
    let cardless = v1::TokenizeRequest { instrument: None, ..tokenize_request() };
    let another_customers = v1::TokenizeRequest { customer: None, ..tokenize_request() };
    let check = v1::CheckPolicyRequest::default();
    let unkept = v1::TokenizeRequest { payment_system: String::new(), ..tokenize_request() };
    let unput =
        v1::PutCustomerRequest { payment_system: String::new(), ..put_customer_request(customer("c-1")) };
    vec![
        case("Authorize", "nothing to pay with", unpaid.encode_to_vec()).field("instrument"),
        case("Tokenize", "no card", cardless.encode_to_vec()).field("instrument"),
        case("Tokenize", "nobody", another_customers.encode_to_vec()).field("customer"),
        case("PutCustomer", "nobody", put_customer_request(None).encode_to_vec()).field("customer"),
        case("CheckPolicy", "nothing", check.encode_to_vec()).field("payment"),
        case("GetPayment", "by nothing", vec![]).field("by"),
        Case::new("Tokenize", "one of two payment systems", &unkept, SYSTEM_NOT_NAMED),
        Case::new("PutCustomer", "one of two payment systems", &unput, SYSTEM_NOT_NAMED),
    ]
}

/// Invalid moments, numbers and statuses of a list.
fn lists() -> Vec<Case> {
    let case = |field: &str, label: String, message: v1::ListPaymentsRequest| {
        Case::new("ListPayments", format!("{field} {label}"), &message, MALFORMED).field(field)
    };
    let mut cases = vec![];
    for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (253_402_300_800_000, 0), (i64::MAX, i32::MAX)] {
        let (moment, label) = (Some(Timestamp { seconds, nanos }), format!("{seconds} {nanos}"));
        let from = v1::ListPaymentsRequest { created_from: moment, ..Default::default() };
        let before = v1::ListPaymentsRequest { created_before: moment, ..Default::default() };
        cases.extend([case("created_from", label.clone(), from), case("created_before", label, before)]);
    }
    for page_size in [-1, 101, 1000, i32::MAX, i32::MIN] {
        let message = v1::ListPaymentsRequest { page_size, ..Default::default() };
        cases.push(case("page_size", page_size.to_string(), message));
    }
    for status in [-1, 12, 99, i32::MAX, i32::MIN] {
        let message = v1::ListPaymentsRequest { status, ..Default::default() };
        cases.push(case("status", status.to_string(), message));
    }
    cases
}

/// All refused cases of this class.
pub(super) fn refused() -> Vec<Case> {
    [unknown_systems(), unknown_names(), too_many_faults(), missing(), lists()].concat()
}

/// Texts that look wrong but are valid.
pub(super) fn good() -> Vec<Case> {
    let texts = [
        "'; DROP TABLE payment; --",
        "<script>alert(1)</script>",
        "\u{202e}txet",
        "%00%0d%0a",
        "${jndi:ldap://a}",
        "\u{1f600}\u{301}",
    ];
    let authorize = |(number, text): (usize, &&str)| {
        let message = v1::AuthorizeRequest {
            billing_reference: (*text).to_owned(),
            description: (*text).to_owned(),
            metadata: [("text".to_owned(), (*text).to_owned())].into(),
            customer: only_id(text),
            ..order(&format!("good-{number}"), "12.50 USD")
        };
        Case::new("Authorize", format!("texts {text:?}"), &message, ACCEPTED)
    };
    let mut cases: Vec<_> = texts.iter().enumerate().map(authorize).collect();
    let payer = Some(v1::Customer { email: "nobody".to_owned(), ..only_id("c-1").unwrap() });
    let unkept = v1::AuthorizeRequest { customer: payer, ..order("no-email", "12.50 USD") };
    cases.push(Case::new("Authorize", "an email that is none, and is not needed", &unkept, ACCEPTED));
    let grouped = order("4000-0566-5566-5557", "12.50 USD");
    cases.push(Case::new("Authorize", "an id of groups", &grouped, ACCEPTED));
    let longest = order(&long("x", 255), "12.50 USD");
    cases.push(Case::new("Authorize", "the longest id", &longest, ACCEPTED));
    let unknown_customer = v1::ListCardsRequest { customer_id: NAMES[0].to_owned(), ..Default::default() };
    cases.push(Case::of_bytes("ListCards", "of nobody", unknown_customer.encode_to_vec(), ACCEPTED));
    cases
}
