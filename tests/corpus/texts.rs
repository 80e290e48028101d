//! Keys and texts: each field of each message with all invalid texts.

use causeway::v1::{self, authorize_request::Instrument, get_payment_request::By, tokenize_request};
use prost::Message;

use super::{
    Case, MALFORMED, customers,
    hostile_texts::{
        card_numbers, controls, long, not_descriptors, not_emails, not_ids, not_ids_with, not_request_ids,
        not_texts, not_urls, not_uuids, owned,
    },
    next, play_class, shown, unknown_references,
};
use crate::stage::{
    Stage,
    cards::{customer, store_card_request},
    method, order,
};

pub(super) const TEXTS: &str = "InvalidArgument TEXTS_BEYOND_LIMITS";

pub(super) const PAYMENT: &str = "0198c3d7-52a6-7b81-8e04-93f6a1d7c2b5";
pub(super) const TOKEN: &str = "ct_abcdefghijklmnopabcdefghijklmnop";

/// A field: the method, the name in `BadRequest`, the invalid texts, and a function that makes
/// an otherwise valid message.
pub(super) struct Field {
    method: &'static str,
    name: &'static str,
    wrong: Vec<String>,
    message: Box<dyn Fn(String) -> Vec<u8>>,
}

pub(super) fn field<M: Message>(
    method: &'static str,
    name: &'static str,
    wrong: Vec<String>,
    message: impl Fn(String) -> M + 'static,
) -> Field {
    Field { method, name, wrong, message: Box::new(move |text| message(text).encode_to_vec()) }
}

/// A field with the same name in `BadRequest` and in the message.
macro_rules! plain {
    ($method:literal $message:ident.$name:ident of $good:expr, $wrong:expr) => {
        field($method, stringify!($name), $wrong, move |$name| v1::$message { $name, ..$good })
    };
}

impl Field {
    fn cases(&self, verdict: &'static str) -> impl Iterator<Item = Case> {
        self.wrong.iter().map(move |text| {
            let label = format!("{} {}", self.name, shown(text));
            let case = Case::of_bytes(self.method, label, (self.message)(text.clone()), verdict);
            case.field(self.name).non_repeatable(text)
        })
    }

    /// A part of the cases of Authorize, as policy checks.
    fn policy_checks(&self) -> impl Iterator<Item = Case> {
        let some = self.wrong.iter().filter(|text| !text.is_empty()).step_by(5);
        some.map(|text| {
            let payment = v1::AuthorizeRequest::decode((self.message)(text.clone()).as_slice()).unwrap();
            let message = v1::CheckPolicyRequest { payment: Some(payment), ..Default::default() };
            let label = format!("{} {}", self.name, shown(text));
            Case::new("CheckPolicy", label, &message, MALFORMED).field(self.name).non_repeatable(text)
        })
    }
}

pub(super) fn authorize_request() -> v1::AuthorizeRequest {
    order(&next(), "12.50 USD")
}

pub(super) fn tokenize_request() -> v1::TokenizeRequest {
    store_card_request(&next(), "c-1", "pm_card_visa")
}

pub(super) fn put_customer_request(customer: Option<v1::Customer>) -> v1::PutCustomerRequest {
    v1::PutCustomerRequest {
        request_id: next(),
        customer,
        payment_system: "main".to_owned(),
        ..Default::default()
    }
}

/// The texts, and the empty text.
pub(super) fn with_empty_text(mut texts: Vec<String>) -> Vec<String> {
    texts.push(String::new());
    texts
}

#[rustfmt::skip]
fn not_card_tokens() -> Vec<String> {
    let shapes = [
        "", "ct_", "ct_abc", &TOKEN[..34], &format!("{TOKEN}a"), &TOKEN.to_uppercase(), "pm_card_visa", "tok_visa",
        "ct_qrstuvwxyzqrstuvwxyzqrstuvwxyzqr", "ct_0123456789abcdef0123456789abcdef",
        "ct_\u{430}bcdefghijklmnopabcdefghijklmnop",
    ];
    [owned(&shapes), not_ids(), card_numbers()].concat()
}

#[rustfmt::skip]
fn authorize() -> Vec<Field> {
    let card = |token| Some(Instrument::CardToken(token));
    let methods = not_ids_with("pm_", &["", "tok_visa", "src_1", "card_1", "cus_1", "ch_1", "pi_1", "seti_1", TOKEN]);
    let customers = not_ids_with("cus_", &["pm_1", "acct_1", "c-1", "tok_1"]);
    vec![
        plain!("Authorize" AuthorizeRequest.request_id of authorize_request(), not_request_ids()),
        field("Authorize", "payment_method", methods, |id| v1::AuthorizeRequest { instrument: method(&id), ..authorize_request() }),
        field("Authorize", "card_token", not_card_tokens(), move |token| v1::AuthorizeRequest {
            instrument: card(token),
            customer: customer("c-1"),
            ..authorize_request()
        }),
        plain!("Authorize" AuthorizeRequest.processor_customer of authorize_request(), customers),
        plain!("Authorize" AuthorizeRequest.billing_reference of authorize_request(), not_texts(255)),
        plain!("Authorize" AuthorizeRequest.description of authorize_request(), not_texts(1000)),
        plain!("Authorize" AuthorizeRequest.receipt_email of authorize_request(), not_emails()),
        plain!("Authorize" AuthorizeRequest.return_url of authorize_request(), not_urls()),
        plain!("Authorize" AuthorizeRequest.payment_system of authorize_request(), not_texts(64)),
    ]
}

/// Metadata and statement descriptors that Stripe would refuse: a policy rule, judged
/// after the other checks.
#[rustfmt::skip]
fn beyond_limits() -> Vec<Field> {
    let with = |key: &str, value: &str| v1::AuthorizeRequest {
        metadata: [(key.to_owned(), value.to_owned())].into(),
        ..authorize_request()
    };
    let keys = ["", "a[b]", "[", "]", "causeway_", "causeway_payment", &long("k", 41), &long("\u{e9}", 41)];
    let keys = [owned(&keys), controls(), card_numbers()].concat();
    let values = [with_empty_text(card_numbers()), vec![long("v", 501), long("\u{20ac}", 501), long("x", 50_000)]].concat();
    vec![
        field("Authorize", "metadata[#0] (name)", keys, move |key| with(&key, "v")),
        field("Authorize", "metadata[order]", values, move |value| with("order", &value)),
        plain!("Authorize" AuthorizeRequest.statement_descriptor_suffix of authorize_request(), not_descriptors()),
    ]
}

#[rustfmt::skip]
fn cards() -> Vec<Field> {
    let methods = not_ids_with("pm_", &["", "tok_visa", "card_1", "cus_1"]);
    let delete = || v1::DeleteCardRequest { request_id: next(), customer_id: "c-1".to_owned(), card_token: TOKEN.to_owned() };
    let choose = || v1::SetDefaultCardRequest { request_id: next(), customer_id: "c-1".to_owned(), card_token: TOKEN.to_owned() };
    let list = || v1::ListCardsRequest { customer_id: "c-1".to_owned(), ..Default::default() };
    vec![
        plain!("Tokenize" TokenizeRequest.request_id of tokenize_request(), not_request_ids()),
        field("Tokenize", "payment_method", methods, |id| v1::TokenizeRequest {
            instrument: Some(tokenize_request::Instrument::PaymentMethod(id)),
            ..tokenize_request()
        }),
        plain!("Tokenize" TokenizeRequest.return_url of tokenize_request(), not_urls()),
        plain!("Tokenize" TokenizeRequest.payment_system of tokenize_request(), not_texts(64)),
        plain!("PutCustomer" PutCustomerRequest.request_id of put_customer_request(customer("c-1")), not_request_ids()),
        plain!("PutCustomer" PutCustomerRequest.payment_system of put_customer_request(customer("c-1")), not_texts(64)),
        plain!("DeleteCard" DeleteCardRequest.request_id of delete(), not_request_ids()),
        plain!("DeleteCard" DeleteCardRequest.customer_id of delete(), with_empty_text(not_texts(255))),
        plain!("DeleteCard" DeleteCardRequest.card_token of delete(), not_card_tokens()),
        plain!("SetDefaultCard" SetDefaultCardRequest.request_id of choose(), not_request_ids()),
        plain!("SetDefaultCard" SetDefaultCardRequest.customer_id of choose(), with_empty_text(not_texts(255))),
        plain!("SetDefaultCard" SetDefaultCardRequest.card_token of choose(), not_card_tokens()),
        plain!("ListCards" ListCardsRequest.customer_id of list(), with_empty_text(not_texts(255))),
        plain!("ListCards" ListCardsRequest.payment_system of list(), not_texts(64)),
        plain!("ListPaymentOptions" ListPaymentOptionsRequest.customer_id of Default::default(), not_texts(255)),
    ]
}

#[rustfmt::skip]
fn follow_ups() -> Vec<Field> {
    let refund = || v1::RefundRequest { request_id: next(), payment_id: PAYMENT.to_owned(), ..Default::default() };
    let capture = || v1::CaptureRequest { request_id: next(), payment_id: PAYMENT.to_owned(), amount: None, ..Default::default() };
    let void = || v1::VoidRequest { request_id: next(), payment_id: PAYMENT.to_owned() };
    let look = |by| v1::GetPaymentRequest { by: Some(by), timeline_after: 0 };
    let check = || v1::CheckPolicyRequest { payment: Some(authorize_request()), ..Default::default() };
    let ids = not_ids_with("pi_", &["", "cus_1", "pm_1", "seti_1", "x_1"]);
    let tokens = not_uuids().into_iter().filter(|token| !token.is_empty()).collect();
    let operations = ["Nothing", "authorize", "AUTHORIZE", "GetPayment", "ListCards", "CheckPolicy", "Authorize "];
    let operations = [owned(&operations), not_ids(), card_numbers()].concat();
    vec![
        plain!("Refund" RefundRequest.request_id of refund(), not_request_ids()),
        plain!("Refund" RefundRequest.payment_id of refund(), not_uuids()),
        plain!("Refund" RefundRequest.note of refund(), not_texts(500)),
        plain!("Capture" CaptureRequest.request_id of capture(), not_request_ids()),
        plain!("Capture" CaptureRequest.payment_id of capture(), not_uuids()),
        plain!("Void" VoidRequest.request_id of void(), not_request_ids()),
        plain!("Void" VoidRequest.payment_id of void(), not_uuids()),
        field("GetPayment", "payment_id", not_uuids(), move |id| look(By::PaymentId(id))),
        field("GetPayment", "billing_reference", with_empty_text(not_texts(255)), move |id| look(By::BillingReference(id))),
        field("GetPayment", "processor_id", ids, move |id| look(By::ProcessorId(id))),
        field("GetPayment", "request_id", not_request_ids(), move |id| look(By::RequestId(id))),
        plain!("ListPayments" ListPaymentsRequest.billing_reference of Default::default(), not_texts(255)),
        plain!("ListPayments" ListPaymentsRequest.page_token of Default::default(), tokens),
        plain!("CheckPolicy" CheckPolicyRequest.operation of check(), operations),
    ]
}

#[tokio::test]
async fn each_field_accepts_only_valid_texts() {
    let stage = Stage::open().await;
    let (paid, customer_fields) = (authorize(), customers::all_fields());
    let mut refused: Vec<_> = paid.iter().flat_map(Field::policy_checks).collect();
    for field in paid.iter().chain(&customer_fields).chain(&cards()).chain(&follow_ups()) {
        refused.extend(field.cases(MALFORMED));
    }
    refused.extend(beyond_limits().iter().flat_map(|field| field.cases(TEXTS)));
    refused.extend(customers::without_email());
    refused.extend(unknown_references::refused());
    play_class("keys and texts", &stage, refused, unknown_references::good(), (4930, 10)).await;
}
