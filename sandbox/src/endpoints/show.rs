//! The calls that answer one object by id.

use crate::collection::Collection;
use crate::endpoints::Plan;
use crate::error::{StripeError, StripeResult};
use crate::expand::Kind;
use crate::form::Form;
use crate::objects::Object;
use crate::objects::payment_intent::PaymentIntent;
use crate::objects::setup_intent::SetupIntent;
use crate::state::{Account, WorkContext};

/// Parses `GET /v1/payment_intents/{id}`, for secret and publishable keys.
pub(crate) fn payment_intent(form: &Form, id: &str) -> StripeResult<Plan> {
    show_object(form, id, Kind::PaymentIntent, ("payment_intent", "intent"), |account| {
        &account.payment_intents
    })
}

/// Parses `GET /v1/refunds/{id}`, also for failed refunds.
pub(crate) fn refund(form: &Form, id: &str) -> StripeResult<Plan> {
    show_object(form, id, Kind::Refund, ("refund", "id"), |account| &account.refunds)
}

/// Parses `GET /v1/charges/{id}`, for charges in every state.
pub(crate) fn charge(form: &Form, id: &str) -> StripeResult<Plan> {
    show_object(form, id, Kind::Charge, ("charge", "id"), |account| &account.charges)
}

/// Parses `GET /v1/mandates/{id}`, for mandates of debits.
pub(crate) fn mandate(form: &Form, id: &str) -> StripeResult<Plan> {
    show_object(form, id, Kind::Mandate, ("mandate", "mandate"), |account| &account.mandates)
}

/// Parses `GET /v1/disputes/{id}`, for disputes and inquiries.
pub(crate) fn dispute(form: &Form, id: &str) -> StripeResult<Plan> {
    show_object(form, id, Kind::Dispute, ("dispute", "dispute"), |account| &account.disputes)
}

/// Parses `GET /v1/tokens/{id}`, for used and unused tokens.
pub(crate) fn token(form: &Form, id: &str) -> StripeResult<Plan> {
    show_object(form, id, Kind::Token, ("token", "token"), |account| &account.tokens)
}

/// Parses `GET /v1/confirmation_tokens/{id}`, for used and unused ConfirmationTokens.
pub(crate) fn confirmation_token(form: &Form, id: &str) -> StripeResult<Plan> {
    let missing = ("confirmationtoken", "confirmation_token");
    show_object(form, id, Kind::ConfirmationToken, missing, |account| &account.confirmation_tokens)
}

/// Parses `GET /v1/webhook_endpoints/{id}`, without the signing secret.
pub(crate) fn webhook_endpoint(form: &Form, id: &str) -> StripeResult<Plan> {
    let missing = ("webhook endpoint", "webhook_endpoint");
    if id.starts_with("ed_") {
        return Err(StripeError::missing(missing.0, id, missing.1));
    }
    show_object(form, id, Kind::WebhookEndpoint, missing, |account| &account.webhook_endpoints)
}

/// Parses `GET /v1/balance_transactions/{id}`, for movements of every kind.
pub(crate) fn balance_transaction(form: &Form, id: &str) -> StripeResult<Plan> {
    show_object(form, id, Kind::BalanceTransaction, ("balance transaction", "id"), |account| {
        &account.balance_transactions
    })
}

/// Parses `GET /v1/customers/{id}`. A deleted customer is answered as deleted.
pub(crate) fn customer(form: &Form, id: &str) -> StripeResult<Plan> {
    show_object(form, id, Kind::Customer, ("customer", "id"), |account| &account.customers)
}

/// Parses `GET /v1/setup_intents/{id}`, for secret and publishable keys.
pub(crate) fn setup_intent(form: &Form, id: &str) -> StripeResult<Plan> {
    show_object(form, id, Kind::SetupIntent, ("setupintent", "intent"), |account| &account.setup_intents)
}

/// Parses the call that shows an object of a collection. `missing` holds the kind of object and the parameter
/// for the refusal of an unknown id.
fn show_object<T: Object + Clone + 'static>(
    form: &Form,
    id: &str,
    kind: Kind,
    missing: (&'static str, &'static str),
    collection: fn(&Account) -> &Collection<T>,
) -> StripeResult<Plan> {
    let id = id.to_owned();
    Plan::object(form, kind, move |work| {
        let (name, param) = missing;
        refuse_secret(&id, kind)?;
        let found =
            collection(work.account).get(&id).ok_or_else(|| StripeError::missing(name, &id, param))?;
        Ok(found.show(work.render_context()))
    })
}

/// Refuses a client secret in the place of an id.
fn refuse_secret(id: &str, kind: Kind) -> StripeResult<()> {
    if !id.contains("_secret_") || ![Kind::PaymentIntent, Kind::SetupIntent].contains(&kind) {
        return Ok(());
    }
    let name = if kind == Kind::PaymentIntent { "PaymentIntent" } else { "SetupIntent" };
    Err(StripeError::invalid(format!(
        "You passed a string that looks like a client secret as the {name} ID, but you must provide a valid \
         {name} ID. Please use the value in the `id` field of the {name}."
    ))
    .status(404)
    .param("intent"))
}

impl WorkContext<'_> {
    /// The PaymentIntent with this id, or a refusal that names the parameter.
    pub(crate) fn payment_intent(&self, id: &str, param: &str) -> StripeResult<PaymentIntent> {
        let found = self.account.payment_intents.get(id).cloned();
        found.ok_or_else(|| StripeError::missing("payment_intent", id, param))
    }

    /// The SetupIntent with this id, or a refusal.
    pub(crate) fn setup_intent(&self, id: &str) -> StripeResult<SetupIntent> {
        let found = self.account.setup_intents.get(id).cloned();
        found.ok_or_else(|| StripeError::missing("setupintent", id, "intent"))
    }
}
