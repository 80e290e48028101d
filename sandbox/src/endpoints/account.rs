//! `GET /v1/account` and `GET /v1/accounts/{account}`: the account that a key opens.

use crate::access::no_access;
use crate::endpoints::{Plan, Request};
use crate::error::StripeResult;
use crate::expand::Kind;
use crate::objects::account::ShownAccount;

/// Parses `GET /v1/account`, which shows the account of the key.
pub(crate) fn show(call: &Request<'_>) -> StripeResult<Plan> {
    Plan::object(call.form, Kind::Account, |work| {
        Ok(ShownAccount { settings: &work.account.settings(), prefix: work.prefix }.show())
    })
}

/// Parses `GET /v1/accounts/{account}`. Every account but the account of the key is refused, because the
/// sandbox has no connected accounts.
pub(crate) fn show_by_id(call: &Request<'_>) -> StripeResult<Plan> {
    if call.id() != call.settings.account {
        return Err(no_access(call.settings.masked_key, call.id()));
    }
    show(call)
}
