//! Payment systems, currencies and limits, for people.

use causeway::v1;

use super::{Rows, indented, line, table};
use crate::names;

/// The answer to GetCapabilities.
pub(crate) fn capabilities(response: &v1::GetCapabilitiesResponse) -> String {
    let supported = response.supported_currencies.len();
    let tenant =
        if response.tenant_active { "active" } else { "NOT ACTIVE: everything that changes is refused" };
    let head = Rows::default()
        .row("tenant", tenant)
        .row("operations", response.operations.join(", "))
        .row("always refused", response.refused_operations.join(", "))
        .row("contract", &response.contract_version)
        .row("Stripe version", &response.stripe_version)
        .row("relay", &response.relay_version)
        .row("currencies in all", format!("{supported} (causeway currencies)"))
        .to_text();
    let mut systems =
        vec![line(&["NAME", "PROCESSOR", "MONEY", "STATE", "CAPTURE", "CARD NUMBERS", "METHODS", "KEY"])];
    systems.extend(response.payment_systems.iter().map(system));
    let mut currencies = vec![line(&["CURRENCY", "MINIMUM", "MAXIMUM", "DECIMALS", "PAYMENT SYSTEM"])];
    currencies.extend(response.currencies.iter().map(assignment));
    format!(
        "{head}payment systems\n{}currencies\n{}",
        indented(&table(&systems)),
        indented(&table(&currencies))
    )
}

fn system(system: &v1::PaymentSystem) -> Vec<String> {
    vec![
        system.name.clone(),
        system.processor.clone(),
        if system.test_mode { "test mode" } else { "LIVE" }.to_owned(),
        if system.active { "active" } else { "not active" }.to_owned(),
        names::capture_mode(system.capture_mode),
        names::card_data_mode(system.card_data_mode, system.cvc_required),
        methods(&system.brands, &system.method_types),
        system.publishable_key.clone(),
    ]
}

/// Types of payment methods, and brands where cards are among them.
pub(super) fn methods(brands: &[String], types: &[String]) -> String {
    format!("{} ({})", types.join(", "), brands.join(", "))
}

fn assignment(assignment: &v1::CurrencyAssignment) -> Vec<String> {
    vec![
        assignment.currency.clone(),
        names::money(assignment.minimum.as_ref()),
        names::money(assignment.maximum.as_ref()),
        assignment.decimals.to_string(),
        assignment.payment_system.clone(),
    ]
}

/// Every currency with the payment systems that take the currency here, a line for each pair; with
/// `assigned`, only currencies that a payment system takes.
pub(crate) fn currencies(response: &v1::GetCapabilitiesResponse, assigned: bool) -> String {
    let mut lines = vec![line(&[
        "CODE",
        "NAME",
        "DECIMALS",
        "STRIPE'S MINIMUM",
        "STRIPE'S MAXIMUM",
        "PAYMENT SYSTEM",
        "ITS MINIMUM",
        "ITS MAXIMUM",
    ])];
    for currency in &response.supported_currencies {
        let mut assignments = response
            .currencies
            .iter()
            .filter(|assignment| assignment.currency == currency.currency)
            .peekable();
        if assignments.peek().is_none() && !assigned {
            lines.push(supported(currency));
        }
        let currency_line = |assignment: &v1::CurrencyAssignment| {
            [supported(currency), assignment_cells(assignment)].concat()
        };
        lines.extend(assignments.map(currency_line));
    }
    if lines.len() == 1 { "no currencies\n".to_owned() } else { table(&lines) }
}

fn supported(currency: &v1::SupportedCurrency) -> Vec<String> {
    vec![
        currency.currency.clone(),
        currency.name.clone(),
        currency.decimals.to_string(),
        amount(currency.minimum.as_ref()),
        amount(currency.maximum.as_ref()),
    ]
}

fn assignment_cells(assignment: &v1::CurrencyAssignment) -> Vec<String> {
    vec![
        assignment.payment_system.clone(),
        amount(assignment.minimum.as_ref()),
        amount(assignment.maximum.as_ref()),
    ]
}

/// An amount for a line that already begins with the currency.
pub(super) fn amount(money: Option<&v1::Money>) -> String {
    money.map(|money| money.amount.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str) -> Option<v1::Money> {
        Some(v1::Money { amount: amount.to_owned(), currency: "CAD".to_owned() })
    }

    #[test]
    fn a_currency_has_a_line_for_each_payment_system() {
        let supported = |code: &str, name: &str| v1::SupportedCurrency {
            currency: code.to_owned(),
            name: name.to_owned(),
            decimals: 2,
            minimum: money("0.50"),
            maximum: money("99.00"),
        };
        let assignment_cells = |system: &str, minimum: &str| v1::CurrencyAssignment {
            currency: "CAD".to_owned(),
            payment_system: system.to_owned(),
            minimum: money(minimum),
            ..Default::default()
        };
        let response = v1::GetCapabilitiesResponse {
            currencies: vec![assignment_cells("amex", "5.00"), assignment_cells("main", "0.50")],
            supported_currencies: vec![supported("AED", "Dirham"), supported("CAD", "Dollar")],
            ..Default::default()
        };
        let lines = "\
CODE  NAME    DECIMALS  STRIPE'S MINIMUM  STRIPE'S MAXIMUM  PAYMENT SYSTEM  ITS MINIMUM  ITS MAXIMUM
AED   Dirham  2         0.50              99.00
CAD   Dollar  2         0.50              99.00             amex            5.00
CAD   Dollar  2         0.50              99.00             main            0.50
";
        assert_eq!(currencies(&response, false), lines);
        let assigned_lines = lines.lines().filter(|line| !line.starts_with("AED"));
        assert_eq!(
            currencies(&response, true),
            assigned_lines.map(|line| format!("{line}\n")).collect::<String>()
        );
        assert_eq!(currencies(&v1::GetCapabilitiesResponse::default(), true), "no currencies\n");
    }
}
