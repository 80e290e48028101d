//! The adapter: it stands beside the billing platform, speaks gRPC to it, and
//! passes on over the signed link what is well formed. It keeps nothing but, where it
//! posts events, the number of the last one. In the order in which one call passes
//! through it.

/// What the operator set.
pub mod settings;
/// All the parts, put together and served.
pub mod adapter;
/// Who calls, and what they may do.
pub mod guard;
/// Whether a call is well formed.
pub mod service;
/// Sign, send, try again with the same request id.
pub mod link;
/// What happens, on its way back to billing.
pub mod events;
/// Whether a relay could be reached.
pub mod readiness;
/// The word that the adapter is being stopped.
pub mod stop;
/// What a program does around all this.
pub mod program;
