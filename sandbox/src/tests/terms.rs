//! Terms that change before the payment, increments and partial captures of holds, and repeated
//! confirmations.

use serde_json::json;

use crate::tests::stage::{CARD, Stage};

#[tokio::test]
async fn terms_can_be_changed_as_long_as_nothing_is_paid() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let body = format!(
        "amount=2000&currency=usd&metadata[a]=1&shipping[name]=Jenny&shipping[address][line1]=1%20Mill&{CARD}"
    );
    let id = stage.post("payment_intents", &body).send().await.good().id();
    let change = |body: &str| stage.post(&format!("payment_intents/{id}"), body).send();
    let changed = change(&format!(
        "amount=3000&customer={jenny}&metadata[b]=2&payment_method=pm_card_visa&shipping[name]=Jenny&shipping[address][city]=York&shipping[carrier]=Post"
    ));
    let changed = changed.await.good();
    assert_eq!(changed.text_at("/status"), "requires_confirmation");
    assert_eq!(*changed.at("/metadata"), json!({ "a": "1", "b": "2" }));
    assert_eq!((changed.text_at("/shipping/name"), changed.text_at("/shipping/carrier")), ("Jenny", "Post"));
    change("amount=0").await.refused("400 invalid_request_error parameter_invalid_integer");
    change("amount=20").await.refused("400 invalid_request_error amount_too_small");
    change("currency=xyz").await.refused("400 invalid_request_error -");
    let paid = stage.post(&format!("payment_intents/{id}/confirm"), "").send().await.good();
    assert_eq!((paid.text_at("/status"), paid.at("/amount_received")), ("succeeded", &json!(3000)));
    let late = change("amount=4000").await;
    late.refused("400 invalid_request_error payment_intent_unexpected_state");
    assert_eq!(
        (late.text_at("/error/param"), late.text_at("/error/payment_intent/id")),
        ("amount", id.as_str())
    );
    assert_eq!(change("description=Late&shipping=").await.good().text_at("/description"), "Late");
    let group = change("transfer_group=G").await.good();
    assert_eq!(group.text_at("/transfer_group"), "G");
    assert_eq!(*group.at("/shipping"), json!(null));
}

#[tokio::test]
async fn a_hold_grows_where_that_was_asked_for() {
    let stage = Stage::open().await;
    let plain = stage.hold("2000 usd").await;
    let more = |id: &str, amount: u64| {
        stage
            .post(&format!("payment_intents/{id}/increment_authorization"), &format!("amount={amount}"))
            .send()
    };
    more(&plain, 3000).await.refused("400 invalid_request_error -");
    let asked =
        "capture_method=manual&payment_method_options[card][request_incremental_authorization]=if_available";
    let held =
        stage.pay("2000 usd", "pm_card_visa", &format!("{asked}&expand[]=latest_charge")).send().await.good();
    let card = "/latest_charge/payment_method_details/card/incremental_authorization/status";
    assert_eq!(held.text_at(card), "available");
    let grown = more(&held.id(), 3000).await.good();
    assert_eq!((grown.at("/amount"), grown.at("/amount_capturable")), (&json!(3000), &json!(3000)));
    more(&held.id(), 3000).await.refused("400 invalid_request_error amount_too_small");
    stage.post(&format!("payment_intents/{}/capture", held.id()), "").send().await.good();
    more(&held.id(), 4000).await.refused("400 invalid_request_error payment_intent_unexpected_state");
    let stubborn = stage.pay("2000 usd", "pm_card_debit_partialIncrement", asked).send().await.good();
    more(&stubborn.id(), 3000).await.refused("402 card_error card_declined");
    let ledger = stage.sandbox.ledger();
    assert_eq!((ledger.authorized(None, "usd"), ledger.captured(None, "usd")), (7000, 3000));
}

#[tokio::test]
async fn a_hold_is_taken_in_parts_or_beyond_where_that_was_asked_for() {
    let stage = Stage::open().await;
    let asked = |what: &str| {
        format!("capture_method=manual&payment_method_options[card][request_{what}]=if_available")
    };
    let capture = |id: &str, body: &str| stage.post(&format!("payment_intents/{id}/capture"), body).send();
    let parts = stage.pay("2000 usd", "pm_card_visa", &asked("multicapture")).send().await.good().id();
    let first = capture(&parts, "amount_to_capture=500&final_capture=false").await.good();
    assert_eq!(
        (first.text_at("/status"), first.at("/amount_capturable")),
        ("requires_capture", &json!(1500))
    );
    assert_eq!(*first.at("/amount_received"), json!(500));
    capture(&parts, "amount_to_capture=1501").await.refused("400 invalid_request_error amount_too_large");
    let last = capture(&parts, "amount_to_capture=1000").await.good();
    assert_eq!((last.text_at("/status"), last.at("/amount_received")), ("succeeded", &json!(1500)));
    let beyond = stage.pay("2000 usd", "pm_card_visa", &asked("overcapture")).send().await.good().id();
    capture(&beyond, "amount_to_capture=2401").await.refused("400 invalid_request_error amount_too_large");
    capture(&beyond, "amount_to_capture=2400").await.good();
    let plain = stage.hold("2000 usd").await;
    capture(&plain, "amount_to_capture=500&final_capture=false").await.refused("400 invalid_request_error -");
    capture(&plain, "amount_to_capture=500").await.good();
    let retry = capture(&plain, "").await;
    retry.refused("400 invalid_request_error payment_intent_unexpected_state");
    assert!(retry.text_at("/error/message").contains("has been released"));
    assert_eq!(
        stage.ledger(),
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
async fn a_caller_may_want_to_say_go_after_the_customer_has_authenticated() {
    let stage = Stage::open().await;
    let waiting = stage.pay("2000 usd", "pm_card_authenticationRequired", "confirmation_method=manual");
    let waiting = waiting.send().await.good().id();
    assert!(stage.sandbox.authenticate(&waiting, true));
    let shown = stage.get(&format!("payment_intents/{waiting}")).send().await.good();
    assert_eq!(shown.text_at("/status"), "requires_confirmation");
    assert_eq!(stage.ledger(), Vec::<String>::new());
    let confirm = stage.post(&format!("payment_intents/{waiting}/confirm"), "expand[]=latest_charge");
    let paid = confirm.send().await.good();
    assert_eq!(paid.text_at("/status"), "succeeded");
    let secure = paid.at("/latest_charge/payment_method_details/card/three_d_secure/result");
    assert_eq!(*secure, json!("authenticated"));
}

#[tokio::test]
async fn authentication_is_asked_for_by_the_caller_where_the_card_can() {
    let stage = Stage::open().await;
    for (card, status) in [("pm_card_threeDSecureOptional", "requires_action"), ("pm_card_visa", "succeeded")]
    {
        let more = "payment_method_options[card][request_three_d_secure]=any";
        assert_eq!(stage.pay("2000 usd", card, more).send().await.good().text_at("/status"), status);
        assert_eq!(stage.pay("2000 usd", card, "").send().await.good().text_at("/status"), "succeeded");
    }
}

#[tokio::test]
async fn a_newer_version_takes_no_listed_types() {
    let stage = Stage::open().await;
    let create = |body: &str, version: &str| {
        let body = format!("amount=2000&currency=usd&{body}");
        stage.post("payment_intents", &body).header("stripe-version", version).send()
    };
    let listed = "payment_method_types[]=card";
    create(listed, "2026-08-26.dahlia").await.good();
    create(listed, "2026-09-30.endive").await.refused("400 invalid_request_error parameter_unknown");
    let allowed = create("allowed_payment_method_types[]=card", "2026-10-28.endive").await.good();
    assert_eq!(*allowed.at("/allowed_payment_method_types"), json!(["card"]));
    let both = "automatic_payment_methods[enabled]=true&allowed_payment_method_types[]=card";
    create(both, "2026-10-28.endive").await.refused("400 invalid_request_error parameters_exclusive");
}

#[tokio::test]
async fn what_stripe_knows_and_the_sandbox_does_not_play_is_told() {
    let stage = Stage::open().await;
    let body = "amount=2000&currency=usd&on_behalf_of=acct_1&payment_details[order_reference]=8";
    let made = stage.post("payment_intents", body).send().await.good();
    assert_eq!(made.header("sandbox-ignored"), "on_behalf_of, payment_details[order_reference]");
    let plain = stage.post("payment_intents", "amount=2000&currency=usd").send().await.good();
    assert_eq!(plain.header("sandbox-ignored"), "-");
}

#[tokio::test]
async fn a_card_can_be_given_on_the_way() {
    let stage = Stage::open().await;
    let terms = format!("amount=2000&currency=usd&confirm=true&{CARD}");
    let card = "payment_method_data[type]=card&payment_method_data[card][token]=tok_mastercard&\
                payment_method_data[billing_details][name]=Jenny";
    let paid = stage.post("payment_intents", &format!("{terms}&{card}&expand[]=payment_method")).send().await;
    let paid = paid.good();
    assert_eq!(paid.text_at("/payment_method/card/brand"), "mastercard");
    assert_eq!(paid.text_at("/payment_method/billing_details/name"), "Jenny");
    let both = format!("{terms}&{card}&payment_method=pm_card_visa");
    stage
        .post("payment_intents", &both)
        .send()
        .await
        .refused("400 invalid_request_error parameters_exclusive");
}

#[tokio::test]
async fn charges_are_made_by_payment_intents_only() {
    let stage = Stage::open().await;
    let legacy = |body: &str| stage.post("charges", body).send();
    legacy("amount=2000&currency=usd").await.refused("400 invalid_request_error parameter_missing");
    legacy("amount=2000&currency=usd&source=tok_visa").await.refused("400 invalid_request_error -");
    let held = stage.hold("2000 usd").await;
    let charge = stage.get(&format!("payment_intents/{held}")).send().await.good();
    let charge = charge.text_at("/latest_charge");
    let capture = || stage.post(&format!("charges/{charge}/capture"), "").send();
    capture().await.refused("400 invalid_request_error -");
    stage.post(&format!("payment_intents/{held}/capture"), "").send().await.good();
    capture().await.refused("400 invalid_request_error charge_already_captured");
    let none = stage.get(&format!("charges/{charge}/dispute")).send().await;
    none.refused("404 invalid_request_error -");
    let disputed = stage.pay("2000 usd", "pm_card_createDispute", "").send().await.good();
    let charge = disputed.text_at("/latest_charge");
    let closed = stage.post(&format!("charges/{charge}/dispute/close"), "").send().await.good();
    assert_eq!(closed.text_at("/status"), "lost");
}
