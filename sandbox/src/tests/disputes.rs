//! Disputes, from the opening to each of the final statuses.

use std::time::Duration;

use serde_json::json;

use crate::tests::test_bed::TestBed;

impl TestBed {
    /// Pays with a card that leads to a dispute, and returns the ids of the PaymentIntent and the
    /// dispute.
    async fn disputed(&self, card: &str) -> (String, String) {
        let paid = self.pay("2000 usd", card, "").send().await.success().id();
        let list = self.get(&format!("disputes?payment_intent={paid}")).send().await.success();
        (paid, list.ids().remove(0))
    }

    async fn dispute_status(&self, dispute: &str) -> String {
        self.get(&format!("disputes/{dispute}")).send().await.success().text_at("/status").to_owned()
    }

    async fn dispute_events(&self) -> Vec<String> {
        let all = self.get("events?types[]=charge.dispute.created&types[]=charge.dispute.closed&types[]=charge.dispute.updated&types[]=charge.dispute.funds_withdrawn&types[]=charge.dispute.funds_reinstated").send().await.success();
        all.at("/data")
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .map(|event| event["type"].as_str().unwrap()[15..].to_owned())
            .collect()
    }
}

#[tokio::test]
async fn a_dispute_withdraws_the_funds_until_the_dispute_is_won() {
    let test_bed = TestBed::open().await;
    let (paid, dispute) = test_bed.disputed("pm_card_createDispute").await;
    assert_eq!(test_bed.dispute_events().await, ["created", "funds_withdrawn"]);
    let shown = test_bed
        .get(&format!("disputes/{dispute}?expand[]=charge&expand[]=payment_intent"))
        .send()
        .await
        .success();
    assert_eq!(shown.text_at("/status"), "needs_response");
    assert_eq!(shown.text_at("/payment_intent/id"), paid);
    assert_eq!(*shown.at("/charge/disputed"), json!(true));
    assert_eq!(*shown.at("/balance_transactions/0/net"), json!(-3500));
    assert_eq!(shown.text_at("/balance_transactions/0/reporting_category"), "dispute");
    let refund = test_bed.post("refunds", &format!("payment_intent={paid}")).send().await;
    refund.expect_refusal("400 invalid_request_error charge_disputed");

    let answer = |body: &str| test_bed.post(&format!("disputes/{dispute}"), body).send();
    let staged = answer("evidence[customer_name]=Jenny&submit=false").await.success();
    assert_eq!(staged.text_at("/status"), "needs_response");
    assert_eq!(*staged.at("/evidence_details/has_evidence"), json!(true));
    let sent = answer("evidence[uncategorized_text]=winning_evidence&metadata[a]=1").await.success();
    assert_eq!(sent.text_at("/status"), "under_review");
    assert_eq!(*sent.at("/evidence_details/submission_count"), json!(1));
    test_bed.sandbox.advance(Duration::from_secs(6));
    assert_eq!(test_bed.dispute_status(&dispute).await, "won");
    let expected = ["created", "funds_withdrawn", "updated", "updated", "funds_reinstated", "closed"];
    assert_eq!(test_bed.dispute_events().await, expected);
    assert_eq!(
        test_bed.ledger(),
        ["Authorized 2000 usd", "Captured 2000 usd", "Disputed 2000 usd", "DisputeWon 2000 usd"]
    );
    answer("evidence[customer_name]=Kim").await.expect_refusal("400 invalid_request_error -");
    test_bed.post("refunds", &format!("payment_intent={paid}")).send().await.success();
}

#[tokio::test]
async fn a_dispute_is_lost_by_evidence_by_acceptance_and_by_deadline() {
    let test_bed = TestBed::open().await;
    let (_, by_evidence) = test_bed.disputed("pm_card_createDisputeProductNotReceived").await;
    let shown = test_bed.get(&format!("disputes/{by_evidence}")).send().await.success();
    assert_eq!(shown.text_at("/reason"), "product_not_received");
    let body = "evidence[uncategorized_text]=losing_evidence";
    test_bed.post(&format!("disputes/{by_evidence}"), body).send().await.success();
    test_bed.sandbox.advance(Duration::from_secs(6));
    let (_, by_closing) = test_bed.disputed("pm_card_createDispute").await;
    let closed = test_bed.post(&format!("disputes/{by_closing}/close"), "").send().await.success();
    assert_eq!(closed.text_at("/status"), "lost");
    let retry = test_bed.post(&format!("disputes/{by_closing}/close"), "").send().await;
    retry.expect_refusal("400 invalid_request_error -");
    let (_, by_silence) = test_bed.disputed("pm_card_createDispute").await;
    test_bed.sandbox.advance(Duration::from_secs(10 * 86_400));
    for dispute in [by_evidence, by_closing, by_silence] {
        assert_eq!(test_bed.dispute_status(&dispute).await, "lost");
    }
    test_bed
        .get("disputes/du_nobody")
        .send()
        .await
        .expect_refusal("404 invalid_request_error resource_missing");
}

#[tokio::test]
async fn an_inquiry_withdraws_no_funds_until_escalation() {
    let test_bed = TestBed::open().await;
    let (paid, inquiry) = test_bed.disputed("pm_card_createDisputeInquiry").await;
    assert_eq!(test_bed.dispute_status(&inquiry).await, "warning_needs_response");
    assert_eq!(test_bed.dispute_events().await, ["created"]);
    let closed = test_bed.post(&format!("disputes/{inquiry}/close"), "").send().await.success();
    assert_eq!(closed.text_at("/status"), "warning_closed");
    test_bed.post("refunds", &format!("payment_intent={paid}")).send().await.success();

    let (_, escalates) = test_bed.disputed("pm_card_createDisputeInquiry").await;
    let body = "evidence[uncategorized_text]=escalate_inquiry_evidence";
    let sent = test_bed.post(&format!("disputes/{escalates}"), body).send().await.success();
    assert_eq!(sent.text_at("/status"), "warning_under_review");
    test_bed.sandbox.advance(Duration::from_secs(6));
    assert_eq!(test_bed.dispute_status(&escalates).await, "needs_response");
    assert_eq!(test_bed.sandbox.ledger().disputed(None, "usd"), 2000);
}

#[tokio::test]
async fn a_held_charge_is_disputed_after_capture() {
    let test_bed = TestBed::open().await;
    let held = test_bed
        .pay("2000 usd", "pm_card_createDispute", "capture_method=manual")
        .send()
        .await
        .success()
        .id();
    let list = format!("disputes?payment_intent={held}");
    assert_eq!(test_bed.get(&list).send().await.success().ids().len(), 0);
    test_bed.post(&format!("payment_intents/{held}/capture"), "amount_to_capture=500").send().await.success();
    let found = test_bed.get(&list).send().await.success();
    assert_eq!(*found.at("/data/0/amount"), json!(500));
}
