//! The scheduled work: holds end, banks decide, and balances become known.

use jiff::Timestamp;

use crate::ids::Ids;
use crate::ledger::Ledger;
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
            ScheduledWork::AgreementLapses(intent, confirmation) => {
                work.lapse_agreement(&intent, confirmation)
            }
            ScheduledWork::DisputeLapses(dispute) => work.lapse_dispute(&dispute),
            ScheduledWork::BalanceAvailable => work.announce_available_balance(),
            ScheduledWork::PayoutSent(payout) => work.send_payout(&payout),
            ScheduledWork::PayoutArrives(payout) => work.settle_payout(&payout),
            ScheduledWork::PayoutReconciled(payout) => work.reconcile_payout(&payout),
            ScheduledWork::PayoutsDue => work.pay_out(),
        };
    }
}
