//! Look-up of a payment at the processor, with refunds and disputes. New facts are written to the
//! journal, and the look-up changes no object at the processor.

use causeway::{refusal::Refusal, request::PaymentId, tenant::TenantName};
use causeway_domain::{
    idempotency::IdempotencyKey,
    observation::{
        ChargeOrId, IntentSnapshot, IntentStatus, Observation, Provenance, Pulled, Purpose, correlation,
    },
    operation::Source,
    payment::{AlarmKind, Payment},
};
use causeway_ports::processor::{Capability, Found, Object, ObjectRef, Processor, ProcessorReply, Span};
use jiff::Timestamp;

use crate::{context::Context, phase::before_begin};

/// Changes of a payment with retry after version conflicts.
mod amend;
/// Payments without a PaymentIntent at the processor.
mod not_charged;
/// Payments that were created before the journal was lost.
mod adopt;

pub(crate) use amend::{amend, observe};

/// Maximum number of pages, of one hundred refunds or disputes each, read for one payment.
const MAX_PAGES: usize = 20;
/// Tolerated difference between Stripe's clock and the relay's clock, in seconds.
const CLOCK_SKEW: i64 = 600;

/// The current payment, and whether the call has changed the payment.
pub(crate) struct Synced {
    pub(crate) payment: Payment,
    pub(crate) changed: bool,
}

/// Looks up a payment at the processor, with refunds and disputes, and writes new facts to the journal.
pub(crate) async fn inspect(
    context: &Context,
    tenant: &TenantName,
    id: PaymentId,
    provenance: &Provenance,
) -> Result<Synced, Refusal> {
    let found = context.journal.payment(tenant, id).await.map_err(before_begin)?;
    let payment = found.ok_or(Refusal::PaymentNotFound)?.value;
    let processor = context.processor(&payment)?;
    let (sent, key) = last_sent(context, &payment).await?;
    let mut found = match find(processor, &payment, sent).await? {
        Shown::Is(intent) => Some(*intent),
        Shown::Missing => None,
        Shown::Unbelieved(why) => return unbelieved(context, &payment, why).await,
    };
    if let Some(key) = key.filter(|_| found.is_none() && payment.has_reused_key()) {
        found = adopt::adopt_by_key(context, &payment, &key, sent).await?;
    }
    let Some(intent) = found else { return missing(context, payment, sent).await };
    let seen = Observation::Pulled(Box::new(pull(processor, &payment, intent).await?));
    observe(context, tenant, id, &seen, provenance).await.map_err(before_begin)
}

/// The time of the last payment request to the processor, and the idempotency key of the request.
async fn last_sent(
    context: &Context,
    payment: &Payment,
) -> Result<(Timestamp, Option<IdempotencyKey>), Refusal> {
    let asked = context.journal.operation(&payment.tenant, &payment.order.request_id).await;
    let asked = asked.map_err(before_begin)?;
    Ok(asked.map_or((payment.created, None), |asked| (asked.sent, Some(asked.idempotency_key))))
}

/// The processor has no PaymentIntent for the payment. A payment without a PaymentIntent id can be
/// closed as not charged; a payment with an id raises an alarm for the operator.
async fn missing(context: &Context, payment: Payment, sent: Timestamp) -> Result<Synced, Refusal> {
    let Some(intent) = payment.facts.payment_intent.clone() else {
        return not_charged::close_as_not_charged(context, payment, sent).await;
    };
    let what = format!(
        "Stripe does not know {intent} of this payment; compare the payment system's key and account with those it was made with"
    );
    let note = |payment: &mut Payment, _| {
        payment.contradict(AlarmKind::MissingAtProcessor, what.clone());
        what.clone()
    };
    amend(context, &payment.tenant, payment.id, Source::Recovery, note).await.map_err(before_begin)
}

/// The processor shows an object that cannot be this payment's: the payment stays as it is, with an alarm.
async fn unbelieved(context: &Context, payment: &Payment, why: String) -> Result<Synced, Refusal> {
    let note = |payment: &mut Payment, _| {
        payment.contradict(AlarmKind::Mismatch, why.clone());
        why.clone()
    };
    amend(context, &payment.tenant, payment.id, Source::Recovery, note).await.map_err(before_begin)
}

/// The PaymentIntent of a payment, as the processor shows it.
enum Shown {
    /// The PaymentIntent, believed.
    Is(Box<IntentSnapshot>),
    /// The processor has no such PaymentIntent.
    Missing,
    /// The processor shows an object that cannot be the PaymentIntent.
    Unbelieved(String),
}

/// The PaymentIntent of a payment: by id, or by correlation metadata among the PaymentIntents from
/// around the time of the request.
async fn find(processor: &dyn Processor, payment: &Payment, sent: Timestamp) -> Result<Shown, Refusal> {
    let Some(id) = &payment.facts.payment_intent else {
        let found = find_by_metadata(processor, payment, sent).await?;
        return Ok(found.map_or(Shown::Missing, |intent| Shown::Is(Box::new(intent))));
    };
    let purpose = Purpose::Payment(payment.order.amount);
    let reply = processor.retrieve(ObjectRef::Intent(id), purpose).await;
    if let ProcessorReply::Unreadable { why, foreign: true, .. } = reply {
        return Ok(Shown::Unbelieved(why));
    }
    match reply.found(Object::intent) {
        Found::Is(intent) => Ok(Shown::Is(Box::new(intent))),
        Found::Missing => Ok(Shown::Missing),
        Found::Rejected(rejection) => {
            Err(Refusal::ProcessorSilent { why: format!("HTTP {} to a look-up", rejection.status) })
        }
        Found::Unreadable { why } => {
            Err(Refusal::ProcessorSilent { why: format!("not a PaymentIntent: {why}") })
        }
        Found::Silent { why } => Err(Refusal::ProcessorSilent { why }),
    }
}

async fn find_by_metadata(
    processor: &dyn Processor,
    payment: &Payment,
    sent: Timestamp,
) -> Result<Option<IntentSnapshot>, Refusal> {
    // The span covers different clocks, and the retries of a request, which last some minutes.
    let (from, to) = (payment.created.as_second(), sent.as_second());
    let span = Span { from: from.saturating_sub(CLOCK_SKEW), to: to.max(from).saturating_add(CLOCK_SKEW) };
    let silent = || Refusal::ProcessorSilent { why: "the list of PaymentIntents".to_owned() };
    let listed = processor.list_intents(span, 100).await.ok_or_else(silent)?;
    let id = payment.id.to_string();
    let ours = |intent: &&IntentSnapshot| intent.metadata.get(correlation::PAYMENT) == Some(&id);
    match listed.iter().find(ours) {
        Some(found) => whole(processor, payment, &found.id).await.map(Some),
        None => Ok(None),
    }
}

/// A PaymentIntent with the last charge, which lists omit.
async fn whole(processor: &dyn Processor, payment: &Payment, id: &str) -> Result<IntentSnapshot, Refusal> {
    let purpose = Purpose::Payment(payment.order.amount);
    let Found::Is(intent) = processor.retrieve(ObjectRef::Intent(id), purpose).await.found(Object::intent)
    else {
        return Err(Refusal::ProcessorSilent { why: format!("the look at {id}") });
    };
    Ok(intent)
}

/// Adds the refunds and disputes of a PaymentIntent. A PaymentIntent that took no money has none.
pub(crate) async fn pull(
    processor: &dyn Processor,
    payment: &Payment,
    intent: IntentSnapshot,
) -> Result<Pulled, Refusal> {
    let mut pulled = Pulled { intent, refunds: vec![], disputes: vec![] };
    if pulled.intent.status != IntentStatus::Succeeded || !processor.can(Capability::List) {
        return Ok(pulled);
    }
    let silent = |what: &str| Refusal::ProcessorSilent { why: format!("the list of {what}") };
    let refunds = processor.refunds_of(&pulled.intent.id, MAX_PAGES).await;
    pulled.refunds = refunds.ok_or_else(|| silent("refunds"))?;
    pulled.refunds.reverse();
    let disputed = match &pulled.intent.charge {
        Some(ChargeOrId::Charge(charge)) => charge.disputed,
        Some(ChargeOrId::Id(_)) | None => true,
    };
    if disputed || !payment.disputes.is_empty() {
        let disputes = processor.disputes_of(&pulled.intent.id, MAX_PAGES).await;
        pulled.disputes = disputes.ok_or_else(|| silent("disputes"))?;
        pulled.disputes.reverse();
    }
    Ok(pulled)
}
