//! The client secret that a page in a browser has to send before the page may use an intent.

use crate::access::{Key, Rights};
use crate::endpoints::Plan;
use crate::error::{StripeError, StripeResult};
use crate::state::Account;

/// The check of the client secret before a call.
pub(crate) struct Guard {
    /// The id of the intent and the secret in the call; `None` if no check is needed.
    checked: Option<(String, Option<String>)>,
}

/// The check for a call: a page has to send the secret, and any caller that sends a secret has to
/// send the right secret.
pub(crate) fn guard(key: &Key, ids: &[&str], secret: Option<String>) -> Guard {
    let by_page = matches!(key.rights, Rights::Page);
    let intent = ids.first().filter(|id| id.starts_with("pi_") || id.starts_with("seti_"));
    let checked = intent.filter(|_| by_page || secret.is_some());
    Guard { checked: checked.map(|intent| ((*intent).to_owned(), secret)) }
}

impl Guard {
    /// The plan with the check before the action.
    pub(crate) fn run_before(self, plan: Plan) -> Plan {
        let Some((intent, secret)) = self.checked else {
            return plan;
        };
        let action = plan.action;
        Plan {
            action: Box::new(move |work| {
                check(work.account, &intent, secret.as_deref())?;
                action(work)
            }),
            expansions: plan.expansions,
            version: plan.version,
        }
    }
}

fn check(account: &Account, id: &str, secret: Option<&str>) -> StripeResult<()> {
    let name = if id.starts_with("pi_") { "PaymentIntent" } else { "SetupIntent" };
    let of_payment = account.payment_intents.get(id).map(|intent| intent.client_secret.as_str());
    let of_setup = account.setup_intents.get(id).map(|intent| intent.client_secret.as_str());
    match (secret, of_payment.or(of_setup)) {
        (_, None) => Ok(()),
        (Some(given), Some(correct)) if given == correct => Ok(()),
        (None, Some(_)) => Err(StripeError::invalid(format!(
            "To use a publishable key, you must pass the client_secret of the {name}."
        ))
        .code("parameter_missing")
        .param("client_secret")),
        (Some(_), Some(_)) => Err(StripeError::invalid(format!(
            "The client_secret provided does not match any associated {name} on this account. Ensure the \
             publishable key used belongs to the same account that created the {name}."
        ))
        .code("resource_missing")
        .param("client_secret")),
    }
}
