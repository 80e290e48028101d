//! `POST /v1/payment_intents/{id}/confirm`: confirms a PaymentIntent and makes an attempt to pay.

use crate::attempt::Confirmation;
use crate::changes::{Change, ShippingChange};
use crate::endpoints::intents::conditions::{
    check_way, needs_consent, needs_return_url, no_payment_method, unexpected_state,
};
use crate::endpoints::intents::confirmation::{read_confirmation, read_usage};
use crate::endpoints::intents::options::OptionsChange;
use crate::endpoints::payment_methods::chosen::Chosen;
use crate::endpoints::{Plan, Request};
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::objects::Object;
use crate::objects::intents::{FutureUsage, Intent};
use crate::objects::payment_intent::{CaptureMethod, PaymentIntent, Stage};
use crate::state::WorkContext;

/// The changes of the terms that a confirmation may make.
#[derive(Debug)]
struct Changes {
    method: Option<Chosen>,
    options: OptionsChange,
    capture_method: Option<CaptureMethod>,
    receipt_email: Change,
    setup_future_usage: Option<Option<FutureUsage>>,
    shipping: ShippingChange,
}

/// Parses the call and the changes of the terms.
pub(crate) fn read(call: &Request<'_>) -> Answer<Plan> {
    let (form, id) = (call.form, call.id().to_owned());
    let confirmation = read_confirmation(form)?;
    let changes = Changes {
        method: Chosen::read(form, call.rules)?,
        options: OptionsChange::read(form)?,
        capture_method: form.choice("capture_method")?,
        receipt_email: Change::read_email(form, "receipt_email")?,
        setup_future_usage: read_usage(form)?,
        shipping: ShippingChange::read(form)?,
    };
    Plan::one(form, Kind::PaymentIntent, move |work| {
        let intent = confirm(work, &id, changes, confirmation)?;
        Ok(intent.show(work.seen()))
    })
}

fn confirm(
    work: &mut WorkContext<'_>,
    id: &str,
    changes: Changes,
    mut confirmation: Confirmation,
) -> Answer<PaymentIntent> {
    let mut intent = work.payment_intent(id, "intent")?;
    if !intent.stage.is_open() {
        return Err(not_open(work, &intent));
    }
    if let Some(customer) = &intent.terms.customer {
        work.require_customer(customer)?;
    }
    needs_return_url(&intent.terms.ways, &confirmation, Intent::Payment)?;
    let same = changes.method.is_none();
    let customer = intent.terms.customer.as_deref();
    let chosen = changes.method.or_else(|| intent.payment_method.clone().map(Chosen::Id));
    let chosen = chosen.ok_or_else(|| no_payment_method(Intent::Payment, customer))?;
    let method = work.choose(chosen, customer, Intent::Payment)?;
    let terms = &mut intent.terms;
    terms.capture_method = changes.capture_method.unwrap_or(terms.capture_method);
    changes.options.over(&mut terms.options);
    check_way(terms, &method)?;
    changes.receipt_email.apply(&mut terms.receipt_email);
    terms.setup_future_usage = changes.setup_future_usage.unwrap_or(terms.setup_future_usage);
    terms.shipping = changes.shipping.after(terms.shipping.take());
    needs_consent(terms.setup_future_usage, &confirmation)?;
    confirmation.authenticated = same && intent.stage == Stage::RequiresConfirmation { authenticated: true };
    work.attempt(intent, &method, &confirmation)
}

fn not_open(work: &WorkContext<'_>, intent: &PaymentIntent) -> StripeError {
    let message = match intent.stage {
        Stage::Succeeded(_) => {
            "You cannot confirm this PaymentIntent because it has already succeeded after \
                                being previously confirmed."
                .to_owned()
        }
        Stage::RequiresPaymentMethod
        | Stage::RequiresConfirmation { .. }
        | Stage::RequiresAction(_)
        | Stage::Processing
        | Stage::RequiresCapture { .. }
        | Stage::Canceled { .. } => format!(
            "This PaymentIntent could not be confirmed because it has a status of {}. Only a PaymentIntent \
             with one of the following statuses may be confirmed: requires_payment_method, \
             requires_confirmation, requires_action.",
            intent.stage.word()
        ),
    };
    unexpected_state(work, intent, message)
}
