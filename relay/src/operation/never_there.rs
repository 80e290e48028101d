//! A payment that Stripe knows nothing of: closed once that is certain.

use causeway::refusal::Refusal;
use jiff::SignedDuration;

use super::{Desk, again::KEY_LIVES, unwritable};
use crate::{
    journal::Source,
    payment::{Payment, State},
};

/// Between two looks that find nothing, so that what is slow to be listed is found.
const TWO_LOOKS: SignedDuration = SignedDuration::from_hours(1);

impl Desk {
    /// After its key has died it cannot come into being any more. Seen twice, an hour apart,
    /// it had no effect.
    pub(super) async fn never_there(&self, payment: Payment) -> Result<(Payment, bool), Refusal> {
        let (id, tenant) = (payment.id, payment.tenant.clone());
        let closes = |payment: &mut Payment, now: jiff::Timestamp| {
            let dead = now.duration_since(payment.created) >= KEY_LIVES.saturating_add(TWO_LOOKS);
            if !dead || !matches!(payment.state, State::Started | State::Unknown { .. }) {
                return String::new();
            }
            match payment.missed {
                None => {
                    payment.missed = Some(now);
                    "Stripe knows nothing of it; it is looked for once more".to_owned()
                }
                Some(missed) if now.duration_since(missed) >= TWO_LOOKS => {
                    payment.state = State::NotCharged;
                    "Stripe has never heard of it, so it had no effect".to_owned()
                }
                Some(_) => String::new(),
            }
        };
        self.amend(&tenant, id, Source::Recovery, None, closes).await.map_err(unwritable)
    }
}
