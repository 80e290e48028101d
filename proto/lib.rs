//! The contract: what billing, adapter and relay agree on.
//!
//! In reading order: the words, then how a request is read, and how it is refused.
//! The last two are tools that both ends must not do differently. What only gRPC
//! needs is behind the feature `grpc`.

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

/// ISO 4217 currencies.
pub mod currency;
/// Amounts of money.
pub mod money;
/// Ids and texts with one door in each.
pub mod text;
/// Card numbers, to keep them out.
pub mod pan;
/// Cards as they are printed, on their way through.
pub mod card;
/// What there is to call, and who may.
pub mod method;
/// Which billing platform something belongs to.
pub mod tenant;
/// Which version of the contract a caller speaks.
pub mod version;
/// What billing asks for, once its form is right.
pub mod order;
/// Every way of saying no.
pub mod refusal;
/// Refusals as gRPC statuses; the one file that knows gRPC codes.
#[cfg(feature = "grpc")]
pub mod status;
/// Reads and writes messages; a broken one is refused in our words.
#[cfg(feature = "grpc")]
pub mod codec;
/// The one message that is encoded once for many.
pub mod watch;
/// How long a caller is willing to wait.
#[cfg(feature = "grpc")]
pub mod deadline;
/// The moment and the dice, handed in.
pub mod surroundings;
