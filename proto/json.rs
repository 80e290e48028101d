//! A message as JSON: protobuf's own mapping (protobuf.dev/programming-guides/json), for answers, for
//! posted events and for the events of a command line alike.
//!
//! The options: field names as in `processor.proto`, enum values by their full names, 64-bit numbers
//! as strings, because JSON numbers lose digits in many languages, moments as RFC 3339 with 0, 3, 6 or
//! 9 digits of a second. A field that is empty, zero or false is left out.

use std::sync::LazyLock;

pub use prost::Name;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::Value;

use crate::v1;

const OPTIONS: SerializeOptions = SerializeOptions::new().use_proto_field_name(true);

/// Why a message has no JSON.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The compiled contract cannot be read.
    #[error("the descriptors of the contract cannot be read: {0}; build the program again")]
    Descriptors(String),
    /// A message of another contract.
    #[error("{0} is no message of the contract, so there is no JSON for it")]
    Unknown(String),
    /// A value outside the range of its type, for example a moment after the year 9999.
    #[error("{message} cannot be written as JSON: {problem}; compare the versions of adapter and relay")]
    Value {
        /// Full name of the message.
        message: String,
        /// The error of the value.
        problem: String,
    },
}

/// The JSON of a message. Keys are sorted, so the same message has the same text each time.
///
/// Not for requests: the JSON of a card is a copy of the card number in memory.
pub fn to_json<M: Name>(message: &M) -> Result<Value, JsonError> {
    let name = M::full_name();
    let mut dynamic = DynamicMessage::new(descriptor(&name)?);
    let value =
        |problem: &dyn ToString| JsonError::Value { message: name.clone(), problem: problem.to_string() };
    dynamic.transcode_from(message).map_err(|error| value(&error))?;
    dynamic.serialize_with_options(serde_json::value::Serializer, &OPTIONS).map_err(|error| value(&error))
}

/// The descriptor of a message of the contract, by full name. The contract is decoded once.
fn descriptor(name: &str) -> Result<MessageDescriptor, JsonError> {
    static CONTRACT: LazyLock<Result<DescriptorPool, String>> =
        LazyLock::new(|| DescriptorPool::decode(v1::DESCRIPTORS).map_err(|error| error.to_string()));
    let contract = CONTRACT.as_ref().map_err(|error| JsonError::Descriptors(error.clone()))?;
    contract.get_message_by_name(name).ok_or_else(|| JsonError::Unknown(name.to_owned()))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod door;
