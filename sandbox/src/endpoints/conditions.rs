//! What has to be true before an intent can go on, and the refusals if it is not.

use crate::attempt::Confirmation;
use crate::currency;
use crate::error::{Answer, StripeError};
use crate::objects::Object;
use crate::objects::intents::{AllowRedirects, FutureUsage, Intent, Ways};
use crate::objects::payment_intent::{PaymentIntent, Terms};
use crate::objects::payment_method::PaymentMethod;
use crate::state::Desk;
use crate::words::Word;

/// Refuses a PaymentMethod that the terms do not allow.
pub(crate) fn check_way(terms: &Terms, method: &PaymentMethod) -> Answer<()> {
    if method.card.brand == "amex" && terms.amount > currency::MOST_BY_AMEX {
        return Err(currency::too_large(currency::MOST_BY_AMEX, &terms.currency));
    }
    takes_a_card(&terms.ways, Intent::Payment)
}

/// Refuses a card if the ways that the caller listed have none.
pub(crate) fn takes_a_card(ways: &Ways, of: Intent) -> Answer<()> {
    match ways {
        Ways::Listed(types) if !types.iter().any(|kind| kind == "card") => {
            Err(StripeError::invalid(format!(
                "The PaymentMethod provided (card) is not allowed for this {}. Please attach a PaymentMethod \
                 of one of the following types: {}.",
                of.name(),
                types.join(", ")
            ))
            .param("payment_method"))
        }
        Ways::Listed(_) | Ways::Automatic(_) => Ok(()),
    }
}

/// Refuses a confirmation that could send the customer away without a way back.
pub(crate) fn needs_return_url(ways: &Ways, confirmation: &Confirmation, of: Intent) -> Answer<()> {
    let way_back = confirmation.return_url.is_some() || confirmation.use_stripe_sdk;
    match ways {
        Ways::Automatic(AllowRedirects::Always) if !way_back => Err(StripeError::invalid(format!(
            "This {} is configured to accept payment methods enabled in your Dashboard. Because some of \
             these payment methods might redirect your customer off of your page, you must provide a \
             `return_url`. If you don't want to accept redirect-based payment methods, set \
             `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` \
             to `never` when creating Setup Intents and Payment Intents.",
            of.name()
        ))
        .param("return_url")),
        Ways::Automatic(_) | Ways::Listed(_) => Ok(()),
    }
}

/// Refuses to keep a card for later while its owner is not there to agree.
pub(crate) fn needs_consent(usage: Option<FutureUsage>, confirmation: &Confirmation) -> Answer<()> {
    if usage.is_some() && confirmation.off_session {
        return Err(StripeError::invalid(
            "You cannot set `setup_future_usage` when `off_session=true`. The customer has to be on your page \
             or in your app to agree that the payment method is saved for later.",
        )
        .param("setup_future_usage"));
    }
    Ok(())
}

/// The refusal of a confirmation without a card.
pub(crate) fn no_payment_method(of: Intent) -> StripeError {
    let name = of.name();
    StripeError::invalid(format!(
        "You cannot confirm this {name} because it's missing a payment method. You can either update the \
         {name} with a payment method and then confirm it again, or confirm it again directly with a payment \
         method or ConfirmationToken."
    ))
    .code(&format!("{}_unexpected_state", of.word()))
}

/// The refusal of what may be said about a new intent only by a caller who confirms it at once.
pub(crate) fn only_with_confirm(name: &str, of: Intent) -> StripeError {
    StripeError::invalid(format!(
        "The parameter `{name}` cannot be passed when creating a {} unless `confirm` is set to true.",
        of.name()
    ))
    .param(name)
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
