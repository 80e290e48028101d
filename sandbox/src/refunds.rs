//! The course of refunds after creation: banks decide about some refunds, and supply reference numbers.

use std::sync::Arc;

use crate::balance::Move;
use crate::bank::cards::TestBehaviour;
use crate::events::types::EventType;
use crate::ledger::Effect;
use crate::objects::balance_transaction::Movement;
use crate::objects::charge::Charge;
use crate::objects::refund::{Progress, Refund};
use crate::state::{Due, WorkContext};

/// The time until a bank has decided about a refund, in seconds.
const DECISION: i64 = 30 * 60;

/// The time until a refund has a reference number for the bank, in seconds.
const NUMBER: i64 = 1;

impl WorkContext<'_> {
    /// Schedules the bank's decision, or the reference number, for a new refund to a card.
    pub(crate) fn await_refund(&mut self, refund: &str, charge: &Charge) {
        let habit = charge.means.card().map_or(TestBehaviour::Plain, |card| card.habit);
        let slow = matches!(habit, TestBehaviour::RefundPends | TestBehaviour::RefundFails);
        if charge.means.card().is_some() {
            self.later(if slow { DECISION } else { NUMBER }, Due::RefundDecided(refund.to_owned()));
        }
    }

    /// Ends the wait for a bank: a pending refund succeeds, a refund that cannot be delivered fails,
    /// and any other refund receives a reference number.
    pub(crate) fn decide_refund(&mut self, id: &str) -> Option<()> {
        let before = self.account.refunds.snapshot(id)?;
        let charge = self.account.charges.snapshot(&before.charge)?;
        let fails = charge.means.card().is_some_and(|card| card.habit == TestBehaviour::RefundFails);
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

    /// Emits the events of a changed refund.
    pub(crate) fn tell_of_refund(&mut self, before: Arc<Refund>, after: Arc<Refund>) {
        self.announce_change(
            EventType::RefundUpdated,
            Arc::<Refund>::clone(&before),
            Arc::<Refund>::clone(&after),
        );
        self.announce_change(EventType::ChargeRefundUpdated, before, after);
    }

    /// Returns the money of an undeliverable refund to the account's balance.
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
