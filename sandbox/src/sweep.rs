//! What time does by itself: holds end, refunds are decided, and balances become known.

use jiff::Timestamp;

use crate::bank::cards::Habit;
use crate::ids::Ids;
use crate::ledger::{Effect, Ledger};
use crate::objects::balance_transaction::Movement;
use crate::objects::charge::Fate;
use crate::objects::payment_intent::{CancellationReason, Stage};
use crate::objects::refund::Progress;
use crate::state::{Account, Desk, Due, World};

impl World {
    /// Lets everything happen that was due by now, in every account.
    pub(crate) fn sweep(&mut self, now: Timestamp) {
        for account in self.accounts.values_mut() {
            sweep(account, &mut self.ledger, &mut self.ids, now);
        }
    }
}

fn sweep(account: &mut Account, ledger: &mut Ledger, ids: &mut Ids, now: Timestamp) {
    while account.agenda.first().is_some_and(|(due, _)| *due <= now.as_second()) {
        let Some((at, due)) = account.agenda.pop_first() else {
            return;
        };
        let now = Timestamp::from_second(at).unwrap_or(now);
        let mut desk = Desk { account, ledger, ids, now, key: None, origin: "", prefix: "" };
        // What is no longer there, or no longer as it was, needs nothing done.
        let _done: Option<()> = match due {
            Due::HoldEnds(intent) => desk.end_hold(&intent),
            Due::RefundDecided(refund) => desk.decide_refund(&refund),
            Due::BalanceKnown(charge) => desk.make_balance_known(&charge),
        };
    }
}

impl Desk<'_> {
    /// Gives back a hold that nobody captured in time.
    fn end_hold(&mut self, id: &str) -> Option<()> {
        let at = self.second();
        let intent = self.account.payment_intents.get_mut(id)?;
        if intent.stage != Stage::RequiresCapture {
            return None;
        }
        intent.stage = Stage::Canceled { at, reason: CancellationReason::Automatic };
        let intent = intent.clone();
        let charge = self.account.charges.get_mut(intent.latest_charge.as_deref()?)?;
        if let Fate::Held { until } = charge.fate {
            charge.fate = Fate::Released { until };
        }
        self.record(Effect::Expired, intent.terms.amount, &intent, &intent.terms.metadata);
        Some(())
    }

    /// Ends the wait of a pending refund, or brings back one that cannot be delivered.
    fn decide_refund(&mut self, id: &str) -> Option<()> {
        let refund = self.account.refunds.get(id)?.clone();
        let charge = self.account.charges.get_mut(&refund.charge)?;
        let progress = if charge.card.habit == Habit::RefundFails {
            charge.sent_back = charge.sent_back.saturating_sub(refund.amount);
            let intent = self.account.payment_intents.get(&refund.payment_intent)?.clone();
            self.record(Effect::RefundFailed, refund.amount, &intent, &refund.metadata);
            let balance_transaction =
                self.move_balance(Movement::RefundFailure, refund.amount, &refund.currency, id, true);
            Progress::Failed { balance_transaction }
        } else {
            Progress::Succeeded
        };
        self.account.refunds.get_mut(id)?.progress = progress;
        Some(())
    }

    fn make_balance_known(&mut self, id: &str) -> Option<()> {
        let charge = self.account.charges.get(id)?.clone();
        let at_once = charge.card.habit == Habit::BypassesPending;
        let moved = self.move_balance(Movement::Charge, charge.captured(), &charge.currency, id, at_once);
        self.account.charges.get_mut(id)?.balance_transaction = Some(moved);
        Some(())
    }
}
