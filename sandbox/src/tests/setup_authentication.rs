//! Cards that require authentication by the customer before the setup.

use serde_json::json;

use crate::tests::stage::{Stage, TestAnswer};

async fn inspect(stage: &Stage, id: &str) -> TestAnswer {
    stage.get(&format!("setup_intents/{id}")).send().await.good()
}

#[tokio::test]
async fn a_customer_authenticates_once_and_is_charged_without_being_there() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let card = "pm_card_authenticationRequiredOnSetup";
    let more = format!("customer={jenny}&return_url=https://shop.example/back?a=1");
    let waiting = stage.set_up(card, &more).send().await.good();
    assert_eq!(waiting.text_at("/status"), "requires_action");
    assert_eq!(waiting.text_at("/next_action/type"), "redirect_to_url");
    let card = waiting.text_at("/payment_method");
    let held = stage.get(&format!("payment_methods/{card}")).send().await.good();
    assert_eq!(*held.at("/customer"), json!(null));

    let page = waiting.text_at("/next_action/redirect_to_url/url").to_owned();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let links = client.get(&page).send().await.unwrap().text().await.unwrap();
    assert!(links.contains(&format!("?setup_intent={}&amp;outcome=pass", waiting.id())), "{links}");
    let back = client.get(format!("{page}&outcome=pass")).send().await.unwrap();
    let location = back.headers()["location"].to_str().unwrap();
    let start =
        format!("https://shop.example/back?a=1&setup_intent={}&setup_intent_client_secret=", waiting.id());
    assert!(location.starts_with(&start) && location.ends_with("redirect_status=succeeded"), "{location}");
    assert_eq!(inspect(&stage, &waiting.id()).await.text_at("/status"), "succeeded");

    let paid = stage.pay("2000 usd", card, &format!("customer={jenny}&off_session=true"));
    assert_eq!(paid.send().await.good().text_at("/status"), "succeeded");
    assert_eq!(stage.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn a_card_that_was_set_up_for_use_on_session_is_not_charged_off_session() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let more = format!("customer={jenny}&usage=on_session");
    let waiting = stage.set_up("pm_card_authenticationRequiredOnSetup", &more).send().await.good();
    assert_eq!(waiting.text_at("/next_action/type"), "use_stripe_sdk");
    assert!(stage.sandbox.authenticate(&waiting.id(), true));
    let card = waiting.text_at("/payment_method");
    let absent = stage.pay("2000 usd", card, &format!("customer={jenny}&off_session=true")).send().await;
    absent.refused("402 card_error authentication_required");
}

#[tokio::test]
async fn who_fails_to_authenticate_may_try_another_card() {
    let stage = Stage::open().await;
    let id = stage.set_up("pm_card_threeDSecure2Required", "").send().await.good().id();
    assert!(stage.sandbox.authenticate(&id, false));
    assert!(!stage.sandbox.authenticate(&id, true));
    let left = inspect(&stage, &id).await;
    assert_eq!(left.text_at("/status"), "requires_payment_method");
    assert_eq!(left.text_at("/last_setup_error/code"), "setup_intent_authentication_failure");
    let attempt = stage.get(&format!("setup_intents/{id}?expand[]=latest_attempt")).send().await.good();
    assert_eq!(attempt.text_at("/latest_attempt/status"), "failed");
    let retry = stage.post(&format!("setup_intents/{id}/confirm"), "payment_method=pm_card_visa");
    assert_eq!(retry.send().await.good().text_at("/status"), "succeeded");
}

#[tokio::test]
async fn a_customer_who_is_deleted_meanwhile_keeps_no_card() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let waiting = stage.set_up("pm_card_authenticationRequired", &format!("customer={jenny}"));
    let waiting = waiting.send().await.good();
    stage.delete(&format!("customers/{jenny}")).send().await.good();
    assert!(stage.sandbox.authenticate(&waiting.id(), true));
    let card = stage.get(&format!("payment_methods/{}", waiting.text_at("/payment_method"))).send().await;
    assert_eq!(*card.good().at("/customer"), json!(null));
}
