//! The contract between billing platform, adapter and relay.
//!
//! In reading order: the field types, then the parsed requests, then the refusals. The last modules
//! are helpers that adapter and relay have to share. The parts that only gRPC needs are behind the
//! feature `grpc`, and JSON is behind the feature `json`.

/// The messages and services of `processor.proto`, and their file descriptors.
pub mod v1 {
    #![cfg_attr(
        feature = "grpc",
        expect(
            unused_qualifications,
            clippy::allow_attributes,
            clippy::allow_attributes_without_reason,
            clippy::as_conversions,
            clippy::too_many_lines,
            reason = "generated from processor.proto"
        )
    )]
    include!(concat!(env!("OUT_DIR"), "/causeway.v1.rs"));

    pub use crate::watch::WatchEventsResponse;

    /// The compiled `processor.proto`, for gRPC reflection.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/causeway.descriptors"));
}

/// ISO 4217 currencies and their decimals.
pub mod currency;
/// Exact, positive amounts of money.
pub mod money;
/// Ids and texts, validated on construction.
pub mod text;
/// Detection of card numbers in texts, so that no card number is stored.
pub mod pan;
/// Raw card data, held in memory only.
pub mod card;
/// The methods of the service and the right that each method needs.
pub mod method;
/// Whether a shared secret can be guessed.
pub mod secret;
/// Names of billing platforms, the tenants.
pub mod tenant;
/// The caller of an adapter, forwarded to the relay for the callers' shares.
pub mod caller;
/// The version of the contract that a caller speaks.
pub mod version;
/// Parsed and validated requests of the billing platform.
pub mod request;
/// Every reason to refuse a request.
pub mod refusal;
/// Refusals as gRPC statuses; the only file that uses gRPC codes.
#[cfg(feature = "grpc")]
pub mod status;
/// Encodes and decodes messages; a message that cannot be decoded becomes a refusal.
#[cfg(feature = "grpc")]
pub mod codec;
/// Messages as JSON, by protobuf's mapping.
#[cfg(feature = "json")]
pub mod json;
/// The event message that is encoded once for many watchers.
pub mod watch;
/// The limits of answers and pages, in bytes.
pub mod bounds;
/// The deadline of the caller, from the gRPC header.
#[cfg(feature = "grpc")]
pub mod deadline;
/// Clock and randomness, injected by the program or the test.
pub mod environment;
