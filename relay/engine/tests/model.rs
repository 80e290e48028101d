//! Models: the outcomes that the billing platform may expect of a sequence of requests, and a
//! minimal model of the lease protocol.

/// Sequences of requests on a real engine, compared with a model.
mod operations;
/// Every order of the steps of two relays, searched exhaustively.
mod leases;
