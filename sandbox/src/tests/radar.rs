//! Reviews of payments, and early fraud warnings.

use reqwest::Method;
use serde_json::json;

use crate::tests::control::{control_post, control_refusal};
use crate::tests::test_bed::TestBed;

/// The types of the newest events about Radar, the oldest first.
async fn radar_events(test_bed: &TestBed) -> Vec<String> {
    let groups = "types[]=review.*&types[]=radar.*";
    let events = test_bed.get(&format!("events?limit=100&{groups}")).send().await.success();
    let data = events.at("/data").as_array().unwrap();
    data.iter().rev().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_payment_of_elevated_risk_is_reviewed_until_it_is_approved() {
    let test_bed = TestBed::open().await;
    let paid =
        test_bed.pay("2000 usd", "pm_card_riskLevelElevated", "expand[]=review&expand[]=latest_charge");
    let paid = paid.send().await.success();
    assert_eq!(paid.text_at("/status"), "succeeded");
    let review = paid.text_at("/review/id").to_owned();
    assert_eq!(paid.text_at("/latest_charge/review"), review);
    assert_eq!(paid.text_at("/latest_charge/outcome/type"), "manual_review");
    assert_eq!(paid.text_at("/latest_charge/outcome/rule"), "manual_review_if_elevated_risk");
    let open = test_bed.get("reviews").send().await.success();
    assert_eq!(open.ids(), std::slice::from_ref(&review));
    assert_eq!((open.at("/data/0/open"), open.text_at("/data/0/reason")), (&json!(true), "rule"));
    assert_eq!(open.text_at("/data/0/payment_intent"), paid.id());
    let path = format!("reviews/{review}");
    let approved = test_bed.post(&format!("{path}/approve"), "").send().await.success();
    assert_eq!((approved.at("/open"), approved.text_at("/closed_reason")), (&json!(false), "approved"));
    assert_eq!(test_bed.get("reviews").send().await.success().ids().len(), 0);
    assert_eq!(test_bed.get(&path).send().await.success().text_at("/reason"), "approved");
    test_bed.post(&format!("{path}/approve"), "").send().await.expect_refusal("400 invalid_request_error -");
    let unknown = test_bed.post("reviews/prv_1/approve", "").send().await;
    unknown.expect_refusal("404 invalid_request_error resource_missing");
    assert_eq!(radar_events(&test_bed).await, ["review.opened", "review.closed"]);
}

#[tokio::test]
async fn a_refund_a_dispute_and_a_cancellation_close_a_review() {
    let test_bed = TestBed::open().await;
    for (refund, reason) in [("", "refunded"), ("reason=fraudulent", "refunded_as_fraud")] {
        let paid = test_bed.pay("2000 usd", "pm_card_riskLevelElevated", "").send().await.success();
        let path = format!("reviews/{}", paid.text_at("/review"));
        let body = format!("payment_intent={}&amount=500", paid.id());
        test_bed.post("refunds", &body).send().await.success();
        assert_eq!(test_bed.get(&path).send().await.success().at("/open"), &json!(true));
        let body = format!("payment_intent={}&{refund}", paid.id());
        test_bed.post("refunds", body.trim_end_matches('&')).send().await.success();
        assert_eq!(test_bed.get(&path).send().await.success().text_at("/closed_reason"), reason);
    }
    let held = test_bed.pay("2000 usd", "pm_card_riskLevelElevated", "capture_method=manual");
    let held = held.send().await.success();
    test_bed.post(&format!("payment_intents/{}/cancel", held.id()), "").send().await.success();
    let closed = test_bed.get(&format!("reviews/{}", held.text_at("/review"))).send().await.success();
    assert_eq!(closed.text_at("/closed_reason"), "canceled");
}

#[tokio::test]
async fn a_person_opens_one_review_of_a_payment() {
    let test_bed = TestBed::open().await;
    let paid = test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    assert_eq!(paid.at("/review"), &json!(null));
    let body = json!({"payment_intent": paid.id()});
    let answer = control_post(&test_bed, "/reviews", body.clone()).await;
    let review = answer["review"].as_str().unwrap().to_owned();
    let shown =
        test_bed.get(&format!("payment_intents/{}?expand[]=review", paid.id())).send().await.success();
    assert_eq!((shown.text_at("/review/id"), shown.text_at("/review/reason")), (review.as_str(), "manual"));
    let again = control_refusal(&test_bed, Method::POST, "/reviews", &body.to_string()).await;
    assert!(again.starts_with("404 there is no pi_"), "{again}");
    assert_eq!(radar_events(&test_bed).await, ["review.opened"]);
}

#[tokio::test]
async fn a_bank_warns_of_fraud_until_the_charge_is_refunded() {
    let test_bed = TestBed::open().await;
    let paid = test_bed.pay("2000 usd", "pm_card_createIssuerFraudRecord", "").send().await.success();
    test_bed.pay("2000 usd", "pm_card_createIssuerFraudRecord", "").send().await.success();
    let charge = paid.text_at("/latest_charge").to_owned();
    let list = |query: String| test_bed.get(&format!("radar/early_fraud_warnings?{query}")).send();
    assert_eq!(list(String::new()).await.success().ids().len(), 2);
    let by_charge = list(format!("charge={charge}&expand[]=data.charge")).await.success();
    assert_eq!(by_charge.text_at("/data/0/charge/id"), charge);
    let by_intent = list(format!("payment_intent={}", paid.id())).await.success();
    assert_eq!(by_intent.ids(), by_charge.ids());
    assert_eq!(by_intent.at("/data/0/actionable"), &json!(true));
    assert_eq!(by_intent.text_at("/data/0/fraud_type"), "made_with_stolen_card");
    test_bed.post("refunds", &format!("charge={charge}")).send().await.success();
    let path = format!("radar/early_fraud_warnings/{}", by_intent.ids().remove(0));
    let warning = test_bed.get(&path).send().await.success();
    assert_eq!(warning.at("/actionable"), &json!(false));
    let (created, updated) = ("radar.early_fraud_warning.created", "radar.early_fraud_warning.updated");
    assert_eq!(radar_events(&test_bed).await, [created, created, updated]);
    let unknown = test_bed.get("radar/early_fraud_warnings/issfr_1").send().await;
    unknown.expect_refusal("404 invalid_request_error resource_missing");
}

#[tokio::test]
async fn a_bank_warns_of_fraud_by_the_control_api() {
    let test_bed = TestBed::open().await;
    let paid = test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    let body = json!({"charge": paid.text_at("/latest_charge"), "fraud_type": "made_with_stolen_card"});
    let answer = control_post(&test_bed, "/early_fraud_warnings", body).await;
    let path = format!("radar/early_fraud_warnings/{}", answer["early_fraud_warning"].as_str().unwrap());
    let warning = test_bed.get(&path).send().await.success();
    assert_eq!(warning.text_at("/fraud_type"), "made_with_stolen_card");
    assert_eq!(warning.text_at("/payment_intent"), paid.id());
    let wrong = r#"{"charge": "ch_1"}"#;
    let refused = control_refusal(&test_bed, Method::POST, "/early_fraud_warnings", wrong).await;
    assert_eq!(refused, "404 there is no charge ch_1");
}
