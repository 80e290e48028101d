//! One message of the event stream. Every watcher receives the same message, so the message can be
//! encoded once for all watchers.

use bytes::{Buf, BufMut, Bytes};
use prost::{
    DecodeError, Message,
    encoding::{DecodeContext, WireType, message, skip_field},
};

use crate::v1::Event;

/// `causeway.v1.WatchEventsResponse`: an event in field 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WatchEventsResponse {
    /// The event; `None` in a sealed message.
    pub event: Option<Event>,
    sealed: Option<Bytes>,
}

impl WatchEventsResponse {
    /// Wraps an event, not encoded yet.
    pub fn of(event: Event) -> WatchEventsResponse {
        WatchEventsResponse { event: Some(event), sealed: None }
    }

    /// Encodes the message once. Clones share the bytes.
    pub fn sealed(self) -> WatchEventsResponse {
        WatchEventsResponse { sealed: Some(self.encode_to_vec().into()), event: None }
    }

    /// Size of the encoded message in bytes.
    pub fn size(&self) -> usize {
        self.encoded_len()
    }
}

impl Message for WatchEventsResponse {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        match (&self.sealed, &self.event) {
            (Some(sealed), _) => buffer.put_slice(sealed),
            (None, Some(event)) => message::encode(1, event, buffer),
            (None, None) => {}
        }
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        match tag {
            1 => message::merge(wire_type, self.event.get_or_insert_default(), buffer, context),
            _ => skip_field(wire_type, tag, buffer, context),
        }
    }

    fn encoded_len(&self) -> usize {
        match (&self.sealed, &self.event) {
            (Some(sealed), _) => sealed.len(),
            (None, Some(event)) => message::encoded_len(1, event),
            (None, None) => 0,
        }
    }

    fn clear(&mut self) {
        *self = WatchEventsResponse::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message as generated from the contract.
    #[derive(Clone, PartialEq, Message)]
    struct Contract {
        #[prost(message, optional, tag = "1")]
        event: Option<Event>,
    }

    #[test]
    fn an_encoded_and_a_decoded_event_are_the_same_message() {
        let event = Event { id: "e-1".to_owned(), sequence: 7, ..Default::default() };
        let expected = Contract { event: Some(event.clone()) }.encode_to_vec();
        let open = WatchEventsResponse::of(event);
        for message in [open.clone(), open.clone().sealed()] {
            assert_eq!(message.encode_to_vec(), expected);
            assert_eq!(message.encoded_len(), expected.len());
        }
        // A field of a later contract is skipped.
        let later = [expected.as_slice(), &[0x12, 1, 0]].concat();
        for bytes in [expected, later] {
            assert_eq!(WatchEventsResponse::decode(bytes.as_slice()).unwrap(), open);
        }
        let nothing = WatchEventsResponse::default();
        assert_eq!((nothing.encode_to_vec(), nothing.sealed().encoded_len()), (vec![], 0));
        assert!(WatchEventsResponse::decode([0x0a, 9].as_slice()).is_err());
    }
}
