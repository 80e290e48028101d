//! The life cycle of a payout: created by a call or by the schedule of the account, sent to the bank at
//! midnight, and paid, failed or canceled.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::balance::NewTransaction;
use crate::clock::DAY;
use crate::events::types::EventType;
use crate::metadata::Metadata;
use crate::objects::account::PayoutSchedule;
use crate::objects::balance::Balance;
use crate::objects::balance_transaction::TransactionKind;
use crate::objects::payout::{Payout, PayoutFailure, PayoutMethod, PayoutOrigin, PayoutStatus, SourceType};
use crate::state::{ScheduledWork, WorkContext};

/// The days until a standard payout arrives.
const TRANSIT_DAYS: i64 = 2;

/// The time until an instant payout arrives, in seconds.
const INSTANT: i64 = 30 * 60;

/// The time until the balance transactions of an automatic payout can be listed, in seconds.
const RECONCILIATION: i64 = 60 * 60;

/// The numbers of test accounts that return payouts, with the reason of the bank.
const RETURNING: &[(&str, PayoutFailure)] = &[
    ("000111111113", PayoutFailure::AccountClosed),
    ("000111111116", PayoutFailure::NoAccount),
    ("000222222227", PayoutFailure::CouldNotProcess),
    ("000333333335", PayoutFailure::DebitNotAuthorized),
    ("000444444440", PayoutFailure::InvalidCurrency),
];

/// The terms of a new payout.
#[derive(Clone, Debug)]
pub(crate) struct NewPayout {
    /// The amount without a sign, in Stripe's units of the currency.
    pub(crate) amount: u64,
    /// The ISO 4217 code of the currency, in lower case.
    pub(crate) currency: String,
    /// The origin of the payout.
    pub(crate) origin: PayoutOrigin,
    /// The description for people.
    pub(crate) description: Option<String>,
    /// The speed of the payout.
    pub(crate) method: PayoutMethod,
    /// The part of the balance that the payout takes from.
    pub(crate) source_type: SourceType,
    /// The text on the statement of the bank account.
    pub(crate) descriptor: Option<String>,
    /// The metadata that the caller attached.
    pub(crate) metadata: Metadata,
}

impl WorkContext<'_> {
    /// Creates a payout: the balance falls at once, and the payout goes to the bank at midnight.
    pub(crate) fn create_payout(&mut self, new: NewPayout) -> Arc<Payout> {
        let (id, created) = (self.ids.fresh("po"), self.unix_seconds());
        let settings = self.account.settings();
        let kind = match new.origin {
            PayoutOrigin::Manual | PayoutOrigin::Automatic { .. } => TransactionKind::Payout,
            PayoutOrigin::Reversal(_) => TransactionKind::PayoutReversal,
        };
        let balance_transaction = self.add_payout_transaction(kind, new.amount, &new.currency, &id);
        let (sent, arrival) = match new.method {
            PayoutMethod::Instant => (created, created.saturating_add(INSTANT)),
            PayoutMethod::Standard => (
                next_midnight(created),
                next_midnight(created).saturating_add(TRANSIT_DAYS.saturating_mul(DAY)),
            ),
        };
        let payout = self.account.payouts.put(Payout {
            id: id.clone(),
            created,
            amount: new.amount,
            currency: new.currency,
            arrival,
            origin: new.origin,
            status: PayoutStatus::Pending,
            description: new.description,
            destination: settings.bank_account_id(),
            account_number: settings.bank_account.clone(),
            method: new.method,
            source_type: new.source_type,
            descriptor: new.descriptor,
            balance_transaction,
            reversed_by: None,
            metadata: new.metadata,
        });
        self.schedule_at(sent, ScheduledWork::PayoutSent(id.clone()));
        self.schedule_at(arrival, ScheduledWork::PayoutArrives(id));
        self.emit(EventType::PayoutCreated, Arc::<Payout>::clone(&payout));
        payout
    }

    /// Records the effect of a payout on the balance, and returns the id of the balance transaction.
    fn add_payout_transaction(
        &mut self,
        kind: TransactionKind,
        amount: u64,
        currency: &str,
        payout: &str,
    ) -> String {
        let returned = matches!(kind, TransactionKind::PayoutCancel | TransactionKind::PayoutFailure);
        let description = if returned { "REFUND FOR PAYOUT (STRIPE PAYOUT)" } else { "STRIPE PAYOUT" };
        let transaction = NewTransaction {
            kind,
            amount,
            currency,
            source: payout,
            description: Some(description.to_owned()),
            available_at_once: true,
        };
        self.add_balance_transaction(transaction).id.clone()
    }

    /// Sends a pending payout to the bank.
    pub(crate) fn send_payout(&mut self, id: &str) -> Option<()> {
        let before = self.account.payouts.snapshot(id)?;
        if before.status != PayoutStatus::Pending {
            return None;
        }
        self.account.payouts.get_mut(id)?.status = PayoutStatus::InTransit;
        let after = self.account.payouts.snapshot(id)?;
        self.emit_change(EventType::PayoutUpdated, before, after);
        Some(())
    }

    /// Ends the transit of a payout: the payout is paid, unless the test account returns payouts.
    pub(crate) fn settle_payout(&mut self, id: &str) -> Option<()> {
        let before = self.account.payouts.snapshot(id)?;
        if before.status != PayoutStatus::InTransit {
            return None;
        }
        let returns = RETURNING.iter().find(|(number, _)| *number == before.account_number);
        if let Some((_, failure)) = returns {
            return self.fail_payout(id, *failure);
        }
        self.end_payout(&before, PayoutStatus::Paid, EventType::PayoutPaid)
    }

    /// Fails a payout that was not returned before: the amount comes back to the balance.
    pub(crate) fn fail_payout(&mut self, id: &str, failure: PayoutFailure) -> Option<()> {
        let before = self.account.payouts.snapshot(id)?;
        match before.status {
            PayoutStatus::Pending | PayoutStatus::InTransit | PayoutStatus::Paid => {}
            PayoutStatus::Failed { .. } | PayoutStatus::Canceled { .. } => return None,
        }
        let balance_transaction =
            self.add_payout_transaction(TransactionKind::PayoutFailure, before.amount, &before.currency, id);
        let status = PayoutStatus::Failed { failure, balance_transaction };
        self.end_payout(&before, status, EventType::PayoutFailed)
    }

    /// Cancels a pending payout: the amount comes back to the balance.
    pub(crate) fn cancel_payout(&mut self, before: &Arc<Payout>) -> Option<()> {
        let balance_transaction = self.add_payout_transaction(
            TransactionKind::PayoutCancel,
            before.amount,
            &before.currency,
            &before.id,
        );
        self.end_payout(before, PayoutStatus::Canceled { balance_transaction }, EventType::PayoutCanceled)
    }

    fn end_payout(&mut self, before: &Arc<Payout>, status: PayoutStatus, event: EventType) -> Option<()> {
        self.account.payouts.get_mut(&before.id)?.status = status;
        let after = self.account.payouts.snapshot(&before.id)?;
        self.emit(event, Arc::<Payout>::clone(&after));
        self.emit_change(EventType::PayoutUpdated, Arc::<Payout>::clone(before), after);
        Some(())
    }

    /// Lets the balance transactions of an automatic payout be listed.
    pub(crate) fn reconcile_payout(&mut self, id: &str) -> Option<()> {
        self.account.payouts.get_mut(id)?.origin = PayoutOrigin::Automatic { reconciled: true };
        let payout = self.account.payouts.snapshot(id)?;
        self.emit(EventType::PayoutReconciliationCompleted, payout);
        Some(())
    }

    /// Pays the available balance out, currency by currency, if the schedule of the account says so.
    pub(crate) fn pay_out(&mut self) -> Option<()> {
        let (settings, now) = (self.account.settings(), self.unix_seconds());
        let enabled = settings.activated || !self.account.mode.livemode;
        if settings.payouts != PayoutSchedule::Daily || !enabled || self.was_returned(&settings.bank_account)
        {
            return None;
        }
        let mut sums: BTreeMap<String, (i64, Vec<String>)> = BTreeMap::new();
        for transaction in self.account.balance_transactions.newest_first() {
            if transaction.payout.is_none() && transaction.available_on <= now {
                let (sum, ids) = sums.entry(transaction.currency.clone()).or_default();
                *sum = sum.saturating_add(transaction.net());
                ids.push(transaction.id.clone());
            }
        }
        for (currency, (sum, ids)) in sums {
            if let Some(amount) = u64::try_from(sum).ok().filter(|amount| *amount > 0) {
                self.pay_out_transactions(amount, currency, ids);
            }
        }
        Some(())
    }

    /// Whether the bank returned the latest payout to a bank account, which pauses automatic payouts until the
    /// account has another bank account.
    fn was_returned(&self, account_number: &str) -> bool {
        let latest =
            self.account.payouts.newest_first().find(|payout| payout.account_number == account_number);
        latest.is_some_and(|payout| matches!(payout.status, PayoutStatus::Failed { .. }))
    }

    /// Creates the automatic payout of some balance transactions.
    fn pay_out_transactions(&mut self, amount: u64, currency: String, mut transactions: Vec<String>) {
        let payout = self.create_payout(NewPayout {
            amount,
            currency,
            origin: PayoutOrigin::Automatic { reconciled: false },
            description: Some("STRIPE PAYOUT".to_owned()),
            method: PayoutMethod::Standard,
            source_type: SourceType::Card,
            descriptor: None,
            metadata: Metadata::default(),
        });
        transactions.push(payout.balance_transaction.clone());
        for id in transactions {
            if let Some(transaction) = self.account.balance_transactions.get_mut(&id) {
                transaction.payout = Some(payout.id.clone());
            }
        }
        self.schedule_in(RECONCILIATION, ScheduledWork::PayoutReconciled(payout.id.clone()));
    }

    /// Schedules the automatic payouts of everything that was not paid out yet.
    pub(crate) fn schedule_payouts(&mut self) {
        let waiting = self.account.balance_transactions.newest_first();
        let moments: Vec<i64> = waiting
            .filter(|transaction| transaction.payout.is_none())
            .map(|transaction| transaction.available_on)
            .collect();
        for moment in moments {
            self.schedule_payout_of(moment);
        }
    }

    /// Schedules the automatic payout of money that is available from a moment on, in unix seconds.
    pub(crate) fn schedule_payout_of(&mut self, available_on: i64) {
        if self.account.settings().payouts == PayoutSchedule::Daily {
            let from = available_on.max(self.unix_seconds().saturating_add(1));
            self.schedule_at(next_midnight(from.saturating_sub(1)), ScheduledWork::PayoutsDue);
        }
    }

    /// Emits `balance.available`, because pending money became available.
    pub(crate) fn announce_available_balance(&mut self) -> Option<()> {
        let now = self.unix_seconds();
        let balance = Balance::of(&mut self.account.balance_transactions, now);
        let balance = self.account.balances.put(balance);
        self.emit(EventType::BalanceAvailable, balance);
        Some(())
    }
}

/// The first midnight after a moment, in unix seconds.
fn next_midnight(moment: i64) -> i64 {
    moment.saturating_sub(moment.rem_euclid(DAY)).saturating_add(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payouts_are_sent_at_the_first_midnight_after_their_creation() {
        for (moment, midnight) in [(0, DAY), (1, DAY), (DAY - 1, DAY), (DAY, 2 * DAY)] {
            assert_eq!(next_midnight(moment), midnight, "{moment}");
        }
    }
}
