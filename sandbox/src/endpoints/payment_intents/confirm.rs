//! `POST /v1/payment_intents/{id}/confirm`: saying go.

use crate::attempt::Confirmation;
use crate::endpoints::Plan;
use crate::endpoints::conditions::{
    check_way, needs_consent, needs_return_url, no_payment_method, unexpected_state,
};
use crate::error::{Answer, StripeError};
use crate::expand::Kind;
use crate::form::Form;
use crate::objects::Object;
use crate::objects::intents::{FutureUsage, Intent};
use crate::objects::payment_intent::{CaptureMethod, PaymentIntent, Stage};
use crate::params::Flag;
use crate::state::Desk;
use crate::texts::email;
use crate::words::{Word, words};

const PARAMETERS: &[&str] = &[
    "capture_method",
    "error_on_requires_action",
    "expand[]",
    "off_session",
    "payment_method",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "use_stripe_sdk",
];

words! {
    /// The ways of saying that the customer is not there, besides yes and no.
    Absence {
        /// For once.
        OneOff = "one_off",
        /// In a series.
        Recurring = "recurring",
    }
}

/// What a confirmation may change about the terms.
#[derive(Debug)]
struct Changes {
    method: Option<String>,
    capture_method: Option<CaptureMethod>,
    receipt_email: Option<String>,
    setup_future_usage: Option<FutureUsage>,
}

/// Reads the call.
pub(crate) fn read(form: &Form, id: &str) -> Answer<Plan> {
    form.only(PARAMETERS)?;
    let id = id.to_owned();
    let confirmation = read_confirmation(form)?;
    let changes = Changes {
        method: form.text("payment_method")?.map(str::to_owned),
        capture_method: form.choice("capture_method")?,
        receipt_email: email(form, "receipt_email")?,
        setup_future_usage: form.choice("setup_future_usage")?,
    };
    Plan::one(form, Kind::PaymentIntent, move |desk| {
        let intent = confirm(desk, &id, changes, &confirmation)?;
        Ok(intent.show(desk.seen()))
    })
}

fn confirm(
    desk: &mut Desk<'_>,
    id: &str,
    changes: Changes,
    confirmation: &Confirmation,
) -> Answer<PaymentIntent> {
    let mut intent = desk.payment_intent(id, "intent")?;
    match intent.stage {
        Stage::RequiresPaymentMethod | Stage::RequiresConfirmation | Stage::RequiresAction(_) => {}
        Stage::RequiresCapture | Stage::Succeeded(_) | Stage::Canceled { .. } => {
            let allowed = "requires_payment_method, requires_confirmation, requires_action";
            return Err(unexpected_state(desk, &intent, "confirmed", allowed));
        }
    }
    if let Some(customer) = &intent.terms.customer {
        desk.require_customer(customer)?;
    }
    let method = changes
        .method
        .or_else(|| intent.payment_method.clone())
        .ok_or_else(|| no_payment_method(Intent::Payment))?;
    let method = desk.payment_method_for(&method, intent.terms.customer.as_deref(), Intent::Payment)?;
    check_way(&intent.terms, &method)?;
    needs_return_url(&intent.terms.ways, confirmation, Intent::Payment)?;
    let terms = &mut intent.terms;
    terms.capture_method = changes.capture_method.unwrap_or(terms.capture_method);
    terms.receipt_email = changes.receipt_email.or(terms.receipt_email.take());
    terms.setup_future_usage = changes.setup_future_usage.or(terms.setup_future_usage);
    needs_consent(terms.setup_future_usage, confirmation)?;
    desk.attempt(intent, &method, confirmation, false)
}

/// Reads how a caller confirms.
pub(crate) fn read_confirmation(form: &Form) -> Answer<Confirmation> {
    Ok(Confirmation {
        off_session: off_session(form)?,
        error_on_requires_action: form.flag("error_on_requires_action")?.unwrap_or(false),
        return_url: return_url(form)?,
        use_stripe_sdk: form.flag("use_stripe_sdk")?.unwrap_or(false),
    })
}

fn off_session(form: &Form) -> Answer<bool> {
    let Some(text) = form.text("off_session")? else {
        return Ok(false);
    };
    match (Flag::from_word(text), Absence::from_word(text)) {
        (Some(flag), _) => Ok(flag == Flag::Yes),
        (None, Some(_)) => Ok(true),
        (None, None) => Err(StripeError::invalid(format!("Invalid boolean: {text}")).param("off_session")),
    }
}

fn return_url(form: &Form) -> Answer<Option<String>> {
    let Some(url) = form.text("return_url")? else {
        return Ok(None);
    };
    if url.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()) {
        return Ok(Some(url.to_owned()));
    }
    Err(StripeError::invalid("Not a valid URL").code("url_invalid").param("return_url"))
}
