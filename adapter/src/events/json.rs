//! JSON of an event: protobuf's JSON mapping, with the field names of the contract.

use causeway::v1;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::Serializer;

/// Serializer of events, with the message descriptor.
pub(crate) struct Json(MessageDescriptor);

impl Json {
    /// Reads the descriptor of the event message from the contract.
    pub(crate) fn new() -> Result<Json, String> {
        let pool = DescriptorPool::decode(v1::DESCRIPTORS).map_err(|error| error.to_string())?;
        let event = pool.get_message_by_name("causeway.v1.Event");
        event.map(Json).ok_or_else(|| "the contract has no Event".to_owned())
    }

    /// Serializes an event. 64-bit numbers are strings, as in protobuf's JSON mapping: JSON numbers
    /// lose digits in many languages.
    pub(crate) fn write(&self, event: &v1::Event) -> Result<Vec<u8>, String> {
        let mut message = DynamicMessage::new(self.0.clone());
        message.transcode_from(event).map_err(|error| error.to_string())?;
        let mut body = vec![];
        let options = SerializeOptions::new().use_proto_field_name(true);
        message
            .serialize_with_options(&mut Serializer::new(&mut body), &options)
            .map_err(|error| error.to_string())?;
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_event_is_written_in_the_names_of_the_contract() {
        let payment = v1::Payment { id: "p-1".to_owned(), ..Default::default() };
        let event = v1::Event {
            id: "e-1".to_owned(),
            sequence: 9_007_199_254_740_993,
            kind: v1::EventKind::PaymentCaptured.into(),
            source: v1::EventSource::Webhook.into(),
            payment: Some(payment),
            processor_reference: "evt_1".to_owned(),
            ..Default::default()
        };
        let seen: Value = serde_json::from_slice(&Json::new().unwrap().write(&event).unwrap()).unwrap();
        let expected = json!({
            "id": "e-1",
            "sequence": "9007199254740993",
            "kind": "EVENT_KIND_PAYMENT_CAPTURED",
            "source": "EVENT_SOURCE_WEBHOOK",
            "payment": {"id": "p-1"},
            "processor_reference": "evt_1",
        });
        assert_eq!(seen, expected);
    }
}
