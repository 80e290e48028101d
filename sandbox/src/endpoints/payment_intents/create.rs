//! `POST /v1/payment_intents`: creates a PaymentIntent, and confirms the PaymentIntent
//! at once with `confirm=true`.

use crate::attempt::Confirmation;
use crate::endpoints::intents::conditions::{
    check_method, needs_consent, needs_return_url, no_payment_method, only_with_confirm,
};
use crate::endpoints::intents::confirmation::read_confirmation;
use crate::endpoints::payment_intents::terms::read_terms;
use crate::endpoints::payment_methods::selected::SelectedMethod;
use crate::endpoints::{Plan, Request};
use crate::error::StripeResult;
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::intents::Intent;
use crate::objects::payment_intent::{PaymentIntent, PaymentIntentStatus, Terms};
use crate::state::WorkContext;

/// The parameters that are allowed only with `confirm=true`.
const WITH_CONFIRM: &[&str] =
    &["error_on_requires_action", "mandate_data", "off_session", "return_url", "use_stripe_sdk"];

/// Parses the call. The checks of a confirmation apply only with `confirm=true`.
pub(crate) fn read(call: &Request<'_>) -> StripeResult<Plan> {
    let form = call.form;
    let terms = read_terms(form, call.settings)?;
    let method = SelectedMethod::read(form, call.settings)?;
    let confirmation = read_confirmation(form)?;
    let confirm = form.flag("confirm")?.unwrap_or(false);
    if confirm {
        needs_return_url(&terms.method_types, &confirmation, Intent::Payment)?;
        if method.is_none() {
            return Err(no_payment_method(Intent::Payment, terms.customer.as_deref()));
        }
        needs_consent(terms.setup_future_usage, &confirmation)?;
    } else if let Some(name) = WITH_CONFIRM.iter().find(|name| form.has(name)) {
        return Err(only_with_confirm(name, Intent::Payment));
    }
    let confirmation = confirm.then_some(confirmation);
    Plan::object(form, Kind::PaymentIntent, move |work| {
        let intent = create(work, terms, method, confirmation.as_ref())?;
        Ok(intent.show(work.render_context()))
    })
}

fn create(
    work: &mut WorkContext<'_>,
    terms: Terms,
    method: Option<SelectedMethod>,
    confirmation: Option<&Confirmation>,
) -> StripeResult<PaymentIntent> {
    if let Some(customer) = &terms.customer {
        work.require_customer(customer)?;
    }
    let method = method
        .map(|selected| work.select_method(selected, terms.customer.as_deref(), Intent::Payment))
        .transpose()?;
    if let Some(method) = &method {
        check_method(&terms, method)?;
    }
    let id = work.ids.fresh("pi");
    let status = match method {
        Some(_) => PaymentIntentStatus::RequiresConfirmation { authenticated: false },
        None => PaymentIntentStatus::RequiresPaymentMethod,
    };
    let intent = PaymentIntent {
        created: work.unix_seconds(),
        client_secret: format!("{id}_secret_{}", work.ids.letters(25)),
        status,
        payment_method: method.as_ref().map(|method| method.id.clone()),
        latest_charge: None,
        last_error: None,
        mandate: None,
        off_session: false,
        review: None,
        terms,
        id,
    };
    let shown = work.store_intent(intent.clone());
    work.emit(EventType::PaymentIntentCreated, shown);
    match (method, confirmation) {
        (Some(method), Some(confirmation)) => work.attempt(intent, &method, confirmation),
        (_, _) => Ok(intent),
    }
}
