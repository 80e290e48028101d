//! The scheduled work: holds end, banks decide, and balances become known.

use jiff::Timestamp;

use crate::events::types::EventType;
use crate::ids::Ids;
use crate::ledger::{Effect, Ledger};
use crate::objects::charge::ChargeState;
use crate::objects::payment_intent::{CancellationReason, PaymentIntentStatus};
use crate::objects::review::ClosedReason;
use crate::state::{Account, SandboxState, ScheduledWork, WorkContext};

impl SandboxState {
    /// Does all work that is due by now, in every account.
    pub(crate) fn do_due_work(&mut self, now: Timestamp) {
        for account in self.accounts.values_mut() {
            do_due_work(account, &mut self.ledger, &mut self.ids, now);
        }
    }
}

fn do_due_work(account: &mut Account, ledger: &mut Ledger, ids: &mut Ids, now: Timestamp) {
    account.remove_old_events(now);
    while account.schedule.first().is_some_and(|(due, _)| *due <= now.as_second()) {
        let Some((at, due)) = account.schedule.pop_first() else {
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
        // Work for an object that was removed or has another status by now has no effect.
        let _result: Option<()> = match due {
            ScheduledWork::HoldEnds(intent) => work.end_hold(&intent),
            ScheduledWork::RefundDecided(refund) => work.decide_refund(&refund),
            ScheduledWork::ChargeSettles(charge) => work.settle_asynchronously(&charge),
            ScheduledWork::DebitDecided(intent) => work.decide_debit(&intent),
            ScheduledWork::DisputeDecided(dispute) => work.decide_dispute(&dispute),
            ScheduledWork::DisputeLapses(dispute) => work.lapse_dispute(&dispute),
            ScheduledWork::BalanceAvailable => work.announce_available_balance(),
            ScheduledWork::PayoutSent(payout) => work.send_payout(&payout),
            ScheduledWork::PayoutArrives(payout) => work.settle_payout(&payout),
            ScheduledWork::PayoutReconciled(payout) => work.reconcile_payout(&payout),
            ScheduledWork::PayoutsDue => work.pay_out(),
        };
    }
}

impl WorkContext<'_> {
    /// Releases a hold that was not captured in time.
    fn end_hold(&mut self, id: &str) -> Option<()> {
        let at = self.unix_seconds();
        let intent = self.account.payment_intents.snapshot(id)?;
        let PaymentIntentStatus::RequiresCapture { received } = intent.status else {
            return None;
        };
        let rest = intent.capturable();
        let charge = intent.latest_charge.clone()?;
        let held = self.account.charges.get_mut(&charge)?;
        if let ChargeState::Held { until } = held.charge_state {
            held.charge_state = held.after_release(until);
        }
        let intent = self.account.payment_intents.get_mut(id)?;
        intent.status = PaymentIntentStatus::Canceled { at, reason: CancellationReason::Automatic, received };
        let intent = self.account.payment_intents.snapshot(id)?;
        self.record(Effect::Expired, rest, &intent, &intent.terms.metadata);
        let charge = self.account.charges.snapshot(&charge)?;
        let id = charge.id.clone();
        self.emit(EventType::ChargeExpired, charge);
        self.emit(EventType::PaymentIntentCanceled, intent);
        self.settle_radar(&id, ClosedReason::Canceled);
        Some(())
    }
}
