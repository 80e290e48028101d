//! The terms of a new PaymentIntent: the amount, the currency, the payment method types,
//! and the statement descriptor.

use crate::changes::ShippingChange;
use crate::currency;
use crate::endpoints::CallSettings;
use crate::endpoints::intents::method_types::read_method_types;
use crate::endpoints::intents::options::OptionsChange;
use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::metadata::MetadataChange;
use crate::objects::intents::MethodTypes;
use crate::objects::payment_intent::{CaptureMethod, ConfirmationMethod, Terms};
use crate::text_checks::{check_descriptor, descriptor_suffix, email};

/// Reads and checks the terms of a new PaymentIntent. The greatest amount is higher if the call names a
/// PaymentMethod or lists only cards.
pub(crate) fn read_terms(form: &Form, settings: CallSettings<'_>) -> StripeResult<Terms> {
    form.required("amount")?;
    let amount = read_amount(form)?.unwrap_or_default();
    let currency = currency::parse(form.required("currency")?)?;
    refuse_other_accounts(form)?;
    let method_types = read_method_types(form, settings)?;
    let paid_by_card = form.has("payment_method")
        || form.has("payment_method_data")
        || matches!(&method_types, MethodTypes::Listed(types) if *types == ["card"]);
    currency::check_charge(amount, &currency, currency::max_amount(&currency, paid_by_card))?;
    Ok(Terms {
        amount,
        currency,
        capture_method: form.choice("capture_method")?.unwrap_or(CaptureMethod::AutomaticAsync),
        confirmation_method: form.choice("confirmation_method")?.unwrap_or(ConfirmationMethod::Automatic),
        options: OptionsChange::read(form)?.fresh(),
        customer: form.text("customer")?.map(str::to_owned),
        description: form.text_up_to("description", 1000)?,
        metadata: MetadataChange::read(form)?.fresh(),
        receipt_email: email(form, "receipt_email")?,
        descriptor: read_descriptor(form, &method_types)?,
        suffix: descriptor_suffix(form, settings.prefix)?,
        setup_future_usage: form.choice("setup_future_usage")?,
        shipping: ShippingChange::read(form)?.after(None),
        transfer_group: form.text_up_to("transfer_group", 500)?,
        method_types,
    })
}

/// Refuses parameters that need a connected account, because the sandbox has no connected accounts.
fn refuse_other_accounts(form: &Form) -> StripeResult<()> {
    const DESTINATION: &str = "transfer_data[destination]";
    if let Some(account) = form.text(DESTINATION)? {
        return Err(StripeError::missing("destination", account, DESTINATION).status(400));
    }
    if form.has("application_fee_amount") {
        return Err(StripeError::invalid(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using \
             an OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
        )
        .param("application_fee_amount"));
    }
    Ok(())
}

/// Reads an amount. An amount of zero is refused with the advice to use a SetupIntent.
pub(crate) fn read_amount(form: &Form) -> StripeResult<Option<u64>> {
    if form.last("amount") == Some("0") {
        return Err(StripeError::invalid(
            "The amount must be greater than or equal to the minimum charge amount allowed for your account \
             and the currency set (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).  If \
             you want to save a Payment Method for future use without an immediate payment, use a Setup Intent \
             instead: https://docs.stripe.com/payments/setup-intents",
        )
        .code("parameter_invalid_integer")
        .param("amount"));
    }
    form.positive("amount")
}

/// Reads the statement descriptor, which is refused where a card may pay.
pub(crate) fn read_descriptor(form: &Form, method_types: &MethodTypes) -> StripeResult<Option<String>> {
    let Some(descriptor) = form.text("statement_descriptor")?.map(str::to_owned) else {
        return Ok(None);
    };
    check_descriptor(&descriptor, "statement_descriptor")?;
    let accepts_cards = match method_types {
        MethodTypes::Automatic { .. } => true,
        MethodTypes::Listed(types) | MethodTypes::Allowed(types, _) => {
            types.iter().any(|kind| kind == "card")
        }
    };
    if accepts_cards {
        return Err(StripeError::invalid(
            "The `statement_descriptor` parameter is not supported for the payment method type `card`. Use the \
             `statement_descriptor_suffix` parameter instead.",
        )
        .param("statement_descriptor"));
    }
    Ok(Some(descriptor))
}
