//! `POST /v1/setup_intents/{id}/confirm` and `/cancel`: saying go, and giving up.

use crate::attempt::Confirmation;
use crate::endpoints::Plan;
use crate::endpoints::conditions::{needs_return_url, no_payment_method, takes_a_card};
use crate::endpoints::confirm::read_confirmation;
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::form::Form;
use crate::objects::Object;
use crate::objects::intents::Intent;
use crate::objects::setup_intent::{Reason, SetupIntent, SetupStage};
use crate::state::Desk;

/// What may be said about a mandate, which a card does not need.
pub(crate) const MANDATE: &[&str] = &[
    "mandate_data",
    "mandate_data[customer_acceptance][accepted_at]",
    "mandate_data[customer_acceptance][offline]",
    "mandate_data[customer_acceptance][online][ip_address]",
    "mandate_data[customer_acceptance][online][user_agent]",
    "mandate_data[customer_acceptance][type]",
];

const PARAMETERS: &[&str] = &["expand[]", "payment_method", "return_url", "use_stripe_sdk"];

/// The states in which a SetupIntent can be confirmed or canceled.
const OPEN: &str = "requires_payment_method, requires_confirmation, requires_action";

/// Reads `POST /v1/setup_intents/{id}/confirm`.
pub(crate) fn confirm(form: &Form, id: &str) -> Answer<Plan> {
    form.only(&[PARAMETERS, MANDATE].concat())?;
    let id = id.to_owned();
    let confirmation = read_confirmation(form)?;
    let method = form.text("payment_method")?.map(str::to_owned);
    Plan::one(form, Kind::SetupIntent, move |desk| {
        let intent = go(desk, &id, method, &confirmation)?;
        Ok(intent.show(desk.seen()))
    })
}

fn go(
    desk: &mut Desk<'_>,
    id: &str,
    method: Option<String>,
    confirmation: &Confirmation,
) -> Answer<SetupIntent> {
    let intent = desk.setup_intent(id)?;
    if !intent.stage.is_open() {
        return Err(unexpected_state(desk, &intent, "confirmed", OPEN));
    }
    if let Some(customer) = &intent.customer {
        desk.require_customer(customer)?;
    }
    let method = method.or_else(|| intent.payment_method.clone());
    let method = method.ok_or_else(|| no_payment_method(Intent::Setup))?;
    let method = desk.payment_method_for(&method, intent.customer.as_deref(), Intent::Setup)?;
    takes_a_card(&intent.ways, Intent::Setup)?;
    needs_return_url(&intent.ways, confirmation, Intent::Setup)?;
    desk.attempt_to_set_up(intent, &method, confirmation)
}

/// Reads `POST /v1/setup_intents/{id}/cancel`.
pub(crate) fn cancel(form: &Form, id: &str) -> Answer<Plan> {
    form.only(&["cancellation_reason", "expand[]"])?;
    let id = id.to_owned();
    let said: Option<Reason> = form.choice("cancellation_reason")?;
    Plan::one(form, Kind::SetupIntent, move |desk| {
        let mut intent = desk.setup_intent(&id)?;
        if !intent.stage.is_open() {
            return Err(unexpected_state(desk, &intent, "canceled", OPEN));
        }
        intent.stage = SetupStage::Canceled(said);
        desk.keep_setup_intent(intent.clone());
        Ok(intent.show(desk.seen()))
    })
}

/// The refusal of what cannot be done in the state in which a SetupIntent is.
pub(crate) fn unexpected_state(
    desk: &Desk<'_>,
    intent: &SetupIntent,
    done: &str,
    allowed: &str,
) -> StripeError {
    StripeError::invalid(format!(
        "This SetupIntent could not be {done} because it has a status of {}. Only a SetupIntent with one of \
         the following statuses may be {done}: {allowed}.",
        intent.stage.word()
    ))
    .code("setup_intent_unexpected_state")
    .with("setup_intent", intent.show(desk.seen()))
}
