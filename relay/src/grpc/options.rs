//! Payment options that a portal may offer. An option never contains a secret.

use causeway::{
    money::PositiveMoney,
    refusal::Refusal,
    request::{AskedCurrency, Options},
    tenant::TenantName,
    v1,
};
use causeway_domain::tenant::{Assignment, PaymentSystem};
use causeway_engine::queries::Queries;

pub(super) async fn of(
    queries: &Queries<'_>,
    tenant: &TenantName,
    asked: &Options,
) -> Result<v1::ListPaymentOptionsResponse, Refusal> {
    let only = match &asked.currency {
        Some(AskedCurrency::Unknown(given)) => {
            return Err(Refusal::CurrencyUnknown { given: given.clone() });
        }
        Some(AskedCurrency::Known(currency)) => Some(*currency),
        None => None,
    };
    let why_not = why_not_saved(queries, tenant, asked).await?;
    let offered = queries.offered(tenant, only)?;
    Ok(v1::ListPaymentOptionsResponse {
        options: offered
            .into_iter()
            .map(|(assignment, system)| option((queries, tenant), assignment, system, &why_not))
            .collect(),
    })
}

/// Why the customer cannot store a card; empty if the customer can.
async fn why_not_saved(
    queries: &Queries<'_>,
    tenant: &TenantName,
    asked: &Options,
) -> Result<String, Refusal> {
    let Some(customer) = &asked.customer else { return Ok(String::new()) };
    let missing =
        "no valid email is known of the customer; give it in customer.email, or call PutCustomer first";
    let has_email = queries.has_email(tenant, customer).await?;
    Ok(if has_email { String::new() } else { missing.to_owned() })
}

fn option(
    (queries, tenant): (&Queries<'_>, &TenantName),
    assignment: &Assignment,
    system: &PaymentSystem,
    why_not: &str,
) -> v1::PaymentOption {
    let currency = assignment.minimum.currency();
    let shown = super::capabilities::system(queries, tenant, system);
    let takes_cards = !shown.brands.is_empty();
    v1::PaymentOption {
        currency: currency.code().to_owned(),
        payment_system: shown.name,
        processor: shown.processor,
        test_mode: shown.test_mode,
        minimum: Some(PositiveMoney::to_wire(assignment.minimum)),
        maximum: Some(PositiveMoney::to_wire(assignment.maximum)),
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
