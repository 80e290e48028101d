//! Closes a payment as not charged once the processor certainly has no PaymentIntent.

use causeway::refusal::Refusal;
use causeway_domain::{
    operation::Source,
    payment::{Payment, State},
};
use jiff::{SignedDuration, Timestamp};

use super::{Synced, amend};
use crate::{context::Context, phase::before_begin};

/// Time after the longest possible answer, after which a request has certainly arrived or certainly
/// has not.
const SETTLED: SignedDuration = SignedDuration::from_secs(60);

/// Closes a payment after two look-ups that find no PaymentIntent: the first when no request can be
/// in flight, the second after `second_look` (one hour by default), because a new object may be
/// listed late. The relay does not resend the request in between. A repeated request from billing
/// after the first look-up invalidates that look-up.
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
        match payment.first_not_found_at {
            Some(first_not_found_at) if first_not_found_at < settled => {
                payment.first_not_found_at = Some(now);
                "the request was repeated, and Stripe still has no PaymentIntent of it; a second look-up follows".to_owned()
            }
            None => {
                payment.first_not_found_at = Some(now);
                "Stripe has no PaymentIntent of this payment; a second look-up follows".to_owned()
            }
            Some(first_not_found_at) if now.duration_since(first_not_found_at) >= again => {
                payment.state = State::NotCharged;
                "Stripe has no PaymentIntent of this payment, so the payment had no effect".to_owned()
            }
            Some(_) => String::new(),
        }
    };
    amend(context, &payment.tenant, payment.id, Source::Recovery, closes).await.map_err(before_begin)
}
