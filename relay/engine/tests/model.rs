//! Models: what billing may expect of a sequence of requests, and the protocol of leases as small
//! as it can be written.

/// Sequences of requests on a real engine, against a model.
mod operations;
/// Every order of the steps of two relays, searched.
mod leases;
