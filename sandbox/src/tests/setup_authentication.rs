//! Cards that require authentication by the customer before the setup.

use serde_json::json;

use crate::tests::test_bed::{TestAnswer, TestBed};

async fn setup_intent(test_bed: &TestBed, id: &str) -> TestAnswer {
    test_bed.get(&format!("setup_intents/{id}")).send().await.success()
}

#[tokio::test]
async fn a_customer_authenticates_at_setup_and_is_charged_off_session() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let card = "pm_card_authenticationRequiredOnSetup";
    let more = format!("customer={jenny}&return_url=https://shop.example/back?a=1");
    let waiting = test_bed.set_up(card, &more).send().await.success();
    assert_eq!(waiting.text_at("/status"), "requires_action");
    assert_eq!(waiting.text_at("/next_action/type"), "redirect_to_url");
    let card = waiting.text_at("/payment_method");
    let held = test_bed.get(&format!("payment_methods/{card}")).send().await.success();
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
    assert_eq!(setup_intent(&test_bed, &waiting.id()).await.text_at("/status"), "succeeded");

    let paid = test_bed.pay("2000 usd", card, &format!("customer={jenny}&off_session=true"));
    assert_eq!(paid.send().await.success().text_at("/status"), "succeeded");
    assert_eq!(test_bed.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
}

#[tokio::test]
async fn a_card_set_up_for_on_session_is_declined_off_session() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let more = format!("customer={jenny}&usage=on_session");
    let waiting = test_bed.set_up("pm_card_authenticationRequiredOnSetup", &more).send().await.success();
    assert_eq!(waiting.text_at("/next_action/type"), "use_stripe_sdk");
    assert!(test_bed.sandbox.authenticate(&waiting.id(), true));
    let card = waiting.text_at("/payment_method");
    let absent = test_bed.pay("2000 usd", card, &format!("customer={jenny}&off_session=true")).send().await;
    absent.expect_refusal("402 card_error authentication_required");
}

#[tokio::test]
async fn another_card_may_be_set_up_after_a_failed_authentication() {
    let test_bed = TestBed::open().await;
    let id = test_bed.set_up("pm_card_threeDSecure2Required", "").send().await.success().id();
    assert!(test_bed.sandbox.authenticate(&id, false));
    assert!(!test_bed.sandbox.authenticate(&id, true));
    let left = setup_intent(&test_bed, &id).await;
    assert_eq!(left.text_at("/status"), "requires_payment_method");
    assert_eq!(left.text_at("/last_setup_error/code"), "setup_intent_authentication_failure");
    let attempt = test_bed.get(&format!("setup_intents/{id}?expand[]=latest_attempt")).send().await.success();
    assert_eq!(attempt.text_at("/latest_attempt/status"), "failed");
    let retry = test_bed.post(&format!("setup_intents/{id}/confirm"), "payment_method=pm_card_visa");
    assert_eq!(retry.send().await.success().text_at("/status"), "succeeded");
}

#[tokio::test]
async fn a_customer_deleted_during_authentication_gets_no_card() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let waiting = test_bed.set_up("pm_card_authenticationRequired", &format!("customer={jenny}"));
    let waiting = waiting.send().await.success();
    test_bed.delete(&format!("customers/{jenny}")).send().await.success();
    assert!(test_bed.sandbox.authenticate(&waiting.id(), true));
    let card = test_bed.get(&format!("payment_methods/{}", waiting.text_at("/payment_method"))).send().await;
    assert_eq!(*card.success().at("/customer"), json!(null));
}
