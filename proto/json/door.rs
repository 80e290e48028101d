//! No text field of any request takes a card number, except the field of a card's number itself.

use prost_reflect::{FieldDescriptor, Kind, MapKey, Value as Field};

use super::*;
use crate::{
    refusal::{Refusal, Violation},
    request::{
        Authorize, Capture, Check, Confirm, DeactivateCustomer, DecideRefund, DeleteCard, ImportPayment, Job,
        ListCards, ListingPage, Lookup, Options, OrderView, PutCustomer, Refund, ReleaseHold,
        ReportOrderFailed, SetDefaultCard, Tokenize, Void, watch::read_sync,
    },
};

const NUMBERS: [&str; 6] = [
    "4242424242424242",
    "4242-4242-4242-4242",
    "42424242 42424242",
    "42.42.42.42.42.42.42.42",
    "4242\u{a0}4242\u{a0}4242\u{a0}4242",
    "４２４２４２４２４２４２４２４２",
];

/// Fields without a mistake of their own: the place of a card number; the code beside it, which is looked at
/// with a good number only; an amount, whose currency is looked at first; an email that is none, which is
/// dropped at once and judged by the rules.
const ELSEWHERE: [&str; 4] = ["number", "cvc", "amount", "email"];

/// A request message by name, with its reader.
type Reader = (&'static str, fn(&DynamicMessage) -> Result<(), Refusal>);

macro_rules! readers {
    ($($message:ident $read:expr),* $(,)?) => {
        [$((stringify!($message), |dynamic| {
            let message: v1::$message = dynamic.transcode_to().unwrap();
            $read(&message).map(drop)
        })),*]
    };
}

const READERS: [Reader; 22] = readers![
    AuthorizeRequest Authorize::read,
    CaptureRequest Capture::read,
    RefundRequest Refund::read,
    VoidRequest Void::read,
    ConfirmRequest Confirm::read,
    ReleaseHoldRequest ReleaseHold::read,
    ReportOrderFailedRequest ReportOrderFailed::read,
    ImportPaymentRequest ImportPayment::read,
    DecideRefundRequest DecideRefund::read,
    TokenizeRequest Tokenize::read,
    DeleteCardRequest DeleteCard::read,
    SetDefaultCardRequest SetDefaultCard::read,
    PutCustomerRequest PutCustomer::read,
    DeactivateCustomerRequest DeactivateCustomer::read,
    ListCardsRequest ListCards::read,
    ListPaymentOptionsRequest Options::read,
    CheckPolicyRequest Check::read,
    GetPaymentRequest Lookup::read,
    ListPaymentsRequest ListingPage::read,
    GetOrderRequest OrderView::read,
    SyncPaymentRequest read_sync,
    RunJobRequest Job::read,
];

/// The messages with one text each that is a card number, and the name of the field with the text.
fn with_number(descriptor: &MessageDescriptor, number: &str) -> Vec<(String, DynamicMessage)> {
    let mut all = vec![];
    for field in descriptor.fields() {
        for (name, value) in values(&field, number) {
            let mut message = DynamicMessage::new(descriptor.clone());
            // A customer without an id is read no further.
            if let Some(id) = descriptor.get_field_by_name("id") {
                message.set_field(&id, Field::String("c-1".to_owned()));
            }
            message.set_field(&field, value);
            all.push((name, message));
        }
    }
    all
}

fn values(field: &FieldDescriptor, number: &str) -> Vec<(String, Field)> {
    let name = field.name().to_owned();
    let text = |text: &str| Field::String(text.to_owned());
    if field.is_map() {
        let entry = |key: &str, value: &str| {
            Field::Map([(MapKey::String(key.to_owned()), text(value))].into_iter().collect())
        };
        return vec![(name.clone(), entry(number, "v")), (name, entry("k", number))];
    }
    let mut all = vec![];
    if field.kind() == Kind::String {
        all.push((name, text(number)));
    } else if let Some(inner) = field.kind().as_message() {
        let inner = with_number(inner, number).into_iter();
        all.extend(inner.map(|(name, message)| (name, Field::Message(message))));
    }
    let list = |(name, value)| (name, if field.is_list() { Field::List(vec![value]) } else { value });
    all.into_iter().map(list).collect()
}

/// Whether a refusal is about this field, and names no part of the number.
fn is_about(refusal: &Refusal, field: &str) -> bool {
    let Refusal::MalformedRequest(all) = refusal else { return true };
    let named = |violation: &Violation| violation.field.split(['.', '[', '/']).any(|part| part == field);
    all.iter().any(named)
}

#[test]
fn no_text_of_a_request_takes_a_card_number() {
    let (mut tried, mut wrong) = (0, vec![]);
    for (name, read) in READERS {
        let descriptor = descriptor(&format!("causeway.v1.{name}")).unwrap();
        for number in NUMBERS {
            for (field, message) in with_number(&descriptor, number) {
                match read(&message) {
                    Ok(()) if field == "number" => {}
                    Ok(()) => wrong.push(format!("{name}.{field} takes {number}")),
                    Err(refusal) if !is_about(&refusal, &field) && !ELSEWHERE.contains(&field.as_str()) => {
                        wrong.push(format!("{name}.{field}: {refusal}"));
                    }
                    Err(refusal) => {
                        assert!(!refusal.to_string().contains(number), "{name}.{field}: {refusal}")
                    }
                }
                tried += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried > 300, "only {tried} fields were tried");
}

/// Every request of the service has a reader here, or no text.
#[test]
fn each_request_of_the_service_is_tried() {
    let contract = DescriptorPool::decode(v1::DESCRIPTORS).unwrap();
    let service = contract.get_service_by_name("causeway.v1.Processor").unwrap();
    for method in service.methods() {
        let input = method.input();
        let known = READERS.iter().any(|(name, _)| *name == input.name());
        assert!(
            known || with_number(&input, "x").is_empty(),
            "{} has texts and no reader here",
            input.name()
        );
    }
}
