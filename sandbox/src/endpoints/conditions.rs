//! What has to be true before a PaymentIntent can go on, and the refusals if it is not.

use crate::attempt::Confirmation;
use crate::currency;
use crate::error::{Answer, StripeError};
use crate::objects::Object;
use crate::objects::payment_intent::{AllowRedirects, PaymentIntent, Terms, Ways};
use crate::objects::payment_method::PaymentMethod;
use crate::state::Desk;

/// Refuses a PaymentMethod that the terms do not allow.
pub(crate) fn check_way(terms: &Terms, method: &PaymentMethod) -> Answer<()> {
    if method.card.brand == "amex" && terms.amount > currency::MOST_BY_AMEX {
        return Err(currency::too_large(currency::MOST_BY_AMEX, &terms.currency));
    }
    match &terms.ways {
        Ways::Listed(types) if !types.iter().any(|kind| kind == "card") => {
            Err(StripeError::invalid(format!(
                "The PaymentMethod provided (card) is not allowed for this PaymentIntent. Please attach a \
             PaymentMethod of one of the following types: {}.",
                types.join(", ")
            ))
            .param("payment_method"))
        }
        Ways::Listed(_) | Ways::Automatic(_) => Ok(()),
    }
}

/// Refuses a confirmation that could send the customer away without a way back.
pub(crate) fn needs_return_url(ways: &Ways, confirmation: &Confirmation) -> Answer<()> {
    let way_back = confirmation.return_url.is_some() || confirmation.use_stripe_sdk;
    match ways {
        Ways::Automatic(AllowRedirects::Always) if !way_back => Err(StripeError::invalid(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because \
             some of these payment methods might redirect your customer off of your page, you must provide a \
             `return_url`. If you don't want to accept redirect-based payment methods, set \
             `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` \
             to `never` when creating Setup Intents and Payment Intents.",
        )
        .param("return_url")),
        Ways::Automatic(_) | Ways::Listed(_) => Ok(()),
    }
}

/// The refusal of a confirmation without a card.
pub(crate) fn no_payment_method() -> StripeError {
    StripeError::invalid(
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update \
         the PaymentIntent with a payment method and then confirm it again, or confirm it again directly \
         with a payment method or ConfirmationToken.",
    )
    .code("payment_intent_unexpected_state")
}

/// The refusal of what cannot be done in the state in which a PaymentIntent is.
pub(crate) fn unexpected_state(
    desk: &Desk<'_>,
    intent: &PaymentIntent,
    done: &str,
    allowed: &str,
) -> StripeError {
    StripeError::invalid(format!(
        "This PaymentIntent could not be {done} because it has a status of {}. Only a PaymentIntent with one \
         of the following statuses may be {done}: {allowed}.",
        intent.stage.word()
    ))
    .code("payment_intent_unexpected_state")
    .with("payment_intent", intent.show(desk.seen()))
}
