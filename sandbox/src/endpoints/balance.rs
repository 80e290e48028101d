//! `GET /v1/balance`: the available and the pending amounts of the account.

use crate::endpoints::Plan;
use crate::error::StripeResult;
use crate::expand::Kind;
use crate::form::Form;
use crate::objects::Object;
use crate::objects::balance::Balance;

/// Parses the call; the sums are made at execution time.
pub(crate) fn show(form: &Form) -> StripeResult<Plan> {
    Plan::object(form, Kind::Balance, |work| {
        let now = work.unix_seconds();
        let balance = Balance::of(&mut work.account.balance_transactions, now);
        Ok(balance.show(work.render_context()))
    })
}
