//! Live charges need an activated account, and each payment method type needs an active capability: the
//! refusals of calls for which the account has neither.

use crate::endpoints::Plan;
use crate::endpoints::intents::method_types::not_activated;
use crate::endpoints::routes::Route;
use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::objects::account::CapabilityStatus;
use crate::state::Account;

/// The calls that an account without activation may not make in live mode.
const LIVE_CHARGES: &[&str] = &[
    "/v1/charges",
    "/v1/payment_intents",
    "/v1/payment_intents/{intent}/confirm",
    "/v1/payment_methods",
    "/v1/setup_intents",
    "/v1/setup_intents/{intent}/confirm",
    "/v1/tokens",
];

/// The plan with the check of the account before the action, if the call leads to a charge.
pub(crate) fn guard(route: &Route, form: &Form, plan: Plan) -> Plan {
    if route.method != "POST" || !LIVE_CHARGES.contains(&route.path) {
        return plan;
    }
    let listed: Vec<String> = form.list("payment_method_types").into_iter().map(str::to_owned).collect();
    let action = plan.action;
    Plan {
        action: Box::new(move |work| {
            check_activation(work.account)?;
            check_capabilities(work.account, &listed)?;
            action(work)
        }),
        ..plan
    }
}

fn check_activation(account: &Account) -> StripeResult<()> {
    if !account.mode.livemode || account.settings().activated {
        return Ok(());
    }
    Err(StripeError::invalid(
        "Your account cannot currently make live charges. If you are a customer trying to make a purchase, please \
         contact the owner of this site. Your transaction has not been processed.",
    )
    .code("testmode_charges_only"))
}

/// Refuses a listed payment method type without an active capability. In test mode an account that is not
/// activated may use every type.
fn check_capabilities(account: &Account, listed: &[String]) -> StripeResult<()> {
    let settings = account.settings();
    let refused = listed.iter().find(|kind| {
        let status = capability_of(kind).and_then(|name| settings.capabilities.get(name));
        status.is_some_and(|status| *status != CapabilityStatus::Active)
    });
    refused.map_or(Ok(()), |kind| Err(not_activated(kind)))
}

/// The capability that an account needs for a payment method type.
fn capability_of(kind: &str) -> Option<&'static str> {
    match kind {
        "card" => Some("card_payments"),
        "klarna" => Some("klarna_payments"),
        "link" => Some("link_payments"),
        "sepa_debit" => Some("sepa_debit_payments"),
        "us_bank_account" => Some("us_bank_account_ach_payments"),
        _ => None,
    }
}
