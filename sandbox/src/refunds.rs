//! The course of refunds after creation: banks decide about some refunds, and supply reference numbers.

use std::sync::Arc;

use crate::balance::NewTransaction;
use crate::bank::cards::TestBehaviour;
use crate::bank::debits::SHORT_DELAY;
use crate::events::types::EventType;
use crate::ledger::Effect;
use crate::objects::balance_transaction::TransactionKind;
use crate::objects::charge::Charge;
use crate::objects::instrument::MethodType;
use crate::objects::refund::{Refund, RefundStatus};
use crate::state::{ScheduledWork, WorkContext};

/// The time until a bank has decided about a refund, in seconds.
const DECISION_DELAY: i64 = 30 * 60;

/// The time until a refund has a reference number for the bank, in seconds.
const REFERENCE_DELAY: i64 = 1;

impl WorkContext<'_> {
    /// Schedules the bank's decision, or the reference number, for a new refund to a card.
    pub(crate) fn schedule_refund_decision(&mut self, refund: &str, charge: &Charge) {
        let behaviour = charge.instrument.card().map_or(TestBehaviour::Plain, |card| card.behaviour);
        let has_slow_bank = matches!(behaviour, TestBehaviour::RefundPending | TestBehaviour::RefundFails);
        let klarna = charge.instrument.kind() == MethodType::Klarna;
        if klarna {
            self.schedule_in(SHORT_DELAY, ScheduledWork::RefundDecided(refund.to_owned()));
        }
        if charge.instrument.card().is_some() {
            self.schedule_in(
                if has_slow_bank { DECISION_DELAY } else { REFERENCE_DELAY },
                ScheduledWork::RefundDecided(refund.to_owned()),
            );
        }
    }

    /// Ends the wait for a bank: a pending refund succeeds, a refund that cannot be delivered fails,
    /// and any other refund receives a reference number.
    pub(crate) fn decide_refund(&mut self, id: &str) -> Option<()> {
        let before = self.account.refunds.snapshot(id)?;
        let charge = self.account.charges.snapshot(&before.charge)?;
        let fails = charge.instrument.card().is_some_and(|card| card.behaviour == TestBehaviour::RefundFails);
        let status =
            if fails { self.return_refunded_amount(&before, &charge)? } else { RefundStatus::Succeeded };
        let reference = if fails { None } else { Some(self.ids.digits(16)) };
        let refund = self.account.refunds.get_mut(id)?;
        refund.status = status;
        refund.reference = reference;
        let after = self.account.refunds.snapshot(id)?;
        if fails {
            self.emit(EventType::RefundFailed, Arc::<Refund>::clone(&after));
        }
        self.emit_refund_events(before, after);
        Some(())
    }

    /// Emits the events of a changed refund.
    pub(crate) fn emit_refund_events(&mut self, before: Arc<Refund>, after: Arc<Refund>) {
        self.emit_change(
            EventType::RefundUpdated,
            Arc::<Refund>::clone(&before),
            Arc::<Refund>::clone(&after),
        );
        self.emit_change(EventType::ChargeRefundUpdated, before, after);
    }

    /// Returns the money of an undeliverable refund to the account's balance.
    fn return_refunded_amount(&mut self, refund: &Refund, charge: &Charge) -> Option<RefundStatus> {
        let intent = self.account.payment_intents.snapshot(&refund.payment_intent)?;
        let original = self.account.charges.get_mut(&charge.id)?;
        original.refunded = original.refunded.saturating_sub(refund.amount);
        self.record(Effect::RefundFailed, refund.amount, &intent, &refund.metadata);
        let transaction = NewTransaction {
            kind: TransactionKind::RefundFailure,
            amount: refund.amount,
            currency: &refund.currency,
            source: &refund.id,
            description: charge
                .description
                .as_ref()
                .map(|text| format!("REFUND FAILURE FOR CHARGE ({text})")),
            available_at_once: true,
        };
        let balance_transaction = self.add_balance_transaction(transaction).id.clone();
        Some(RefundStatus::Failed { balance_transaction })
    }
}
