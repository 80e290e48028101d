//! What stands behind a payment system: Stripe, or a dummy that answers by rule. To
//! the operations they are the same. The words between them are Stripe's.

use std::sync::Arc;

use async_trait::async_trait;
use causeway::card::RawCard;
use jiff::SignedDuration;

use crate::{
    customer::Profile,
    stripe::{
        client::{Asked, Heard},
        idempotency::IdempotencyKey,
        limiter::Limiter,
        request::StripeRequest,
    },
};

/// A processor account and the way to it.
#[async_trait]
pub trait Processor: Send + Sync + 'static {
    /// The account, where the operator told it.
    fn account(&self) -> &str;

    /// Whether no real money moves.
    fn test_mode(&self) -> bool;

    /// Whether it can list the cards of a customer. Where it cannot, ours is the list.
    fn keeps_lists(&self) -> bool {
        true
    }

    /// The longest time in which a question may still be on its way, with its repetitions.
    fn longest_answer(&self) -> SignedDuration {
        SignedDuration::ZERO
    }

    /// The line in front of it, if there is one.
    fn limiter(&self) -> Option<&Arc<Limiter>> {
        None
    }

    /// Asks for something that changes something. All tries carry the same key and the
    /// same bytes, so it is done once. `heard` is what is known of tries before this call.
    async fn ask(&self, request: &StripeRequest, key: &IdempotencyKey, heard: Heard) -> Asked;

    /// Looks an object up. It moves nothing, so a refusal tells nothing of what is:
    /// all but the object is "unknown".
    async fn look(&self, path: &str) -> Asked {
        match self.examine(path).await {
            Asked::Refused { error, .. } => {
                Asked::Unknown { why: format!("HTTP {} to a look-up", error.status) }
            }
            asked @ (Asked::Done { .. }
            | Asked::Unknown { .. }
            | Asked::Kept { .. }
            | Asked::KeyReused { .. }) => asked,
        }
    }

    /// Looks an object up, before anything was asked for: here a refusal tells.
    async fn examine(&self, path: &str) -> Asked;

    /// Deletes an object. Twice is as well as once: what is not there is "missing".
    async fn remove(&self, path: &str) -> Asked;

    /// Makes a PaymentMethod of a card. It moves no money. The card passes through, and
    /// nothing of it is kept.
    async fn tokenize(&self, card: &RawCard, holder: &Profile, key: &IdempotencyKey) -> Asked;
}
