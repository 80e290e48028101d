//! The payment method types of an intent: listed by the caller, or configured in the dashboard.

use crate::description::enum_values;
use crate::endpoints::CallSettings;
use crate::error::{StripeError, StripeResult};
use crate::form::Form;
use crate::ids::derived;
use crate::objects::intents::{AllowRedirects, Intent, MethodTypes};
use crate::objects::wallet::EnabledWallets;

/// Reads the payment method types of an intent. Parameters that exclude each other are refused.
pub(crate) fn read_method_types(form: &Form, settings: CallSettings<'_>) -> StripeResult<MethodTypes> {
    let (listed, allowed) =
        (list_parameter(form, "payment_method_types"), list_parameter(form, "allowed_payment_method_types"));
    listed.iter().try_for_each(|kind| check_type(kind, settings.wallets))?;
    let redirects = form.choice("automatic_payment_methods[allow_redirects]")?;
    let enabled = form.flag("automatic_payment_methods[enabled]")?;
    let automatic = || MethodTypes::Automatic {
        redirects: redirects.unwrap_or(AllowRedirects::Always),
        explicit: enabled.is_some(),
        configuration: configuration(settings.account),
        wallets: settings.wallets,
    };
    let exclusive = |first: &str, second: &str| {
        StripeError::invalid(format!("You may only specify one of these parameters: {first}, {second}."))
            .code("parameters_exclusive")
    };
    match (enabled, listed.is_empty(), allowed.is_empty()) {
        (_, false, false) => Err(exclusive("allowed_payment_method_types", "payment_method_types")),
        (Some(true), false, true) => Err(exclusive("automatic_payment_methods", "payment_method_types")),
        (Some(true) | None, true, true) => Ok(automatic()),
        (Some(false), true, true) => Ok(MethodTypes::Listed(vec!["card".to_owned()])),
        (Some(false) | None, false, true) => Ok(MethodTypes::Listed(listed)),
        (Some(_), true, false) => Err(exclusive("allowed_payment_method_types", "automatic_payment_methods")),
        (None, true, false) => Ok(MethodTypes::Allowed(allowed, settings.wallets)),
    }
}

/// Reads the payment method types of a call that may change the types of an intent.
pub(crate) fn read_changed_types(
    form: &Form,
    settings: CallSettings<'_>,
) -> StripeResult<Option<MethodTypes>> {
    let lists = form.has("payment_method_types") || form.has("allowed_payment_method_types");
    lists.then(|| read_method_types(form, settings)).transpose()
}

/// Refuses an intent for which no type of PaymentMethod is left.
pub(crate) fn refuse_no_types(types: &[String], of: Intent) -> StripeResult<()> {
    if !types.is_empty() {
        return Ok(());
    }
    let name = match of {
        Intent::Payment => "Payment Intent",
        Intent::Setup => "Setup Intent",
    };
    Err(StripeError::invalid(format!(
        "No valid payment method types for this {name}. Please ensure that you have activated payment methods \
         compatible with your chosen currency in your dashboard (https://dashboard.stripe.com/settings/payment_methods) \
         or specify payment_method_types."
    )))
}

/// The types in a list parameter, without duplicates.
fn list_parameter(form: &Form, name: &str) -> Vec<String> {
    let mut types: Vec<String> = vec![];
    for kind in form.list(name).into_iter().filter(|kind| !kind.is_empty()) {
        if !types.iter().any(|known| known == kind) {
            types.push(kind.to_owned());
        }
    }
    types
}

/// The id of the account's payment method configuration in the dashboard, derived from the account's id.
fn configuration(account: &str) -> String {
    let letters = derived(account) + &derived(&format!("dashboard of {account}"));
    format!("pmc_1{}", letters.get(..23).unwrap_or_default())
}

/// Refuses an unknown payment method type, and a wallet that the account has not enabled.
fn check_type(kind: &str, wallets: EnabledWallets) -> StripeResult<()> {
    let known = enum_values("POST /v1/payment_intents", "allowed_payment_method_types");
    if (known.contains(&kind) || kind == "card") && wallets.allows(kind) {
        return Ok(());
    }
    Err(not_activated(kind))
}

/// The refusal of a payment method type that is unknown, or that has no active capability.
pub(crate) fn not_activated(kind: &str) -> StripeError {
    StripeError::invalid(format!(
        "The payment method type \"{kind}\" is invalid. Please ensure the provided type is activated in your \
         dashboard (https://dashboard.stripe.com/account/payments/settings) and your account is enabled for any \
         preview features that you are trying to use."
    ))
    .param("payment_method_types")
}
