//! `POST /v1/payment_intents`: creates a PaymentIntent, and confirms the PaymentIntent
//! at once with `confirm=true`.

use crate::attempt::Confirmation;
use crate::attempt::wallet::needs_page;
use crate::endpoints::intents::conditions::{
    check_method, needs_consent, needs_return_url, no_payment_method, only_with_confirm,
};
use crate::endpoints::intents::confirmation::read_confirmation;
use crate::endpoints::intents::method_types::refuse_no_types;
use crate::endpoints::payment_intents::terms::read_terms;
use crate::endpoints::payment_methods::selected::SelectedMethod;
use crate::endpoints::{Plan, Request};
use crate::error::StripeResult;
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::form::Form;
use crate::objects::Object;
use crate::objects::intents::Intent;
use crate::objects::payment_intent::{PaymentIntent, PaymentIntentStatus, Terms};
use crate::params::Flag;
use crate::state::WorkContext;

/// The parameters that are allowed only with `confirm=true`. A switch among them may be sent as false.
const WITH_CONFIRM: &[&str] = &[
    "confirmation_token",
    "error_on_requires_action",
    "mandate_data",
    "off_session",
    "return_url",
    "use_stripe_sdk",
];

/// Parses the call. The checks of a confirmation apply only with `confirm=true`.
pub(crate) fn read(call: &Request<'_>) -> StripeResult<Plan> {
    let form = call.form;
    let terms = read_terms(form, call.settings)?;
    refuse_no_types(&terms.method_types.types(Some(&terms)), Intent::Payment)?;
    let method = SelectedMethod::read(form, call.settings)?;
    let confirmation = read_confirmation(form)?;
    let confirm = form.flag("confirm")?.unwrap_or(false);
    if confirm {
        if confirmation.token.is_none() {
            check_confirmation(&terms, method.is_some(), &confirmation)?;
        }
    } else if let Some(name) = WITH_CONFIRM.iter().find(|name| form.has(name) && !is_off(form, name)) {
        return Err(only_with_confirm(name, Intent::Payment));
    }
    let confirmation = confirm.then_some(confirmation);
    Plan::object(form, Kind::PaymentIntent, move |work| {
        let intent = create(work, terms, method, confirmation)?;
        Ok(intent.show(work.render_context()))
    })
}

/// Whether a parameter is a switch that is off.
fn is_off(form: &Form, name: &str) -> bool {
    form.last(name).and_then(Flag::read) == Some(false)
}

/// Refuses a confirmation without a return URL, a PaymentMethod or the consent of the customer.
fn check_confirmation(terms: &Terms, has_method: bool, confirmation: &Confirmation) -> StripeResult<()> {
    needs_return_url(&terms.method_types, confirmation, Intent::Payment)?;
    if !has_method {
        return Err(no_payment_method(Intent::Payment, terms.customer.as_deref()));
    }
    needs_consent(terms.setup_future_usage, confirmation)
}

fn create(
    work: &mut WorkContext<'_>,
    mut terms: Terms,
    mut method: Option<SelectedMethod>,
    mut confirmation: Option<Confirmation>,
) -> StripeResult<PaymentIntent> {
    if let Some(confirmation) = &mut confirmation
        && let Some(token) = work.token_of(confirmation)?
    {
        token.complete(confirmation);
        token.apply(&mut terms)?;
        method = method.or_else(|| Some(token.selected()));
        check_confirmation(&terms, true, confirmation)?;
    }
    if let Some(customer) = &terms.customer {
        work.require_customer(customer)?;
    }
    let method = method
        .map(|selected| work.select_method(selected, terms.customer.as_deref(), Intent::Payment))
        .transpose()?;
    if let Some(method) = &method {
        check_method(&terms, method)?;
        confirmation.as_ref().map_or(Ok(()), |confirmation| needs_page(method, confirmation))?;
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
        confirmations: 0,
        review: None,
        terms,
        id,
    };
    let shown = work.store_intent(intent.clone());
    work.emit(EventType::PaymentIntentCreated, shown);
    match (method, confirmation) {
        (Some(method), Some(confirmation)) => work.attempt(intent, &method, &confirmation),
        (_, _) => Ok(intent),
    }
}
