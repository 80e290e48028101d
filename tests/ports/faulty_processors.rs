//! Processors with a deliberate fault. The suite has to find each of them.

use std::sync::Arc;

use async_trait::async_trait;
use causeway::{card::RawCard, environment::Environment, money::PositiveMoney};
use causeway_domain::{
    customer::Profile,
    idempotency::IdempotencyKey,
    observation::{DisputeSnapshot, IntentSnapshot, MethodSnapshot, Purpose, RefundSnapshot},
    request::ProcessorRequest,
};
use causeway_port_suites::processor::{ProcessorUnderTest, Samples};
use causeway_ports::{
    events::{EventPage, EventQuery},
    processor::{
        Capability, Capacity, Delivery, Effect, Found, NotChargeable, Object, ObjectRef, Processor,
        ProcessorReply, Span,
    },
};

/// The difference to the processor behind.
#[derive(Clone)]
pub(crate) enum Alteration {
    /// No fault, but the processor has only these capabilities.
    Limited(Vec<Capability>),
    /// Each request is sent with a new idempotency key.
    IgnoresTheKey,
    /// The reply to a refund shows one unit more.
    RefundsAnotherAmount,
    /// The processor lists every capability.
    ListsEverything,
    /// The processor lists no capability, and still carries out every call.
    ListsNothing,
    /// Objects come back without their metadata.
    LosesTheCorrelation,
    /// A look-up of a missing object gets no answer.
    SilentWhenMissing,
}

/// A processor under test with one alteration.
pub(crate) struct Altered<T> {
    inner: T,
    alteration: Alteration,
}

/// A processor with a deliberate fault.
pub(crate) fn altered<T: ProcessorUnderTest>(inner: T, alteration: Alteration) -> Altered<T> {
    Altered { inner, alteration }
}

/// A processor with few capabilities, which refuses other calls as the port requires.
pub(crate) fn limited<T: ProcessorUnderTest>(inner: T, can: &[Capability]) -> Altered<T> {
    altered(inner, Alteration::Limited(can.to_vec()))
}

#[async_trait]
impl<T: ProcessorUnderTest> ProcessorUnderTest for Altered<T> {
    fn processor(&self) -> Arc<dyn Processor> {
        let (inner, alteration) = (self.inner.processor(), self.alteration.clone());
        Arc::new(Faulty { inner, alteration, environment: self.inner.environment() })
    }

    fn samples(&self) -> Samples {
        self.inner.samples()
    }

    fn environment(&self) -> Environment {
        self.inner.environment()
    }

    fn calls(&self) -> Option<usize> {
        self.inner.calls()
    }

    async fn payer_acts(&self, object: &str) -> Result<(), String> {
        self.inner.payer_acts(object).await
    }

    async fn made_elsewhere(&self) -> Result<Option<String>, String> {
        self.inner.made_elsewhere().await
    }
}

struct Faulty {
    inner: Arc<dyn Processor>,
    alteration: Alteration,
    environment: Environment,
}

impl Faulty {
    /// Whether the processor has the capability for the call.
    fn does(&self, capability: Capability) -> bool {
        !matches!(&self.alteration, Alteration::Limited(can) if !can.contains(&capability))
    }

    fn reply(&self, reply: ProcessorReply) -> ProcessorReply {
        match (reply, &self.alteration) {
            (ProcessorReply::Succeeded { object, request }, _) => {
                ProcessorReply::Succeeded { object: self.object(object), request }
            }
            (ProcessorReply::Rejected { rejection, .. }, Alteration::SilentWhenMissing)
                if rejection.is_missing() =>
            {
                not_done()
            }
            (reply, _) => reply,
        }
    }

    fn object(&self, object: Object) -> Object {
        match (object, &self.alteration) {
            (Object::Refund(mut refund), Alteration::RefundsAnotherAmount) => {
                let more = |money: PositiveMoney| -> PositiveMoney {
                    let first = PositiveMoney::of_minor(1, money.currency()).unwrap();
                    money.money().checked_add(first).unwrap().try_into().unwrap()
                };
                refund.amount.money = refund.amount.money.map(more);
                Object::Refund(refund)
            }
            (Object::Intent(intent), Alteration::LosesTheCorrelation) => {
                Object::Intent(Box::new(without_metadata(*intent)))
            }
            (object, _) => object,
        }
    }
}

fn without_metadata(intent: IntentSnapshot) -> IntentSnapshot {
    IntentSnapshot { metadata: Default::default(), ..intent }
}

fn not_done() -> ProcessorReply {
    ProcessorReply::NoAnswer { why: "not done".to_owned() }
}

#[async_trait]
impl Processor for Faulty {
    fn account(&self) -> &str {
        self.inner.account()
    }

    fn test_mode(&self) -> bool {
        self.inner.test_mode()
    }

    fn can(&self, capability: Capability) -> bool {
        match &self.alteration {
            Alteration::Limited(can) => can.contains(&capability),
            Alteration::ListsEverything => true,
            Alteration::ListsNothing => false,
            Alteration::IgnoresTheKey
            | Alteration::RefundsAnotherAmount
            | Alteration::LosesTheCorrelation
            | Alteration::SilentWhenMissing => self.inner.can(capability),
        }
    }

    fn capacity(&self) -> Option<&dyn Capacity> {
        self.inner.capacity()
    }

    fn request(&self, effect: &Effect<'_>, key: &IdempotencyKey) -> Result<ProcessorRequest, NotChargeable> {
        if self.does(effect.capability()) {
            self.inner.request(effect, key)
        } else {
            Err(NotChargeable("it cannot do that"))
        }
    }

    async fn send(
        &self,
        request: &ProcessorRequest,
        key: &IdempotencyKey,
        delivery: Delivery,
        purpose: Purpose,
    ) -> ProcessorReply {
        let another = IdempotencyKey::once(self.environment.uuid());
        let key = if matches!(self.alteration, Alteration::IgnoresTheKey) { &another } else { key };
        self.reply(self.inner.send(request, key, delivery, purpose).await)
    }

    async fn retrieve(&self, object: ObjectRef<'_>, purpose: Purpose) -> ProcessorReply {
        self.reply(self.inner.retrieve(object, purpose).await)
    }

    async fn create_method(
        &self,
        card: &RawCard,
        holder: &Profile,
        key: &IdempotencyKey,
        purpose: Purpose,
    ) -> ProcessorReply {
        if self.does(Capability::CreateMethod) {
            return self.inner.create_method(card, holder, key, purpose).await;
        }
        not_done()
    }

    async fn delete_customer(&self, id: &str) -> ProcessorReply {
        if self.does(Capability::DeleteCustomer) { self.inner.delete_customer(id).await } else { not_done() }
    }

    async fn list_intents(&self, span: Span, most_pages: usize) -> Option<Vec<IntentSnapshot>> {
        let lists = self.does(Capability::List);
        let listed = if lists { self.inner.list_intents(span, most_pages).await } else { None };
        match self.alteration {
            Alteration::LosesTheCorrelation => Some(listed?.into_iter().map(without_metadata).collect()),
            Alteration::Limited(_)
            | Alteration::IgnoresTheKey
            | Alteration::RefundsAnotherAmount
            | Alteration::ListsEverything
            | Alteration::ListsNothing
            | Alteration::SilentWhenMissing => listed,
        }
    }

    async fn list_refunds(&self, span: Span, most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        if self.does(Capability::List) { self.inner.list_refunds(span, most_pages).await } else { None }
    }

    async fn refunds_of(&self, intent: &str, most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        if self.does(Capability::List) { self.inner.refunds_of(intent, most_pages).await } else { None }
    }

    async fn disputes_of(&self, intent: &str, most_pages: usize) -> Option<Vec<DisputeSnapshot>> {
        if self.does(Capability::List) { self.inner.disputes_of(intent, most_pages).await } else { None }
    }

    async fn cards_of(&self, customer: &str, most_pages: usize) -> Option<Vec<MethodSnapshot>> {
        if self.does(Capability::List) { self.inner.cards_of(customer, most_pages).await } else { None }
    }

    async fn list_events(&self, query: &EventQuery) -> Found<EventPage> {
        if self.does(Capability::List) {
            return self.inner.list_events(query).await;
        }
        Found::Silent { why: "not done".to_owned() }
    }
}
