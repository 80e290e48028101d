//! Events: their types, their order, and the time for which events are stored.

use std::time::Duration;

use serde_json::json;

use crate::tests::test_bed::{CARD, TestAnswer, TestBed};

impl TestBed {
    /// The types of the new events since the last call, the oldest first. Adds their ids to the seen
    /// ones.
    async fn new_event_types(&self, seen_ids: &mut Vec<String>) -> Vec<String> {
        let all = self.get("events?limit=100").send().await.success();
        let of = |event: &serde_json::Value, name: &str| event[name].as_str().unwrap().to_owned();
        let fresh = all
            .at("/data")
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .filter(|event| !seen_ids.contains(&of(event, "id")));
        let types = fresh.map(|event| of(event, "type")).collect();
        *seen_ids = all.ids();
        types
    }

    /// The newest event of a type.
    async fn newest(&self, kind: &str) -> TestAnswer {
        let found = self.get(&format!("events?type={kind}&limit=1")).send().await.success();
        self.get(&format!("events/{}", found.ids()[0])).send().await.success()
    }
}

#[tokio::test]
async fn events_of_a_payment_are_in_order() {
    let test_bed = TestBed::open().await;
    let mut seen = vec![];
    let held = test_bed.pay("2000 usd", "pm_card_visa", "capture_method=manual").send().await.success().id();
    let hold = ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"];
    assert_eq!(test_bed.new_event_types(&mut seen).await, hold);
    let capture = format!("payment_intents/{held}/capture");
    test_bed.post(&capture, "amount_to_capture=1500").send().await.success();
    let captured = ["charge.captured", "payment_intent.succeeded", "charge.updated"];
    assert_eq!(test_bed.new_event_types(&mut seen).await, captured);
    test_bed.post("refunds", &format!("payment_intent={held}&amount=500")).send().await.success();
    assert_eq!(test_bed.new_event_types(&mut seen).await, ["refund.created", "charge.refunded"]);
    test_bed.sandbox.advance(Duration::from_secs(2));
    assert_eq!(test_bed.new_event_types(&mut seen).await, ["refund.updated", "charge.refund.updated"]);

    test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    let paid = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"];
    assert_eq!(test_bed.new_event_types(&mut seen).await, paid);
    test_bed
        .pay("2000 usd", "pm_card_chargeDeclined", "")
        .send()
        .await
        .expect_refusal("402 card_error card_declined");
    let declined = ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"];
    assert_eq!(test_bed.new_event_types(&mut seen).await, declined);
    let lapsing = test_bed.hold("2000 usd").await;
    test_bed.new_event_types(&mut seen).await;
    test_bed.sandbox.advance(Duration::from_secs(8 * 86_400));
    let lapsed = ["balance.available", "charge.expired", "payment_intent.canceled"];
    assert_eq!(test_bed.new_event_types(&mut seen).await, lapsed);
    let canceled = test_bed.newest("payment_intent.canceled").await;
    assert_eq!(canceled.text_at("/data/object/id"), lapsing);
    assert_eq!(*canceled.at("/request"), json!({ "id": null, "idempotency_key": null }));
}

#[tokio::test]
async fn an_authentication_emits_events() {
    let test_bed = TestBed::open().await;
    let mut seen = vec![];
    for (passes, last) in [
        (true, &["charge.succeeded", "payment_intent.succeeded", "charge.updated"][..]),
        (false, &["payment_intent.payment_failed"][..]),
    ] {
        let waiting = test_bed.pay("2000 usd", "pm_card_authenticationRequired", "").send().await.success();
        let begun = ["payment_intent.created", "payment_intent.requires_action"];
        assert_eq!(test_bed.new_event_types(&mut seen).await, begun);
        assert!(test_bed.sandbox.authenticate(&waiting.id(), passes));
        assert_eq!(test_bed.new_event_types(&mut seen).await, last);
    }
}

#[tokio::test]
async fn customers_and_cards_emit_events() {
    let test_bed = TestBed::open().await;
    let mut seen = vec![];
    let jenny =
        test_bed.post("customers", "name=Jenny").with_idempotency_key("k1").send().await.success().id();
    assert_eq!(test_bed.new_event_types(&mut seen).await, ["customer.created"]);
    let created = test_bed.newest("customer.created").await;
    assert_eq!(created.text_at("/request/idempotency_key"), "k1");
    assert!(created.text_at("/request/id").starts_with("req_"));

    test_bed.post(&format!("customers/{jenny}"), "name=Kim&metadata[a]=1").send().await.success();
    assert_eq!(test_bed.new_event_types(&mut seen).await, ["customer.updated"]);
    let updated = test_bed.newest("customer.updated").await;
    assert_eq!(
        *updated.at("/data/previous_attributes"),
        json!({ "name": "Jenny", "metadata": { "a": null } })
    );
    assert_eq!(updated.text_at("/data/object/name"), "Kim");

    test_bed.post(&format!("customers/{jenny}"), "name=Kim").send().await.success();
    assert_eq!(test_bed.new_event_types(&mut seen).await, Vec::<String>::new(), "nothing has changed");

    let set_up = test_bed.set_up("pm_card_visa", &format!("customer={jenny}")).send().await.success();
    let expected = ["setup_intent.created", "payment_method.attached", "setup_intent.succeeded"];
    assert_eq!(test_bed.new_event_types(&mut seen).await, expected);
    let card = set_up.text_at("/payment_method");
    test_bed.post(&format!("payment_methods/{card}/detach"), "").send().await.success();
    assert_eq!(test_bed.new_event_types(&mut seen).await, ["payment_method.detached"]);
    let detached = test_bed.newest("payment_method.detached").await;
    assert_eq!(*detached.at("/data/previous_attributes"), json!({ "customer": jenny }));

    test_bed.delete(&format!("customers/{jenny}")).send().await.success();
    assert_eq!(test_bed.new_event_types(&mut seen).await, ["customer.deleted"]);
    let deleted = test_bed.newest("customer.deleted").await;
    assert_eq!(deleted.text_at("/data/object/name"), "Kim", "it is shown as it was");
}

#[tokio::test]
async fn events_are_filtered_and_expire_after_thirty_days() {
    let test_bed = TestBed::open().await;
    let list =
        async |query: &str| test_bed.get(&format!("events?{query}")).send().await.success().ids().len();
    test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    test_bed.customer().await;
    assert_eq!(list("type=charge.succeeded").await, 1);
    assert_eq!(list("type=charge.*").await, 2);
    assert_eq!(list("types[]=charge.succeeded&types[]=customer.created").await, 2);
    assert_eq!(list("type=charge.nothing").await, 0);
    let both = test_bed.get("events?type=charge.succeeded&types[]=customer.created").send().await;
    both.expect_refusal("400 invalid_request_error parameters_exclusive");
    let first = test_bed.newest("payment_intent.created").await;
    test_bed.sandbox.advance(Duration::from_secs(29 * 86_400));
    test_bed.customer().await;
    assert_eq!(list("type=payment_intent.created").await, 1);
    assert_eq!(list("type=balance.available").await, 1);
    assert_eq!(list(&format!("created[gt]={}", first.at("/created"))).await, 2);
    test_bed.sandbox.advance(Duration::from_secs(2 * 86_400));
    assert_eq!(list("type=payment_intent.created").await, 0);
    test_bed
        .get(&format!("events/{}", first.id()))
        .send()
        .await
        .expect_refusal("404 invalid_request_error resource_missing");
    assert_eq!(list("type=customer.created").await, 1, "what is younger stays");
}

#[tokio::test]
async fn an_event_keeps_the_snapshot_of_the_object() {
    let test_bed = TestBed::open().await;
    let body = format!("amount=2000&currency=usd&{CARD}");
    let intent = test_bed.post("payment_intents", &body).send().await.success().id();
    test_bed.post(&format!("payment_intents/{intent}"), "amount=3000&metadata[a]=1").send().await.success();
    let created = test_bed.newest("payment_intent.created").await;
    assert_eq!(*created.at("/data/object/amount"), json!(2000));
    assert_eq!(*created.at("/data/object/metadata"), json!({}));
}
