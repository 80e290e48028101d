//! A payment with refunds, disputes and timeline, as JSON.

use causeway::v1;
use serde_json::Value;

use super::{Object, cards::stored_card, money};

pub(super) fn result(result: &v1::OperationResult) -> Value {
    Object::default()
        .message("payment", result.payment.as_ref(), payment)
        .word("outcome", result.outcome, v1::Outcome::as_str_name)
        .with("duplicate", result.duplicate)
        .message("failure", result.failure.as_ref(), failure)
        .message("stored_card", result.stored_card.as_ref(), stored_card)
        .done()
}

pub(super) fn payment(payment: &v1::Payment) -> Value {
    Object::default()
        .text("id", &payment.id)
        .word("status", payment.status, v1::PaymentStatus::as_str_name)
        .message("amount", payment.amount.as_ref(), money)
        .message("captured", payment.captured.as_ref(), money)
        .message("refunded", payment.refunded.as_ref(), money)
        .message("refund_pending", payment.refund_pending.as_ref(), money)
        .message("disputed", payment.disputed.as_ref(), money)
        .word("capture_mode", payment.capture_mode, v1::CaptureMode::as_str_name)
        .text("billing_reference", &payment.billing_reference)
        .text("request_id", &payment.request_id)
        .text("payment_system", &payment.payment_system)
        .with("test_mode", payment.test_mode)
        .word("processing_mode", payment.processing_mode, v1::ProcessingMode::as_str_name)
        .moment("created", payment.created.as_ref())
        .moment("updated", payment.updated.as_ref())
        .moment("hold_expires", payment.hold_expires.as_ref())
        .message("card", payment.card.as_ref(), card)
        .message("checks", payment.checks.as_ref(), checks)
        .message("processor_ids", payment.processor_ids.as_ref(), processor_ids)
        .message("action", payment.action.as_ref(), action)
        .message("failure", payment.failure.as_ref(), failure)
        .list("refunds", &payment.refunds, refund)
        .texts("metadata", &payment.metadata)
        .text("description", &payment.description)
        .text("customer_id", &payment.customer_id)
        .text("card_token", &payment.card_token)
        .with("off_session", payment.off_session)
        .list("disputes", &payment.disputes, dispute)
        .message("charged_back", payment.charged_back.as_ref(), money)
        .message("amount_due", payment.amount_due.as_ref(), money)
        .message("overpaid_by", payment.overpaid_by.as_ref(), money)
        .message("given_up", payment.given_up.as_ref(), given_up)
        .names("contradictions", &payment.contradictions)
        .names("former_payment_intents", &payment.former_payment_intents)
        .with("fully_refunded", payment.fully_refunded)
        .done()
}

fn given_up(given_up: &v1::GivenUp) -> Value {
    Object::default()
        .word("reason", given_up.reason, v1::OrderFailure::as_str_name)
        .text("note", &given_up.note)
        .moment("at", given_up.at.as_ref())
        .text("request_id", &given_up.request_id)
        .done()
}

pub(super) fn card(card: &v1::Card) -> Value {
    Object::default()
        .text("brand", &card.brand)
        .text("last4", &card.last4)
        .with("exp_month", card.exp_month)
        .with("exp_year", card.exp_year)
        .done()
}

fn checks(checks: &v1::Checks) -> Value {
    Object::default()
        .text("authorization_code", &checks.authorization_code)
        .text("avs_line1", &checks.avs_line1)
        .text("avs_postal_code", &checks.avs_postal_code)
        .text("cvc", &checks.cvc)
        .text("network_transaction_id", &checks.network_transaction_id)
        .done()
}

fn processor_ids(ids: &v1::ProcessorIds) -> Value {
    Object::default()
        .text("payment_intent", &ids.payment_intent)
        .text("charge", &ids.charge)
        .text("balance_transaction", &ids.balance_transaction)
        .text("dashboard_url", &ids.dashboard_url)
        .text("request", &ids.request)
        .done()
}

pub(super) fn action(action: &v1::Action) -> Value {
    Object::default()
        .text("type", &action.r#type)
        .text("client_secret", &action.client_secret)
        .text("redirect_url", &action.redirect_url)
        .done()
}

pub(super) fn failure(failure: &v1::Failure) -> Value {
    Object::default()
        .text("code", &failure.code)
        .text("processor_code", &failure.processor_code)
        .text("decline_code", &failure.decline_code)
        .text("processor_advice", &failure.processor_advice)
        .text("network_decline_code", &failure.network_decline_code)
        .text("network_advice_code", &failure.network_advice_code)
        .text("parameter", &failure.parameter)
        .word("advice", failure.advice, v1::Advice::as_str_name)
        .text("operator_message", &failure.operator_message)
        .text("payer_message", &failure.payer_message)
        .done()
}

pub(super) fn refund(refund: &v1::RefundRecord) -> Value {
    Object::default()
        .text("id", &refund.id)
        .word("status", refund.status, v1::RefundStatus::as_str_name)
        .message("amount", refund.amount.as_ref(), money)
        .word("reason", refund.reason, v1::RefundReason::as_str_name)
        .text("note", &refund.note)
        .text("processor_id", &refund.processor_id)
        .text("balance_transaction", &refund.balance_transaction)
        .moment("created", refund.created.as_ref())
        .text("request_id", &refund.request_id)
        .message("failure", refund.failure.as_ref(), failure)
        .text("source", &refund.source)
        .text("requested_by", &refund.requested_by)
        .text("decided_by", &refund.decided_by)
        .text("failure_balance_transaction", &refund.failure_balance_transaction)
        .done()
}

pub(super) fn dispute(dispute: &v1::DisputeRecord) -> Value {
    Object::default()
        .text("id", &dispute.id)
        .word("status", dispute.status, v1::DisputeStatus::as_str_name)
        .message("amount", dispute.amount.as_ref(), money)
        .text("reason", &dispute.reason)
        .moment("opened", dispute.opened.as_ref())
        .moment("due_by", dispute.due_by.as_ref())
        .with("submissions", dispute.submissions)
        .names("balance_transactions", &dispute.balance_transactions)
        .done()
}

pub(super) fn entry(entry: &v1::TimelineEntry) -> Value {
    Object::default()
        .moment("at", entry.at.as_ref())
        .word("from", entry.from, v1::PaymentStatus::as_str_name)
        .word("to", entry.to, v1::PaymentStatus::as_str_name)
        .text("operation", &entry.operation)
        .text("source", &entry.source)
        .text("note", &entry.note)
        .text("request_id", &entry.request_id)
        .text("processor_reference", &entry.processor_reference)
        .done()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;

    fn usd(amount: &str) -> Option<v1::Money> {
        Some(v1::Money { amount: amount.to_owned(), currency: "USD".to_owned() })
    }

    fn captured() -> v1::Payment {
        v1::Payment {
            id: "01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d".to_owned(),
            status: v1::PaymentStatus::Captured.into(),
            amount: usd("12.50"),
            captured: usd("10.00"),
            capture_mode: v1::CaptureMode::Manual.into(),
            test_mode: true,
            created: Some(prost_types::Timestamp { seconds: 1_795_238_400, nanos: 5_000_000 }),
            card: Some(v1::Card {
                brand: "visa".to_owned(),
                last4: "4242".to_owned(),
                exp_month: 12,
                exp_year: 2030,
            }),
            refunds: vec![v1::RefundRecord {
                status: v1::RefundStatus::Succeeded.into(),
                amount: usd("3.00"),
                reason: v1::RefundReason::Duplicate.into(),
                source: "dashboard".to_owned(),
                ..v1::RefundRecord::default()
            }],
            metadata: HashMap::from([("order".to_owned(), "17".to_owned())]),
            disputes: vec![v1::DisputeRecord {
                id: "du_1".to_owned(),
                status: v1::DisputeStatus::Lost.into(),
                submissions: 1,
                balance_transactions: vec!["txn_1".to_owned()],
                ..v1::DisputeRecord::default()
            }],
            charged_back: usd("10.00"),
            given_up: Some(v1::GivenUp {
                reason: v1::OrderFailure::NotFullyPaid.into(),
                ..v1::GivenUp::default()
            }),
            fully_refunded: true,
            ..v1::Payment::default()
        }
    }

    #[test]
    fn a_payment_keeps_the_contracts_words() {
        let expected = json!({
            "id": "01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d",
            "status": "PAYMENT_STATUS_CAPTURED",
            "amount": {"amount": "12.50", "currency": "USD"},
            "captured": {"amount": "10.00", "currency": "USD"},
            "capture_mode": "CAPTURE_MODE_MANUAL",
            "test_mode": true,
            "created": "2026-11-21T05:20:00.005Z",
            "card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030},
            "refunds": [{
                "status": "REFUND_STATUS_SUCCEEDED",
                "amount": {"amount": "3.00", "currency": "USD"},
                "reason": "REFUND_REASON_DUPLICATE",
                "source": "dashboard",
            }],
            "metadata": {"order": "17"},
            "off_session": false,
            "disputes": [{
                "id": "du_1",
                "status": "DISPUTE_STATUS_LOST",
                "submissions": 1,
                "balance_transactions": ["txn_1"],
            }],
            "charged_back": {"amount": "10.00", "currency": "USD"},
            "given_up": {"reason": "ORDER_FAILURE_NOT_FULLY_PAID"},
            "contradictions": [],
            "former_payment_intents": [],
            "fully_refunded": true,
        });
        assert_eq!(payment(&captured()), expected);
    }

    #[test]
    fn a_result_says_whether_it_is_a_duplicate_and_why_it_failed() {
        let failure = v1::Failure {
            code: "INSUFFICIENT_FUNDS".to_owned(),
            advice: v1::Advice::RetryLater.into(),
            ..v1::Failure::default()
        };
        let declined = v1::OperationResult {
            payment: None,
            outcome: v1::Outcome::Declined.into(),
            duplicate: false,
            failure: Some(failure),
            stored_card: None,
        };
        let expected = json!({
            "outcome": "OUTCOME_DECLINED",
            "duplicate": false,
            "failure": {"code": "INSUFFICIENT_FUNDS", "advice": "ADVICE_RETRY_LATER"},
        });
        assert_eq!(result(&declined), expected);
    }
}
