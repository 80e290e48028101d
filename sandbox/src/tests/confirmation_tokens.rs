//! ConfirmationTokens: made by a page or by the test helper, and used for one confirmation.

use std::time::Duration;

use serde_json::json;

use crate::tests::test_bed::{CARD, TestAnswer, TestBed, raw_card};

/// A token of the test helper for a card that needs no authentication.
const VISA: &str = "payment_method=pm_card_visa&return_url=https://shop.example/back&\
                    shipping[name]=Jenny&shipping[address][line1]=1 Mill";

impl TestBed {
    async fn confirmation_token(&self, body: &str) -> TestAnswer {
        self.post("test_helpers/confirmation_tokens", body).send().await.success()
    }

    /// Makes a ConfirmationToken as the script of a page does.
    async fn token_of_page(&self, body: &str) -> TestAnswer {
        self.post("confirmation_tokens", body).with_key("pk_test_stage").send().await.success()
    }

    async fn pay_with_token(&self, token: &str, more: &str) -> TestAnswer {
        let body = format!("amount=2000&currency=eur&confirm=true&confirmation_token={token}&{more}");
        self.post("payment_intents", body.trim_end_matches('&')).send().await
    }
}

#[tokio::test]
async fn a_token_confirms_one_payment_with_everything_in_the_token() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let token = test_bed.confirmation_token(&format!("{VISA}&setup_future_usage=off_session")).await;
    assert!(token.id().starts_with("ctoken_1"), "{}", token.text);
    assert_eq!(token.text_at("/payment_method_preview/card/last4"), "4242");
    assert_eq!(*token.at("/payment_method_preview/card/checks/cvc_check"), json!(null));
    assert_eq!(token.at("/expires_at").as_i64(), token.at("/created").as_i64().map(|at| at + 12 * 3600));
    assert_eq!(*token.at("/use_stripe_sdk"), json!(true));

    let more = format!("customer={jenny}&expand[]=payment_method");
    let paid = test_bed.pay_with_token(&token.id(), &more).await.success();
    assert_eq!(paid.text_at("/status"), "succeeded");
    assert_eq!(paid.text_at("/setup_future_usage"), "off_session");
    assert_eq!(paid.text_at("/shipping/name"), "Jenny");
    assert_eq!(paid.text_at("/payment_method/customer"), jenny);
    assert_eq!(test_bed.ledger(), ["Authorized 2000 eur", "Captured 2000 eur"]);

    let used = test_bed.get(&format!("confirmation_tokens/{}", token.id())).send().await.success();
    assert_eq!(
        (used.text_at("/payment_intent"), used.at("/setup_intent")),
        (paid.id().as_str(), &json!(null))
    );
    let again = test_bed.pay_with_token(&token.id(), "").await;
    again.expect_refusal("400 invalid_request_error -");
    assert!(again.text_at("/error/message").contains("has already been used"), "{}", again.text);
    assert_eq!(test_bed.ledger().len(), 2);
}

#[tokio::test]
async fn a_declined_attempt_uses_the_token_up() {
    let test_bed = TestBed::open().await;
    let token = test_bed.confirmation_token("payment_method=pm_card_visa_chargeDeclined").await.id();
    test_bed.pay_with_token(&token, CARD).await.expect_refusal("402 card_error card_declined");
    test_bed.pay_with_token(&token, CARD).await.expect_refusal("400 invalid_request_error -");
}

#[tokio::test]
async fn a_token_expires_after_twelve_hours() {
    let test_bed = TestBed::open().await;
    let (early, late) =
        (test_bed.confirmation_token(VISA).await.id(), test_bed.confirmation_token(VISA).await.id());
    test_bed.sandbox.advance(Duration::from_secs(12 * 3600 - 60));
    test_bed.pay_with_token(&early, "").await.success();
    test_bed.sandbox.advance(Duration::from_secs(60));
    let expired = test_bed.pay_with_token(&late, "").await;
    expired.expect_refusal("400 invalid_request_error -");
    assert!(expired.text_at("/error/message").contains("has expired"), "{}", expired.text);
}

#[tokio::test]
async fn the_page_collects_a_card_and_the_server_confirms() {
    let test_bed = TestBed::open().await;
    let card = raw_card("4242424242424242", "billing_details[name]=Jenny");
    let card: Vec<String> = card
        .split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            let (first, rest) = name.split_once('[').unwrap_or((name, ""));
            let rest = if rest.is_empty() { String::new() } else { format!("[{rest}") };
            format!("payment_method_data[{first}]{rest}={value}")
        })
        .collect();
    let page =
        "client_context[mode]=payment&client_context[currency]=eur&return_url=https://shop.example/back";
    let token = test_bed.token_of_page(&format!("{}&{page}", card.join("&"))).await;
    assert_eq!(token.text_at("/payment_method_preview/billing_details/name"), "Jenny");
    test_bed
        .get(&format!("confirmation_tokens/{}", token.id()))
        .with_key("pk_test_stage")
        .send()
        .await
        .expect_refusal("403 invalid_request_error secret_key_required");

    let body = "amount=2000&currency=eur&automatic_payment_methods[enabled]=true";
    let intent = test_bed.post("payment_intents", body).send().await.success().id();
    let confirm = format!("confirmation_token={}", token.id());
    let paid = test_bed.post(&format!("payment_intents/{intent}/confirm"), &confirm).send().await.success();
    assert_eq!(paid.text_at("/status"), "succeeded");
}

#[tokio::test]
async fn the_next_action_of_a_token_is_for_the_script() {
    let test_bed = TestBed::open().await;
    let body = "payment_method=pm_card_authenticationRequired&return_url=https://shop.example/back";
    let token = test_bed.confirmation_token(body).await.id();
    let waiting = test_bed.pay_with_token(&token, "").await.success();
    assert_eq!(waiting.text_at("/next_action/type"), "use_stripe_sdk");
    let token = test_bed.confirmation_token(body).await.id();
    let waiting = test_bed.pay_with_token(&token, "use_stripe_sdk=false").await.success();
    let back = "/next_action/redirect_to_url/return_url";
    assert_eq!(waiting.text_at(back), "https://shop.example/back");
}

#[tokio::test]
async fn a_token_sets_up_a_card_for_later() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let token = test_bed.confirmation_token(VISA).await.id();
    let body = format!("customer={jenny}&confirm=true&confirmation_token={token}");
    let done = test_bed.post("setup_intents", &body).send().await.success();
    assert_eq!(done.text_at("/status"), "succeeded");
    let used = test_bed.get(&format!("confirmation_tokens/{token}")).send().await.success();
    assert_eq!(used.text_at("/setup_intent"), done.id());

    let body = format!("customer={jenny}&automatic_payment_methods[enabled]=true");
    let open = test_bed.post("setup_intents", &body).send().await.success().id();
    let confirm = |token: &str| {
        test_bed.post(&format!("setup_intents/{open}/confirm"), &format!("confirmation_token={token}")).send()
    };
    confirm(&token).await.expect_refusal("400 invalid_request_error -");
    let fresh = test_bed.confirmation_token(VISA).await.id();
    assert_eq!(confirm(&fresh).await.success().text_at("/status"), "succeeded");
}

#[tokio::test]
async fn terms_unlike_those_of_the_elements_are_refused() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let page = "payment_method=pm_card_visa&return_url=https://shop.example/back&client_context[mode]=payment&\
                client_context[currency]=eur&client_context[payment_method_types][]=card";
    let token = test_bed.token_of_page(page).await.id();
    let pay = |more: String| {
        let body = format!("amount=2000&confirm=true&confirmation_token={token}&{more}");
        let test_bed = &test_bed;
        async move { test_bed.post("payment_intents", &body).send().await }
    };
    for (more, said) in [
        (
            "currency=usd".to_owned(),
            "The provided currency (usd) does not match the expected currency (eur).",
        ),
        (
            format!("currency=eur&setup_future_usage=off_session&customer={jenny}"),
            "The provided setup_future_usage (off_session) does not match the expected setup_future_usage (null).",
        ),
        (
            "currency=eur&capture_method=manual".to_owned(),
            "The provided capture_method (manual) does not match the expected capture_method (automatic).",
        ),
        (
            "currency=eur&payment_method_types[]=sepa_debit".to_owned(),
            "The provided payment_method_types (sepa_debit) does not match the expected payment_method_types (card).",
        ),
    ] {
        let refused = pay(more).await;
        refused.expect_refusal("400 invalid_request_error -");
        assert!(refused.text_at("/error/message").starts_with(said), "{}", refused.text);
    }
    pay("currency=eur&payment_method_types[]=card".to_owned()).await.success();
}

#[tokio::test]
async fn a_token_is_refused_without_confirmation_and_an_unknown_token_always() {
    let test_bed = TestBed::open().await;
    let token = test_bed.confirmation_token(VISA).await.id();
    let body = format!("amount=2000&currency=eur&confirmation_token={token}");
    let refused = test_bed.post("payment_intents", &body).send().await;
    assert_eq!(refused.text_at("/error/param"), "confirmation_token");
    let unknown = test_bed.pay_with_token("ctoken_1", "").await;
    unknown.expect_refusal("400 invalid_request_error resource_missing");
    test_bed
        .post("test_helpers/confirmation_tokens", "")
        .send()
        .await
        .expect_refusal("400 invalid_request_error parameter_missing");
    let live = test_bed.post("test_helpers/confirmation_tokens", VISA).with_key("sk_live_stage").send().await;
    live.expect_refusal("400 invalid_request_error -");
    let listed = format!("payment_method_types[]=sepa_debit&confirm=true&confirmation_token={token}");
    let other = test_bed.post("payment_intents", &format!("amount=2000&currency=eur&{listed}")).send().await;
    assert_eq!(other.text_at("/error/param"), "payment_method");
}

#[tokio::test]
async fn a_restricted_key_needs_the_permission_for_tokens() {
    let test_bed = TestBed::open().await;
    let permissions = [("payment_intents".to_owned(), "write".to_owned())].into();
    test_bed.sandbox.permit_key("rk_test_stage", &permissions).unwrap();
    let make = || test_bed.post("test_helpers/confirmation_tokens", VISA).with_key("rk_test_stage").send();
    make().await.expect_refusal("403 invalid_request_error more_permissions_required");
    let permissions = [("confirmation_tokens".to_owned(), "write".to_owned())].into();
    test_bed.sandbox.permit_key("rk_test_stage", &permissions).unwrap();
    let token = make().await.success().id();
    let path = format!("confirmation_tokens/{token}");
    test_bed.get(&path).with_key("rk_test_stage").send().await.success();
}
