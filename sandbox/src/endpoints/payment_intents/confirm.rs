//! `POST /v1/payment_intents/{id}/confirm`: confirms a PaymentIntent and makes an attempt to pay.

use crate::attempt::Confirmation;
use crate::attempt::wallet::needs_page;
use crate::changes::{Change, ShippingChange};
use crate::endpoints::intents::conditions::{
    check_method, needs_consent, needs_return_url, no_payment_method, unexpected_state,
};
use crate::endpoints::intents::confirmation::{read_confirmation, read_usage};
use crate::endpoints::intents::method_types::{read_changed_types, refuse_no_types};
use crate::endpoints::intents::options::OptionsChange;
use crate::endpoints::payment_methods::selected::SelectedMethod;
use crate::endpoints::{Plan, Request};
use crate::error::{StripeError, StripeResult};
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::intents::{FutureUsage, Intent, MethodTypes};
use crate::objects::payment_intent::{CaptureMethod, PaymentIntent, PaymentIntentStatus, StripesReason};
use crate::state::WorkContext;

/// The number of confirmations after which Stripe cancels a PaymentIntent. At Stripe the number varies.
const MAX_CONFIRMATIONS: u32 = 100;

/// The changes of the terms that a confirmation may make.
#[derive(Debug)]
struct Changes {
    method: Option<SelectedMethod>,
    options: OptionsChange,
    method_types: Option<MethodTypes>,
    capture_method: Option<CaptureMethod>,
    receipt_email: Change,
    setup_future_usage: Option<Option<FutureUsage>>,
    shipping: ShippingChange,
}

/// Parses the call and the changes of the terms.
pub(crate) fn read(call: &Request<'_>) -> StripeResult<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let confirmation = read_confirmation(form)?;
    let changes = Changes {
        method: SelectedMethod::read(form, call.settings)?,
        options: OptionsChange::read(form)?,
        method_types: read_changed_types(form, call.settings)?,
        capture_method: form.choice("capture_method")?,
        receipt_email: Change::read_email(form, "receipt_email")?,
        setup_future_usage: read_usage(form)?,
        shipping: ShippingChange::read(form)?,
    };
    Plan::object(form, Kind::PaymentIntent, move |work| {
        let intent = confirm(work, &id, changes, confirmation)?;
        Ok(intent.show(work.render_context()))
    })
}

fn confirm(
    work: &mut WorkContext<'_>,
    id: &str,
    changes: Changes,
    mut confirmation: Confirmation,
) -> StripeResult<PaymentIntent> {
    let mut intent = work.payment_intent(id, "intent")?;
    if intent.status.is_open() && intent.confirmations >= MAX_CONFIRMATIONS {
        work.cancel_by_stripe(id, StripesReason::Automatic);
        intent = work.payment_intent(id, "intent")?;
    }
    if !intent.status.is_open() {
        return Err(not_open(work, &intent));
    }
    if let Some(customer) = &intent.terms.customer {
        work.require_customer(customer)?;
    }
    intent.terms.method_types = changes.method_types.unwrap_or_else(|| intent.terms.method_types.clone());
    refuse_no_types(&intent.terms.method_types.types(Some(&intent.terms)), Intent::Payment)?;
    let token = work.token_of(&confirmation)?;
    if let Some(token) = &token {
        token.complete(&mut confirmation);
    }
    needs_return_url(&intent.terms.method_types, &confirmation, Intent::Payment)?;
    let given = changes.method.or_else(|| token.as_ref().map(|token| token.selected()));
    let same = given.is_none();
    let customer = intent.terms.customer.as_deref();
    let selected = given.or_else(|| intent.payment_method.clone().map(SelectedMethod::Id));
    let selected = selected.ok_or_else(|| no_payment_method(Intent::Payment, customer))?;
    let method = work.select_method(selected, customer, Intent::Payment)?;
    let terms = &mut intent.terms;
    terms.capture_method = changes.capture_method.unwrap_or(terms.capture_method);
    changes.options.merge_into(&mut terms.options);
    check_method(terms, &method)?;
    needs_page(&method, &confirmation)?;
    changes.receipt_email.apply(&mut terms.receipt_email);
    terms.setup_future_usage = changes.setup_future_usage.unwrap_or(terms.setup_future_usage);
    terms.shipping = changes.shipping.after(terms.shipping.take());
    if let Some(token) = &token {
        token.apply(terms)?;
    }
    needs_consent(terms.setup_future_usage, &confirmation)?;
    confirmation.authenticated =
        same && intent.status == PaymentIntentStatus::RequiresConfirmation { authenticated: true };
    work.attempt(intent, &method, &confirmation)
}

fn not_open(work: &WorkContext<'_>, intent: &PaymentIntent) -> StripeError {
    let message = match intent.status {
        PaymentIntentStatus::Succeeded(_) => {
            "You cannot confirm this PaymentIntent because it has already succeeded after \
                                being previously confirmed."
                .to_owned()
        }
        PaymentIntentStatus::RequiresPaymentMethod
        | PaymentIntentStatus::RequiresConfirmation { .. }
        | PaymentIntentStatus::RequiresAction(_)
        | PaymentIntentStatus::Processing
        | PaymentIntentStatus::RequiresCapture { .. }
        | PaymentIntentStatus::Canceled { .. } => format!(
            "This PaymentIntent could not be confirmed because it has a status of {}. Only a PaymentIntent \
             with one of the following statuses may be confirmed: requires_payment_method, \
             requires_confirmation, requires_action.",
            intent.status.as_str()
        ),
    };
    unexpected_state(work, intent, message)
}
