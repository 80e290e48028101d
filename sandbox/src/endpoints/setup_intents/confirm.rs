//! `POST /v1/setup_intents/{id}/confirm` and `/cancel`: confirms or cancels a SetupIntent.

use crate::attempt::Confirmation;
use crate::endpoints::intents::conditions::{check_type, needs_return_url, no_payment_method};
use crate::endpoints::intents::confirmation::read_confirmation;
use crate::endpoints::intents::options::OptionsChange;
use crate::endpoints::payment_methods::chosen::Chosen;
use crate::endpoints::{Plan, Request};
use crate::error::{Answer, StripeError};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::intents::Intent;
use crate::objects::setup_intent::{Reason, SetupIntent, SetupStage};
use crate::state::WorkContext;

/// Parses `POST /v1/setup_intents/{id}/confirm`, which makes an attempt to set up.
pub(crate) fn confirm(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let confirmation = read_confirmation(form)?;
    let method = Chosen::read(form, call.rules)?;
    let options = OptionsChange::read(form)?;
    Plan::one(form, Kind::SetupIntent, move |work| {
        let intent = go(work, &id, method, options, &confirmation)?;
        Ok(intent.show(work.seen()))
    })
}

fn go(
    work: &mut WorkContext<'_>,
    id: &str,
    method: Option<Chosen>,
    options: OptionsChange,
    confirmation: &Confirmation,
) -> Answer<SetupIntent> {
    let mut intent = work.setup_intent(id)?;
    let chosen = method.or_else(|| intent.payment_method.clone().map(Chosen::Id));
    let chosen = chosen.ok_or_else(|| {
        let error = no_payment_method(Intent::Setup, intent.customer.as_deref());
        error.with("setup_intent", intent.show(work.seen()))
    })?;
    check_open(work, &intent, "confirm")?;
    if let Some(customer) = &intent.customer {
        work.require_customer(customer)?;
    }
    let method = work.choose(chosen, intent.customer.as_deref(), Intent::Setup)?;
    check_type(&intent.ways.types(None), &method, Intent::Setup)?;
    needs_return_url(&intent.ways, confirmation, Intent::Setup)?;
    options.over(&mut intent.options);
    work.attempt_to_set_up(intent, &method, confirmation)
}

/// Parses `POST /v1/setup_intents/{id}/cancel`, with an optional reason of the caller.
pub(crate) fn cancel(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let said: Option<Reason> = form.choice("cancellation_reason")?;
    Plan::one(form, Kind::SetupIntent, move |work| {
        let mut intent = work.setup_intent(&id)?;
        check_open(work, &intent, "cancel")?;
        intent.stage = SetupStage::Canceled(said);
        let shown = work.keep_setup_intent(intent.clone());
        work.announce(EventType::SetupIntentCanceled, shown);
        Ok(intent.show(work.seen()))
    })
}

/// Refuses an action that the state of the SetupIntent no longer allows.
pub(crate) fn check_open(work: &WorkContext<'_>, intent: &SetupIntent, what: &str) -> Answer<()> {
    let because = match (&intent.stage, what) {
        (SetupStage::Succeeded, "cancel") => {
            "it has a status of succeeded. Only a SetupIntent with one of the \
                                              following statuses may be canceled: `requires_payment_method`, \
                                              `requires_confirmation`, or `requires_action`."
        }
        (SetupStage::Succeeded, _) => "it has already succeeded.",
        (SetupStage::Canceled(_), "cancel") => "it is already canceled.",
        (SetupStage::Canceled(_), _) => "it has been canceled.",
        (
            SetupStage::RequiresPaymentMethod
            | SetupStage::RequiresConfirmation
            | SetupStage::RequiresAction(_),
            _,
        ) => return Ok(()),
    };
    Err(StripeError::invalid(format!("You cannot {what} this SetupIntent because {because}"))
        .code("setup_intent_unexpected_state")
        .with("setup_intent", intent.show(work.seen())))
}
