//! Looks a payment up at the processor, with all that hangs on it, and writes down what is new. That
//! moves nothing at the processor.

use causeway::{order::PaymentId, refusal::Refusal, tenant::TenantName};
use causeway_domain::{
    idempotency::IdempotencyKey,
    observation::{ChargeOrId, IntentSnapshot, IntentStatus, Observation, Pulled, Purpose, Way, correlation},
    operation::Source,
    payment::{AlarmKind, Payment},
};
use causeway_ports::processor::{Capability, Found, Object, ObjectRef, Processor, Span};
use jiff::Timestamp;

use crate::{context::Context, phase::before_begin};

/// Changes of a payment, whatever else moves it meanwhile.
mod amend;
/// Payments that the processor does not know.
mod not_charged;
/// Payments that a lost journal knew.
mod adopt;

pub(crate) use amend::{amend, observe};

/// Pages of a hundred refunds that are read of one payment.
const MAX_PAGES: usize = 20;
/// How much earlier or later than by our clock Stripe may have made something, seconds.
const CLOCK_SKEW: i64 = 600;

/// A payment as it is now, and whether something was new.
pub(crate) struct Synced {
    pub(crate) payment: Payment,
    pub(crate) changed: bool,
}

/// Looks a payment up at the processor, with all that hangs on it, and writes down what is new. It
/// moves nothing there.
pub(crate) async fn inspect(
    context: &Context,
    tenant: &TenantName,
    id: PaymentId,
    way: &Way,
) -> Result<Synced, Refusal> {
    let found = context.journal.payment(tenant, id).await.map_err(before_begin)?;
    let payment = found.ok_or(Refusal::PaymentNotFound)?.value;
    let processor = context.processor(&payment)?;
    let (sent, key) = last_sent(context, &payment).await?;
    let mut found = find(processor, &payment, sent).await?;
    if let Some(key) = key.filter(|_| found.is_none() && payment.has_reused_key()) {
        found = adopt::adopt_by_key(context, &payment, &key, sent).await?;
    }
    let Some(intent) = found else { return missing(context, payment, sent).await };
    let seen = Observation::Pulled(Box::new(pull(processor, &payment, intent).await?));
    observe(context, tenant, id, &seen, way).await.map_err(before_begin)
}

/// When the processor was last asked for the payment, and under which key.
async fn last_sent(
    context: &Context,
    payment: &Payment,
) -> Result<(Timestamp, Option<IdempotencyKey>), Refusal> {
    let asked = context.journal.operation(&payment.tenant, &payment.order.request_id).await;
    let asked = asked.map_err(before_begin)?;
    Ok(asked.map_or((payment.created, None), |asked| (asked.sent, Some(asked.idempotency_key))))
}

/// The processor knows no PaymentIntent of the payment. One that was never begun there can be
/// closed; one that was is for a person to look at.
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

/// The PaymentIntent of a payment: by its id, or by its correlation metadata among those that were
/// made around the moment at which it was asked for. `None`: there is none.
async fn find(
    processor: &dyn Processor,
    payment: &Payment,
    sent: Timestamp,
) -> Result<Option<IntentSnapshot>, Refusal> {
    let Some(id) = &payment.facts.payment_intent else {
        return find_by_metadata(processor, payment, sent).await;
    };
    let purpose = Purpose::Payment(payment.order.amount);
    match processor.retrieve(ObjectRef::Intent(id), purpose).await.found(Object::intent) {
        Found::Is(intent) => Ok(Some(intent)),
        Found::Missing => Ok(None),
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
    // Clocks differ, and a try lasts some minutes with its repetitions.
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

/// A PaymentIntent with its last charge, which lists do not show.
async fn whole(processor: &dyn Processor, payment: &Payment, id: &str) -> Result<IntentSnapshot, Refusal> {
    let purpose = Purpose::Payment(payment.order.amount);
    let Found::Is(intent) = processor.retrieve(ObjectRef::Intent(id), purpose).await.found(Object::intent)
    else {
        return Err(Refusal::ProcessorSilent { why: format!("the look at {id}") });
    };
    Ok(intent)
}

/// Refunds and disputes of a PaymentIntent. One that took no money has none.
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
