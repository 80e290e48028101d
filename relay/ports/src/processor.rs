//! A processor account, and the calls to the account. The engine treats all processors alike; the
//! vocabulary of the port is Stripe's.

use std::time::Duration;

use async_trait::async_trait;
use causeway::card::RawCard;
use causeway_domain::{
    customer::Profile,
    idempotency::IdempotencyKey,
    observation::{DisputeSnapshot, IntentSnapshot, MethodSnapshot, Purpose, RefundSnapshot},
    request::ProcessorRequest,
};
use jiff::SignedDuration;

use crate::events::{EventPage, EventQuery};

/// Effects and capabilities of a processor.
mod effect;
/// Replies of a processor, and the objects in replies.
mod reply;

pub use effect::{Capability, CardSetup, Confirmation, Correlation, Effect, SetupCancellation};
pub use reply::{Found, Object, ProcessorReply};

/// The rule of the currency by which a processor cannot express an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotChargeable(pub &'static str);

/// Whether a request may have reached the processor before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// No try has reached the processor.
    NotSent,
    /// A try may have reached the processor.
    MaybeSent,
}

/// A reference to an object, by the processor's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectRef<'a> {
    /// A PaymentIntent "pi_…" with the last charge.
    Intent(&'a str),
    /// A refund, by "re_…" or "pyr_…".
    Refund(&'a str),
    /// A SetupIntent, by "seti_…".
    Setup(&'a str),
    /// A PaymentMethod, by "pm_…".
    Method(&'a str),
    /// A customer, by "cus_…".
    Customer(&'a str),
}

/// A span of time, Unix seconds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Start of the span, Unix seconds.
    pub from: i64,
    /// End of the span, Unix seconds.
    pub to: i64,
}

/// The capacity of a processor account for new operations.
pub trait Capacity: Send + Sync {
    /// Whether new operations are pointless now, because the processor refuses the secret key.
    fn refuses_new(&self) -> bool;

    /// The expected duration of a new operation, with the wait in the queue.
    fn expected(&self) -> Duration;

    /// Reserves a place for a new operation; dropping the place frees the place.
    fn reserve(&self) -> Result<Place, NoPlace>;
}

/// Why a new operation gets no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    /// The tenant has its share of the places of an account that several tenants use.
    #[error("this tenant has its share of {limit} operations at this account")]
    Share {
        /// Maximum number of places of one tenant.
        limit: usize,
    },
    /// All places of the account are taken.
    #[error("as many operations wait for this account as may")]
    All,
}

/// A place for an operation, freed on drop.
pub type Place = Box<dyn std::any::Any + Send + Sync>;

/// A processor account, and the calls to the account.
#[async_trait]
pub trait Processor: Send + Sync + 'static {
    /// The account, where the operator's settings name one; otherwise empty.
    fn account(&self) -> &str;

    /// Whether the account is in test mode, where no real money moves.
    fn test_mode(&self) -> bool;

    /// Whether the processor has a capability. An effect outside the processor's capabilities is
    /// refused before a request is sent.
    fn can(&self, capability: Capability) -> bool;

    /// The longest time in which a request may still be in flight, with all repetitions.
    fn longest_answer(&self) -> SignedDuration {
        SignedDuration::ZERO
    }

    /// The capacity for new operations, where the number of calls is limited.
    fn capacity(&self) -> Option<&dyn Capacity> {
        None
    }

    /// Builds the complete request for an effect, with the correlation metadata. No request is sent.
    /// `key` is the idempotency key under which the request will be sent.
    fn request(&self, effect: &Effect<'_>, key: &IdempotencyKey) -> Result<ProcessorRequest, NotChargeable>;

    /// Sends a request that changes an object at the processor. All tries carry the same key and the
    /// same bytes, so the processor executes the request once. `delivery` describes the tries before
    /// this call.
    async fn send(
        &self,
        request: &ProcessorRequest,
        key: &IdempotencyKey,
        delivery: Delivery,
        purpose: Purpose,
    ) -> ProcessorReply;

    /// Looks up an object. `purpose` selects the wording of a refusal.
    async fn retrieve(&self, object: ObjectRef<'_>, purpose: Purpose) -> ProcessorReply;

    /// Creates a PaymentMethod from a card. No money moves. The card data are passed on and not stored.
    async fn create_method(
        &self,
        _card: &RawCard,
        _holder: &Profile,
        _key: &IdempotencyKey,
        _purpose: Purpose,
    ) -> ProcessorReply {
        not_offered()
    }

    /// Deletes a customer. A second deletion is harmless: the reply is that the customer is missing.
    async fn delete_customer(&self, _id: &str) -> ProcessorReply {
        not_offered()
    }

    /// PaymentIntents that were created in a span of time, newest first. `None`: a page could not be
    /// read, or the list has more than `most_pages` pages of 100.
    async fn list_intents(&self, _span: Span, _most_pages: usize) -> Option<Vec<IntentSnapshot>> {
        None
    }

    /// Refunds that were created in a span of time, newest first. `None` as for PaymentIntents.
    async fn list_refunds(&self, _span: Span, _most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        None
    }

    /// All refunds of a PaymentIntent, newest first. `None` as for PaymentIntents.
    async fn refunds_of(&self, _intent: &str, _most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        None
    }

    /// All disputes of a PaymentIntent, newest first. `None` as for PaymentIntents.
    async fn disputes_of(&self, _intent: &str, _most_pages: usize) -> Option<Vec<DisputeSnapshot>> {
        None
    }

    /// All PaymentMethods of a customer. `None` as for PaymentIntents.
    async fn cards_of(&self, _customer: &str, _most_pages: usize) -> Option<Vec<MethodSnapshot>> {
        None
    }

    /// A page of events, newest first.
    async fn list_events(&self, _query: &EventQuery) -> Found<EventPage> {
        Found::Silent { why: NOT_OFFERED.to_owned() }
    }
}

const NOT_OFFERED: &str = "the processor does not offer this call, and nothing was sent";

fn not_offered() -> ProcessorReply {
    ProcessorReply::NoAnswer { why: NOT_OFFERED.to_owned() }
}
