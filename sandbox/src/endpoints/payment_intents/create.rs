//! `POST /v1/payment_intents`: agreeing on the terms, and confirming them at once if the caller says so.

use crate::attempt::Confirmation;
use crate::endpoints::Plan;
use crate::endpoints::conditions::{
    check_way, needs_consent, needs_return_url, no_payment_method, only_with_confirm,
};
use crate::endpoints::confirm::read_confirmation;
use crate::endpoints::terms::read_terms;
use crate::error::Answer;
use crate::expand::Kind;
use crate::form::Form;
use crate::objects::Object;
use crate::objects::intents::Intent;
use crate::objects::payment_intent::{PaymentIntent, Stage, Terms};
use crate::state::Desk;

const PARAMETERS: &[&str] = &[
    "amount",
    "automatic_payment_methods[allow_redirects]",
    "automatic_payment_methods[enabled]",
    "capture_method",
    "confirm",
    "currency",
    "customer",
    "description",
    "error_on_requires_action",
    "expand[]",
    "metadata",
    "metadata[*]",
    "off_session",
    "payment_method",
    "payment_method_types[]",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "use_stripe_sdk",
];

/// What may be said only by a caller who confirms.
const WITH_CONFIRM: &[&str] = &["error_on_requires_action", "off_session", "return_url", "use_stripe_sdk"];

/// Reads the call.
pub(crate) fn read(form: &Form, prefix: &str) -> Answer<Plan> {
    form.only(PARAMETERS)?;
    let terms = read_terms(form, prefix)?;
    let method = form.text("payment_method")?.map(str::to_owned);
    let confirmation = read_confirmation(form)?;
    let confirm = form.flag("confirm")?.unwrap_or(false);
    if confirm {
        if method.is_none() {
            return Err(no_payment_method(Intent::Payment));
        }
        needs_return_url(&terms.ways, &confirmation, Intent::Payment)?;
        needs_consent(terms.setup_future_usage, &confirmation)?;
    } else if let Some(name) = WITH_CONFIRM.iter().find(|name| form.has(name)) {
        return Err(only_with_confirm(name, Intent::Payment));
    }
    let confirmation = confirm.then_some(confirmation);
    Plan::one(form, Kind::PaymentIntent, move |desk| {
        let intent = create(desk, terms, method.as_deref(), confirmation.as_ref())?;
        Ok(intent.show(desk.seen()))
    })
}

fn create(
    desk: &mut Desk<'_>,
    terms: Terms,
    method: Option<&str>,
    confirmation: Option<&Confirmation>,
) -> Answer<PaymentIntent> {
    if let Some(customer) = &terms.customer {
        desk.require_customer(customer)?;
    }
    let method = method
        .map(|id| desk.payment_method_for(id, terms.customer.as_deref(), Intent::Payment))
        .transpose()?;
    if let Some(method) = &method {
        check_way(&terms, method)?;
    }
    let id = desk.ids.fresh("pi");
    let client_secret = format!("{id}_secret_{}", desk.ids.letters(25));
    let intent = PaymentIntent {
        created: desk.second(),
        client_secret,
        stage: if method.is_some() { Stage::RequiresConfirmation } else { Stage::RequiresPaymentMethod },
        payment_method: method.as_ref().map(|method| method.id.clone()),
        latest_charge: None,
        last_error: None,
        terms,
        id,
    };
    desk.keep(intent.clone());
    match (method, confirmation) {
        (Some(method), Some(confirmation)) => desk.attempt(intent, &method, confirmation, false),
        (_, _) => Ok(intent),
    }
}
