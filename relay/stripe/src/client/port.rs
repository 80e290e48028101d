//! The implementation of the port `Processor`.

use async_trait::async_trait;
use causeway::card::RawCard;
use causeway_domain::{
    customer::Profile,
    idempotency::IdempotencyKey,
    observation::{
        CustomerSnapshot, DisputeSnapshot, IntentSnapshot, MethodSnapshot, Purpose, RefundSnapshot,
    },
    request::ProcessorRequest,
};
use causeway_ports::{
    events::{EventPage, EventQuery, ListedEvent},
    processor::{
        Capability, Capacity, Delivery, Effect, Found, NotChargeable, Object, ObjectRef, Processor,
        ProcessorReply, Span,
    },
};
use jiff::SignedDuration;

use super::{BACKOFF, Call, StripeClient};
use crate::{
    card,
    endpoint::{Command, ObjectKind, Query},
    events::subject,
    json, lists, paths,
    reply::{Context, RawReply},
    request,
    transport::Body,
    view::{self, List, WholeEvent},
};

#[async_trait]
impl Processor for StripeClient {
    fn account(&self) -> &str {
        &self.config.account
    }

    fn test_mode(&self) -> bool {
        self.config.test_mode
    }

    fn can(&self, _capability: Capability) -> bool {
        true
    }

    fn longest_answer(&self) -> SignedDuration {
        let times = u32::try_from(self.config.max_network_retries).unwrap_or(u32::MAX).saturating_add(1);
        // Each try may first wait in the queue for the same time.
        let once = self.config.timeout.saturating_mul(2).saturating_add(BACKOFF.longest);
        SignedDuration::try_from(once.saturating_mul(times)).unwrap_or(SignedDuration::MAX)
    }

    fn capacity(&self) -> Option<&dyn Capacity> {
        Some(&self.line)
    }

    fn request(&self, effect: &Effect<'_>, key: &IdempotencyKey) -> Result<ProcessorRequest, NotChargeable> {
        request::build(effect, key)
    }

    async fn send(
        &self,
        request: &ProcessorRequest,
        key: &IdempotencyKey,
        delivery: Delivery,
        purpose: Purpose,
    ) -> ProcessorReply {
        let Some((command, _)) = Command::parse(&request.path) else {
            let why = format!("{} is no call of Stripe's that is made here; nothing was sent", request.path);
            return ProcessorReply::NoAnswer { why };
        };
        let customer = request::field(request, "customer");
        let context = Context { expected: command.answered_with(), purpose, customer };
        let body = Body::new(request::body(request));
        let mut delivery = delivery;
        let reply = self.repeat(&request.path, Call::Post(command, &body, key), &mut delivery).await;
        believed(reply, delivery).read(context)
    }

    async fn retrieve(&self, object: ObjectRef<'_>, purpose: Purpose) -> ProcessorReply {
        let (query, path, expected) = match object {
            ObjectRef::Intent(id) => (Query::Intent, paths::intent(id), ObjectKind::Intent),
            ObjectRef::Refund(id) => (Query::Refund, paths::refund(id), ObjectKind::Refund),
            ObjectRef::Setup(id) => (Query::Setup, paths::setup(id), ObjectKind::Setup),
            ObjectRef::Method(id) => (Query::Method, paths::method(id), ObjectKind::Method),
            ObjectRef::Customer(id) => (Query::Customer, paths::customer(id), ObjectKind::Customer),
        };
        self.get(query, &path).await.read(Context { expected, purpose, customer: None })
    }

    async fn create_method(
        &self,
        card: &RawCard,
        holder: &Profile,
        key: &IdempotencyKey,
        purpose: Purpose,
    ) -> ProcessorReply {
        let body = card::form(card, holder);
        let call = Call::Post(Command::CreateMethod, &body, key);
        let reply = self.repeat(card::PATH, call, &mut Delivery::NotSent).await;
        reply.read(Context { expected: ObjectKind::Method, purpose, customer: None })
    }

    async fn delete_customer(&self, id: &str) -> ProcessorReply {
        let path = paths::customer(id);
        match self.repeat(&path, Call::DeleteCustomer, &mut Delivery::NotSent).await {
            // The status proves the deletion; the object is not needed.
            RawReply::Done { request, .. } => {
                let customer = CustomerSnapshot { id: id.to_owned(), deleted: true };
                ProcessorReply::Succeeded { object: Object::Customer(customer), request }
            }
            reply @ (RawReply::Refused { .. }
            | RawReply::Unknown { .. }
            | RawReply::Kept { .. }
            | RawReply::KeyReused { .. }) => {
                let purpose = Purpose::FollowUp;
                reply.read(Context { expected: ObjectKind::Customer, purpose, customer: Some(id) })
            }
        }
    }

    async fn list_intents(&self, span: Span, most_pages: usize) -> Option<Vec<IntentSnapshot>> {
        let path = paths::intents(span.from, span.to);
        lists::all::<view::Intent, _>(self, Query::Intents, &path, most_pages).await
    }

    async fn list_refunds(&self, span: Span, most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        let path = paths::refunds(span.from, span.to);
        lists::all::<view::Refund, _>(self, Query::Refunds, &path, most_pages).await
    }

    async fn refunds_of(&self, intent: &str, most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        let path = paths::refunds_of(intent);
        lists::all::<view::Refund, _>(self, Query::Refunds, &path, most_pages).await
    }

    async fn disputes_of(&self, intent: &str, most_pages: usize) -> Option<Vec<DisputeSnapshot>> {
        let path = paths::disputes_of(intent);
        lists::all::<view::Dispute, _>(self, Query::Disputes, &path, most_pages).await
    }

    async fn cards_of(&self, customer: &str, most_pages: usize) -> Option<Vec<MethodSnapshot>> {
        let path = paths::cards_of(customer);
        lists::all::<view::PaymentMethod, _>(self, Query::CustomerMethods, &path, most_pages).await
    }

    async fn list_events(&self, query: &EventQuery) -> Found<EventPage> {
        let path = match query {
            EventQuery::After(event) => paths::events_after(event),
            EventQuery::Since(from) => paths::events_since(*from),
            EventQuery::Between { from, to, older_than: None } => paths::events_between(*from, *to),
            EventQuery::Between { from, to, older_than: Some(event) } => {
                format!("{}&starting_after={event}", paths::events_between(*from, *to))
            }
        };
        match self.get(Query::Events, &path).await {
            RawReply::Done { object, .. } => match serde_json::from_value::<List<WholeEvent>>(object) {
                Ok(List { data, has_more }) => {
                    Found::Is(EventPage { events: data.into_iter().map(listed).collect(), has_more })
                }
                Err(error) => Found::Unreadable { why: json::reason(&error) },
            },
            RawReply::Refused { error, .. } => {
                let rejection = error.into_rejection(Purpose::FollowUp, None);
                if rejection.is_missing() { Found::Missing } else { Found::Rejected(Box::new(rejection)) }
            }
            RawReply::Unknown { why } | RawReply::Kept { why } | RawReply::KeyReused { why } => {
                Found::Silent { why }
            }
        }
    }
}

/// The reply as far as the tries before permit belief. Once a try may have reached Stripe, only an
/// answer from behind the idempotency layer proves that the request had no effect. A refused secret
/// key, for example, proves no failure of an earlier try.
fn believed(reply: RawReply, delivery: Delivery) -> RawReply {
    match reply {
        RawReply::Refused { error, .. } if delivery == Delivery::MaybeSent && !error.is_behind_the_key() => {
            let status = error.status;
            RawReply::Unknown {
                why: format!("HTTP {status} to a repetition, which proves nothing about the first try"),
            }
        }
        reply @ (RawReply::Done { .. }
        | RawReply::Refused { .. }
        | RawReply::Unknown { .. }
        | RawReply::Kept { .. }
        | RawReply::KeyReused { .. }) => reply,
    }
}

fn listed(event: WholeEvent) -> ListedEvent {
    let WholeEvent { event, whole } = event;
    ListedEvent {
        body: subject::kept(&whole.to_string(), &whole),
        id: event.id,
        kind: event.kind,
        created: event.created,
    }
}
