//! The JSON of each message that is answered or posted, there and back.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Debug,
};

use prost_reflect::{FieldDescriptor, Kind, MapKey, Value as Field};
use serde_json::json;

use super::*;

/// Deeper messages stay empty.
const DEPTH: usize = 5;

/// A message with a value in every field. `round` chooses the values of enums, so that enough rounds
/// have them all.
fn filled(descriptor: &MessageDescriptor, round: i32, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        let value = field_value(&field, round, depth);
        if let Some(value) = value {
            message.set_field(&field, value);
        }
    }
    message
}

fn field_value(field: &FieldDescriptor, round: i32, depth: usize) -> Option<Field> {
    let kind = field.kind();
    if field.is_map() {
        let entry = kind.as_message().unwrap().clone();
        let of = |key: &str| {
            (MapKey::String(key.to_owned()), single(&entry.map_entry_value_field(), round, depth))
        };
        return Some(Field::Map(HashMap::from([of("one"), of("two")])));
    }
    if kind.as_message().is_some() && depth == 0 {
        return None;
    }
    let value = single(field, round, depth);
    Some(if field.is_list() { Field::List(vec![value.clone(), value]) } else { value })
}

fn single(field: &FieldDescriptor, round: i32, depth: usize) -> Field {
    match field.kind() {
        Kind::String => Field::String(format!("\"{}\" {round} ü\n", field.full_name())),
        Kind::Bool => Field::Bool(true),
        Kind::Int32 => Field::I32(i32::MIN + round),
        Kind::Uint32 => Field::U32(u32::MAX - round.unsigned_abs()),
        Kind::Uint64 => Field::U64(u64::MAX - u64::from(round.unsigned_abs())),
        Kind::Enum(values) => {
            let values: Vec<_> = values.values().map(|value| value.number()).collect();
            Field::EnumNumber(*chosen(&values, round))
        }
        Kind::Message(moment) if moment.full_name() == "google.protobuf.Timestamp" => {
            let mut message = DynamicMessage::new(moment);
            message.set_field_by_name("seconds", Field::I64(1_795_238_400 + i64::from(round)));
            let nanos = [0, 500_000_000, 5_000, 1];
            message.set_field_by_name("nanos", Field::I32(*chosen(&nanos, round)));
            Field::Message(message)
        }
        Kind::Message(inner) => Field::Message(filled(&inner, round, depth - 1)),
        other @ (Kind::Double
        | Kind::Float
        | Kind::Int64
        | Kind::Sint32
        | Kind::Sint64
        | Kind::Fixed32
        | Kind::Fixed64
        | Kind::Sfixed32
        | Kind::Sfixed64
        | Kind::Bytes) => panic!("{} has the new kind {other:?}: give it a value here", field.full_name()),
    }
}

/// The values in turn, one for each round.
fn chosen<T>(values: &[T], round: i32) -> &T {
    let round = usize::try_from(round).unwrap();
    values.get(round % values.len()).unwrap()
}

/// The message that has this JSON.
fn from_json<M: Name + Default>(json: &Value) -> M {
    let descriptor = descriptor(&M::full_name()).unwrap();
    let text = json.to_string();
    let mut reader = serde_json::Deserializer::from_str(&text);
    let message = DynamicMessage::deserialize(descriptor, &mut reader).unwrap();
    reader.end().unwrap();
    message.transcode_to().unwrap()
}

/// Writes and reads the empty message and the filled ones. Returns the name of the message.
fn there_and_back<M: Name + Default + PartialEq + Debug>() -> String {
    let name = M::full_name();
    let descriptor = descriptor(&name).unwrap();
    let empty = M::default();
    assert_eq!(to_json(&empty).unwrap(), json!({}), "{name}");
    for round in 0..30 {
        let message: M = filled(&descriptor, round, DEPTH).transcode_to().unwrap();
        let json = to_json(&message).unwrap();
        assert_eq!(from_json::<M>(&json), message, "{json}");
    }
    name
}

#[test]
fn the_json_of_each_answer_and_event_is_read_back_as_the_same_message() {
    let read: BTreeSet<_> = [
        there_and_back::<v1::Event>(),
        there_and_back::<v1::AuthorizeResponse>(),
        there_and_back::<v1::CaptureResponse>(),
        there_and_back::<v1::RefundResponse>(),
        there_and_back::<v1::VoidResponse>(),
        there_and_back::<v1::GetPaymentResponse>(),
        there_and_back::<v1::ListPaymentsResponse>(),
        there_and_back::<v1::GetCapabilitiesResponse>(),
        there_and_back::<v1::ListPaymentOptionsResponse>(),
        there_and_back::<v1::CheckPolicyResponse>(),
        there_and_back::<v1::TokenizeResponse>(),
        there_and_back::<v1::DeleteCardResponse>(),
        there_and_back::<v1::ListCardsResponse>(),
        there_and_back::<v1::SetDefaultCardResponse>(),
        there_and_back::<v1::PutCustomerResponse>(),
        there_and_back::<v1::ConfirmResponse>(),
        there_and_back::<v1::ReleaseHoldResponse>(),
        there_and_back::<v1::ReportOrderFailedResponse>(),
        there_and_back::<v1::ImportPaymentResponse>(),
        there_and_back::<v1::SyncPaymentResponse>(),
        there_and_back::<v1::GetOrderResponse>(),
        there_and_back::<v1::DecideRefundResponse>(),
        there_and_back::<v1::DeactivateCustomerResponse>(),
        there_and_back::<v1::RunJobResponse>(),
    ]
    .into();
    let contract = DescriptorPool::decode(v1::DESCRIPTORS).unwrap();
    let service = contract.get_service_by_name("causeway.v1.Processor").unwrap();
    let answered = service.methods().map(|method| match method.output().full_name() {
        "causeway.v1.WatchEventsResponse" => "causeway.v1.Event".to_owned(),
        name => name.to_owned(),
    });
    assert_eq!(read, answered.collect());
}

#[test]
fn the_json_of_each_kind_of_event_names_the_kind() {
    let contract = DescriptorPool::decode(v1::DESCRIPTORS).unwrap();
    let kinds = contract.get_enum_by_name("causeway.v1.EventKind").unwrap();
    let kinds: Vec<_> = kinds.values().filter(|kind| kind.number() != 0).collect();
    assert!(kinds.len() > 20, "{kinds:?}");
    for kind in kinds {
        let event = v1::Event { kind: kind.number(), ..v1::Event::default() };
        let json = to_json(&event).unwrap();
        assert_eq!(json, json!({"kind": kind.name()}));
        assert_eq!(from_json::<v1::Event>(&json), event);
    }
}

#[test]
fn an_event_has_the_names_of_the_contract_and_64_bit_numbers_as_strings() {
    let event = v1::Event {
        id: "e-1".to_owned(),
        sequence: 9_007_199_254_740_993,
        at: Some(prost_types::Timestamp { seconds: 1_795_238_400, nanos: 500_000_000 }),
        kind: v1::EventKind::PaymentCaptured.into(),
        source: v1::EventSource::Webhook.into(),
        payment: Some(v1::Payment {
            id: "p-1".to_owned(),
            status: v1::PaymentStatus::Captured.into(),
            captured: Some(v1::Money { amount: "10.00".to_owned(), currency: "USD".to_owned() }),
            metadata: HashMap::from([("order".to_owned(), "17".to_owned())]),
            ..v1::Payment::default()
        }),
        processor_reference: "evt_1".to_owned(),
        ..v1::Event::default()
    };
    let expected = json!({
        "id": "e-1",
        "sequence": "9007199254740993",
        "at": "2026-11-21T05:20:00.500Z",
        "kind": "EVENT_KIND_PAYMENT_CAPTURED",
        "source": "EVENT_SOURCE_WEBHOOK",
        "payment": {
            "id": "p-1",
            "status": "PAYMENT_STATUS_CAPTURED",
            "captured": {"amount": "10.00", "currency": "USD"},
            "metadata": {"order": "17"},
        },
        "processor_reference": "evt_1",
    });
    let json = to_json(&event).unwrap();
    assert_eq!(json, expected);
    let line = json.to_string();
    assert!(line.starts_with("{\"at\":\"2026") && !line.contains('\n'), "sorted keys on one line: {line}");
}

#[test]
fn an_enum_value_of_a_newer_contract_is_its_number() {
    let payment = v1::Payment { status: 99, ..v1::Payment::default() };
    assert_eq!(to_json(&payment).unwrap(), json!({"status": 99}));
}

#[test]
fn a_moment_out_of_range_and_a_foreign_message_have_no_json() {
    let late = prost_types::Timestamp { seconds: 253_402_300_800, nanos: 0 };
    let event = v1::Event { at: Some(late), ..v1::Event::default() };
    let error = to_json(&event).unwrap_err().to_string();
    assert!(error.starts_with("causeway.v1.Event cannot be written as JSON: "), "{error}");
    let foreign = to_json(&prost_types::Any::default()).unwrap_err().to_string();
    assert!(foreign.starts_with("google.protobuf.Any is no message of the contract"), "{foreign}");
}
