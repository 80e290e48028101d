//! Payment systems, currencies and limits, as JSON.

use causeway::v1;
use serde_json::Value;

use super::{Object, money};

/// The answer to GetCapabilities.
pub(crate) fn capabilities(response: &v1::GetCapabilitiesResponse) -> Value {
    Object::default()
        .names("operations", &response.operations)
        .names("refused_operations", &response.refused_operations)
        .list("payment_systems", &response.payment_systems, system)
        .list("currencies", &response.currencies, assignment)
        .text("contract_version", &response.contract_version)
        .text("stripe_version", &response.stripe_version)
        .text("relay_version", &response.relay_version)
        .with("tenant_active", response.tenant_active)
        .list("supported_currencies", &response.supported_currencies, |currency| supported(currency).done())
        .done()
}

/// Every currency with the payment systems that take the currency here; with `assigned`, only
/// currencies that a payment system takes.
pub(crate) fn currencies(response: &v1::GetCapabilitiesResponse, assigned: bool) -> Value {
    let takers = |code: &str| {
        let takers = response.currencies.iter().filter(|assignment| assignment.currency == code);
        takers.map(assignment).collect::<Vec<_>>()
    };
    let all = response.supported_currencies.iter().map(|it| (it, takers(&it.currency)));
    let listed = all.filter(|(_, takers)| !assigned || !takers.is_empty());
    let shown = listed.map(|(it, takers)| supported(it).with("assignments", takers).done());
    Object::default().with("currencies", shown.collect::<Vec<_>>()).done()
}

fn supported(currency: &v1::SupportedCurrency) -> Object {
    Object::default()
        .text("currency", &currency.currency)
        .text("name", &currency.name)
        .with("decimals", currency.decimals)
        .message("minimum", currency.minimum.as_ref(), money)
        .message("maximum", currency.maximum.as_ref(), money)
}

fn system(system: &v1::PaymentSystem) -> Value {
    Object::default()
        .text("name", &system.name)
        .text("processor", &system.processor)
        .with("test_mode", system.test_mode)
        .word("capture_mode", system.capture_mode, v1::CaptureMode::as_str_name)
        .with("active", system.active)
        .text("publishable_key", &system.publishable_key)
        .word("card_data_mode", system.card_data_mode, v1::CardDataMode::as_str_name)
        .with("cvc_required", system.cvc_required)
        .names("brands", &system.brands)
        .names("method_types", &system.method_types)
        .names("operations", &system.operations)
        .done()
}

fn assignment(assignment: &v1::CurrencyAssignment) -> Value {
    Object::default()
        .text("currency", &assignment.currency)
        .text("payment_system", &assignment.payment_system)
        .message("minimum", assignment.minimum.as_ref(), money)
        .message("maximum", assignment.maximum.as_ref(), money)
        .with("decimals", assignment.decimals)
        .done()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn money(amount: &str) -> Option<v1::Money> {
        Some(v1::Money { amount: amount.to_owned(), currency: "CAD".to_owned() })
    }

    #[test]
    fn a_currency_names_those_who_take_it() {
        let supported = |currency: &str| v1::SupportedCurrency {
            currency: currency.to_owned(),
            decimals: 2,
            minimum: money("0.50"),
            ..Default::default()
        };
        let taken = v1::CurrencyAssignment {
            currency: "CAD".to_owned(),
            payment_system: "amex".to_owned(),
            minimum: money("5.00"),
            maximum: None,
            decimals: 2,
        };
        let response = v1::GetCapabilitiesResponse {
            currencies: vec![taken],
            supported_currencies: vec![supported("CAD"), supported("USD")],
            ..Default::default()
        };
        let minimum = |amount: &str| json!({"amount": amount, "currency": "CAD"});
        let (least, own) = (minimum("0.50"), minimum("5.00"));
        let cad = json!({
            "currency": "CAD",
            "decimals": 2,
            "minimum": least,
            "assignments":
                [{"currency": "CAD", "payment_system": "amex", "minimum": own, "decimals": 2}],
        });
        let usd = json!({"currency": "USD", "decimals": 2, "minimum": least, "assignments": []});
        assert_eq!(currencies(&response, true), json!({"currencies": [cad]}));
        assert_eq!(currencies(&response, false), json!({"currencies": [cad, usd]}));
    }
}
