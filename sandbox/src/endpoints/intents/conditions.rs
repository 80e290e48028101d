//! The conditions for the next step of an intent, with the refusals.

use crate::attempt::Confirmation;
use crate::currency;
use crate::error::{StripeError, StripeResult};
use crate::objects::Object;
use crate::objects::instrument::MethodType;
use crate::objects::intents::{AllowRedirects, FutureUsage, Intent, MethodTypes};
use crate::objects::payment_intent::{CaptureMethod, PaymentIntent, Terms};
use crate::objects::payment_method::PaymentMethod;
use crate::state::WorkContext;
use crate::stripe_enum::StripeEnum;

/// Refuses a PaymentMethod that the terms of the payment do not allow.
pub(crate) fn check_method(terms: &Terms, method: &PaymentMethod) -> StripeResult<()> {
    let amex = method.instrument.card().is_some_and(|card| card.brand == "amex");
    if amex && terms.amount > currency::MAX_BY_AMEX {
        return Err(currency::too_large(currency::MAX_BY_AMEX, &terms.currency));
    }
    let max = currency::max_amount(&terms.currency, method.instrument.card().is_some());
    if terms.amount > max {
        return Err(currency::too_large(max, &terms.currency));
    }
    check_type(&terms.method_types.types(Some(terms)), method, Intent::Payment)?;
    let wallet = method.instrument.wallet();
    let supported = match method.instrument.kind() {
        MethodType::Card => return Ok(()),
        MethodType::SepaDebit => "eur",
        MethodType::UsBankAccount => "usd",
        MethodType::Klarna | MethodType::Paypal | MethodType::Link => {
            wallet.and_then(|wallet| wallet.kind.currencies()).unwrap_or(&terms.currency)
        }
    };
    if !supported.split(' ').any(|currency| currency == terms.currency) {
        return Err(StripeError::invalid(format!(
            "The payment method type provided: {} is not supported for the currency: {}. It supports: {}.",
            method.instrument.type_name(),
            terms.currency,
            supported.replace(' ', ", ")
        ))
        .code("payment_method_currency_mismatch")
        .param("payment_method"));
    }
    if wallet.is_none() && terms.capture_method == CaptureMethod::Manual {
        return Err(StripeError::invalid(format!(
            "The payment method type {} does not support `capture_method` set to `manual`.",
            method.instrument.type_name()
        ))
        .param("capture_method"));
    }
    Ok(())
}

/// Refuses a PaymentMethod of a type that is not allowed.
pub(crate) fn check_type(types: &[String], method: &PaymentMethod, of: Intent) -> StripeResult<()> {
    if types.iter().any(|kind| kind == method.instrument.type_name()) {
        return Ok(());
    }
    Err(StripeError::invalid(format!(
        "The PaymentMethod provided ({}) is not allowed for this {}. Please attach a PaymentMethod of one of \
         the following types: {}.",
        method.instrument.type_name(),
        of.name(),
        types.join(", ")
    ))
    .param("payment_method"))
}

/// Refuses a confirmation that could redirect the customer without a return URL. Nobody is redirected by a
/// payment without the customer. A SetupIntent without any
/// setting of payment methods is not refused, because Stripe's own command-line client sends no return URL
/// for such a SetupIntent.
pub(crate) fn needs_return_url(
    method_types: &MethodTypes,
    confirmation: &Confirmation,
    of: Intent,
) -> StripeResult<()> {
    let can_return = confirmation.return_url.is_some()
        || confirmation.use_stripe_sdk
        || (confirmation.off_session && of == Intent::Payment);
    match method_types {
        MethodTypes::Automatic { redirects: AllowRedirects::Always, explicit, .. }
            if !can_return && (*explicit || of == Intent::Payment) =>
        {
            Err(StripeError::invalid(format!(
                "This {} is configured to accept payment methods enabled in your Dashboard. Because some of \
             these payment methods might redirect your customer off of your page, you must provide a \
             `return_url`. If you don't want to accept redirect-based payment methods, set \
             `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` \
             to `never` when creating Setup Intents and Payment Intents.",
                of.name()
            )))
        }
        MethodTypes::Automatic { .. } | MethodTypes::Listed(_) | MethodTypes::Allowed(..) => Ok(()),
    }
}

/// Refuses to save a card for later payments while the owner is absent and cannot agree.
pub(crate) fn needs_consent(usage: Option<FutureUsage>, confirmation: &Confirmation) -> StripeResult<()> {
    if usage.is_some() && confirmation.off_session {
        return Err(StripeError::invalid(
            "You cannot set `setup_future_usage` when `off_session=true`. The customer has to be on your page \
             or in your app to agree that the payment method is saved for later.",
        )
        .param("setup_future_usage"));
    }
    Ok(())
}

/// The refusal of a confirmation without a PaymentMethod.
pub(crate) fn no_payment_method(of: Intent, customer: Option<&str>) -> StripeError {
    let name = of.name();
    let advice = match customer {
        Some(customer) if of == Intent::Payment => format!(
            "To confirm the PaymentIntent with {customer}, specify a payment method attached to this customer \
             along with the customer ID."
        ),
        Some(_) | None => format!(
            "You can either update the {name} with a payment method and then confirm it again, or confirm it \
             again directly with a payment method or ConfirmationToken."
        ),
    };
    StripeError::invalid(format!(
        "You cannot confirm this {name} because it's missing a payment method. {advice}"
    ))
    .code(&format!("{}_unexpected_state", of.as_str()))
}

/// The refusal of a parameter that a new intent may have only together with `confirm=true`.
pub(crate) fn only_with_confirm(name: &str, of: Intent) -> StripeError {
    StripeError::invalid(format!(
        "The parameter `{name}` cannot be passed when creating a {} unless `confirm` is set to true.",
        of.name()
    ))
    .param(name)
}

/// The refusal of a call that the current state of the PaymentIntent does not allow.
pub(crate) fn unexpected_state(
    work: &WorkContext<'_>,
    intent: &PaymentIntent,
    message: String,
) -> StripeError {
    StripeError::invalid(message)
        .code("payment_intent_unexpected_state")
        .with("payment_intent", intent.show(work.render_context()))
}
