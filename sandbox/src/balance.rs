//! The account's balance: the effects of charges, refunds, disputes and payouts, recorded at once or after the call.

use std::sync::Arc;

use crate::bank::cards::TestBehaviour;
use crate::clock::DAY;
use crate::events::types::EventType;
use crate::objects::balance_transaction::{BalanceTransaction, TransactionKind};
use crate::objects::charge::Charge;
use crate::state::{ScheduledWork, WorkContext};

/// The number of days until money from a charge is available.
const PENDING_DAYS: i64 = 7;

/// One change of the balance.
#[derive(Clone, Debug)]
pub(crate) struct NewTransaction<'a> {
    /// The kind of change, which implies the sign.
    pub(crate) kind: TransactionKind,
    /// The amount, in the smallest unit of the currency.
    pub(crate) amount: u64,
    /// The currency, as a lower-case ISO code.
    pub(crate) currency: &'a str,
    /// The id of the charge, the refund, the dispute or the payout.
    pub(crate) source: &'a str,
    /// The text that describes the change for people.
    pub(crate) description: Option<String>,
    /// Whether the money is available at once.
    pub(crate) available_at_once: bool,
}

impl WorkContext<'_> {
    /// Records a captured charge in the balance, in this call or, with `later`, after the
    /// answer to this call.
    pub(crate) fn settle_charge(&mut self, charge: &str, asynchronous: bool) {
        let Some(found) = self.account.charges.snapshot(charge) else {
            return;
        };
        if asynchronous {
            self.schedule_in(0, ScheduledWork::ChargeSettles(charge.to_owned()));
            return;
        }
        let transaction = self.add_charge_transaction(&found, found.captured);
        if let Some(found) = self.account.charges.get_mut(charge) {
            found.balance_transaction = Some(transaction);
        }
    }

    /// Records the balance transaction of a charge, or of one capture of the charge, and returns the id.
    pub(crate) fn add_charge_transaction(&mut self, charge: &Charge, amount: u64) -> String {
        let available_at_once =
            charge.instrument.card().is_some_and(|card| card.behaviour == TestBehaviour::BypassesPending);
        let (currency, source) = (charge.currency.as_str(), charge.id.as_str());
        let description = charge.description.clone();
        let transaction = NewTransaction {
            kind: TransactionKind::Charge,
            amount,
            currency,
            source,
            description,
            available_at_once,
        };
        self.add_balance_transaction(transaction).id.clone()
    }

    /// Stores a balance transaction.
    pub(crate) fn add_balance_transaction(&mut self, new: NewTransaction<'_>) -> Arc<BalanceTransaction> {
        let (id, created) = (self.ids.fresh("txn"), self.unix_seconds());
        let midnight = created.saturating_sub(created.rem_euclid(DAY));
        let pending_until = midnight.saturating_add(PENDING_DAYS.saturating_mul(DAY));
        let transaction = self.account.balance_transactions.put(BalanceTransaction {
            id,
            created,
            available_on: if new.available_at_once { created } else { pending_until },
            kind: new.kind,
            amount: new.amount,
            currency: new.currency.to_owned(),
            source: new.source.to_owned(),
            description: new.description,
            payout: None,
        });
        // Money that is available at once is announced as well, after the answer to the call.
        if transaction.available_on > created || transaction.kind == TransactionKind::Charge {
            self.schedule_at(transaction.available_on, ScheduledWork::BalanceAvailable);
        }
        self.schedule_payout_of(transaction.available_on);
        transaction
    }

    /// Records a charge in the balance after the call that made the charge, and emits `charge.updated`.
    pub(crate) fn settle_asynchronously(&mut self, id: &str) -> Option<()> {
        let before = self.account.charges.snapshot(id)?;
        self.settle_charge(id, false);
        let after = self.account.charges.snapshot(id)?;
        self.emit_change(EventType::ChargeUpdated, before, after);
        Some(())
    }
}
