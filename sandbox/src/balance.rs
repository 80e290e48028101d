//! The account's balance: the effects of charges, refunds and disputes, recorded at once or after the call.

use std::sync::Arc;

use crate::bank::cards::TestBehaviour;
use crate::clock::DAY;
use crate::events::types::EventType;
use crate::objects::balance_transaction::{BalanceTransaction, Movement};
use crate::objects::charge::Charge;
use crate::state::{Due, WorkContext};

/// The number of days until money from a charge is available.
const PENDING: i64 = 7;

/// One change of the balance.
#[derive(Clone, Debug)]
pub(crate) struct Move<'a> {
    /// The kind of movement, which implies the sign.
    pub(crate) movement: Movement,
    /// The amount, in the smallest unit of the currency.
    pub(crate) amount: u64,
    /// The currency, as a lower-case ISO code.
    pub(crate) currency: &'a str,
    /// The id of the charge, the refund or the dispute.
    pub(crate) source: &'a str,
    /// The text that describes the movement for people.
    pub(crate) description: Option<String>,
    /// Whether the money is available at once.
    pub(crate) at_once: bool,
}

impl WorkContext<'_> {
    /// Records a captured charge in the balance, in this call or, with `later`, after the
    /// answer to this call.
    pub(crate) fn settle(&mut self, charge: &str, later: bool) {
        let Some(found) = self.account.charges.snapshot(charge) else {
            return;
        };
        if later {
            self.later(0, Due::BalanceKnown(charge.to_owned()));
            return;
        }
        let moved = self.settled(&found, found.captured);
        if let Some(found) = self.account.charges.get_mut(charge) {
            found.balance_transaction = Some(moved);
        }
    }

    /// Records the balance transaction of a charge, or of one capture of the charge, and returns the id.
    pub(crate) fn settled(&mut self, charge: &Charge, amount: u64) -> String {
        let at_once = charge.means.card().is_some_and(|card| card.habit == TestBehaviour::BypassesPending);
        let (currency, source) = (charge.currency.as_str(), charge.id.as_str());
        let description = charge.description.clone();
        let moved = Move { movement: Movement::Charge, amount, currency, source, description, at_once };
        self.move_balance(moved).id.clone()
    }

    /// Stores a balance transaction.
    pub(crate) fn move_balance(&mut self, moved: Move<'_>) -> Arc<BalanceTransaction> {
        let (id, created) = (self.ids.fresh("txn"), self.second());
        let midnight = created.saturating_sub(created.rem_euclid(DAY));
        let later = midnight.saturating_add(PENDING.saturating_mul(DAY));
        self.account.balance_transactions.put(BalanceTransaction {
            id,
            created,
            available_on: if moved.at_once { created } else { later },
            movement: moved.movement,
            amount: moved.amount,
            currency: moved.currency.to_owned(),
            source: moved.source.to_owned(),
            description: moved.description,
        })
    }

    /// Records a charge in the balance after the call that made the charge, and emits `charge.updated`.
    pub(crate) fn make_balance_known(&mut self, id: &str) -> Option<()> {
        let before = self.account.charges.snapshot(id)?;
        self.settle(id, false);
        let after = self.account.charges.snapshot(id)?;
        self.announce_change(EventType::ChargeUpdated, before, after);
        Some(())
    }
}
