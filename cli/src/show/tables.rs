//! Many payments, and what can be done, for people.

use causeway::v1;

use super::{Rows, indented, table};
use crate::names;

fn line(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// The answer to ListPayments.
pub(crate) fn listed(response: &v1::ListPaymentsResponse) -> String {
    if response.payments.is_empty() {
        return "no payments\n".to_owned();
    }
    let mut lines =
        vec![line(&["PAYMENT", "CREATED", "STATUS", "AMOUNT", "CAPTURED", "REFUNDED", "REFERENCE"])];
    lines.extend(response.payments.iter().map(payment));
    let rows = Rows::default().row("next page", &response.next_page_token).written();
    format!("{}{rows}", table(&lines))
}

fn payment(payment: &v1::Payment) -> Vec<String> {
    vec![
        payment.id.clone(),
        payment.created.as_ref().map(|at| names::moment_to(at, 0)).unwrap_or_default(),
        names::status(payment.status),
        names::money(payment.amount.as_ref()),
        names::money(payment.captured.as_ref()),
        names::money(payment.refunded.as_ref()),
        payment.billing_reference.clone(),
    ]
}

/// The answer to GetCapabilities.
pub(crate) fn capabilities(response: &v1::GetCapabilitiesResponse) -> String {
    let head = Rows::default()
        .row("operations", response.operations.join(", "))
        .row("always refused", response.refused_operations.join(", "))
        .row("contract", &response.contract_version)
        .row("Stripe version", &response.stripe_version)
        .row("relay", &response.relay_version)
        .written();
    let systems: Vec<_> = response.payment_systems.iter().map(system).collect();
    let mut currencies = vec![line(&["CURRENCY", "MINIMUM", "MAXIMUM", "DECIMALS", "PAYMENT SYSTEM"])];
    currencies.extend(response.currencies.iter().map(currency));
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
        format!("capture {}", names::capture_mode(system.capture_mode)),
        system.publishable_key.clone(),
    ]
}

fn currency(assignment: &v1::CurrencyAssignment) -> Vec<String> {
    vec![
        assignment.currency.clone(),
        names::money(assignment.minimum.as_ref()),
        names::money(assignment.maximum.as_ref()),
        assignment.decimals.to_string(),
        assignment.payment_system.clone(),
    ]
}
