//! Showing one object by its id.

use crate::endpoints::Plan;
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::form::Form;
use crate::objects::Object;
use crate::objects::payment_intent::PaymentIntent;
use crate::objects::setup_intent::SetupIntent;
use crate::shelf::Shelf;
use crate::state::{Account, Desk};

/// Reads `GET /v1/payment_intents/{id}`.
pub(crate) fn payment_intent(form: &Form, id: &str) -> Answer<Plan> {
    from_shelf(form, id, Kind::PaymentIntent, ("payment_intent", "intent"), |account| {
        &account.payment_intents
    })
}

/// Reads `GET /v1/refunds/{id}`.
pub(crate) fn refund(form: &Form, id: &str) -> Answer<Plan> {
    from_shelf(form, id, Kind::Refund, ("refund", "id"), |account| &account.refunds)
}

/// Reads `GET /v1/charges/{id}`.
pub(crate) fn charge(form: &Form, id: &str) -> Answer<Plan> {
    from_shelf(form, id, Kind::Charge, ("charge", "id"), |account| &account.charges)
}

/// Reads `GET /v1/mandates/{id}`.
pub(crate) fn mandate(form: &Form, id: &str) -> Answer<Plan> {
    from_shelf(form, id, Kind::Mandate, ("mandate", "mandate"), |account| &account.mandates)
}

/// Reads `GET /v1/disputes/{id}`.
pub(crate) fn dispute(form: &Form, id: &str) -> Answer<Plan> {
    from_shelf(form, id, Kind::Dispute, ("dispute", "dispute"), |account| &account.disputes)
}

/// Reads `GET /v1/events/{id}`.
pub(crate) fn event(form: &Form, id: &str) -> Answer<Plan> {
    from_shelf(form, id, Kind::Event, ("event", "id"), |account| &account.events)
}

/// Reads `GET /v1/tokens/{id}`.
pub(crate) fn token(form: &Form, id: &str) -> Answer<Plan> {
    from_shelf(form, id, Kind::Token, ("token", "token"), |account| &account.tokens)
}

/// Reads `GET /v1/webhook_endpoints/{id}`.
pub(crate) fn webhook_endpoint(form: &Form, id: &str) -> Answer<Plan> {
    let missing = ("webhook endpoint", "webhook_endpoint");
    from_shelf(form, id, Kind::WebhookEndpoint, missing, |account| &account.webhook_endpoints)
}

/// Reads `GET /v1/balance_transactions/{id}`.
pub(crate) fn balance_transaction(form: &Form, id: &str) -> Answer<Plan> {
    from_shelf(form, id, Kind::BalanceTransaction, ("balance transaction", "id"), |account| {
        &account.balance_transactions
    })
}

/// Reads `GET /v1/customers/{id}`.
pub(crate) fn customer(form: &Form, id: &str) -> Answer<Plan> {
    from_shelf(form, id, Kind::Customer, ("customer", "id"), |account| &account.customers)
}

/// Reads `GET /v1/setup_intents/{id}`.
pub(crate) fn setup_intent(form: &Form, id: &str) -> Answer<Plan> {
    from_shelf(form, id, Kind::SetupIntent, ("setupintent", "intent"), |account| &account.setup_intents)
}

/// Reads the showing of an object. `missing` is what it is called, and the parameter that is blamed, if it is
/// not there.
fn from_shelf<T: Object + Clone + 'static>(
    form: &Form,
    id: &str,
    kind: Kind,
    missing: (&'static str, &'static str),
    shelf: fn(&Account) -> &Shelf<T>,
) -> Answer<Plan> {
    let id = id.to_owned();
    Plan::one(form, kind, move |desk| {
        let (name, param) = missing;
        refuse_secret(&id, kind)?;
        let found = shelf(desk.account).get(&id).ok_or_else(|| StripeError::missing(name, &id, param))?;
        Ok(found.show(desk.seen()))
    })
}

/// Refuses a client secret in the place of an id.
fn refuse_secret(id: &str, kind: Kind) -> Answer<()> {
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

impl Desk<'_> {
    /// The PaymentIntent of an id, or a refusal that blames the parameter.
    pub(crate) fn payment_intent(&self, id: &str, param: &str) -> Answer<PaymentIntent> {
        let found = self.account.payment_intents.get(id).cloned();
        found.ok_or_else(|| StripeError::missing("payment_intent", id, param))
    }

    /// The SetupIntent of an id.
    pub(crate) fn setup_intent(&self, id: &str) -> Answer<SetupIntent> {
        let found = self.account.setup_intents.get(id).cloned();
        found.ok_or_else(|| StripeError::missing("setupintent", id, "intent"))
    }
}
