//! The terms of a new PaymentIntent: how much, in what, how it may be paid, and what the statement says.

use crate::currency;
use crate::error::{Answer, StripeError};
use crate::form::Form;
use crate::metadata::MetadataChange;
use crate::objects::intents::{AllowRedirects, Ways};
use crate::objects::payment_intent::{CaptureMethod, Terms};
use crate::texts::{check_descriptor, descriptor_suffix, email};

/// Reads the terms.
pub(crate) fn read_terms(form: &Form, prefix: &str) -> Answer<Terms> {
    form.required("amount")?;
    let amount = form.positive("amount")?.unwrap_or_default();
    let currency = currency::parse(form.required("currency")?)?;
    let ways = read_ways(form)?;
    let by_card = form.has("payment_method") || matches!(&ways, Ways::Listed(types) if *types == ["card"]);
    currency::check_charge(amount, &currency, if by_card { currency::MOST_BY_CARD } else { currency::MOST })?;
    let descriptor = form.text("statement_descriptor")?.map(str::to_owned);
    if let Some(descriptor) = &descriptor {
        check_descriptor(descriptor, "statement_descriptor")?;
        if takes_cards(&ways) {
            return Err(StripeError::invalid(
                "The `statement_descriptor` parameter is not supported for the payment method type `card`. \
                 Use the `statement_descriptor_suffix` parameter instead.",
            )
            .param("statement_descriptor"));
        }
    }
    Ok(Terms {
        amount,
        currency,
        capture_method: form.choice("capture_method")?.unwrap_or(CaptureMethod::AutomaticAsync),
        ways,
        customer: form.text("customer")?.map(str::to_owned),
        description: form.text_up_to("description", 1000)?,
        metadata: MetadataChange::read(form)?.fresh(),
        receipt_email: email(form, "receipt_email")?,
        descriptor,
        suffix: descriptor_suffix(form, prefix)?,
        setup_future_usage: form.choice("setup_future_usage")?,
    })
}

/// Reads how an intent may be paid or set up.
pub(crate) fn read_ways(form: &Form) -> Answer<Ways> {
    let listed: Vec<String> = form.list("payment_method_types").into_iter().map(str::to_owned).collect();
    let redirects = form.choice("automatic_payment_methods[allow_redirects]")?;
    let enabled = form.flag("automatic_payment_methods[enabled]")?;
    if form.has("automatic_payment_methods") && enabled.is_none() {
        form.required("automatic_payment_methods[enabled]")?;
    }
    match (enabled, listed.is_empty()) {
        (Some(true), false) => Err(StripeError::invalid(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
        )
        .code("parameters_exclusive")),
        (Some(true) | None, true) => Ok(Ways::Automatic(redirects.unwrap_or(AllowRedirects::Always))),
        (Some(false), true) => Ok(Ways::Listed(vec!["card".to_owned()])),
        (Some(false) | None, false) => Ok(Ways::Listed(listed)),
    }
}

fn takes_cards(ways: &Ways) -> bool {
    match ways {
        Ways::Automatic(_) => true,
        Ways::Listed(types) => types.iter().any(|kind| kind == "card"),
    }
}
