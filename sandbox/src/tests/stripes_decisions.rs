//! What neither the caller nor the customer decides: partial authorizations, the end of several captures,
//! cancellations by Stripe, and disputes that turn.

use serde_json::{Value, json};

use crate::tests::test_bed::{CARD, TestAnswer, TestBed};

const PARTIAL: &str = "payment_method_options[card][request_partial_authorization]=if_available";
const MULTICAPTURE: &str =
    "capture_method=manual&payment_method_options[card][request_multicapture]=if_available";

impl TestBed {
    async fn control(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/_sandbox/{path}", self.sandbox.url());
        let answer = reqwest::Client::builder()
            .build()
            .unwrap()
            .post(url)
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    async fn event_types(&self) -> Vec<String> {
        let events = self.get("events?limit=100").send().await.success();
        let types = events.at("/data").as_array().unwrap().iter().rev();
        types.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    async fn capture(&self, id: &str, body: &str) -> TestAnswer {
        self.post(&format!("payment_intents/{id}/capture"), body).send().await
    }
}

#[tokio::test]
async fn a_bank_authorizes_a_part_if_the_caller_accepts_a_part() {
    let test_bed = TestBed::open().await;
    let card = "pm_card_debit_partialAuthorization";
    let whole = test_bed.pay("10001 usd", card, "").send().await;
    whole.expect_refusal("402 card_error card_declined");
    assert_eq!(whole.text_at("/error/decline_code"), "insufficient_funds");
    let more = format!("capture_method=manual&{PARTIAL}&expand[]=latest_charge");
    let held = test_bed.pay("10001 usd", card, &more).send().await.success();
    assert_eq!((held.at("/amount"), held.at("/amount_capturable")), (&json!(7000), &json!(7000)));
    let details = held.at("/latest_charge/payment_method_details/card");
    assert_eq!(held.at("/latest_charge/amount"), &json!(7000));
    assert_eq!((&details["amount_authorized"], &details["amount_requested"]), (&json!(7000), &json!(10_001)));
    assert_eq!(details["partial_authorization"], json!({ "status": "partially_authorized" }));
    assert_eq!(test_bed.capture(&held.id(), "").await.success().at("/amount_received"), &json!(7000));

    let more = format!("{PARTIAL}&expand[]=latest_charge");
    let paid = test_bed.pay("2000 usd", card, &more).send().await.success();
    assert_eq!((paid.text_at("/status"), paid.at("/amount_received")), ("succeeded", &json!(1400)));
    let full = test_bed.pay("2000 usd", "pm_card_visa", &more).send().await.success();
    let status = "/latest_charge/payment_method_details/card/partial_authorization/status";
    assert_eq!((full.text_at(status), full.at("/amount")), ("fully_authorized", &json!(2000)));
    test_bed.pay("60 usd", card, PARTIAL).send().await.expect_refusal("402 card_error card_declined");
    let ledger = test_bed.sandbox.ledger();
    assert_eq!((ledger.captured(None, "usd"), ledger.held(None, "usd")), (10_400, 0));
}

#[tokio::test]
async fn a_part_of_an_increment_is_authorized_and_no_more_than_a_part_is_captured() {
    let test_bed = TestBed::open().await;
    let more = "capture_method=manual&payment_method_options[card][request_incremental_authorization]=if_available&\
                payment_method_options[card][request_overcapture]=if_available";
    let held = test_bed.pay("10000 usd", "pm_card_debit_partialIncrement", more).send().await.success().id();
    let increment = |more: &str| {
        let path = format!("payment_intents/{held}/increment_authorization");
        test_bed.post(&path, &format!("amount=15000&expand[]=latest_charge{more}")).send()
    };
    let declined = increment("").await;
    declined.expect_refusal("402 card_error card_declined");
    assert_eq!(declined.text_at("/error/decline_code"), "insufficient_funds");
    let part = increment(&format!("&{PARTIAL}")).await.success();
    assert_eq!((part.at("/amount"), part.at("/amount_capturable")), (&json!(13_500), &json!(13_500)));
    let details = part.at("/latest_charge/payment_method_details/card");
    assert_eq!(details["amount_requested"], json!(15_000));
    assert_eq!(
        details["overcapture"],
        json!({ "maximum_amount_capturable": 13_500, "status": "unavailable" })
    );
    let over = test_bed.capture(&held, "amount_to_capture=14000").await;
    over.expect_refusal("400 invalid_request_error amount_too_large");
    assert_eq!(test_bed.ledger(), ["Authorized 10000 usd", "Authorized 3500 usd"]);
}

#[tokio::test]
async fn a_hold_is_captured_fifty_times_and_the_rest_is_released() {
    let test_bed = TestBed::open().await;
    let held = test_bed.pay("10000 usd", "pm_card_visa", MULTICAPTURE).send().await.success().id();
    for count in 1..=50_u64 {
        let part = test_bed.capture(&held, "amount_to_capture=100&final_capture=false").await.success();
        assert_eq!(part.at("/amount_received"), &json!(count * 100));
    }
    let refused = test_bed.capture(&held, "amount_to_capture=100").await;
    refused.expect_refusal("400 invalid_request_error -");
    let refunded = test_bed.post("refunds", &format!("payment_intent={held}&amount=4000")).send().await;
    refunded.success();
    let done = test_bed
        .capture(&held, "amount_to_capture=0&final_capture=true&expand[]=latest_charge")
        .await
        .success();
    assert_eq!((done.text_at("/status"), done.at("/amount_received")), ("succeeded", &json!(5000)));
    assert_eq!(done.at("/latest_charge/amount_captured"), &json!(5000));
    assert_eq!(done.at("/latest_charge/captured"), &json!(true));
    let charge = done.text_at("/latest_charge/id");
    let listed =
        test_bed.get(&format!("balance_transactions?source={charge}&limit=100")).send().await.success();
    assert_eq!(listed.ids().len(), 50);
    let ledger = test_bed.sandbox.ledger();
    assert_eq!((ledger.captured(None, "usd"), ledger.released(None, "usd")), (5000, 5000));
    assert_eq!((ledger.held(None, "usd"), ledger.kept(None, "usd")), (0, 1000));
    let types = test_bed.event_types().await;
    assert_eq!(types.last().map(String::as_str), Some("charge.updated"));
}

#[tokio::test]
async fn nothing_can_be_released_by_a_capture_of_zero_before_the_first_capture() {
    let test_bed = TestBed::open().await;
    let held = test_bed.pay("10000 usd", "pm_card_visa", MULTICAPTURE).send().await.success().id();
    let refused = test_bed.capture(&held, "amount_to_capture=0&final_capture=true").await;
    refused.expect_refusal("400 invalid_request_error parameter_invalid_integer");
    let refund = test_bed.post("refunds", &format!("payment_intent={held}")).send().await;
    refund.expect_refusal("400 invalid_request_error -");
}

#[tokio::test]
async fn stripe_cancels_a_hold_and_an_open_payment_by_itself() {
    let test_bed = TestBed::open().await;
    let held = test_bed.hold("2000 usd").await;
    let body = format!("amount=2000&currency=usd&{CARD}");
    let open = test_bed.post("payment_intents", &body).send().await.success().id();
    for (id, reason) in [(&held, "expired"), (&open, "automatic")] {
        let (status, answer) =
            test_bed.control("cancel", json!({ "payment_intent": id, "reason": reason })).await;
        assert_eq!((status, &answer["reason"]), (200, &json!(reason)));
        let shown = test_bed.get(&format!("payment_intents/{id}")).send().await.success();
        assert_eq!((shown.text_at("/status"), shown.text_at("/cancellation_reason")), ("canceled", reason));
    }
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd", "Expired 2000 usd"]);
    let types = test_bed.event_types().await;
    assert_eq!(
        types[types.len() - 3..],
        ["charge.expired", "payment_intent.canceled", "payment_intent.canceled"]
    );
    let late = test_bed.capture(&held, "").await;
    late.expect_refusal("400 invalid_request_error charge_expired_for_capture");
    assert!(!test_bed.sandbox.cancel_by_stripe(&held), "a canceled PaymentIntent stays as it is");
    for body in
        [json!({ "payment_intent": "pi_1" }), json!({ "payment_intent": open, "reason": "duplicate" })]
    {
        let status = test_bed.control("cancel", body.clone()).await.0;
        assert_eq!(status, if body.get("reason").is_some() { 400 } else { 404 });
    }
}

#[tokio::test]
async fn too_many_confirmations_cancel_a_payment() {
    let test_bed = TestBed::open().await;
    let body = format!("amount=2000&currency=usd&{CARD}");
    let id = test_bed.post("payment_intents", &body).send().await.success().id();
    let confirm = |card: &str| {
        test_bed
            .post(&format!("payment_intents/{id}/confirm"), &format!("payment_method=pm_card_{card}"))
            .send()
    };
    for _ in 0..100 {
        confirm("chargeDeclined").await.expect_refusal("402 card_error card_declined");
    }
    let refused = confirm("visa").await;
    refused.expect_refusal("400 invalid_request_error payment_intent_unexpected_state");
    assert_eq!(refused.text_at("/error/payment_intent/cancellation_reason"), "automatic");
    assert_eq!(test_bed.ledger(), Vec::<String>::new());
}

#[tokio::test]
async fn a_dispute_turns_from_lost_to_won_and_back() {
    let test_bed = TestBed::open().await;
    let paid = test_bed.pay("2000 usd", "pm_card_createDispute", "").send().await.success().id();
    let dispute =
        test_bed.get(&format!("disputes?payment_intent={paid}")).send().await.success().ids().remove(0);
    let before = test_bed.event_types().await.len();
    for (won, disputed) in [(false, 2000), (true, 0), (false, 2000), (true, 0)] {
        let (status, _) = test_bed.control("disputes", json!({ "dispute": dispute, "won": won })).await;
        assert_eq!(status, 200);
        let shown = test_bed.get(&format!("disputes/{dispute}")).send().await.success();
        assert_eq!(shown.text_at("/status"), if won { "won" } else { "lost" });
        assert_eq!(test_bed.sandbox.ledger().disputed(None, "usd"), disputed);
    }
    assert!(!test_bed.sandbox.decide_dispute(&dispute, true), "a won dispute is not won twice");
    let types = test_bed.event_types().await;
    let turned = ["charge.dispute.funds_reinstated", "charge.dispute.closed", "charge.updated"];
    let lost = ["charge.dispute.funds_withdrawn", "charge.dispute.closed", "charge.updated"];
    assert_eq!(
        types[before..],
        [&["charge.dispute.closed", "charge.updated"][..], &turned, &lost, &turned].concat()
    );
    let shown = test_bed.get(&format!("disputes/{dispute}")).send().await.success();
    let nets: Vec<_> =
        shown.at("/balance_transactions").as_array().unwrap().iter().map(|one| one["net"].clone()).collect();
    assert_eq!(nets, [json!(-3500), json!(2000), json!(-2000), json!(2000)]);
    test_bed.post("refunds", &format!("payment_intent={paid}")).send().await.success();
    let inquiry = test_bed.pay("2000 usd", "pm_card_createDisputeInquiry", "").send().await.success().id();
    let inquiry =
        test_bed.get(&format!("disputes?payment_intent={inquiry}")).send().await.success().ids().remove(0);
    assert_eq!(test_bed.control("disputes", json!({ "dispute": inquiry, "won": true })).await.0, 404);
}

#[tokio::test]
async fn two_disputes_of_a_charge_are_decided_apart() {
    let test_bed = TestBed::open().await;
    let more = "expand[]=latest_charge";
    let paid = test_bed.pay("2001 usd", "pm_card_createMultipleDisputes", more).send().await.success();
    assert_eq!(paid.at("/latest_charge/disputed"), &json!(true));
    let listed = test_bed.get(&format!("disputes?payment_intent={}", paid.id())).send().await.success();
    assert_eq!((listed.at("/data/0/amount"), listed.at("/data/1/amount")), (&json!(1000), &json!(1001)));
    let ids = listed.ids();
    assert!(test_bed.sandbox.decide_dispute(&ids[0], true));
    assert_eq!(test_bed.sandbox.ledger().disputed(None, "usd"), 1001);
    let refund = || test_bed.post("refunds", &format!("payment_intent={}", paid.id())).send();
    refund().await.expect_refusal("400 invalid_request_error charge_disputed");
    assert!(test_bed.sandbox.decide_dispute(&ids[1], true));
    refund().await.success();
    let ledger = test_bed.sandbox.ledger();
    assert_eq!((ledger.disputed(None, "usd"), ledger.kept(None, "usd")), (0, 0));
}
