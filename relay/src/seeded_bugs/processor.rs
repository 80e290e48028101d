//! Seeded bugs of a processor.

use std::sync::Arc;

use async_trait::async_trait;
use causeway::{card::RawCard, environment::Environment};
use causeway_domain::{
    customer::Profile,
    idempotency::IdempotencyKey,
    observation::{
        DisputeSnapshot, IntentSnapshot, MethodSnapshot, Purpose, RefundSnapshot, Rejection, RejectionReason,
    },
    payment::failure::Failure,
    request::ProcessorRequest,
};
use causeway_ports::{
    events::{EventPage, EventQuery},
    processor::{
        Capability, Capacity, Delivery, Effect, Found, NotChargeable, ObjectRef, Processor, ProcessorReply,
        Span,
    },
};
use jiff::SignedDuration;

/// The processor, wrapped if a seeded bug is active.
pub(super) fn seeded(inner: Arc<dyn Processor>, environment: &Environment) -> Arc<dyn Processor> {
    let random_key = causeway_runtime::bug!("random_idempotency_key");
    let http_500_is_failure = causeway_runtime::bug!("http_500_is_failure");
    if !random_key && !http_500_is_failure {
        return inner;
    }
    Arc::new(Seeded { inner, environment: environment.clone(), random_key, http_500_is_failure })
}

struct Seeded {
    inner: Arc<dyn Processor>,
    environment: Environment,
    /// Every call has a new idempotency key.
    random_key: bool,
    /// An error that Stripe persists under the idempotency key counts as a failure without effect.
    http_500_is_failure: bool,
}

#[async_trait]
impl Processor for Seeded {
    async fn send(
        &self,
        request: &ProcessorRequest,
        key: &IdempotencyKey,
        delivery: Delivery,
        purpose: Purpose,
    ) -> ProcessorReply {
        let fresh = self.random_key.then(|| IdempotencyKey::once(self.environment.uuid()));
        let reply = self.inner.send(request, fresh.as_ref().unwrap_or(key), delivery, purpose).await;
        match reply {
            ProcessorReply::PersistedError { .. } if self.http_500_is_failure => failed(),
            reply @ (ProcessorReply::PersistedError { .. }
            | ProcessorReply::Succeeded { .. }
            | ProcessorReply::Unreadable { .. }
            | ProcessorReply::Rejected { .. }
            | ProcessorReply::NoAnswer { .. }
            | ProcessorReply::KeyConflict { .. }) => reply,
        }
    }

    fn account(&self) -> &str {
        self.inner.account()
    }

    fn test_mode(&self) -> bool {
        self.inner.test_mode()
    }

    fn can(&self, capability: Capability) -> bool {
        self.inner.can(capability)
    }

    fn longest_answer(&self) -> SignedDuration {
        self.inner.longest_answer()
    }

    fn capacity(&self) -> Option<&dyn Capacity> {
        self.inner.capacity()
    }

    fn request(&self, effect: &Effect<'_>, key: &IdempotencyKey) -> Result<ProcessorRequest, NotChargeable> {
        self.inner.request(effect, key)
    }

    async fn retrieve(&self, object: ObjectRef<'_>, purpose: Purpose) -> ProcessorReply {
        self.inner.retrieve(object, purpose).await
    }

    async fn create_method(
        &self,
        card: &RawCard,
        holder: &Profile,
        key: &IdempotencyKey,
        purpose: Purpose,
    ) -> ProcessorReply {
        self.inner.create_method(card, holder, key, purpose).await
    }

    async fn delete_customer(&self, id: &str) -> ProcessorReply {
        self.inner.delete_customer(id).await
    }

    async fn list_intents(&self, span: Span, most_pages: usize) -> Option<Vec<IntentSnapshot>> {
        self.inner.list_intents(span, most_pages).await
    }

    async fn list_refunds(&self, span: Span, most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        self.inner.list_refunds(span, most_pages).await
    }

    async fn refunds_of(&self, intent: &str, most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        self.inner.refunds_of(intent, most_pages).await
    }

    async fn disputes_of(&self, intent: &str, most_pages: usize) -> Option<Vec<DisputeSnapshot>> {
        self.inner.disputes_of(intent, most_pages).await
    }

    async fn cards_of(&self, customer: &str, most_pages: usize) -> Option<Vec<MethodSnapshot>> {
        self.inner.cards_of(customer, most_pages).await
    }

    async fn list_events(&self, query: &EventQuery) -> Found<EventPage> {
        self.inner.list_events(query).await
    }
}

fn failed() -> ProcessorReply {
    let rejection = Rejection {
        status: 500,
        reason: RejectionReason::Other,
        message: String::new(),
        failure: Failure::unexplained(),
        card: None,
        intent: None,
        setup: None,
    };
    ProcessorReply::Rejected { rejection: Box::new(rejection), request: String::new() }
}
