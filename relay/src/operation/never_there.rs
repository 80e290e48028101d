//! A payment that Stripe knows nothing of: closed once that is certain.

use causeway::refusal::Refusal;
use jiff::{SignedDuration, Timestamp};

use super::{Desk, unwritable};
use crate::{
    journal::Source,
    payment::{Payment, State},
};

/// What was sent is certainly there, or not, so long after the last answer that was waited for.
const SETTLED: SignedDuration = SignedDuration::from_secs(60);

impl Desk {
    /// Seen twice that it is not there, it had no effect: first when nothing that was sent
    /// can still be on its way, and once more an hour later, so that what is slow to be listed
    /// is found. It is not sent again by ourselves in that time; where billing asks again
    /// after the first look, that look does not count.
    pub(super) async fn never_there(
        &self,
        payment: Payment,
        sent: Timestamp,
    ) -> Result<(Payment, bool), Refusal> {
        let (id, tenant) = (payment.id, payment.tenant.clone());
        let on_its_way = self.processor(&payment)?.longest_answer().saturating_add(SETTLED);
        let (not_after, again) =
            (self.settings.recovery.charge_not_after, self.settings.recovery.second_look);
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
                    "Stripe was asked again since, and knows nothing of it; it is looked for once more"
                        .to_owned()
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
        self.amend(&tenant, id, Source::Recovery, None, closes).await.map_err(unwritable)
    }
}
