//! What was asked for before the journal was lost. A backup that was put back does not know
//! it; billing asks again, and the key of the request comes out the same, while our own ids
//! of payment and operation do not.

use causeway::refusal::Refusal;
use jiff::{SignedDuration, Timestamp};

use super::{
    Desk,
    sync::{CLOCKS, whole},
    unwritable,
};
use crate::{
    journal::Source,
    payment::{Payment, observe},
    processor::Processor,
    stripe::{idempotency::IdempotencyKey, lists, paths, view::Intent},
};

/// Stripe forgets a key after 24 hours or somewhat later.
const KEY_LIVES_AT_MOST: SignedDuration = SignedDuration::from_hours(48);
/// Pages of a hundred that are read of those two days.
const MOST_PAGES: usize = 1000;

impl Desk {
    /// The PaymentIntent that Stripe made under the key of this payment's request, for one
    /// that is not in the journal any more. From now on it is this one's. `sent` is when Stripe
    /// was last asked under that key.
    pub(super) async fn adopt(
        &self,
        payment: &Payment,
        (key, sent): (&IdempotencyKey, Timestamp),
    ) -> Result<Option<Intent>, Refusal> {
        let Some(found) = find(self.processor(payment)?, key, sent).await? else { return Ok(None) };
        let doubtful = |why: String| Refusal::ProcessorSilent { why };
        let mark = found.metadata.get("causeway_payment").cloned();
        let mut ours = payment.clone();
        ours.facts.marked_as.clone_from(&mark);
        // What is not the same request is nobody's here: it stays unknown until somebody looks.
        if let Some(why) = observe::mismatch(&found, &ours) {
            return Err(doubtful(format!("what has the key of this request: {why}")));
        }
        if self.journal.is_known(&found.id).await.map_err(unwritable)? {
            return Err(doubtful(format!("{} has the key of this request and is another's", found.id)));
        }
        let note = |payment: &mut Payment, _| {
            payment.facts.marked_as.clone_from(&mark);
            format!("{} was asked for under the same request id before the journal was lost", found.id)
        };
        self.amend(&payment.tenant, payment.id, Source::Recovery, None, note).await.map_err(unwritable)?;
        Ok(Some(found))
    }
}

/// Among all that were made while the key may have been alive. It is listed and not searched
/// for: what is searched for may be missing for a while.
async fn find(
    processor: &dyn Processor,
    key: &IdempotencyKey,
    sent: Timestamp,
) -> Result<Option<Intent>, Refusal> {
    let from = sent.saturating_sub(KEY_LIVES_AT_MOST).unwrap_or(Timestamp::MIN);
    let path = paths::intents(from.as_second(), sent.as_second().saturating_add(CLOCKS));
    let silent = || Refusal::ProcessorSilent { why: "the list of two days of PaymentIntents".to_owned() };
    let listed: Vec<Intent> = lists::all(processor, &path, MOST_PAGES).await.ok_or_else(silent)?;
    let key = key.as_str();
    match listed.iter().find(|intent| intent.metadata.get("causeway_key").is_some_and(|its| its == key)) {
        Some(found) => whole(processor, &found.id).await.map(Some),
        None => Ok(None),
    }
}
