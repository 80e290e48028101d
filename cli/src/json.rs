//! The JSON that is no message of the contract: refusals, and currencies with their payment systems.

use causeway::{
    json::{JsonError, to_json},
    status::RefusalDetails,
    v1,
};
use serde_json::{Map, Value, json};

/// A refusal with reason, message and metadata. Empty texts are left out.
pub(crate) fn refusal(details: &RefusalDetails) -> Value {
    let texts = [
        ("reason", &details.reason),
        ("message", &details.message),
        ("payer_message", &details.payer_message),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let mut refusal: Map<_, _> =
        texts.map(|(name, text)| (name.to_owned(), Value::from(text.as_str()))).collect();
    if !details.metadata.is_empty() {
        refusal.insert("metadata".to_owned(), json!(details.metadata));
    }
    json!({ "refusal": refusal })
}

/// Every currency with the payment systems that take the currency here; with `assigned`, only
/// currencies that a payment system takes.
pub(crate) fn currencies(response: &v1::GetCapabilitiesResponse, assigned: bool) -> Result<Value, JsonError> {
    let mut shown = vec![];
    for supported in &response.supported_currencies {
        let assignments =
            response.currencies.iter().filter(|assignment| assignment.currency == supported.currency);
        let assignments = assignments.map(to_json).collect::<Result<Vec<_>, _>>()?;
        if assigned && assignments.is_empty() {
            continue;
        }
        let mut currency = to_json(supported)?;
        if let Value::Object(fields) = &mut currency {
            fields.insert("assignments".to_owned(), assignments.into());
        }
        shown.push(currency);
    }
    Ok(json!({ "currencies": shown }))
}

#[cfg(test)]
mod tests {
    use causeway::refusal::{Broken, Fix, Refusal};
    use tonic::Status;

    use super::*;

    #[test]
    fn the_json_of_a_refusal_has_reason_messages_and_metadata() {
        let status = Status::from(Refusal::Rule(Box::new(Broken {
            rule: "amount.minimum",
            reason: "AMOUNT_BELOW_MINIMUM",
            fix: Fix::Payer,
            configured: Some("0.50 USD".to_owned()),
            actual: Some("0.49 USD".to_owned()),
            problem: "0.49 USD is below the minimum of 0.50 USD".to_owned(),
            payer_message: "Your payment must be no less than 0.50 USD".to_owned(),
        })));
        let expected = json!({"refusal": {
            "reason": "AMOUNT_BELOW_MINIMUM",
            "message": "0.49 USD is below the minimum of 0.50 USD",
            "payer_message": "Your payment must be no less than 0.50 USD",
            "metadata": {
                "rule": "amount.minimum",
                "fix": "payer",
                "stripe_contacted": "false",
                "configured": "0.50 USD",
                "actual": "0.49 USD",
            },
        }});
        assert_eq!(refusal(&RefusalDetails::of(&status)), expected);
    }

    #[test]
    fn a_currency_lists_the_assigned_payment_systems() {
        let supported = |currency: &str| v1::SupportedCurrency {
            currency: currency.to_owned(),
            decimals: 2,
            minimum: money("0.50"),
            ..Default::default()
        };
        let assignment = v1::CurrencyAssignment {
            currency: "CAD".to_owned(),
            payment_system: "amex".to_owned(),
            minimum: money("5.00"),
            maximum: None,
            decimals: 2,
        };
        let response = v1::GetCapabilitiesResponse {
            currencies: vec![assignment],
            supported_currencies: vec![supported("CAD"), supported("USD")],
            ..Default::default()
        };
        let minimum = |amount: &str| json!({"amount": amount, "currency": "CAD"});
        let (stripe_minimum, own_minimum) = (minimum("0.50"), minimum("5.00"));
        let cad = json!({
            "currency": "CAD",
            "decimals": 2,
            "minimum": stripe_minimum,
            "assignments":
                [{"currency": "CAD", "payment_system": "amex", "minimum": own_minimum, "decimals": 2}],
        });
        let usd = json!({"currency": "USD", "decimals": 2, "minimum": stripe_minimum, "assignments": []});
        assert_eq!(currencies(&response, true).unwrap(), json!({"currencies": [cad]}));
        assert_eq!(currencies(&response, false).unwrap(), json!({"currencies": [cad, usd]}));
    }

    fn money(amount: &str) -> Option<v1::Money> {
        Some(v1::Money { amount: amount.to_owned(), currency: "CAD".to_owned() })
    }
}
