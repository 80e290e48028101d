//! Calls from pages in browsers, with a publishable key and the client secret of one intent.

use serde_json::json;

use crate::tests::test_bed::{CARD, TestBed, raw_card};

const PAGE: &str = "pk_test_stage";

#[tokio::test]
async fn a_page_pays_with_the_client_secret() {
    let test_bed = TestBed::open().await;
    let body = format!("amount=2000&currency=usd&metadata[order]=8&{CARD}");
    let intent = test_bed.post("payment_intents", &body).send().await.success();
    let (id, secret) = (intent.id(), intent.text_at("/client_secret").to_owned());
    let card = test_bed
        .post("payment_methods", &raw_card("4242424242424242", "card[cvc]=123"))
        .with_key(PAGE)
        .without_schema_check();
    let card = card.send().await.success();
    assert_eq!(*card.at("/metadata"), json!(null));
    let retrieve = |secret: &str| {
        test_bed
            .get(&format!("payment_intents/{id}?client_secret={secret}"))
            .with_key(PAGE)
            .without_schema_check()
    };
    assert_eq!(
        *retrieve(&secret).send().await.success().at("/metadata"),
        json!(null),
        "the account's own business"
    );
    retrieve("pi_1_secret_2").send().await.expect_refusal("400 invalid_request_error resource_missing");
    let without_secret = test_bed.get(&format!("payment_intents/{id}")).with_key(PAGE).send().await;
    without_secret.expect_refusal("400 invalid_request_error parameter_missing");
    let confirm = |more: &str| {
        let body = format!("payment_method={}&use_stripe_sdk=true{more}", card.id());
        test_bed.post(&format!("payment_intents/{id}/confirm"), &body).with_key(PAGE).without_schema_check()
    };
    let without_client_secret = confirm("").send().await;
    without_client_secret.expect_refusal("400 invalid_request_error parameter_missing");
    let unknown = confirm("&nonsense=1").send().await;
    unknown.expect_refusal("400 invalid_request_error parameter_unknown");
    assert!(
        ![&without_client_secret, &unknown].iter().any(|received| received.text.contains(&secret)),
        "the secret is not told"
    );
    let hidden = retrieve(&format!("{secret}&expand[]=payment_method.customer")).send().await;
    hidden.expect_refusal("400 invalid_request_error -");
    let paid = confirm(&format!("&client_secret={secret}")).send().await.success();
    assert_eq!(paid.text_at("/status"), "succeeded");
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn other_calls_of_a_page_are_refused() {
    let test_bed = TestBed::open().await;
    let intent = test_bed.hold("2000 usd").await;
    for path in ["customers", "refunds", &format!("payment_intents/{intent}/capture"), "payment_intents"] {
        let refused = test_bed.post(path, "").with_key(PAGE).send().await;
        refused.expect_refusal("403 invalid_request_error secret_key_required");
    }
    let live_key = test_bed.get("payment_intents").with_key("pk_live_stage").send().await;
    live_key.expect_refusal("403 invalid_request_error secret_key_required");
}

#[tokio::test]
async fn cross_origin_calls_are_allowed() {
    let test_bed = TestBed::open().await;
    let client = reqwest::Client::builder().build().unwrap();
    let url = format!("{}/v1/payment_methods", test_bed.sandbox.url());
    let preflight = client.request(reqwest::Method::OPTIONS, &url).header("origin", "https://shop.example");
    let preflight = preflight.header("access-control-request-method", "POST").send().await.unwrap();
    assert!(preflight.status().is_success());
    let header = |name: &str| preflight.headers().get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("access-control-allow-origin"), "*");
    assert!(header("access-control-allow-headers").contains("authorization"));
    let refused = test_bed.post("payment_methods", "").with_key(PAGE).send().await;
    assert_eq!(refused.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_page_creates_a_token_for_one_use() {
    let test_bed = TestBed::open().await;
    let body = "card[number]=4000000000000002&card[exp_month]=3&card[exp_year]=2035&card[cvc]=123&\
                card[name]=Jenny&card[address_zip]=94103";
    test_bed.post("tokens", body).send().await.expect_refusal("402 invalid_request_error -");
    let token = test_bed.post("tokens", body).with_key(PAGE).send().await.success();
    assert_eq!((token.text_at("/card/last4"), token.text_at("/card/brand")), ("0002", "Visa"));
    assert_eq!(*token.at("/used"), json!(false));
    let use_token =
        || test_bed.post("payment_methods", &format!("type=card&card[token]={}", token.id())).send();
    let card = use_token().await.success();
    assert_eq!(card.text_at("/billing_details/name"), "Jenny");
    use_token().await.expect_refusal("400 invalid_request_error token_already_used");
    let used = test_bed.get(&format!("tokens/{}", token.id())).send().await.success();
    assert_eq!(*used.at("/used"), json!(true));
    test_bed.pay("2000 usd", &card.id(), "").send().await.expect_refusal("402 card_error card_declined");
}

#[tokio::test]
async fn a_refusal_for_a_page_hides_the_metadata() {
    let test_bed = TestBed::open().await;
    let body = format!("amount=2000&currency=usd&metadata[order]=8&{CARD}");
    let intent = test_bed.post("payment_intents", &body).send().await.success();
    let secret = intent.text_at("/client_secret");
    let confirm = format!("client_secret={secret}&payment_method=pm_card_chargeDeclined");
    let path = format!("payment_intents/{}/confirm", intent.id());
    let declined = test_bed.post(&path, &confirm).with_key(PAGE).without_schema_check().send().await;
    declined.expect_refusal("402 card_error card_declined");
    assert_eq!(declined.text_at("/error/payment_intent/status"), "requires_payment_method");
    assert_eq!(*declined.at("/error/payment_intent/metadata"), json!(null));
    let seen = test_bed.get(&format!("payment_intents/{}", intent.id())).send().await.success();
    assert_eq!(seen.text_at("/metadata/order"), "8");
}

#[tokio::test]
async fn calls_for_another_account_and_oversized_calls_are_refused() {
    let test_bed = TestBed::open().await;
    let other = test_bed.get("customers").header("stripe-account", "acct_other").send().await;
    other.expect_refusal("403 invalid_request_error account_invalid");
    let own = test_bed.sandbox.account_of("sk_test_stage").unwrap();
    test_bed.get("customers").header("stripe-account", &own).send().await.success();
    let endless = format!("description={}", "x".repeat(2 * 1024 * 1024));
    test_bed.post("customers", &endless).send().await.expect_refusal("413 invalid_request_error -");
}
