//! A processor account, and the way to it. To the engine all processors are the same; the words
//! between them are Stripe's.

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

/// What a processor can be asked for.
mod effect;
/// The answer of a processor.
mod reply;

pub use effect::{Capability, CardSetup, Correlation, Effect, SetupCancellation};
pub use reply::{Found, Object, ProcessorReply};

/// Why a processor has no number for an amount: the rule of the currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotChargeable(pub &'static str);

/// Whether a request may have reached the processor before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// No try has reached it.
    NotSent,
    /// A try may have reached it.
    MaybeSent,
}

/// An object by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectRef<'a> {
    /// A PaymentIntent with its last charge.
    Intent(&'a str),
    /// A refund.
    Refund(&'a str),
    /// A SetupIntent.
    Setup(&'a str),
    /// A PaymentMethod.
    Method(&'a str),
    /// A customer.
    Customer(&'a str),
}

/// A span of time, Unix seconds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From then.
    pub from: i64,
    /// To then.
    pub to: i64,
}

/// The room that a processor account has for new operations.
pub trait Capacity: Send + Sync {
    /// Whether nothing new need begin, because the processor refuses the key.
    fn is_shut(&self) -> bool;

    /// How long a new operation takes.
    fn expected(&self) -> Duration;

    /// A place for a new operation until it is dropped; `None`: there is none.
    fn reserve(&self) -> Option<Place>;
}

/// A place for an operation, given back when it is dropped.
pub type Place = Box<dyn std::any::Any + Send + Sync>;

/// A processor account and the way to it.
#[async_trait]
pub trait Processor: Send + Sync + 'static {
    /// The account, where the operator gave it; otherwise empty.
    fn account(&self) -> &str;

    /// Whether no real money moves.
    fn test_mode(&self) -> bool;

    /// Whether it can be asked for something. Whatever it cannot do is refused before anything is
    /// sent.
    fn can(&self, capability: Capability) -> bool;

    /// The longest time in which a request may still be on its way, with its repetitions.
    fn longest_answer(&self) -> SignedDuration {
        SignedDuration::ZERO
    }

    /// The room for new operations, where it is bounded.
    fn capacity(&self) -> Option<&dyn Capacity> {
        None
    }

    /// The request for an effect, complete and with its correlation. Nothing is sent. `key` is
    /// the one under which it will be.
    fn request(&self, effect: &Effect<'_>, key: &IdempotencyKey) -> Result<ProcessorRequest, NotChargeable>;

    /// Sends a request that changes something. All tries carry the same key and the same bytes, so
    /// it is done once. `delivery` is what is known of tries before this call.
    async fn send(
        &self,
        request: &ProcessorRequest,
        key: &IdempotencyKey,
        delivery: Delivery,
        purpose: Purpose,
    ) -> ProcessorReply;

    /// Looks an object up. `purpose`: what a refusal is told for.
    async fn retrieve(&self, object: ObjectRef<'_>, purpose: Purpose) -> ProcessorReply;

    /// Makes a PaymentMethod of a card. No money moves. The card passes through, and nothing of it
    /// is kept.
    async fn create_method(
        &self,
        _card: &RawCard,
        _holder: &Profile,
        _key: &IdempotencyKey,
        _purpose: Purpose,
    ) -> ProcessorReply {
        not_offered()
    }

    /// Deletes a customer. Deleting twice is as good as once: the second time it is missing.
    async fn delete_customer(&self, _id: &str) -> ProcessorReply {
        not_offered()
    }

    /// PaymentIntents that were made in a span of time, newest first. `None`: the processor could
    /// not be asked for all of them, or there are more than `most_pages` of a hundred.
    async fn list_intents(&self, _span: Span, _most_pages: usize) -> Option<Vec<IntentSnapshot>> {
        None
    }

    /// Refunds that were made in a span of time, newest first. `None` as for PaymentIntents.
    async fn list_refunds(&self, _span: Span, _most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        None
    }

    /// All refunds of a PaymentIntent, newest first.
    async fn refunds_of(&self, _intent: &str, _most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        None
    }

    /// All disputes of a PaymentIntent, newest first.
    async fn disputes_of(&self, _intent: &str, _most_pages: usize) -> Option<Vec<DisputeSnapshot>> {
        None
    }

    /// A customer's cards.
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
