//! `POST /v1/setup_intents/{id}/confirm` and `/cancel`: confirms or cancels a SetupIntent.

use crate::attempt::Confirmation;
use crate::attempt::wallet::needs_page;
use crate::endpoints::intents::conditions::{check_type, needs_return_url, no_payment_method};
use crate::endpoints::intents::confirmation::read_confirmation;
use crate::endpoints::intents::options::OptionsChange;
use crate::endpoints::payment_methods::selected::SelectedMethod;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::events::types::EventType;
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::intents::Intent;
use crate::objects::setup_intent::{SetupCancellationReason, SetupIntent, SetupIntentStatus};
use crate::state::WorkContext;

/// Parses `POST /v1/setup_intents/{id}/confirm`, which makes an attempt to set up.
pub(crate) fn confirm(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let confirmation = read_confirmation(form)?;
    let method = SelectedMethod::read(form, call.settings)?;
    let options = OptionsChange::read(form)?;
    Plan::object(form, Kind::SetupIntent, move |work| {
        let intent = confirm_intent(work, &id, method, options, confirmation)?;
        Ok(intent.show(work.render_context()))
    })
}

fn confirm_intent(
    work: &mut WorkContext<'_>,
    id: &str,
    method: Option<SelectedMethod>,
    options: OptionsChange,
    mut confirmation: Confirmation,
) -> StripeResult<SetupIntent> {
    let mut intent = work.setup_intent(id)?;
    let token = work.token_of(&confirmation)?;
    if let Some(token) = &token {
        token.complete(&mut confirmation);
    }
    let given = method.or_else(|| token.map(|token| token.selected()));
    let selected = given.or_else(|| intent.payment_method.clone().map(SelectedMethod::Id));
    let selected = selected.ok_or_else(|| {
        let error = no_payment_method(Intent::Setup, intent.customer.as_deref());
        error.with("setup_intent", intent.show(work.render_context()))
    })?;
    check_open(work, &intent, "confirm")?;
    if let Some(customer) = &intent.customer {
        work.require_customer(customer)?;
    }
    let method = work.select_method(selected, intent.customer.as_deref(), Intent::Setup)?;
    check_type(&intent.method_types.types(None), &method, Intent::Setup)?;
    needs_page(&method, &confirmation)?;
    needs_return_url(&intent.method_types, &confirmation, Intent::Setup)?;
    options.merge_into(&mut intent.options);
    work.attempt_to_set_up(intent, &method, &confirmation)
}

/// Parses `POST /v1/setup_intents/{id}/cancel`, with an optional reason of the caller.
pub(crate) fn cancel(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let reason: Option<SetupCancellationReason> = form.choice("cancellation_reason")?;
    Plan::object(form, Kind::SetupIntent, move |work| {
        let mut intent = work.setup_intent(&id)?;
        check_open(work, &intent, "cancel")?;
        intent.status = SetupIntentStatus::Canceled(reason);
        let shown = work.store_setup_intent(intent.clone());
        work.emit(EventType::SetupIntentCanceled, shown);
        Ok(intent.show(work.render_context()))
    })
}

/// Refuses an action that the state of the SetupIntent no longer allows.
pub(crate) fn check_open(work: &WorkContext<'_>, intent: &SetupIntent, action: &str) -> StripeResult<()> {
    let because = match (&intent.status, action) {
        (SetupIntentStatus::Succeeded, "cancel") => {
            "it has a status of succeeded. Only a SetupIntent with one of the \
                                              following statuses may be canceled: `requires_payment_method`, \
                                              `requires_confirmation`, or `requires_action`."
        }
        (SetupIntentStatus::Succeeded, _) => "it has already succeeded.",
        (SetupIntentStatus::Canceled(_), "cancel") => "it is already canceled.",
        (SetupIntentStatus::Canceled(_), _) => "it has been canceled.",
        (
            SetupIntentStatus::RequiresPaymentMethod
            | SetupIntentStatus::RequiresConfirmation
            | SetupIntentStatus::RequiresAction(_),
            _,
        ) => return Ok(()),
    };
    Err(StripeError::invalid(format!("You cannot {action} this SetupIntent because {because}"))
        .code("setup_intent_unexpected_state")
        .with("setup_intent", intent.show(work.render_context())))
}
