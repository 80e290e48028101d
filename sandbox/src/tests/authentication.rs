//! Cards that require authentication by the customer, and keys that Stripe refuses.

use serde_json::json;

use crate::tests::stage::{KEY, Stage};

const ALWAYS: &str = "pm_card_authenticationRequired";

#[tokio::test]
async fn a_customer_is_sent_to_the_bank_and_comes_back() {
    let stage = Stage::open().await;
    let waiting = stage.pay("2000 usd", ALWAYS, "return_url=https://shop.example/back").send().await.good();
    assert_eq!(waiting.text_at("/status"), "requires_action");
    assert_eq!(waiting.text_at("/next_action/type"), "redirect_to_url");
    assert_eq!(waiting.text_at("/next_action/redirect_to_url/return_url"), "https://shop.example/back");
    assert_eq!(stage.ledger(), Vec::<String>::new());

    let page = waiting.text_at("/next_action/redirect_to_url/url").to_owned();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let links = client.get(&page).send().await.unwrap().text().await.unwrap();
    assert!(links.contains("outcome=pass") && links.contains("outcome=fail"), "{links}");
    let back = client.get(format!("{page}&outcome=pass")).send().await.unwrap();
    let location = back.headers()["location"].to_str().unwrap();
    assert!(location.starts_with("https://shop.example/back?payment_intent=pi_"), "{location}");
    assert!(location.ends_with("redirect_status=succeeded"), "{location}");
    assert_eq!(stage.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn without_a_way_back_stripes_script_does_it() {
    let stage = Stage::open().await;
    for more in ["", "use_stripe_sdk=true&return_url=https://shop.example/back"] {
        let waiting = stage.pay("2000 usd", ALWAYS, more).send().await.good();
        assert_eq!(waiting.text_at("/next_action/type"), "use_stripe_sdk", "{more}");
    }
}

#[tokio::test]
async fn an_absent_customer_cannot_authenticate() {
    let stage = Stage::open().await;
    for (more, code) in [
        ("off_session=true", "authentication_required"),
        ("off_session=recurring", "authentication_required"),
        ("error_on_requires_action=true", "authentication_not_handled"),
    ] {
        let refused = stage.pay("2000 usd", ALWAYS, more).send().await;
        refused.refused("402 card_error authentication_required");
        assert_eq!(refused.text_at("/error/decline_code"), code);
        assert_eq!(*refused.at("/error/charge"), json!(null));
        assert_eq!(*refused.at("/error/payment_intent/latest_charge"), json!(null));
        assert_eq!(refused.text_at("/error/payment_intent/status"), "requires_payment_method");
        let id = refused.text_at("/error/payment_intent/id");
        stage.get(&format!("payment_intents/{id}")).send().await.good();
    }
}

#[tokio::test]
async fn who_fails_or_whose_bank_still_declines_may_try_another_card() {
    let stage = Stage::open().await;
    let still_no = "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds";
    for (card, passes, code) in
        [(ALWAYS, false, "payment_intent_authentication_failure"), (still_no, true, "card_declined")]
    {
        let id = stage.pay("2000 usd", card, "").send().await.good().id();
        assert!(stage.sandbox.authenticate(&id, passes));
        assert!(!stage.sandbox.authenticate(&id, passes));
        let intent = stage.get(&format!("payment_intents/{id}")).send().await.good();
        assert_eq!(intent.text_at("/status"), "requires_payment_method");
        assert_eq!(intent.text_at("/last_payment_error/code"), code);
        assert_eq!(*intent.at("/next_action"), json!(null));
        let retry = stage.post(&format!("payment_intents/{id}/confirm"), "payment_method=pm_card_visa");
        assert_eq!(retry.send().await.good().text_at("/status"), "succeeded");
    }
}

#[tokio::test]
async fn a_card_that_was_set_up_is_charged_without_the_customer() {
    let stage = Stage::open().await;
    let customer = stage.post("customers", "name=Jenny").send().await.good().id();
    let first = format!("customer={customer}&setup_future_usage=off_session");
    let first = stage.pay("2000 usd", "pm_card_authenticationRequiredOnSetup", &first).send().await.good();
    assert!(stage.sandbox.authenticate(&first.id(), true));
    let paid = stage.get(&format!("payment_intents/{}", first.id())).send().await.good();
    let card = paid.text_at("/payment_method");
    let kept = stage.get(&format!("payment_methods/{card}")).send().await.good();
    assert_eq!(kept.text_at("/customer"), customer);

    let second = format!("customer={customer}&off_session=true");
    stage.pay("1000 usd", card, &second).send().await.good();
    let third = stage.pay("1000 usd", card, &format!("customer={customer}")).send().await.good();
    assert_eq!(third.text_at("/status"), "requires_action");
    stage.pay("1000 usd", card, "").send().await.refused("400 invalid_request_error parameter_missing");
}

#[tokio::test]
async fn only_secret_keys_that_were_not_revoked_are_let_in() {
    let stage = Stage::open().await;
    let get = || stage.get("payment_intents");
    get().by_nobody().send().await.refused("401 invalid_request_error -");
    get().by("nonsense").send().await.refused("401 invalid_request_error -");
    get().by("pk_test_abc").send().await.refused("403 invalid_request_error secret_key_required");
    get().by("rk_test_abc").send().await.good();
    get().by_nobody().header("authorization", "Basic c2tfdGVzdF9zdGFnZTo=").send().await.good();
    let live = stage.post("customers", "").by("sk_live_abc").send().await.good();
    assert_eq!(*live.at("/livemode"), json!(true));
    stage.sandbox.revoke_key(KEY);
    get().send().await.refused("401 invalid_request_error api_key_expired");
    assert!(stage.sandbox.calls().iter().all(|call| !format!("{call:?}").contains(KEY)));
}
