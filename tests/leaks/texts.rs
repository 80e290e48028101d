//! Card numbers in every text field of every call, in every spelling that is refused.

use causeway::v1::{self, authorize_request, get_payment_request::By};

use super::{
    canary::{Card, Deck},
    requests::customer,
    test_bed::{TestBed, with_long_deadline},
};
use crate::stage::order;

/// Puts a text into a field; ids and addresses get the plain number in their own shape.
type PutText<M> = fn(&mut M, &Card, String);

const AUTHORIZE: &[(&str, PutText<v1::AuthorizeRequest>)] = &[
    ("request_id", |m, card, _| m.request_id = format!("card-{}-1", card.number)),
    ("amount.amount", |m, _, text| m.amount.as_mut().unwrap().amount = text),
    ("amount.currency", |m, _, text| m.amount.as_mut().unwrap().currency = text),
    ("payment_method", |m, card, _| m.instrument = crate::stage::method(&format!("pm_{}", card.number))),
    ("payment_method, bare", |m, _, text| m.instrument = crate::stage::method(&text)),
    ("card_token", |m, _, text| m.instrument = Some(authorize_request::Instrument::CardToken(text))),
    ("processor_customer", |m, card, _| m.processor_customer = format!("cus_{}", card.number)),
    ("billing_reference", |m, _, text| m.billing_reference = text),
    ("description", |m, _, text| m.description = text),
    ("metadata's key", |m, _, text| m.metadata = [(text, "x".to_owned())].into()),
    ("metadata's value", |m, _, text| m.metadata = [("card".to_owned(), text)].into()),
    ("receipt_email", |m, card, _| m.receipt_email = format!("{}@example.com", card.number)),
    ("statement_descriptor_suffix", |m, card, _| {
        m.statement_descriptor_suffix = format!("X {}", card.number)
    }),
    ("return_url", |m, card, _| m.return_url = format!("https://example.com/?card={}", card.number)),
    ("payment_system", |m, _, text| m.payment_system = text),
    ("expected_total.amount", |m, _, text| {
        m.expected_total = Some(v1::Money { amount: text, currency: "USD".to_owned() });
    }),
    ("expected_total.currency", |m, _, text| {
        m.expected_total = Some(v1::Money { amount: "1".to_owned(), currency: text });
    }),
];

const CUSTOMER: &[(&str, PutText<v1::Customer>)] = &[
    ("id", |m, _, text| m.id = text),
    ("email", |m, card, _| m.email = format!("{}@example.com", card.number)),
    ("email, bare", |m, _, text| m.email = text),
    ("name", |m, _, text| m.name = text),
    ("phone", |m, _, text| m.phone = text),
    ("language", |m, _, text| m.language = text),
    ("line1", |m, _, text| m.address.as_mut().unwrap().line1 = text),
    ("line2", |m, _, text| m.address.as_mut().unwrap().line2 = text),
    ("city", |m, _, text| m.address.as_mut().unwrap().city = text),
    ("state", |m, _, text| m.address.as_mut().unwrap().state = text),
    ("postal_code", |m, _, text| m.address.as_mut().unwrap().postal_code = text),
    ("country", |m, _, text| m.address.as_mut().unwrap().country = text),
];

/// The refusals of a text with a card number.
const OF_FORM: [&str; 2] = ["MALFORMED_REQUEST", "TEXTS_BEYOND_LIMITS"];

/// The number as a person could type the digits.
fn spellings_of(card: &Card) -> [String; 5] {
    let wide = |digit: char| char::from_u32(0xff10 + digit.to_digit(10).unwrap()).unwrap();
    [
        card.number.clone(),
        card.grouped(" "),
        format!("card {}, ok", card.grouped("-")),
        card.grouped("\u{a0}"),
        card.number.chars().map(wide).collect(),
    ]
}

/// Card numbers in every text field of every call.
pub(super) async fn play(test_bed: &TestBed, deck: &mut Deck) {
    for (field, put) in AUTHORIZE {
        let card = deck.one();
        for text in spellings_of(&card) {
            let mut message = order("text", "15.00 USD");
            put(&mut message, &card, text);
            let answer = test_bed.authorize(message).await;
            assert!(OF_FORM.contains(&answer.as_str()), "{field}: {answer}");
        }
    }
    for (place, (field, put)) in CUSTOMER.iter().enumerate() {
        let card = deck.one();
        for (writing, text) in spellings_of(&card).into_iter().enumerate() {
            let mut payer = customer("text");
            put(&mut payer, &card, text);
            customers(test_bed, field, &format!("text-{place}-{writing}"), payer).await;
        }
    }
    let card = deck.one();
    for text in spellings_of(&card) {
        follow_ups(test_bed, &card, &text).await;
        look_ups(test_bed, &card, &text).await;
        stored_cards(test_bed, &card, &text).await;
    }
}

/// A customer with a card number in a field, in each call that takes customers.
async fn customers(test_bed: &TestBed, field: &str, id: &str, payer: v1::Customer) {
    let payment =
        v1::AuthorizeRequest { customer: Some(payer.clone()), ..order(&format!("{id}-pay"), "15.00 USD") };
    let answer = test_bed.authorize(payment).await;
    // A payment that stores no card needs no email, and ignores an invalid email.
    let taken = if field.starts_with("email") { "APPROVED" } else { "MALFORMED_REQUEST" };
    assert_eq!(answer, taken, "customer.{field}");
    let stored = v1::TokenizeRequest {
        request_id: format!("{id}-keep"),
        customer: Some(payer.clone()),
        instrument: Some(v1::tokenize_request::Instrument::PaymentMethod("pm_card_visa".to_owned())),
        payment_system: "full".to_owned(),
        ..Default::default()
    };
    let answer = test_bed.tokenize(stored).await;
    let taken = if field.starts_with("email") { "EMAIL_REQUIRED" } else { "MALFORMED_REQUEST" };
    assert_eq!(answer, taken, "customer.{field}");
    let put = v1::PutCustomerRequest {
        request_id: format!("{id}-put"),
        customer: Some(payer),
        payment_system: "full".to_owned(),
        ..Default::default()
    };
    let answer = test_bed.client().put_customer(with_long_deadline(put)).await;
    let outcome = test_bed.received.record(answer, |_| "PUT".to_owned());
    assert_eq!(outcome, "MALFORMED_REQUEST", "customer.{field}");
}

/// Sends each of the messages; all are refused.
macro_rules! refused {
    ($test_bed:expr, $method:ident, $($message:expr),+ $(,)?) => {$(
        let message = $message;
        let shown = format!("{message:?}");
        let outcome = $test_bed.client().$method(with_long_deadline(message)).await;
        let outcome = $test_bed.received.record(outcome, |_| "ANSWERED".to_owned());
        assert_eq!(outcome, "MALFORMED_REQUEST", "{shown}");
    )+};
}

/// An id without a card number.
fn id() -> String {
    "text".to_owned()
}

/// An id that holds a card number.
fn in_id(card: &Card) -> String {
    format!("card-{}-1", card.number)
}

/// The calls about an existing payment, with a card number in each text.
async fn follow_ups(test_bed: &TestBed, card: &Card, text: &str) {
    let value = || text.to_owned();
    let payment_id = || "01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d".to_owned();
    let amount = || Some(v1::Money { amount: value(), currency: "USD".to_owned() });
    let capture = || v1::CaptureRequest {
        request_id: id(),
        payment_id: payment_id(),
        amount: None,
        ..Default::default()
    };
    refused!(
        test_bed,
        capture,
        v1::CaptureRequest { request_id: in_id(card), ..capture() },
        v1::CaptureRequest { payment_id: value(), ..capture() },
        v1::CaptureRequest { amount: amount(), ..capture() },
    );
    let refund =
        || v1::RefundRequest { request_id: id(), payment_id: payment_id(), ..v1::RefundRequest::default() };
    refused!(
        test_bed,
        refund,
        v1::RefundRequest { request_id: in_id(card), ..refund() },
        v1::RefundRequest { payment_id: value(), ..refund() },
        v1::RefundRequest { amount: amount(), ..refund() },
        v1::RefundRequest { note: value(), ..refund() },
    );
    refused!(
        test_bed,
        void,
        v1::VoidRequest { request_id: in_id(card), payment_id: payment_id() },
        v1::VoidRequest { request_id: id(), payment_id: value() },
    );
}

/// Look-ups, with a card number in each text.
async fn look_ups(test_bed: &TestBed, card: &Card, text: &str) {
    let value = || text.to_owned();
    refused!(
        test_bed,
        get_payment,
        v1::GetPaymentRequest { by: Some(By::PaymentId(value())), timeline_after: 0 },
        v1::GetPaymentRequest { by: Some(By::BillingReference(value())), timeline_after: 0 },
        v1::GetPaymentRequest { by: Some(By::ProcessorId(value())), timeline_after: 0 },
        v1::GetPaymentRequest { by: Some(By::RequestId(in_id(card))), timeline_after: 0 },
    );
    refused!(
        test_bed,
        list_payments,
        v1::ListPaymentsRequest { billing_reference: value(), ..Default::default() },
        v1::ListPaymentsRequest { page_token: value(), ..Default::default() },
    );
    refused!(
        test_bed,
        list_payment_options,
        v1::ListPaymentOptionsRequest { currency: value(), customer_id: String::new() },
        v1::ListPaymentOptionsRequest { currency: String::new(), customer_id: value() },
    );
    refused!(
        test_bed,
        check_policy,
        v1::CheckPolicyRequest { operation: value(), payment: Some(order("text", "15.00 USD")) },
        v1::CheckPolicyRequest {
            operation: String::new(),
            payment: Some(v1::AuthorizeRequest { description: value(), ..order("text", "15.00 USD") }),
        },
    );
}

/// The calls about stored cards, with a card number in each text.
async fn stored_cards(test_bed: &TestBed, card: &Card, text: &str) {
    let value = || text.to_owned();
    refused!(
        test_bed,
        delete_card,
        v1::DeleteCardRequest { request_id: in_id(card), customer_id: id(), card_token: id() },
        v1::DeleteCardRequest { request_id: id(), customer_id: value(), card_token: id() },
        v1::DeleteCardRequest { request_id: id(), customer_id: id(), card_token: value() },
    );
    refused!(
        test_bed,
        list_cards,
        v1::ListCardsRequest { customer_id: value(), payment_system: String::new(), ..Default::default() },
        v1::ListCardsRequest { customer_id: id(), payment_system: value(), ..Default::default() },
    );
    let card_request = || v1::TokenizeRequest {
        request_id: id(),
        customer: Some(customer("text")),
        instrument: Some(v1::tokenize_request::Instrument::PaymentMethod("pm_card_visa".to_owned())),
        ..Default::default()
    };
    let method = |id: String| Some(v1::tokenize_request::Instrument::PaymentMethod(id));
    refused!(
        test_bed,
        tokenize,
        v1::TokenizeRequest { request_id: in_id(card), ..card_request() },
        v1::TokenizeRequest { instrument: method(format!("pm_{}", card.number)), ..card_request() },
        v1::TokenizeRequest { payment_system: value(), ..card_request() },
        v1::TokenizeRequest { currency: value(), ..card_request() },
        v1::TokenizeRequest { return_url: format!("https://example.com/{}", card.number), ..card_request() },
    );
    let put = |request_id: String, payment_system: String| v1::PutCustomerRequest {
        request_id,
        customer: Some(customer("text")),
        payment_system,
        ..Default::default()
    };
    refused!(test_bed, put_customer, put(in_id(card), String::new()), put(id(), value()));
    let choice = v1::SetDefaultCardRequest { request_id: id(), customer_id: id(), card_token: value() };
    refused!(test_bed, set_default_card, choice);
}
