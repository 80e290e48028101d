//! Cards that require authentication by the customer, and keys that Stripe refuses.

use serde_json::json;

use crate::tests::test_bed::{KEY, TestBed};

const ALWAYS: &str = "pm_card_authenticationRequired";

#[tokio::test]
async fn a_challenged_customer_is_redirected_to_the_bank_and_back() {
    let test_bed = TestBed::open().await;
    let waiting =
        test_bed.pay("2000 usd", ALWAYS, "return_url=https://shop.example/back").send().await.success();
    assert_eq!(waiting.text_at("/status"), "requires_action");
    assert_eq!(waiting.text_at("/next_action/type"), "redirect_to_url");
    assert_eq!(waiting.text_at("/next_action/redirect_to_url/return_url"), "https://shop.example/back");
    assert_eq!(test_bed.ledger(), Vec::<String>::new());

    let page = waiting.text_at("/next_action/redirect_to_url/url").to_owned();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let links = client.get(&page).send().await.unwrap().text().await.unwrap();
    assert!(links.contains("outcome=pass") && links.contains("outcome=fail"), "{links}");
    let back = client.get(format!("{page}&outcome=pass")).send().await.unwrap();
    let location = back.headers()["location"].to_str().unwrap();
    assert!(location.starts_with("https://shop.example/back?payment_intent=pi_"), "{location}");
    assert!(location.ends_with("redirect_status=succeeded"), "{location}");
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn without_a_return_url_the_next_action_is_stripes_script() {
    let test_bed = TestBed::open().await;
    for more in ["", "use_stripe_sdk=true&return_url=https://shop.example/back"] {
        let waiting = test_bed.pay("2000 usd", ALWAYS, more).send().await.success();
        assert_eq!(waiting.text_at("/next_action/type"), "use_stripe_sdk", "{more}");
    }
}

#[tokio::test]
async fn a_challenged_payment_off_session_is_declined() {
    let test_bed = TestBed::open().await;
    for (more, code) in [
        ("off_session=true", "authentication_required"),
        ("off_session=recurring", "authentication_required"),
        ("error_on_requires_action=true", "authentication_not_handled"),
    ] {
        let refused = test_bed.pay("2000 usd", ALWAYS, more).send().await;
        refused.expect_refusal("402 card_error authentication_required");
        assert_eq!(refused.text_at("/error/decline_code"), code);
        assert_eq!(*refused.at("/error/charge"), json!(null));
        assert_eq!(*refused.at("/error/payment_intent/latest_charge"), json!(null));
        assert_eq!(refused.text_at("/error/payment_intent/status"), "requires_payment_method");
        let id = refused.text_at("/error/payment_intent/id");
        test_bed.get(&format!("payment_intents/{id}")).send().await.success();
    }
}

#[tokio::test]
async fn another_card_may_pay_after_a_failed_authentication_or_a_decline() {
    let test_bed = TestBed::open().await;
    let still_no = "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds";
    for (card, passes, code) in
        [(ALWAYS, false, "payment_intent_authentication_failure"), (still_no, true, "card_declined")]
    {
        let id = test_bed.pay("2000 usd", card, "").send().await.success().id();
        assert!(test_bed.sandbox.authenticate(&id, passes));
        assert!(!test_bed.sandbox.authenticate(&id, passes));
        let intent = test_bed.get(&format!("payment_intents/{id}")).send().await.success();
        assert_eq!(intent.text_at("/status"), "requires_payment_method");
        assert_eq!(intent.text_at("/last_payment_error/code"), code);
        assert_eq!(*intent.at("/next_action"), json!(null));
        let retry = test_bed.post(&format!("payment_intents/{id}/confirm"), "payment_method=pm_card_visa");
        assert_eq!(retry.send().await.success().text_at("/status"), "succeeded");
    }
}

#[tokio::test]
async fn a_card_that_was_set_up_is_charged_off_session() {
    let test_bed = TestBed::open().await;
    let customer = test_bed.post("customers", "name=Jenny").send().await.success().id();
    let first = format!("customer={customer}&setup_future_usage=off_session");
    let first =
        test_bed.pay("2000 usd", "pm_card_authenticationRequiredOnSetup", &first).send().await.success();
    assert!(test_bed.sandbox.authenticate(&first.id(), true));
    let paid = test_bed.get(&format!("payment_intents/{}", first.id())).send().await.success();
    let card = paid.text_at("/payment_method");
    let saved = test_bed.get(&format!("payment_methods/{card}")).send().await.success();
    assert_eq!(saved.text_at("/customer"), customer);

    let second = format!("customer={customer}&off_session=true");
    test_bed.pay("1000 usd", card, &second).send().await.success();
    let third = test_bed.pay("1000 usd", card, &format!("customer={customer}")).send().await.success();
    assert_eq!(third.text_at("/status"), "requires_action");
    test_bed
        .pay("1000 usd", card, "")
        .send()
        .await
        .expect_refusal("400 invalid_request_error parameter_missing");
}

#[tokio::test]
async fn missing_malformed_and_revoked_keys_are_refused() {
    let test_bed = TestBed::open().await;
    let get = || test_bed.get("payment_intents");
    get().without_key().send().await.expect_refusal("401 invalid_request_error -");
    get().with_key("nonsense").send().await.expect_refusal("401 invalid_request_error -");
    get()
        .with_key("pk_test_abc")
        .send()
        .await
        .expect_refusal("403 invalid_request_error secret_key_required");
    get().with_key("rk_test_abc").send().await.success();
    get().without_key().header("authorization", "Basic c2tfdGVzdF9zdGFnZTo=").send().await.success();
    let live = test_bed.post("customers", "").with_key("sk_live_abc").send().await.success();
    assert_eq!(*live.at("/livemode"), json!(true));
    test_bed.sandbox.revoke_key(KEY);
    get().send().await.expect_refusal("401 invalid_request_error api_key_expired");
    assert!(test_bed.sandbox.calls().iter().all(|call| !format!("{call:?}").contains(KEY)));
}
