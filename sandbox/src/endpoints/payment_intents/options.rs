//! `payment_method_options`, as far as the sandbox plays them.

use crate::error::Answer;
use crate::form::Form;
use crate::objects::intents::FutureUsage;
use crate::objects::options::{Options, ThreeDSecure, Verification};
use crate::objects::payment_intent::CaptureMethod;
use crate::words::words;

words! {
    /// Whether something that not every bank offers is wanted.
    Availability {
        /// It is.
        IfAvailable = "if_available",
        /// It is not.
        Never = "never",
    }
}

words! {
    /// Whether a PaymentMethod of one type is kept.
    Keeping {
        /// For charges without the customer.
        OffSession = "off_session",
        /// For charges with the customer.
        OnSession = "on_session",
        /// It is not.
        None = "none",
    }
}

/// Lays what a call says over what was said before.
pub(crate) fn read_options(form: &Form, before: &Options) -> Answer<Options> {
    let mut options = before.clone();
    let card = &mut options.card;
    if let Some(three_d_secure) = card_choice::<ThreeDSecure>(form, "request_three_d_secure")? {
        card.three_d_secure = three_d_secure;
    }
    if let Some(method) = card_choice::<CaptureMethod>(form, "capture_method")? {
        card.manual_capture = method == CaptureMethod::Manual;
    }
    for (name, place) in [
        ("request_extended_authorization", &mut card.extended_authorization),
        ("request_incremental_authorization", &mut card.incremental_authorization),
        ("request_multicapture", &mut card.multicapture),
        ("request_overcapture", &mut card.overcapture),
    ] {
        if let Some(wanted) = card_choice::<Availability>(form, name)? {
            *place = wanted == Availability::IfAvailable;
        }
    }
    card.setup_future_usage = usage(form, "card", card.setup_future_usage)?;
    let (sepa, us) = options.keep_accounts;
    options.keep_accounts = (usage(form, "sepa_debit", sepa)?, usage(form, "us_bank_account", us)?);
    let verification = "payment_method_options[us_bank_account][verification_method]";
    if let Some(verification) = form.choice::<Verification>(verification)? {
        options.verification = verification;
    }
    Ok(options)
}

fn card_choice<T: crate::words::Word>(form: &Form, name: &str) -> Answer<Option<T>> {
    let full = format!("payment_method_options[card][{name}]");
    if form.last(&full) == Some("") { Ok(None) } else { form.choice(&full) }
}

fn usage(form: &Form, kind: &str, before: Option<FutureUsage>) -> Answer<Option<FutureUsage>> {
    let name = format!("payment_method_options[{kind}][setup_future_usage]");
    if form.last(&name) == Some("") {
        return Ok(None);
    }
    Ok(match form.choice::<Keeping>(&name)? {
        Some(Keeping::OffSession) => Some(FutureUsage::OffSession),
        Some(Keeping::OnSession) => Some(FutureUsage::OnSession),
        Some(Keeping::None) => None,
        None => before,
    })
}
