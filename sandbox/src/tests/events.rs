//! Events: their types, their order, and the time for which events are kept.

use std::time::Duration;

use serde_json::json;

use crate::tests::stage::{CARD, Stage, TestAnswer};

impl Stage {
    /// The types of the new events since the last call, the oldest first. Adds their ids to the seen
    /// ones.
    async fn reported(&self, since: &mut Vec<String>) -> Vec<String> {
        let all = self.get("events?limit=100").send().await.good();
        let of = |event: &serde_json::Value, name: &str| event[name].as_str().unwrap().to_owned();
        let fresh = all
            .at("/data")
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .filter(|event| !since.contains(&of(event, "id")));
        let types = fresh.map(|event| of(event, "type")).collect();
        *since = all.ids();
        types
    }

    /// The newest event of a type.
    async fn newest(&self, kind: &str) -> TestAnswer {
        let found = self.get(&format!("events?type={kind}&limit=1")).send().await.good();
        self.get(&format!("events/{}", found.ids()[0])).send().await.good()
    }
}

#[tokio::test]
async fn a_payment_is_told_in_the_order_in_which_it_happens() {
    let stage = Stage::open().await;
    let mut seen = vec![];
    let held = stage.pay("2000 usd", "pm_card_visa", "capture_method=manual").send().await.good().id();
    let hold = ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"];
    assert_eq!(stage.reported(&mut seen).await, hold);
    let capture = format!("payment_intents/{held}/capture");
    stage.post(&capture, "amount_to_capture=1500").send().await.good();
    let captured = ["charge.captured", "payment_intent.succeeded", "charge.updated"];
    assert_eq!(stage.reported(&mut seen).await, captured);
    stage.post("refunds", &format!("payment_intent={held}&amount=500")).send().await.good();
    assert_eq!(stage.reported(&mut seen).await, ["refund.created", "charge.refunded"]);
    stage.sandbox.advance(Duration::from_secs(2));
    assert_eq!(stage.reported(&mut seen).await, ["refund.updated", "charge.refund.updated"]);

    stage.pay("2000 usd", "pm_card_visa", "").send().await.good();
    let paid = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"];
    assert_eq!(stage.reported(&mut seen).await, paid);
    stage.pay("2000 usd", "pm_card_chargeDeclined", "").send().await.refused("402 card_error card_declined");
    let declined = ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"];
    assert_eq!(stage.reported(&mut seen).await, declined);
    let lapsing = stage.hold("2000 usd").await;
    stage.reported(&mut seen).await;
    stage.sandbox.advance(Duration::from_secs(8 * 86_400));
    assert_eq!(stage.reported(&mut seen).await, ["charge.expired", "payment_intent.canceled"]);
    let canceled = stage.newest("payment_intent.canceled").await;
    assert_eq!(canceled.text_at("/data/object/id"), lapsing);
    assert_eq!(*canceled.at("/request"), json!({ "id": null, "idempotency_key": null }));
}

#[tokio::test]
async fn who_has_to_authenticate_is_told_of_as_well() {
    let stage = Stage::open().await;
    let mut seen = vec![];
    for (passes, last) in [
        (true, &["charge.succeeded", "payment_intent.succeeded", "charge.updated"][..]),
        (false, &["payment_intent.payment_failed"][..]),
    ] {
        let waiting = stage.pay("2000 usd", "pm_card_authenticationRequired", "").send().await.good();
        let begun = ["payment_intent.created", "payment_intent.requires_action"];
        assert_eq!(stage.reported(&mut seen).await, begun);
        assert!(stage.sandbox.authenticate(&waiting.id(), passes));
        assert_eq!(stage.reported(&mut seen).await, last);
    }
}

#[tokio::test]
async fn customers_and_their_cards_are_told_of() {
    let stage = Stage::open().await;
    let mut seen = vec![];
    let jenny = stage.post("customers", "name=Jenny").once("k1").send().await.good().id();
    assert_eq!(stage.reported(&mut seen).await, ["customer.created"]);
    let created = stage.newest("customer.created").await;
    assert_eq!(created.text_at("/request/idempotency_key"), "k1");
    assert!(created.text_at("/request/id").starts_with("req_"));

    stage.post(&format!("customers/{jenny}"), "name=Kim&metadata[a]=1").send().await.good();
    assert_eq!(stage.reported(&mut seen).await, ["customer.updated"]);
    let updated = stage.newest("customer.updated").await;
    assert_eq!(
        *updated.at("/data/previous_attributes"),
        json!({ "name": "Jenny", "metadata": { "a": null } })
    );
    assert_eq!(updated.text_at("/data/object/name"), "Kim");

    stage.post(&format!("customers/{jenny}"), "name=Kim").send().await.good();
    assert_eq!(stage.reported(&mut seen).await, Vec::<String>::new(), "nothing has changed");

    let set_up = stage.set_up("pm_card_visa", &format!("customer={jenny}")).send().await.good();
    let reported = ["setup_intent.created", "payment_method.attached", "setup_intent.succeeded"];
    assert_eq!(stage.reported(&mut seen).await, reported);
    let card = set_up.text_at("/payment_method");
    stage.post(&format!("payment_methods/{card}/detach"), "").send().await.good();
    assert_eq!(stage.reported(&mut seen).await, ["payment_method.detached"]);
    let detached = stage.newest("payment_method.detached").await;
    assert_eq!(*detached.at("/data/previous_attributes"), json!({ "customer": jenny }));

    stage.delete(&format!("customers/{jenny}")).send().await.good();
    assert_eq!(stage.reported(&mut seen).await, ["customer.deleted"]);
    let deleted = stage.newest("customer.deleted").await;
    assert_eq!(deleted.text_at("/data/object/name"), "Kim", "it is shown as it was");
}

#[tokio::test]
async fn events_are_narrowed_and_forgotten_after_thirty_days() {
    let stage = Stage::open().await;
    let list = async |query: &str| stage.get(&format!("events?{query}")).send().await.good().ids().len();
    stage.pay("2000 usd", "pm_card_visa", "").send().await.good();
    stage.customer().await;
    assert_eq!(list("type=charge.succeeded").await, 1);
    assert_eq!(list("type=charge.*").await, 2);
    assert_eq!(list("types[]=charge.succeeded&types[]=customer.created").await, 2);
    assert_eq!(list("type=charge.nothing").await, 0);
    let both = stage.get("events?type=charge.succeeded&types[]=customer.created").send().await;
    both.refused("400 invalid_request_error parameters_exclusive");
    let first = stage.newest("payment_intent.created").await;
    stage.sandbox.advance(Duration::from_secs(29 * 86_400));
    stage.customer().await;
    assert_eq!(list("type=payment_intent.created").await, 1);
    assert_eq!(list(&format!("created[gt]={}", first.at("/created"))).await, 1);
    stage.sandbox.advance(Duration::from_secs(2 * 86_400));
    assert_eq!(list("type=payment_intent.created").await, 0);
    stage
        .get(&format!("events/{}", first.id()))
        .send()
        .await
        .refused("404 invalid_request_error resource_missing");
    assert_eq!(list("type=customer.created").await, 1, "what is younger stays");
}

#[tokio::test]
async fn a_snapshot_stays_as_it_was() {
    let stage = Stage::open().await;
    let body = format!("amount=2000&currency=usd&{CARD}");
    let intent = stage.post("payment_intents", &body).send().await.good().id();
    stage.post(&format!("payment_intents/{intent}"), "amount=3000&metadata[a]=1").send().await.good();
    let created = stage.newest("payment_intent.created").await;
    assert_eq!(*created.at("/data/object/amount"), json!(2000));
    assert_eq!(*created.at("/data/object/metadata"), json!({}));
}
