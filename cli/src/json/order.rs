//! All payments with one billing reference, as JSON.

use causeway::v1;
use serde_json::Value;

use super::{
    Object, money,
    payment::{dispute, entry, payment, refund},
};

/// The answer to GetOrder.
pub(crate) fn order(response: &v1::GetOrderResponse) -> Value {
    Object::default()
        .text("billing_reference", &response.billing_reference)
        .list("authorizations", &response.authorizations, payment)
        .list("captures", &response.captures, capture)
        .list("refunds", &response.refunds, refund)
        .list("disputes", &response.disputes, dispute)
        .list("log", &response.log, entry)
        .list("totals", &response.totals, totals)
        .done()
}

fn capture(capture: &v1::CaptureRecord) -> Value {
    Object::default()
        .text("payment_id", &capture.payment_id)
        .message("amount", capture.amount.as_ref(), money)
        .text("charge", &capture.charge)
        .text("balance_transaction", &capture.balance_transaction)
        .text("payment_intent", &capture.payment_intent)
        .word("processing_mode", capture.processing_mode, v1::ProcessingMode::as_str_name)
        .done()
}

fn totals(totals: &v1::OrderTotals) -> Value {
    Object::default()
        .text("currency", &totals.currency)
        .message("authorized", totals.authorized.as_ref(), money)
        .message("captured", totals.captured.as_ref(), money)
        .message("refunded", totals.refunded.as_ref(), money)
        .message("charged_back", totals.charged_back.as_ref(), money)
        .message("kept", totals.kept.as_ref(), money)
        .message("expected", totals.expected.as_ref(), money)
        .message("missing", totals.missing.as_ref(), money)
        .message("overpaid_by", totals.overpaid_by.as_ref(), money)
        .done()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_order_keeps_the_contracts_words() {
        let usd = |amount: &str| Some(v1::Money { amount: amount.to_owned(), currency: "USD".to_owned() });
        let response = v1::GetOrderResponse {
            billing_reference: "INV 17".to_owned(),
            captures: vec![v1::CaptureRecord {
                payment_id: "p-1".to_owned(),
                amount: usd("10.00"),
                charge: "ch_1".to_owned(),
                processing_mode: v1::ProcessingMode::External.into(),
                ..Default::default()
            }],
            log: vec![v1::TimelineEntry { processor_reference: "req_1".to_owned(), ..Default::default() }],
            totals: vec![v1::OrderTotals {
                currency: "USD".to_owned(),
                captured: usd("10.00"),
                missing: usd("2.50"),
                ..Default::default()
            }],
            ..Default::default()
        };
        let expected = json!({
            "billing_reference": "INV 17",
            "authorizations": [],
            "captures": [{
                "payment_id": "p-1",
                "amount": {"amount": "10.00", "currency": "USD"},
                "charge": "ch_1",
                "processing_mode": "PROCESSING_MODE_EXTERNAL",
            }],
            "refunds": [],
            "disputes": [],
            "log": [{"processor_reference": "req_1"}],
            "totals": [{
                "currency": "USD",
                "captured": {"amount": "10.00", "currency": "USD"},
                "missing": {"amount": "2.50", "currency": "USD"},
            }],
        });
        assert_eq!(order(&response), expected);
    }
}
