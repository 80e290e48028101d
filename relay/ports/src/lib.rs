//! The ports of the relay's engine: traits for the journal and the processors, with their parameters
//! and results. Every implementation passes the suite of the port (`causeway-port-suites`).

/// The journal: the relay's record on disk, written before a request or an answer leaves the relay.
pub mod journal;
/// A processor account, and the calls to the account.
pub mod processor;
/// Events of a processor, as lists show them and as the relay reads them.
pub mod events;
