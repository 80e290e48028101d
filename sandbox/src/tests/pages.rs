//! Calls from pages in browsers, with a publishable key and the client secret of one intent.

use serde_json::json;

use crate::tests::stage::{CARD, Stage, raw};

const PAGE: &str = "pk_test_stage";

#[tokio::test]
async fn a_page_pays_with_the_secret_of_the_intent() {
    let stage = Stage::open().await;
    let body = format!("amount=2000&currency=usd&metadata[order]=8&{CARD}");
    let intent = stage.post("payment_intents", &body).send().await.good();
    let (id, secret) = (intent.id(), intent.text_at("/client_secret").to_owned());
    let card = stage.post("payment_methods", &raw("4242424242424242", "card[cvc]=123")).by(PAGE).unshaped();
    let card = card.send().await.good();
    assert_eq!(*card.at("/metadata"), json!(null));
    let inspect =
        |secret: &str| stage.get(&format!("payment_intents/{id}?client_secret={secret}")).by(PAGE).unshaped();
    assert_eq!(
        *inspect(&secret).send().await.good().at("/metadata"),
        json!(null),
        "the account's own business"
    );
    inspect("pi_1_secret_2").send().await.refused("400 invalid_request_error resource_missing");
    let nothing = stage.get(&format!("payment_intents/{id}")).by(PAGE).send().await;
    nothing.refused("400 invalid_request_error parameter_missing");
    let confirm = |more: &str| {
        let body = format!("payment_method={}&use_stripe_sdk=true{more}", card.id());
        stage.post(&format!("payment_intents/{id}/confirm"), &body).by(PAGE).unshaped()
    };
    let wrong = confirm("").send().await;
    wrong.refused("400 invalid_request_error parameter_missing");
    let unknown = confirm("&nonsense=1").send().await;
    unknown.refused("400 invalid_request_error parameter_unknown");
    assert!(
        ![&wrong, &unknown].iter().any(|received| received.text.contains(&secret)),
        "the secret is not told"
    );
    let hidden = inspect(&format!("{secret}&expand[]=payment_method.customer")).send().await;
    hidden.refused("400 invalid_request_error -");
    let paid = confirm(&format!("&client_secret={secret}")).send().await.good();
    assert_eq!(paid.text_at("/status"), "succeeded");
    assert_eq!(stage.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn a_page_may_do_nothing_else() {
    let stage = Stage::open().await;
    let intent = stage.hold("2000 usd").await;
    for path in ["customers", "refunds", &format!("payment_intents/{intent}/capture"), "payment_intents"] {
        let refused = stage.post(path, "").by(PAGE).send().await;
        refused.refused("403 invalid_request_error secret_key_required");
    }
    let stranger = stage.get("payment_intents").by("pk_live_stage").send().await;
    stranger.refused("403 invalid_request_error secret_key_required");
}

#[tokio::test]
async fn a_browser_may_call_from_any_page() {
    let stage = Stage::open().await;
    let client = reqwest::Client::builder().build().unwrap();
    let url = format!("{}/v1/payment_methods", stage.sandbox.url());
    let asked = client.request(reqwest::Method::OPTIONS, &url).header("origin", "https://shop.example");
    let asked = asked.header("access-control-request-method", "POST").send().await.unwrap();
    assert!(asked.status().is_success());
    let header = |name: &str| asked.headers().get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("access-control-allow-origin"), "*");
    assert!(header("access-control-allow-headers").contains("authorization"));
    let refused = stage.post("payment_methods", "").by(PAGE).send().await;
    assert_eq!(refused.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_token_is_made_by_a_page_and_used_once() {
    let stage = Stage::open().await;
    let body = "card[number]=4000000000000002&card[exp_month]=3&card[exp_year]=2035&card[cvc]=123&\
                card[name]=Jenny&card[address_zip]=94103";
    stage.post("tokens", body).send().await.refused("402 invalid_request_error -");
    let token = stage.post("tokens", body).by(PAGE).send().await.good();
    assert_eq!((token.text_at("/card/last4"), token.text_at("/card/brand")), ("0002", "Visa"));
    assert_eq!(*token.at("/used"), json!(false));
    let use_it = || stage.post("payment_methods", &format!("type=card&card[token]={}", token.id())).send();
    let card = use_it().await.good();
    assert_eq!(card.text_at("/billing_details/name"), "Jenny");
    use_it().await.refused("400 invalid_request_error token_already_used");
    let used = stage.get(&format!("tokens/{}", token.id())).send().await.good();
    assert_eq!(*used.at("/used"), json!(true));
    stage.pay("2000 usd", &card.id(), "").send().await.refused("402 card_error card_declined");
}

#[tokio::test]
async fn a_refusal_tells_a_page_no_more_than_an_answer() {
    let stage = Stage::open().await;
    let body = format!("amount=2000&currency=usd&metadata[order]=8&{CARD}");
    let intent = stage.post("payment_intents", &body).send().await.good();
    let secret = intent.text_at("/client_secret");
    let confirm = format!("client_secret={secret}&payment_method=pm_card_chargeDeclined");
    let path = format!("payment_intents/{}/confirm", intent.id());
    let declined = stage.post(&path, &confirm).by(PAGE).unshaped().send().await;
    declined.refused("402 card_error card_declined");
    assert_eq!(declined.text_at("/error/payment_intent/status"), "requires_payment_method");
    assert_eq!(*declined.at("/error/payment_intent/metadata"), json!(null));
    let seen = stage.get(&format!("payment_intents/{}", intent.id())).send().await.good();
    assert_eq!(seen.text_at("/metadata/order"), "8");
}

#[tokio::test]
async fn no_account_acts_for_another_and_no_call_is_endless() {
    let stage = Stage::open().await;
    let other = stage.get("customers").header("stripe-account", "acct_other").send().await;
    other.refused("403 invalid_request_error account_invalid");
    let own = stage.sandbox.account_of("sk_test_stage").unwrap();
    stage.get("customers").header("stripe-account", &own).send().await.good();
    let endless = format!("description={}", "x".repeat(2 * 1024 * 1024));
    stage.post("customers", &endless).send().await.refused("413 invalid_request_error -");
}
