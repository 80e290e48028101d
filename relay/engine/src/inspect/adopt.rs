//! A payment that was asked for before the journal was lost. A backup that was put back does not
//! know it; billing asks again, and the key of the request comes out the same, while our own ids of
//! payment and operation do not.

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

/// Stripe forgets a key after 24 hours or somewhat later.
const KEY_LIVES_AT_MOST: SignedDuration = SignedDuration::from_hours(48);
/// Pages of a hundred that are read of those two days.
const MAX_PAGES: usize = 1000;

/// The PaymentIntent that the processor made under the key of this payment's request, for a
/// payment that is not in the journal any more. From now on it is this one's. `sent` is when the
/// processor was last asked under that key.
pub(super) async fn adopt_by_key(
    context: &Context,
    payment: &Payment,
    key: &IdempotencyKey,
    sent: Timestamp,
) -> Result<Option<IntentSnapshot>, Refusal> {
    let processor = context.processor(payment)?;
    let Some(found) = find(processor, payment, key, sent).await? else { return Ok(None) };
    let doubtful = |why: String| Refusal::ProcessorSilent { why };
    let mark = found.metadata.get(correlation::PAYMENT).cloned();
    let mut ours = payment.clone();
    ours.facts.marked_as.clone_from(&mark);
    // Another request's object is not adopted: the payment stays unknown until a person looks.
    if let Some(why) = observe::mismatch(&found, &ours) {
        return Err(doubtful(format!("what has the key of this request: {why}")));
    }
    if context.journal.is_known(&found.id).await.map_err(before_begin)? {
        return Err(doubtful(format!("{} has the key of this request and is another's", found.id)));
    }
    let note = |payment: &mut Payment, _| {
        payment.facts.marked_as.clone_from(&mark);
        format!("{} was asked for under the same request id before the journal was lost", found.id)
    };
    amend(context, &payment.tenant, payment.id, Source::Recovery, note).await.map_err(before_begin)?;
    Ok(Some(found))
}

/// Among all that were made while the key may have been alive. They are listed and not searched
/// for: Stripe's search may miss an object for a while.
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
