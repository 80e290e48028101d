//! A payment that the processor does not know: closed once that is certain.

use causeway::refusal::Refusal;
use causeway_domain::{
    operation::Source,
    payment::{Payment, State},
};
use jiff::{SignedDuration, Timestamp};

use super::{Synced, amend};
use crate::{context::Context, phase::before_begin};

/// A request is certainly there, or not, so long after the last answer that was waited for.
const SETTLED: SignedDuration = SignedDuration::from_secs(60);

/// Closes a payment that was looked for twice and not found: first when no request can still be on
/// its way, and once more an hour later, so that an object that is slow to be listed is found. The
/// relay does not send it again by itself in that time; where billing asks again after the first
/// look, that look does not count.
pub(super) async fn close_as_not_charged(
    context: &Context,
    payment: Payment,
    sent: Timestamp,
) -> Result<Synced, Refusal> {
    let on_its_way = context.processor(&payment)?.longest_answer().saturating_add(SETTLED);
    let limits = &context.config.recovery;
    let (not_after, again) = (limits.charge_not_after, limits.second_look);
    let settled = sent.saturating_add(on_its_way).unwrap_or(Timestamp::MAX);
    let closes = |payment: &mut Payment, now: Timestamp| {
        let late = now.duration_since(payment.created) >= not_after && now >= settled;
        if !late
            || payment.has_reused_key()
            || !matches!(payment.state, State::Started | State::Unknown { .. })
        {
            return String::new();
        }
        match payment.missed {
            Some(missed) if missed < settled => {
                payment.missed = Some(now);
                "Stripe was asked again since, and knows nothing of it; it is looked for once more".to_owned()
            }
            None => {
                payment.missed = Some(now);
                "Stripe knows nothing of it; it is looked for once more".to_owned()
            }
            Some(missed) if now.duration_since(missed) >= again => {
                payment.state = State::NotCharged;
                "Stripe has never heard of it, so it had no effect".to_owned()
            }
            Some(_) => String::new(),
        }
    };
    amend(context, &payment.tenant, payment.id, Source::Recovery, closes).await.map_err(before_begin)
}
