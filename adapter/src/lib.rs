//! The adapter: runs beside the billing platform, serves gRPC to the platform and forwards
//! well-formed requests over the signed link. The adapter stores no data except, if events are
//! posted, the sequence of the last event. The modules stand in the order in which a request
//! passes.

/// Settings of the operator, from one file.
pub mod settings;
/// Assembles the parts of an adapter and serves requests.
pub mod adapter;
/// Authentication and rights of callers.
pub mod guard;
/// Validates requests and forwards the well-formed ones.
pub mod service;
/// Signs requests, sends requests to a relay, and retries with the same request id.
pub mod link;
/// Events on the way back to the billing platform.
pub mod events;
/// Whether a relay is reachable.
pub mod readiness;
/// The stop signal of the adapter.
pub mod stop;
/// The program around the adapter.
pub mod program;
