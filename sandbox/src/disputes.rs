//! The life cycle of a dispute: the bank opens the dispute, withdraws the money, reviews
//! the evidence, and decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::balance::NewTransaction;
use crate::clock::DAY;
use crate::events::types::EventType;
use crate::ledger::Effect;
use crate::metadata::Metadata;
use crate::objects::balance_transaction::TransactionKind;
use crate::objects::charge::Charge;
use crate::objects::dispute::{Dispute, DisputeReason, DisputeStatus};
use crate::objects::review::ClosedReason;
use crate::state::{ScheduledWork, WorkContext};

/// The time that the account has to answer, in seconds; the deadline is the end of that day.
const RESPONSE_TIME: i64 = 8 * DAY;

/// The time until a bank decides about test evidence, in seconds.
const DECISION: i64 = 5;

/// The values of `uncategorized_text` by which a test selects the outcome of a dispute.
const WINNING: &str = "winning_evidence";
const LOSING: &str = "losing_evidence";
const ESCALATING: &str = "escalate_inquiry_evidence";

impl WorkContext<'_> {
    /// Opens a dispute about the whole charge, or an inquiry first.
    pub(crate) fn open_dispute(&mut self, charge: &str, reason: DisputeReason, inquiry: bool) {
        let undisputed = |charge: &Arc<Charge>| charge.disputes.is_empty();
        if let Some(charge) = self.account.charges.snapshot(charge).filter(undisputed) {
            self.open_dispute_about(&charge, charge.refundable(), reason, inquiry);
        }
    }

    /// Opens two disputes about a charge, each about a half, so that no more is disputed than was captured.
    pub(crate) fn open_two_disputes(&mut self, charge: &str, reason: DisputeReason) {
        let undisputed = |charge: &Arc<Charge>| charge.disputes.is_empty();
        if let Some(charge) = self.account.charges.snapshot(charge).filter(undisputed) {
            let half = charge.refundable() / 2;
            for amount in [charge.refundable().saturating_sub(half), half] {
                self.open_dispute_about(&charge, amount, reason, false);
            }
        }
    }

    fn open_dispute_about(
        &mut self,
        charge: &Arc<Charge>,
        amount: u64,
        reason: DisputeReason,
        inquiry: bool,
    ) {
        let due = self.unix_seconds().saturating_add(RESPONSE_TIME);
        let dispute = Dispute {
            id: self.ids.fresh("du"),
            created: self.unix_seconds(),
            amount,
            currency: charge.currency.clone(),
            charge: charge.id.clone(),
            payment_intent: charge.payment_intent.clone(),
            brand: charge.instrument.card().map(|card| card.brand),
            reason,
            status: if inquiry { DisputeStatus::WarningNeedsResponse } else { DisputeStatus::NeedsResponse },
            evidence: self.initial_evidence(charge, inquiry),
            answered: false,
            submissions: 0,
            due_by: due.saturating_sub(due.rem_euclid(DAY)).saturating_add(DAY - 1),
            balance_transactions: vec![],
            metadata: Metadata::default(),
        };
        self.schedule_at(dispute.due_by.saturating_add(1), ScheduledWork::DisputeLapses(dispute.id.clone()));
        if let Some(charge) = self.account.charges.get_mut(&charge.id) {
            charge.disputes.push(dispute.id.clone());
        }
        let id = dispute.id.clone();
        let opened = self.account.disputes.put(dispute);
        self.emit(EventType::DisputeCreated, opened);
        if !inquiry {
            self.withdraw_funds(&id);
        }
        self.settle_radar(&charge.id, ClosedReason::Disputed);
    }

    /// The evidence that Stripe fills in from the customer and the charge.
    fn initial_evidence(&self, charge: &Charge, inquiry: bool) -> BTreeMap<String, String> {
        let customer = charge.customer.as_deref().and_then(|id| self.account.customers.get(id));
        let name = customer.and_then(|customer| customer.name.as_ref().or(customer.description.as_ref()));
        let product = charge.description.as_ref().filter(|_| !inquiry);
        [
            ("customer_email_address", customer.and_then(|customer| customer.email.as_ref())),
            ("customer_name", name),
            ("product_description", product),
        ]
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text?.clone())))
        .collect()
    }

    /// Withdraws the disputed amount from the account's balance.
    fn withdraw_funds(&mut self, id: &str) -> Option<()> {
        self.add_dispute_transaction(id, TransactionKind::Dispute, Effect::Disputed, "withdrawal")?;
        let dispute = self.account.disputes.snapshot(id)?;
        self.emit(EventType::DisputeFundsWithdrawn, dispute);
        Some(())
    }

    fn add_dispute_transaction(
        &mut self,
        id: &str,
        kind: TransactionKind,
        effect: Effect,
        verb: &str,
    ) -> Option<()> {
        let dispute = self.account.disputes.snapshot(id)?;
        let intent = self.account.payment_intents.snapshot(&dispute.payment_intent)?;
        self.record(effect, dispute.amount, &intent, &intent.terms.metadata);
        let transaction = self.add_balance_transaction(NewTransaction {
            kind,
            amount: dispute.amount,
            currency: &dispute.currency,
            source: id,
            description: Some(format!("Chargeback {verb} for {}", dispute.charge)),
            available_at_once: kind != TransactionKind::DisputeWon,
        });
        self.account.disputes.get_mut(id)?.balance_transactions.push(transaction);
        Some(())
    }

    /// Submits the evidence to the bank. Only the three test texts lead to a decision.
    pub(crate) fn submit(&mut self, dispute: &mut Dispute) {
        dispute.submissions = dispute.submissions.saturating_add(1);
        dispute.status =
            if dispute.is_inquiry() { DisputeStatus::WarningUnderReview } else { DisputeStatus::UnderReview };
        let text = dispute.evidence.get("uncategorized_text").map(String::as_str);
        if matches!(text, Some(WINNING | LOSING | ESCALATING)) {
            self.schedule_in(DECISION, ScheduledWork::DisputeDecided(dispute.id.clone()));
        }
    }

    /// Applies the bank's decision about the evidence.
    pub(crate) fn decide_dispute(&mut self, id: &str) -> Option<()> {
        let dispute = self.account.disputes.snapshot(id).filter(|dispute| dispute.is_under_review())?;
        match (dispute.evidence.get("uncategorized_text")?.as_str(), dispute.is_inquiry()) {
            (ESCALATING, true) => self.escalate(id, &dispute),
            (WINNING, true) => self.close_dispute(id, DisputeStatus::WarningClosed),
            (WINNING, false) => self.win_dispute(id),
            (LOSING, true) => self.escalate(id, &dispute),
            (LOSING, false) => self.close_dispute(id, DisputeStatus::Lost),
            _ => None,
        }
    }

    /// Closes a dispute that was not answered in time: a dispute is lost, and an inquiry is closed.
    pub(crate) fn lapse_dispute(&mut self, id: &str) -> Option<()> {
        let dispute = self.account.disputes.get(id)?;
        match dispute.status {
            DisputeStatus::NeedsResponse => self.close_dispute(id, DisputeStatus::Lost),
            DisputeStatus::WarningNeedsResponse => self.close_dispute(id, DisputeStatus::WarningClosed),
            DisputeStatus::UnderReview
            | DisputeStatus::WarningUnderReview
            | DisputeStatus::Won
            | DisputeStatus::Lost
            | DisputeStatus::WarningClosed => None,
        }
    }

    /// Turns an inquiry into a dispute about the amount that was not refunded meanwhile.
    fn escalate(&mut self, id: &str, before: &Arc<Dispute>) -> Option<()> {
        let refundable = self.account.charges.get(&before.charge)?.refundable();
        if refundable == 0 {
            return self.close_dispute(id, DisputeStatus::WarningClosed);
        }
        let dispute = self.account.disputes.get_mut(id)?;
        dispute.status = DisputeStatus::NeedsResponse;
        dispute.amount = refundable;
        let escalated = self.account.disputes.snapshot(id)?;
        self.emit_change(EventType::DisputeUpdated, Arc::<Dispute>::clone(before), escalated);
        self.withdraw_funds(id)
    }

    fn win_dispute(&mut self, id: &str) -> Option<()> {
        self.account.disputes.get_mut(id)?.status = DisputeStatus::Won;
        self.add_dispute_transaction(id, TransactionKind::DisputeWon, Effect::DisputeWon, "reversal")?;
        let won = self.account.disputes.snapshot(id)?;
        self.emit(EventType::DisputeFundsReinstated, won);
        self.close_dispute(id, DisputeStatus::Won)
    }

    /// Lets a bank decide about a dispute, whether the dispute is open or was decided otherwise before.
    pub(crate) fn turn_dispute(&mut self, id: &str, won: bool) -> Option<()> {
        let dispute = self.account.disputes.get(id)?;
        match (dispute.status, won) {
            (DisputeStatus::Won, true) | (DisputeStatus::Lost, false) => None,
            (DisputeStatus::NeedsResponse | DisputeStatus::UnderReview | DisputeStatus::Lost, true) => {
                self.win_dispute(id)
            }
            (DisputeStatus::NeedsResponse | DisputeStatus::UnderReview, false) => {
                self.close_dispute(id, DisputeStatus::Lost)
            }
            (DisputeStatus::Won, false) => self.lose_won_dispute(id),
            (
                DisputeStatus::WarningNeedsResponse
                | DisputeStatus::WarningUnderReview
                | DisputeStatus::WarningClosed,
                _,
            ) => None,
        }
    }

    /// Withdraws the money of a won dispute once more, without a second fee.
    fn lose_won_dispute(&mut self, id: &str) -> Option<()> {
        self.account.disputes.get_mut(id)?.status = DisputeStatus::Lost;
        let kind = TransactionKind::DisputeLostAgain;
        self.add_dispute_transaction(id, kind, Effect::Disputed, "withdrawal")?;
        let lost = self.account.disputes.snapshot(id)?;
        self.emit(EventType::DisputeFundsWithdrawn, lost);
        self.close_dispute(id, DisputeStatus::Lost)
    }

    /// Closes a dispute with the given final status.
    pub(crate) fn close_dispute(&mut self, id: &str, status: DisputeStatus) -> Option<()> {
        self.account.disputes.get_mut(id)?.status = status;
        let closed = self.account.disputes.snapshot(id)?;
        let charge = self.account.charges.snapshot(&closed.charge)?;
        self.emit(EventType::DisputeClosed, closed);
        self.emit(EventType::ChargeUpdated, charge);
        Some(())
    }
}
