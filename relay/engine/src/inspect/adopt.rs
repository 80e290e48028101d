//! Recovers a payment that was requested before the journal was lost. A restored backup does not
//! have the payment. Billing repeats the request, and the derived idempotency key is the same,
//! while the new ids of payment and operation differ from the ids in the correlation metadata.

use causeway::refusal::Refusal;
use causeway_domain::{
    idempotency::IdempotencyKey,
    observation::{IntentSnapshot, correlation},
    operation::Source,
    payment::{Payment, observe},
};
use causeway_ports::processor::{Processor, Span};
use jiff::{SignedDuration, Timestamp};

use super::{CLOCK_SKEW, amend, whole};
use crate::{context::Context, phase::before_begin};

/// Upper bound for the age at which Stripe has forgotten a key: 24 hours or somewhat later.
const KEY_LIVES_AT_MOST: SignedDuration = SignedDuration::from_hours(48);
/// Maximum number of pages, of one hundred PaymentIntents each, read for the two days.
const MAX_PAGES: usize = 1000;

/// Finds the PaymentIntent that the processor made under this payment's idempotency key for a
/// payment missing from the journal, and assigns the PaymentIntent to this payment. `sent` is the
/// time of the last request under the key.
pub(super) async fn adopt_by_key(
    context: &Context,
    payment: &Payment,
    key: &IdempotencyKey,
    sent: Timestamp,
) -> Result<Option<IntentSnapshot>, Refusal> {
    let processor = context.processor(payment)?;
    let Some(found) = find(processor, payment, key, sent).await? else { return Ok(None) };
    let silent = |why: String| Refusal::ProcessorSilent { why };
    let mark = found.metadata.get(correlation::PAYMENT).cloned();
    let mut ours = payment.clone();
    ours.facts.marked_as.clone_from(&mark);
    // A PaymentIntent with different content is not adopted: the payment stays unknown
    // until an operator decides.
    if let Some(why) = observe::mismatch(&found, &ours) {
        return Err(silent(format!("what has the key of this request: {why}")));
    }
    if context.journal.is_known(&found.id).await.map_err(before_begin)? {
        return Err(silent(format!("{} has the key of this request and is another's", found.id)));
    }
    let note = |payment: &mut Payment, _| {
        payment.facts.marked_as.clone_from(&mark);
        format!("{} was asked for under the same request id before the journal was lost", found.id)
    };
    amend(context, &payment.tenant, payment.id, Source::Recovery, note).await.map_err(before_begin)?;
    Ok(Some(found))
}

/// Searches all PaymentIntents from the lifetime of the key. The relay lists instead of using
/// Stripe's search, because the search may miss an object for a while.
async fn find(
    processor: &dyn Processor,
    payment: &Payment,
    key: &IdempotencyKey,
    sent: Timestamp,
) -> Result<Option<IntentSnapshot>, Refusal> {
    let from = sent.saturating_sub(KEY_LIVES_AT_MOST).unwrap_or(Timestamp::MIN);
    let span = Span { from: from.as_second(), to: sent.as_second().saturating_add(CLOCK_SKEW) };
    let silent = || Refusal::ProcessorSilent { why: "the list of two days of PaymentIntents".to_owned() };
    let listed = processor.list_intents(span, MAX_PAGES).await.ok_or_else(silent)?;
    let key = key.as_str();
    let asked =
        |intent: &&IntentSnapshot| intent.metadata.get(correlation::KEY).is_some_and(|its| its == key);
    match listed.iter().find(asked) {
        Some(found) => whole(processor, payment, &found.id).await.map(Some),
        None => Ok(None),
    }
}
