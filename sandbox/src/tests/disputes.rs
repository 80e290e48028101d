//! Disputes, from the opening to each of the final statuses.

use std::time::Duration;

use serde_json::json;

use crate::tests::stage::Stage;

impl Stage {
    /// Pays with a card that leads to a dispute, and returns the ids of the PaymentIntent and the
    /// dispute.
    async fn disputed(&self, card: &str) -> (String, String) {
        let paid = self.pay("2000 usd", card, "").send().await.good().id();
        let list = self.get(&format!("disputes?payment_intent={paid}")).send().await.good();
        (paid, list.ids().remove(0))
    }

    async fn stands(&self, dispute: &str) -> String {
        self.get(&format!("disputes/{dispute}")).send().await.good().text_at("/status").to_owned()
    }

    async fn kinds(&self) -> Vec<String> {
        let all = self.get("events?types[]=charge.dispute.created&types[]=charge.dispute.closed&types[]=charge.dispute.updated&types[]=charge.dispute.funds_withdrawn&types[]=charge.dispute.funds_reinstated").send().await.good();
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
async fn a_dispute_takes_the_money_until_it_is_won() {
    let stage = Stage::open().await;
    let (paid, dispute) = stage.disputed("pm_card_createDispute").await;
    assert_eq!(stage.kinds().await, ["created", "funds_withdrawn"]);
    let shown =
        stage.get(&format!("disputes/{dispute}?expand[]=charge&expand[]=payment_intent")).send().await.good();
    assert_eq!(shown.text_at("/status"), "needs_response");
    assert_eq!(shown.text_at("/payment_intent/id"), paid);
    assert_eq!(*shown.at("/charge/disputed"), json!(true));
    assert_eq!(*shown.at("/balance_transactions/0/net"), json!(-3500));
    assert_eq!(shown.text_at("/balance_transactions/0/reporting_category"), "dispute");
    let refund = stage.post("refunds", &format!("payment_intent={paid}")).send().await;
    refund.refused("400 invalid_request_error charge_disputed");

    let answer = |body: &str| stage.post(&format!("disputes/{dispute}"), body).send();
    let kept = answer("evidence[customer_name]=Jenny&submit=false").await.good();
    assert_eq!(kept.text_at("/status"), "needs_response");
    assert_eq!(*kept.at("/evidence_details/has_evidence"), json!(true));
    let sent = answer("evidence[uncategorized_text]=winning_evidence&metadata[a]=1").await.good();
    assert_eq!(sent.text_at("/status"), "under_review");
    assert_eq!(*sent.at("/evidence_details/submission_count"), json!(1));
    stage.sandbox.advance(Duration::from_secs(6));
    assert_eq!(stage.stands(&dispute).await, "won");
    let reported = ["created", "funds_withdrawn", "updated", "updated", "funds_reinstated", "closed"];
    assert_eq!(stage.kinds().await, reported);
    assert_eq!(
        stage.ledger(),
        ["Authorized 2000 usd", "Captured 2000 usd", "Disputed 2000 usd", "DisputeWon 2000 usd"]
    );
    answer("evidence[customer_name]=Kim").await.refused("400 invalid_request_error -");
    stage.post("refunds", &format!("payment_intent={paid}")).send().await.good();
}

#[tokio::test]
async fn a_dispute_is_lost_by_evidence_by_closing_and_by_silence() {
    let stage = Stage::open().await;
    let (_, by_evidence) = stage.disputed("pm_card_createDisputeProductNotReceived").await;
    let shown = stage.get(&format!("disputes/{by_evidence}")).send().await.good();
    assert_eq!(shown.text_at("/reason"), "product_not_received");
    let body = "evidence[uncategorized_text]=losing_evidence";
    stage.post(&format!("disputes/{by_evidence}"), body).send().await.good();
    stage.sandbox.advance(Duration::from_secs(6));
    let (_, by_closing) = stage.disputed("pm_card_createDispute").await;
    let closed = stage.post(&format!("disputes/{by_closing}/close"), "").send().await.good();
    assert_eq!(closed.text_at("/status"), "lost");
    let retry = stage.post(&format!("disputes/{by_closing}/close"), "").send().await;
    retry.refused("400 invalid_request_error -");
    let (_, by_silence) = stage.disputed("pm_card_createDispute").await;
    stage.sandbox.advance(Duration::from_secs(10 * 86_400));
    for dispute in [by_evidence, by_closing, by_silence] {
        assert_eq!(stage.stands(&dispute).await, "lost");
    }
    stage.get("disputes/du_nobody").send().await.refused("404 invalid_request_error resource_missing");
}

#[tokio::test]
async fn a_question_takes_nothing_until_it_becomes_a_dispute() {
    let stage = Stage::open().await;
    let (paid, asked) = stage.disputed("pm_card_createDisputeInquiry").await;
    assert_eq!(stage.stands(&asked).await, "warning_needs_response");
    assert_eq!(stage.kinds().await, ["created"]);
    let closed = stage.post(&format!("disputes/{asked}/close"), "").send().await.good();
    assert_eq!(closed.text_at("/status"), "warning_closed");
    stage.post("refunds", &format!("payment_intent={paid}")).send().await.good();

    let (_, escalates) = stage.disputed("pm_card_createDisputeInquiry").await;
    let body = "evidence[uncategorized_text]=escalate_inquiry_evidence";
    let sent = stage.post(&format!("disputes/{escalates}"), body).send().await.good();
    assert_eq!(sent.text_at("/status"), "warning_under_review");
    stage.sandbox.advance(Duration::from_secs(6));
    assert_eq!(stage.stands(&escalates).await, "needs_response");
    assert_eq!(stage.sandbox.ledger().disputed(None, "usd"), 2000);
}

#[tokio::test]
async fn a_held_charge_is_disputed_once_it_is_captured() {
    let stage = Stage::open().await;
    let held =
        stage.pay("2000 usd", "pm_card_createDispute", "capture_method=manual").send().await.good().id();
    let list = format!("disputes?payment_intent={held}");
    assert_eq!(stage.get(&list).send().await.good().ids().len(), 0);
    stage.post(&format!("payment_intents/{held}/capture"), "amount_to_capture=500").send().await.good();
    let found = stage.get(&list).send().await.good();
    assert_eq!(*found.at("/data/0/amount"), json!(500));
}
