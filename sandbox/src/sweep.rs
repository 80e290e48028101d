//! The scheduled work: holds end, banks decide, and balances become known.

use jiff::Timestamp;

use crate::events::types::EventType;
use crate::ids::Ids;
use crate::ledger::{Effect, Ledger};
use crate::objects::charge::ChargeState;
use crate::objects::payment_intent::{CancellationReason, Stage};
use crate::state::{Account, Due, WorkContext, World};

impl World {
    /// Does all work that is due by now, in every account.
    pub(crate) fn sweep(&mut self, now: Timestamp) {
        for account in self.accounts.values_mut() {
            sweep(account, &mut self.ledger, &mut self.ids, now);
        }
    }
}

fn sweep(account: &mut Account, ledger: &mut Ledger, ids: &mut Ids, now: Timestamp) {
    account.forget_events(now);
    while account.agenda.first().is_some_and(|(due, _)| *due <= now.as_second()) {
        let Some((at, due)) = account.agenda.pop_first() else {
            return;
        };
        let now = Timestamp::from_second(at).unwrap_or(now);
        let mut work = WorkContext {
            account,
            ledger,
            ids,
            now,
            request_id: None,
            request_key: None,
            key: None,
            cause: None,
            origin: "",
            prefix: "",
        };
        // Work for an object that was removed or has moved on has no effect.
        let _done: Option<()> = match due {
            Due::HoldEnds(intent) => work.end_hold(&intent),
            Due::RefundDecided(refund) => work.decide_refund(&refund),
            Due::BalanceKnown(charge) => work.make_balance_known(&charge),
            Due::DebitDecided(intent) => work.decide_debit(&intent),
            Due::DisputeDecided(dispute) => work.decide_dispute(&dispute),
            Due::DisputeLapses(dispute) => work.lapse_dispute(&dispute),
        };
    }
}

impl WorkContext<'_> {
    /// Releases a hold that was not captured in time.
    fn end_hold(&mut self, id: &str) -> Option<()> {
        let at = self.second();
        let intent = self.account.payment_intents.snapshot(id)?;
        let Stage::RequiresCapture { received } = intent.stage else {
            return None;
        };
        let rest = intent.capturable();
        let charge = intent.latest_charge.clone()?;
        let held = self.account.charges.get_mut(&charge)?;
        if let ChargeState::Held { until } = held.charge_state {
            held.charge_state = held.after_release(until);
        }
        let intent = self.account.payment_intents.get_mut(id)?;
        intent.stage = Stage::Canceled { at, reason: CancellationReason::Automatic, received };
        let intent = self.account.payment_intents.snapshot(id)?;
        self.record(Effect::Expired, rest, &intent, &intent.terms.metadata);
        let charge = self.account.charges.snapshot(&charge)?;
        self.announce(EventType::ChargeExpired, charge);
        self.announce(EventType::PaymentIntentCanceled, intent);
        Some(())
    }
}
