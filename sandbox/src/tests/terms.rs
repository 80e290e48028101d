//! Terms that change before the payment, increments and partial captures of holds, and repeated
//! confirmations.

use serde_json::json;

use crate::tests::test_bed::{CARD, TestBed};

#[tokio::test]
async fn terms_can_be_changed_before_the_payment() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let body = format!(
        "amount=2000&currency=usd&metadata[a]=1&shipping[name]=Jenny&shipping[address][line1]=1%20Mill&{CARD}"
    );
    let id = test_bed.post("payment_intents", &body).send().await.success().id();
    let change = |body: &str| test_bed.post(&format!("payment_intents/{id}"), body).send();
    let changed = change(&format!(
        "amount=3000&customer={jenny}&metadata[b]=2&payment_method=pm_card_visa&shipping[name]=Jenny&shipping[address][city]=York&shipping[carrier]=Post"
    ));
    let changed = changed.await.success();
    assert_eq!(changed.text_at("/status"), "requires_confirmation");
    assert_eq!(*changed.at("/metadata"), json!({ "a": "1", "b": "2" }));
    assert_eq!((changed.text_at("/shipping/name"), changed.text_at("/shipping/carrier")), ("Jenny", "Post"));
    change("amount=0").await.expect_refusal("400 invalid_request_error parameter_invalid_integer");
    change("amount=20").await.expect_refusal("400 invalid_request_error amount_too_small");
    change("currency=xyz").await.expect_refusal("400 invalid_request_error -");
    let paid = test_bed.post(&format!("payment_intents/{id}/confirm"), "").send().await.success();
    assert_eq!((paid.text_at("/status"), paid.at("/amount_received")), ("succeeded", &json!(3000)));
    let late = change("amount=4000").await;
    late.expect_refusal("400 invalid_request_error payment_intent_unexpected_state");
    assert_eq!(
        (late.text_at("/error/param"), late.text_at("/error/payment_intent/id")),
        ("amount", id.as_str())
    );
    assert_eq!(change("description=Late&shipping=").await.success().text_at("/description"), "Late");
    let group = change("transfer_group=G").await.success();
    assert_eq!(group.text_at("/transfer_group"), "G");
    assert_eq!(*group.at("/shipping"), json!(null));
}

#[tokio::test]
async fn a_hold_with_incremental_authorization_can_be_increased() {
    let test_bed = TestBed::open().await;
    let without_option = test_bed.hold("2000 usd").await;
    let increment = |id: &str, amount: u64| {
        test_bed
            .post(&format!("payment_intents/{id}/increment_authorization"), &format!("amount={amount}"))
            .send()
    };
    increment(&without_option, 3000).await.expect_refusal("400 invalid_request_error -");
    let requested =
        "capture_method=manual&payment_method_options[card][request_incremental_authorization]=if_available";
    let held = test_bed
        .pay("2000 usd", "pm_card_visa", &format!("{requested}&expand[]=latest_charge"))
        .send()
        .await
        .success();
    let card = "/latest_charge/payment_method_details/card/incremental_authorization/status";
    assert_eq!(held.text_at(card), "available");
    let increased = increment(&held.id(), 3000).await.success();
    assert_eq!((increased.at("/amount"), increased.at("/amount_capturable")), (&json!(3000), &json!(3000)));
    increment(&held.id(), 3000).await.expect_refusal("400 invalid_request_error amount_too_small");
    test_bed.post(&format!("payment_intents/{}/capture", held.id()), "").send().await.success();
    increment(&held.id(), 4000)
        .await
        .expect_refusal("400 invalid_request_error payment_intent_unexpected_state");
    let declining =
        test_bed.pay("2000 usd", "pm_card_debit_partialIncrement", requested).send().await.success();
    increment(&declining.id(), 3000).await.expect_refusal("402 card_error card_declined");
    let ledger = test_bed.sandbox.ledger();
    assert_eq!((ledger.authorized(None, "usd"), ledger.captured(None, "usd")), (7000, 3000));
}

#[tokio::test]
async fn multicapture_and_overcapture_need_the_requested_option() {
    let test_bed = TestBed::open().await;
    let requested = |option: &str| {
        format!("capture_method=manual&payment_method_options[card][request_{option}]=if_available")
    };
    let capture = |id: &str, body: &str| test_bed.post(&format!("payment_intents/{id}/capture"), body).send();
    let parts =
        test_bed.pay("2000 usd", "pm_card_visa", &requested("multicapture")).send().await.success().id();
    let first = capture(&parts, "amount_to_capture=500&final_capture=false").await.success();
    assert_eq!(
        (first.text_at("/status"), first.at("/amount_capturable")),
        ("requires_capture", &json!(1500))
    );
    assert_eq!(*first.at("/amount_received"), json!(500));
    capture(&parts, "amount_to_capture=1501")
        .await
        .expect_refusal("400 invalid_request_error amount_too_large");
    let last = capture(&parts, "amount_to_capture=1000").await.success();
    assert_eq!((last.text_at("/status"), last.at("/amount_received")), ("succeeded", &json!(1500)));
    let beyond =
        test_bed.pay("2000 usd", "pm_card_visa", &requested("overcapture")).send().await.success().id();
    capture(&beyond, "amount_to_capture=2401")
        .await
        .expect_refusal("400 invalid_request_error amount_too_large");
    capture(&beyond, "amount_to_capture=2400").await.success();
    let without_option = test_bed.hold("2000 usd").await;
    capture(&without_option, "amount_to_capture=500&final_capture=false")
        .await
        .expect_refusal("400 invalid_request_error -");
    capture(&without_option, "amount_to_capture=500").await.success();
    let retry = capture(&without_option, "").await;
    retry.expect_refusal("400 invalid_request_error payment_intent_unexpected_state");
    assert!(retry.text_at("/error/message").contains("has been released"));
    assert_eq!(
        test_bed.ledger(),
        [
            "Authorized 2000 usd",
            "Captured 500 usd",
            "Captured 1000 usd",
            "Released 500 usd",
            "Authorized 2000 usd",
            "Authorized 400 usd",
            "Captured 2400 usd",
            "Authorized 2000 usd",
            "Captured 500 usd",
            "Released 1500 usd",
        ]
    );
}

#[tokio::test]
async fn manual_confirmation_needs_a_second_confirmation_after_authentication() {
    let test_bed = TestBed::open().await;
    let waiting = test_bed.pay("2000 usd", "pm_card_authenticationRequired", "confirmation_method=manual");
    let waiting = waiting.send().await.success().id();
    assert!(test_bed.sandbox.authenticate(&waiting, true));
    let shown = test_bed.get(&format!("payment_intents/{waiting}")).send().await.success();
    assert_eq!(shown.text_at("/status"), "requires_confirmation");
    assert_eq!(test_bed.ledger(), Vec::<String>::new());
    let confirm = test_bed.post(&format!("payment_intents/{waiting}/confirm"), "expand[]=latest_charge");
    let paid = confirm.send().await.success();
    assert_eq!(paid.text_at("/status"), "succeeded");
    let secure = paid.at("/latest_charge/payment_method_details/card/three_d_secure/result");
    assert_eq!(*secure, json!("authenticated"));
}

#[tokio::test]
async fn requested_three_d_secure_challenges_a_supporting_card() {
    let test_bed = TestBed::open().await;
    for (card, status) in [("pm_card_threeDSecureOptional", "requires_action"), ("pm_card_visa", "succeeded")]
    {
        let increment = "payment_method_options[card][request_three_d_secure]=any";
        assert_eq!(
            test_bed.pay("2000 usd", card, increment).send().await.success().text_at("/status"),
            status
        );
        assert_eq!(test_bed.pay("2000 usd", card, "").send().await.success().text_at("/status"), "succeeded");
    }
}

#[tokio::test]
async fn newer_versions_refuse_payment_method_types() {
    let test_bed = TestBed::open().await;
    let create = |body: &str, version: &str| {
        let body = format!("amount=2000&currency=usd&{body}");
        test_bed.post("payment_intents", &body).header("stripe-version", version).send()
    };
    let listed = "payment_method_types[]=card";
    create(listed, "2026-08-26.dahlia").await.success();
    let refused = create(listed, "2026-09-30.endive").await;
    refused.expect_refusal("400 invalid_request_error payment_method_types_no_longer_supported");
    let allowed = create("allowed_payment_method_types[]=card", "2026-10-28.endive").await.success();
    assert_eq!(*allowed.at("/allowed_payment_method_types"), json!(["card"]));
    let both = "automatic_payment_methods[enabled]=true&allowed_payment_method_types[]=card";
    create(both, "2026-10-28.endive").await.expect_refusal("400 invalid_request_error parameters_exclusive");
}

#[tokio::test]
async fn unsupported_parameters_are_listed_in_a_header() {
    let test_bed = TestBed::open().await;
    let body = "amount=2000&currency=usd&on_behalf_of=acct_1&payment_details[order_reference]=8";
    let made = test_bed.post("payment_intents", body).send().await.success();
    assert_eq!(made.header("sandbox-ignored"), "on_behalf_of, payment_details[order_reference]");
    let without_option = test_bed.post("payment_intents", "amount=2000&currency=usd").send().await.success();
    assert_eq!(without_option.header("sandbox-ignored"), "-");
}

#[tokio::test]
async fn payment_method_data_creates_the_paying_card() {
    let test_bed = TestBed::open().await;
    let terms = format!("amount=2000&currency=usd&confirm=true&{CARD}");
    let card = "payment_method_data[type]=card&payment_method_data[card][token]=tok_mastercard&\
                payment_method_data[billing_details][name]=Jenny";
    let paid =
        test_bed.post("payment_intents", &format!("{terms}&{card}&expand[]=payment_method")).send().await;
    let paid = paid.success();
    assert_eq!(paid.text_at("/payment_method/card/brand"), "mastercard");
    assert_eq!(paid.text_at("/payment_method/billing_details/name"), "Jenny");
    let both = format!("{terms}&{card}&payment_method=pm_card_visa");
    test_bed
        .post("payment_intents", &both)
        .send()
        .await
        .expect_refusal("400 invalid_request_error parameters_exclusive");
}

#[tokio::test]
async fn direct_charges_are_refused() {
    let test_bed = TestBed::open().await;
    let legacy = |body: &str| test_bed.post("charges", body).send();
    legacy("amount=2000&currency=usd").await.expect_refusal("400 invalid_request_error parameter_missing");
    legacy("amount=2000&currency=usd&source=tok_visa").await.expect_refusal("400 invalid_request_error -");
    let held = test_bed.hold("2000 usd").await;
    let charge = test_bed.get(&format!("payment_intents/{held}")).send().await.success();
    let charge = charge.text_at("/latest_charge");
    let capture = || test_bed.post(&format!("charges/{charge}/capture"), "").send();
    capture().await.expect_refusal("400 invalid_request_error -");
    test_bed.post(&format!("payment_intents/{held}/capture"), "").send().await.success();
    capture().await.expect_refusal("400 invalid_request_error charge_already_captured");
    let none = test_bed.get(&format!("charges/{charge}/dispute")).send().await;
    none.expect_refusal("404 invalid_request_error -");
    let disputed = test_bed.pay("2000 usd", "pm_card_createDispute", "").send().await.success();
    let charge = disputed.text_at("/latest_charge");
    let closed = test_bed.post(&format!("charges/{charge}/dispute/close"), "").send().await.success();
    assert_eq!(closed.text_at("/status"), "lost");
}
