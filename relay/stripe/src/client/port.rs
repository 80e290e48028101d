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
    events::{NotAnEvent, subject},
    expected::Expected,
    json::StripeJson,
    lists::{self, List},
    paths::{self, PAGE},
    reply::{Context, RawReply, not_ours},
    request,
    transport::Body,
    view::{self, Event},
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
        let Some((command, id)) = Command::parse(&request.path) else {
            let why = format!("{} is no call of Stripe's that is made here; nothing was sent", request.path);
            return ProcessorReply::NoAnswer { why };
        };
        let customer = request::field(request, "customer");
        let expected = Expected::answer(command, id, request, self.ours());
        let context = self.context(command.answered_with(), expected, purpose, customer);
        let body = Body::new(request::body(request));
        let mut delivery = delivery;
        let reply = self.repeat(&request.path, Call::Post(command, &body, key), &mut delivery).await;
        believed(reply, delivery).read(&context)
    }

    async fn retrieve(&self, object: ObjectRef<'_>, purpose: Purpose) -> ProcessorReply {
        let (query, path, kind, id) = match object {
            ObjectRef::Intent(id) => (Query::Intent, paths::intent(id), ObjectKind::Intent, id),
            ObjectRef::Refund(id) => (Query::Refund, paths::refund(id), ObjectKind::Refund, id),
            ObjectRef::Setup(id) => (Query::Setup, paths::setup(id), ObjectKind::Setup, id),
            ObjectRef::Method(id) => (Query::Method, paths::method(id), ObjectKind::Method, id),
            ObjectRef::Customer(id) => (Query::Customer, paths::customer(id), ObjectKind::Customer, id),
        };
        let expected = Expected::looked_up(kind, id, self.ours());
        self.get(query, &path).await.read(&self.context(kind, expected, purpose, None))
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
        let expected = Expected::method_of(card.number.expose(), self.ours());
        reply.read(&self.context(ObjectKind::Method, expected, purpose, None))
    }

    async fn delete_customer(&self, id: &str) -> ProcessorReply {
        let path = paths::customer(id);
        let reply = self.repeat(&path, Call::DeleteCustomer, &mut Delivery::NotSent).await;
        let expected = Expected::looked_up(ObjectKind::Customer, id, self.ours());
        let context = self.context(ObjectKind::Customer, expected, Purpose::FollowUp, Some(id));
        let (object, request) = match reply {
            RawReply::Done { object, request } => (object, request),
            reply @ (RawReply::Refused { .. }
            | RawReply::Unknown { .. }
            | RawReply::Kept { .. }
            | RawReply::KeyReused { .. }) => return reply.read(&context),
        };
        // The status proves the deletion, unless the object is another's or is not deleted.
        let deleted = object.value().get("deleted").is_none_or(|deleted| deleted == true);
        let customer = CustomerSnapshot { id: id.to_owned(), deleted };
        match context.expected.believe(object) {
            Ok(_) if deleted => ProcessorReply::Succeeded { object: Object::Customer(customer), request },
            Ok(_) => {
                let why = "Stripe shows a customer that is not deleted after its deletion".to_owned();
                ProcessorReply::Unreadable { why, foreign: false, request }
            }
            Err(why) => context.disbelieved(&why, request),
        }
    }

    async fn list_intents(&self, span: Span, most_pages: usize) -> Option<Vec<IntentSnapshot>> {
        let path = paths::intents(span.from, span.to);
        let list = List { query: Query::Intents, path: &path, parent: None };
        lists::all::<view::Intent, _>(self, list, most_pages).await
    }

    async fn list_refunds(&self, span: Span, most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        let path = paths::refunds(span.from, span.to);
        let list = List { query: Query::Refunds, path: &path, parent: None };
        lists::all::<view::Refund, _>(self, list, most_pages).await
    }

    async fn refunds_of(&self, intent: &str, most_pages: usize) -> Option<Vec<RefundSnapshot>> {
        let path = paths::refunds_of(intent);
        let list = List { query: Query::Refunds, path: &path, parent: Some(("payment_intent", intent)) };
        lists::all::<view::Refund, _>(self, list, most_pages).await
    }

    async fn disputes_of(&self, intent: &str, most_pages: usize) -> Option<Vec<DisputeSnapshot>> {
        let path = paths::disputes_of(intent);
        let list = List { query: Query::Disputes, path: &path, parent: Some(("payment_intent", intent)) };
        lists::all::<view::Dispute, _>(self, list, most_pages).await
    }

    async fn cards_of(&self, customer: &str, most_pages: usize) -> Option<Vec<MethodSnapshot>> {
        let path = paths::cards_of(customer);
        let list = List { query: Query::CustomerMethods, path: &path, parent: Some(("customer", customer)) };
        lists::all::<view::PaymentMethod, _>(self, list, most_pages).await
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
            RawReply::Done { object, request } => self.events(object, &request),
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

impl StripeClient {
    fn context<'a>(
        &'a self,
        kind: ObjectKind,
        expected: Expected<'a>,
        purpose: Purpose,
        customer: Option<&'a str>,
    ) -> Context<'a> {
        Context { kind, expected, owner: self.owner(), purpose, customer }
    }

    /// The events of a page. An event of another account or mode is left out, because a page may not
    /// stop the poller for good.
    fn events(&self, page: StripeJson, request: &str) -> Found<EventPage> {
        let unreadable = |why: &str| Found::Unreadable { why: why.to_owned() };
        let Some((data, has_more)) = page.into_page().filter(|(data, _)| data.len() <= PAGE) else {
            return unreadable("no list of at most a hundred objects");
        };
        let expected = Expected::listed("event", None, self.ours());
        let count = data.len();
        let ours = |event: StripeJson| {
            expected.believe(event).map_err(|why| not_ours(self.owner(), request, &why)).ok()
        };
        let events: Vec<_> = data.into_iter().filter_map(ours).collect();
        if events.is_empty() && count > 0 {
            return unreadable("all events are of another account or mode");
        }
        match events.into_iter().map(|event| listed(event.into_json())).collect() {
            Ok(events) => Found::Is(EventPage { events, has_more }),
            Err(NotAnEvent) => unreadable("an event that does not read as one"),
        }
    }
}

fn listed(whole: StripeJson) -> Result<ListedEvent, NotAnEvent> {
    let body = subject::kept(&whole.value().to_string(), &whole);
    let event: Event = whole.parse().map_err(|_| NotAnEvent)?;
    Ok(ListedEvent { body, id: event.id.into(), kind: event.kind.into(), created: event.created })
}
