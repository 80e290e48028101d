//! Payments, customers, the operator's rules and the events that follow: pure, without async, clock,
//! disk or network. All other parts of the relay are built around these types.
#![deny(clippy::arithmetic_side_effects)]

/// One billing platform and the operator's settings for the platform.
pub mod tenant;
/// The operator's rules, for new requests.
pub mod policy;
/// Payments, and the transitions that observations cause.
pub mod payment;
/// Customers with stored cards, and the transitions that observations cause.
pub mod customer;
/// Snapshots of a processor's objects, and observations of them.
pub mod observation;
/// One request that changes a payment or a customer, and the progress of the request.
pub mod operation;
/// The request to a processor, to the byte.
pub mod request;
/// The key under which a processor does an operation once.
pub mod idempotency;
/// The history of a payment.
pub mod timeline;
/// Changes of payments and customers, each with the events that follow from it.
pub mod change;
/// Events for watchers, derived from changes.
pub mod event;
/// The result of applying an observation to an aggregate.
pub mod transition;
