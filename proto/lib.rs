//! The contract: what billing, adapter and relay agree on.
//!
//! In reading order: the words, then how a request is read, how it is refused,
//! and how the two ends trust each other. The last three are tools that both
//! ends must not do differently.

/// The messages and services of `processor.proto`, and their file descriptors.
pub mod v1 {
    #![expect(
        unused_qualifications,
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        clippy::as_conversions,
        clippy::too_many_lines,
        reason = "generated from processor.proto"
    )]
    tonic::include_proto!("causeway.v1");

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
/// Which version of the contract a caller speaks.
pub mod version;
/// What billing asks for, once its form is right.
pub mod order;
/// Every way of saying no.
pub mod refusal;
/// Refusals as gRPC statuses; the one file that knows gRPC codes.
pub mod status;
/// Reads and writes messages; a broken one is refused in our words.
pub mod codec;
/// The one message that is encoded once for many.
pub mod watch;
/// The signed way between adapter and relay.
pub mod link;
/// How long a caller is willing to wait.
pub mod deadline;
/// The moment and the dice, handed in.
pub mod surroundings;
/// Reads a settings file and tells every mistake in it.
pub mod settings;
/// Where a process can be made to die, for the chaos test only.
pub mod sabotage;
/// What a program of ours does around its work: settings, log, signals.
pub mod program;
