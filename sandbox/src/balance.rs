//! The account's balance: what charges and refunds do to it, now or a moment later.

use crate::bank::cards::Habit;
use crate::objects::balance_transaction::{BalanceTransaction, Movement};
use crate::state::{Desk, Due};

/// How long it takes until money from a charge is available, in seconds.
const PENDING: i64 = 2 * 24 * 60 * 60;

impl Desk<'_> {
    /// Notes what a charge did to the balance, now or after the answer to this call.
    pub(crate) fn settle(&mut self, charge: &str, later: bool) {
        let Some(found) = self.account.charges.get(charge).cloned() else {
            return;
        };
        if later {
            self.account.agenda.insert((self.second(), Due::BalanceKnown(found.id)));
            return;
        }
        let at_once = found.card.habit == Habit::BypassesPending;
        let moved = self.move_balance(Movement::Charge, found.captured(), &found.currency, charge, at_once);
        if let Some(found) = self.account.charges.get_mut(charge) {
            found.balance_transaction = Some(moved);
        }
    }

    /// Puts a balance transaction on its shelf.
    pub(crate) fn move_balance(
        &mut self,
        movement: Movement,
        amount: u64,
        currency: &str,
        source: &str,
        at_once: bool,
    ) -> String {
        let (id, created) = (self.ids.fresh("txn"), self.second());
        let wait = if at_once { 0 } else { PENDING };
        self.account.balance_transactions.put(BalanceTransaction {
            id: id.clone(),
            created,
            available_on: created.saturating_add(wait),
            movement,
            amount,
            currency: currency.to_owned(),
            source: source.to_owned(),
        });
        id
    }
}
