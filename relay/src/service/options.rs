//! What a portal may offer. Never a secret.

use causeway::{
    currency::Currency,
    money::Money,
    order::{AskedCurrency, Options},
    refusal::Refusal,
    v1,
};

use crate::{
    operation::Desk,
    settings::{Assignment, PaymentSystem, Tenant},
};

pub(super) async fn of(
    desk: &Desk,
    tenant: &Tenant,
    asked: &Options,
) -> Result<v1::ListPaymentOptionsResponse, Refusal> {
    let only = match &asked.currency {
        Some(AskedCurrency::Unknown(given)) => {
            return Err(Refusal::CurrencyUnknown { given: given.clone() });
        }
        Some(AskedCurrency::Known(currency)) => Some(*currency),
        None => None,
    };
    let why_not = why_not_saved(desk, tenant, asked).await?;
    let offered = |(assignment, system): &(&Assignment, &PaymentSystem)| {
        tenant.active
            && system.active
            && only.is_none_or(|currency: Currency| assignment.minimum.currency() == currency)
    };
    let options = tenant.assignments().filter(offered);
    Ok(v1::ListPaymentOptionsResponse {
        options: options.map(|(assignment, system)| option(assignment, system, &why_not)).collect(),
    })
}

/// Why no card of the customer can be kept; empty when it can.
async fn why_not_saved(desk: &Desk, tenant: &Tenant, asked: &Options) -> Result<String, Refusal> {
    let Some(customer) = &asked.customer else { return Ok(String::new()) };
    let known = desk.known(tenant, customer).await?;
    let has_email = known.iter().any(|known| known.it.profile.email.is_some());
    let missing =
        "no valid email is known of the customer; give it in customer.email, or call PutCustomer first";
    Ok(if has_email { String::new() } else { missing.to_owned() })
}

fn option(assignment: &Assignment, system: &PaymentSystem, why_not: &str) -> v1::PaymentOption {
    let currency = assignment.minimum.currency();
    let shown = super::capabilities::system(system);
    let takes_cards = !shown.brands.is_empty();
    v1::PaymentOption {
        currency: currency.code().to_owned(),
        payment_system: shown.name,
        processor: shown.processor,
        test_mode: shown.test_mode,
        minimum: Some(Money::to_wire(assignment.minimum)),
        maximum: Some(Money::to_wire(assignment.maximum)),
        decimals: super::capabilities::decimals(currency),
        publishable_key: shown.publishable_key,
        brands: shown.brands,
        method_types: shown.method_types,
        card_data_mode: shown.card_data_mode,
        cvc_required: shown.cvc_required,
        capture_mode: shown.capture_mode,
        cards_may_be_saved: why_not.is_empty() && takes_cards,
        why_not_saved: if takes_cards { why_not } else { "this payment system takes no cards" }.to_owned(),
    }
}
