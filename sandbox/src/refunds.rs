//! What becomes of refunds after they were made: banks decide about some of them, and tell under which number
//! they can be found.

use std::sync::Arc;

use crate::balance::Move;
use crate::bank::cards::Habit;
use crate::events::types::EventType;
use crate::ledger::Effect;
use crate::objects::balance_transaction::Movement;
use crate::objects::charge::Charge;
use crate::objects::refund::{Progress, Refund};
use crate::state::{Desk, Due};

/// How long it takes until a bank has decided about a refund, in seconds.
const DECISION: i64 = 30 * 60;

/// How long it takes until a refund has a number by which the bank can find it, in seconds.
const NUMBER: i64 = 1;

impl Desk<'_> {
    /// Sees to what will become of a new refund.
    pub(crate) fn await_refund(&mut self, refund: &str, charge: &Charge) {
        let habit = charge.means.card().map_or(Habit::Plain, |card| card.habit);
        let slow = matches!(habit, Habit::RefundPends | Habit::RefundFails);
        if charge.means.card().is_some() {
            self.later(if slow { DECISION } else { NUMBER }, Due::RefundDecided(refund.to_owned()));
        }
    }

    /// Ends the wait for a bank: a pending refund was sent, one that cannot be delivered comes back, and any
    /// other has a number now.
    pub(crate) fn decide_refund(&mut self, id: &str) -> Option<()> {
        let before = self.account.refunds.snapshot(id)?;
        let charge = self.account.charges.snapshot(&before.charge)?;
        let fails = charge.means.card().is_some_and(|card| card.habit == Habit::RefundFails);
        let progress = if fails { self.bring_back(&before, &charge)? } else { Progress::Succeeded };
        let reference = if fails { None } else { Some(self.ids.digits(16)) };
        let refund = self.account.refunds.get_mut(id)?;
        refund.progress = progress;
        refund.reference = reference;
        let after = self.account.refunds.snapshot(id)?;
        if fails {
            self.announce(EventType::RefundFailed, Arc::<Refund>::clone(&after));
        }
        self.tell_of_refund(before, after);
        Some(())
    }

    /// Tells that a refund changed.
    pub(crate) fn tell_of_refund(&mut self, before: Arc<Refund>, after: Arc<Refund>) {
        self.announce_change(
            EventType::RefundUpdated,
            Arc::<Refund>::clone(&before),
            Arc::<Refund>::clone(&after),
        );
        self.announce_change(EventType::ChargeRefundUpdated, before, after);
    }

    /// What could not be delivered is the account's again.
    fn bring_back(&mut self, refund: &Refund, charge: &Charge) -> Option<Progress> {
        let intent = self.account.payment_intents.snapshot(&refund.payment_intent)?;
        let sent_back = self.account.charges.get_mut(&charge.id)?;
        sent_back.sent_back = sent_back.sent_back.saturating_sub(refund.amount);
        self.record(Effect::RefundFailed, refund.amount, &intent, &refund.metadata);
        let moved = Move {
            movement: Movement::RefundFailure,
            amount: refund.amount,
            currency: &refund.currency,
            source: &refund.id,
            description: charge
                .description
                .as_ref()
                .map(|text| format!("REFUND FAILURE FOR CHARGE ({text})")),
            at_once: true,
        };
        let balance_transaction = self.move_balance(moved).id.clone();
        Some(Progress::Failed { balance_transaction })
    }
}
