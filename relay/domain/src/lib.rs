//! Payments, customers, the operator's rules and the events that follow: pure, without async,
//! clock, disk or network. Everything else of the relay is built around these types.

/// One billing platform and what its operator set for it.
pub mod tenant;
/// The operator's rules, for new requests.
pub mod policy;
/// A payment, and how observations move it.
pub mod payment;
/// A customer with stored cards, and how observations move them.
pub mod customer;
/// Snapshots of a processor's objects, and observations of them.
pub mod observation;
/// One request that changes something, and how far it is.
pub mod operation;
/// The request to a processor, to the byte.
pub mod request;
/// The key under which a processor does an operation once.
pub mod idempotency;
/// The history of a payment.
pub mod timeline;
/// Changes of payments and customers, each with the events that follow from it.
pub mod change;
/// Events for those who watch.
pub mod event;
/// An aggregate after an observation.
pub mod transition;
