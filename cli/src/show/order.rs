//! All payments with one billing reference, for people.

use causeway::v1;

use super::{
    Rows,
    capabilities::amount,
    indented, line,
    payment::{dispute_line, refund_line, timeline},
    table,
};
use crate::names;

/// The answer to GetOrder: the sums, and below them the payments.
pub(crate) fn order(response: &v1::GetOrderResponse) -> String {
    let head = Rows::default().row("reference", &response.billing_reference).to_text();
    if response.authorizations.is_empty() {
        return format!("{head}no payments\n");
    }
    let totals = with_head(
        &[
            "CURRENCY",
            "HELD",
            "CAPTURED",
            "REFUNDED",
            "CHARGED BACK",
            "KEPT",
            "EXPECTED",
            "MISSING",
            "OVERPAID BY",
        ],
        response.totals.iter().map(totals),
    );
    let authorizations = with_head(
        &["PAYMENT", "CREATED", "STATUS", "AMOUNT", "PAYMENT SYSTEM", "PAYMENT INTENT"],
        response.authorizations.iter().map(authorization),
    );
    let captures = with_head(
        &["PAYMENT", "AMOUNT", "CHARGE", "BALANCE TRANSACTION", "AUTHORIZED"],
        response.captures.iter().map(capture),
    );
    let sections = [
        ("totals", totals),
        ("authorizations", authorizations),
        ("captures", captures),
        ("refunds", table(&response.refunds.iter().map(refund_line).collect::<Vec<_>>())),
        ("disputes", table(&response.disputes.iter().map(dispute_line).collect::<Vec<_>>())),
        ("log", timeline(&response.log)),
    ];
    let present = sections.into_iter().filter(|(_, lines)| !lines.is_empty());
    let sections: String = present.map(|(name, lines)| format!("{name}\n{}", indented(&lines))).collect();
    format!("{head}{sections}")
}

/// The head with the lines below; empty when there are no lines below the head.
fn with_head(head: &[&str], lines: impl Iterator<Item = Vec<String>>) -> String {
    let mut all = vec![line(head)];
    all.extend(lines);
    if all.len() == 1 { String::new() } else { table(&all) }
}

fn totals(totals: &v1::OrderTotals) -> Vec<String> {
    let amounts = [
        &totals.authorized,
        &totals.captured,
        &totals.refunded,
        &totals.charged_back,
        &totals.kept,
        &totals.expected,
        &totals.missing,
        &totals.overpaid_by,
    ];
    let amounts = amounts.into_iter().map(|total| amount(total.as_ref()));
    std::iter::once(totals.currency.clone()).chain(amounts).collect()
}

fn authorization(payment: &v1::Payment) -> Vec<String> {
    vec![
        payment.id.clone(),
        payment.created.as_ref().map(|at| names::moment_to(at, 0)).unwrap_or_default(),
        names::status(payment.status),
        names::money(payment.amount.as_ref()),
        payment.payment_system.clone(),
        payment.processor_ids.as_ref().map(|ids| ids.payment_intent.clone()).unwrap_or_default(),
    ]
}

fn capture(capture: &v1::CaptureRecord) -> Vec<String> {
    vec![
        capture.payment_id.clone(),
        names::money(capture.amount.as_ref()),
        capture.charge.clone(),
        capture.balance_transaction.clone(),
        names::processing_mode(capture.processing_mode),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_shows_totals_payments_and_disputes() {
        let usd = |amount: &str| Some(v1::Money { amount: amount.to_owned(), currency: "USD".to_owned() });
        let at = Some(prost_types::Timestamp { seconds: 1_795_238_400, nanos: 0 });
        let response = v1::GetOrderResponse {
            billing_reference: "INV 17".to_owned(),
            authorizations: vec![v1::Payment {
                id: "p-1".to_owned(),
                status: v1::PaymentStatus::Captured.into(),
                amount: usd("12.50"),
                created: at,
                payment_system: "main".to_owned(),
                ..Default::default()
            }],
            captures: vec![v1::CaptureRecord {
                payment_id: "p-1".to_owned(),
                amount: usd("10.00"),
                charge: "ch_1".to_owned(),
                processing_mode: v1::ProcessingMode::Internal.into(),
                ..Default::default()
            }],
            disputes: vec![v1::DisputeRecord {
                id: "du_1".to_owned(),
                status: v1::DisputeStatus::NeedsResponse.into(),
                amount: usd("10.00"),
                reason: "fraudulent".to_owned(),
                opened: at,
                due_by: at,
                ..Default::default()
            }],
            totals: vec![v1::OrderTotals {
                currency: "USD".to_owned(),
                captured: usd("10.00"),
                expected: usd("12.50"),
                missing: usd("2.50"),
                ..Default::default()
            }],
            ..Default::default()
        };
        let shown = "\
reference  INV 17
totals
  CURRENCY  HELD  CAPTURED  REFUNDED  CHARGED BACK  KEPT  EXPECTED  MISSING  OVERPAID BY
  USD             10.00                                   12.50     2.50
authorizations
  PAYMENT  CREATED               STATUS    AMOUNT     PAYMENT SYSTEM  PAYMENT INTENT
  p-1      2026-11-21T05:20:00Z  CAPTURED  12.50 USD  main
captures
  PAYMENT  AMOUNT     CHARGE  BALANCE TRANSACTION  AUTHORIZED
  p-1      10.00 USD  ch_1                         internal
disputes
  2026-11-21T05:20:00Z  10.00 USD  NEEDS_RESPONSE  du_1  fraudulent  answer by 2026-11-21T05:20:00Z
";
        assert_eq!(order(&response), shown);
        let empty = v1::GetOrderResponse { authorizations: vec![], ..response };
        assert_eq!(order(&empty), "reference  INV 17\nno payments\n");
    }
}
