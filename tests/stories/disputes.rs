//! Refunds that come back, and disputes by which banks take money back.

use causeway::v1::{self, DisputeStatus, PaymentStatus, RefundStatus};
use jiff::SignedDuration;

use crate::stage::{
    Billing, Stage,
    billing::read,
    follow_ups::{captured_at_once, money_effects},
    method, order,
};

async fn paid_with(stage: &Stage, billing: &Billing, card: &str) -> v1::Payment {
    let request = v1::AuthorizeRequest { instrument: method(card), ..order("1", "12.50 USD") };
    let paid = billing.authorize(captured_at_once(request)).await.captured_payment();
    stage.wait_until_handled().await;
    billing.payment(&paid.id).await
}

/// Answers a dispute straight at Stripe and waits for the webhooks.
async fn answer(stage: &Stage, dispute: &str, evidence: &str) {
    let form = format!("evidence[uncategorized_text]={evidence}&submit=true");
    stage.post_as_dashboard(&format!("/v1/disputes/{dispute}"), &form).await;
    stage.wait_until_handled().await;
}

async fn decided(stage: &Stage) {
    stage.advance_clocks(SignedDuration::from_secs(10)).await;
    stage.wait_until_handled().await;
}

/// Sums of a payment: captured, under dispute, and charged back.
async fn sums(billing: &Billing, id: &str) -> [String; 3] {
    let payment = billing.payment(id).await;
    [&payment.captured, &payment.disputed, &payment.charged_back].map(read)
}

/// H9: a dispute shows reason and due date from the opening, and the disputed amount cannot be refunded.
#[tokio::test(flavor = "multi_thread")]
async fn an_opened_dispute_shows_reason_and_due_date() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let paid = paid_with(&stage, &billing, "pm_card_createDisputeProductNotReceived").await;
    let [dispute] = paid.disputes.as_slice() else { panic!("{:#?}", paid.disputes) };
    assert_eq!(
        (dispute.status(), dispute.reason.as_str(), read(&dispute.amount)),
        (DisputeStatus::NeedsResponse, "product_not_received", "12.50 USD".to_owned())
    );
    assert!(dispute.due_by.unwrap().seconds - dispute.opened.unwrap().seconds > 7 * 86_400);
    assert_eq!((paid.status(), dispute.submissions), (PaymentStatus::Captured, 0));
    assert_eq!(sums(&billing, &paid.id).await, ["12.50 USD", "12.50 USD", ""]);
    let refusal = billing.refund("2", &paid.id, Some("1.00 USD")).await.refused();
    assert_eq!(refusal.reason, "REFUND_ABOVE_LEFT");
    assert!(refusal.message.contains("nothing"), "{}", refusal.message);
    let event_lines = billing.event_lines(0).await;
    assert_eq!(event_lines, ["PAYMENT_CAPTURED api", "DISPUTE_OPENED webhook"]);
}

/// H8: after a won dispute the payment is as before.
#[tokio::test(flavor = "multi_thread")]
async fn a_won_dispute_leaves_the_payment_unchanged() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let paid = paid_with(&stage, &billing, "pm_card_createDispute").await;
    answer(&stage, &paid.disputes[0].id, "winning_evidence").await;
    let answered = billing.payment(&paid.id).await.disputes.remove(0);
    assert_eq!((answered.status(), answered.submissions), (DisputeStatus::UnderReview, 1));
    decided(&stage).await;
    let won = billing.payment(&paid.id).await.disputes.remove(0);
    assert_eq!((won.status(), won.due_by, won.balance_transactions.len()), (DisputeStatus::Won, None, 2));
    assert_eq!(sums(&billing, &paid.id).await, ["12.50 USD", "", ""]);
    let expected_events = [
        "PAYMENT_CAPTURED api",
        "DISPUTE_OPENED webhook",
        "DISPUTE_UPDATED webhook",
        "DISPUTE_CLOSED webhook",
    ];
    assert_eq!(billing.event_lines(0).await, expected_events);
    billing.refund("2", &paid.id, None).await.captured_payment();
    assert_eq!(money_effects(&stage).last().unwrap(), "Refunded 1250");
}

/// H8: after a lost dispute the disputed amount is charged back, and only the rest can be refunded.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_dispute_is_charged_back() {
    for answered in [true, false] {
        let (stage, _) = Stage::with_webhooks(|settings| settings).await;
        let billing = stage.billing().await;
        let paid = paid_with(&stage, &billing, "pm_card_createDispute").await;
        if answered {
            answer(&stage, &paid.disputes[0].id, "losing_evidence").await;
            decided(&stage).await;
        } else {
            stage.advance_clocks(SignedDuration::from_hours(10 * 24)).await;
            stage.wait_until_handled().await;
        }
        let lost = billing.payment(&paid.id).await;
        assert_eq!(
            (lost.status(), lost.disputes[0].status()),
            (PaymentStatus::Captured, DisputeStatus::Lost)
        );
        assert!(!lost.fully_refunded);
        assert_eq!(sums(&billing, &paid.id).await, ["12.50 USD", "", "12.50 USD"]);
        let refused = billing.refund("2", &paid.id, None).await;
        assert_eq!(refused.reason(), "FailedPrecondition REFUND_ABOVE_LEFT");
        let event_lines = billing.event_lines(0).await;
        assert_eq!(event_lines.last().unwrap(), "DISPUTE_CLOSED webhook");
        assert_eq!(event_lines.iter().filter(|event| event.starts_with("DISPUTE_OPENED")).count(), 1);
    }
}

/// H9: a dispute about a part lowers the payment by the disputed part.
#[tokio::test(flavor = "multi_thread")]
async fn a_partly_lost_dispute_charges_back_only_the_disputed_part() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let paid = paid_with(&stage, &billing, "pm_card_createDisputeInquiry").await;
    billing.refund("2", &paid.id, Some("4.50 USD")).await.captured_payment();
    // The bank rejects the answer and takes the amount that was not refunded meanwhile.
    answer(&stage, &paid.disputes[0].id, "escalate_inquiry_evidence").await;
    decided(&stage).await;
    assert_eq!(sums(&billing, &paid.id).await, ["12.50 USD", "8.00 USD", ""]);
    answer(&stage, &paid.disputes[0].id, "losing_evidence").await;
    decided(&stage).await;
    assert_eq!(sums(&billing, &paid.id).await, ["12.50 USD", "", "8.00 USD"]);
    assert_eq!(stage.sandbox.ledger().disputed(None, "usd"), 800);
    assert_eq!(read(&billing.payment(&paid.id).await.refunded), "4.50 USD");
}

/// H8: an inquiry takes no money, and ends without a dispute.
#[tokio::test(flavor = "multi_thread")]
async fn an_inquiry_moves_no_money() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let paid = paid_with(&stage, &billing, "pm_card_createDisputeInquiry").await;
    assert_eq!(paid.disputes[0].status(), DisputeStatus::Inquiry);
    assert_eq!(sums(&billing, &paid.id).await, ["12.50 USD", "", ""]);
    answer(&stage, &paid.disputes[0].id, "winning_evidence").await;
    assert_eq!(billing.payment(&paid.id).await.disputes[0].status(), DisputeStatus::InquiryUnderReview);
    decided(&stage).await;
    assert_eq!(billing.payment(&paid.id).await.disputes[0].status(), DisputeStatus::InquiryClosed);
    let event_lines = billing.event_lines(1).await;
    assert_eq!(event_lines, ["DISPUTE_OPENED webhook", "DISPUTE_UPDATED webhook", "DISPUTE_CLOSED webhook"]);
    billing.refund("2", &paid.id, None).await.captured_payment();
}

/// H5: the amount of a refund that fails half an hour later belongs to the merchant again.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_failed_refund_restores_the_captured_amount() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let paid = paid_with(&stage, &billing, "pm_card_refundFail").await;
    let back = billing.refund("2", &paid.id, Some("4.00 USD")).await.captured_payment();
    assert_eq!(read(&back.refunded), "4.00 USD");
    stage.advance_clocks(SignedDuration::from_mins(31)).await;
    stage.wait_until_handled().await;
    let failed = billing.payment(&paid.id).await;
    assert_eq!((read(&failed.refunded), read(&failed.refund_pending)), (String::new(), String::new()));
    let refund = &failed.refunds[0];
    assert_eq!(
        (refund.status(), refund.failure.clone().unwrap().code.as_str()),
        (RefundStatus::Failed, "REFUND_FAILED")
    );
    assert!(refund.failure_balance_transaction.starts_with("txn_"));
    let expected_events =
        ["PAYMENT_CAPTURED api", "REFUND_CREATED api", "REFUND_SUCCEEDED api", "REFUND_FAILED webhook"];
    assert_eq!(billing.event_lines(0).await, expected_events);
    billing.refund("3", &paid.id, None).await.captured_payment();
    assert_eq!(
        money_effects(&stage),
        ["Authorized 1250", "Captured 1250", "Refunded 400", "RefundFailed 400", "Refunded 1250"]
    );
}

/// H5: a pending refund counts until the decision; the decision is an event.
#[tokio::test(flavor = "multi_thread")]
async fn a_pending_refund_counts_and_its_decision_is_an_event() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let paid = paid_with(&stage, &billing, "pm_card_pendingRefund").await;
    let pending = billing.refund("2", &paid.id, Some("4.00 USD")).await.result();
    assert_eq!(pending.outcome(), v1::Outcome::Pending);
    assert_eq!(read(&pending.payment.unwrap().refund_pending), "4.00 USD");
    assert_eq!(
        billing.refund("3", &paid.id, Some("9.00 USD")).await.reason(),
        "FailedPrecondition REFUND_ABOVE_LEFT"
    );
    stage.advance_clocks(SignedDuration::from_mins(31)).await;
    stage.wait_until_handled().await;
    assert_eq!(read(&billing.payment(&paid.id).await.refunded), "4.00 USD");
    assert_eq!(billing.event_lines(1).await, ["REFUND_CREATED api", "REFUND_SUCCEEDED webhook"]);
    billing.refund("2", &paid.id, Some("4.00 USD")).await.captured_payment();
}

/// H7: a fully refunded payment stays captured, with `fully_refunded` set.
#[tokio::test]
async fn a_fully_refunded_payment_is_marked() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let paid = billing.authorize(captured_at_once(order("1", "12.50 USD"))).await.captured_payment();
    let part = billing.refund("2", &paid.id, Some("2.50 USD")).await.captured_payment();
    assert!(!part.fully_refunded);
    let all = billing.refund("3", &paid.id, None).await.captured_payment();
    assert_eq!(
        (all.fully_refunded, read(&all.captured), read(&all.refunded)),
        (true, "12.50 USD".to_owned(), "12.50 USD".to_owned())
    );
}
