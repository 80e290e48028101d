//! The setup of cards for later payments, without a payment.

use serde_json::json;

use crate::Fault;
use crate::tests::stage::{CARD, Stage};

#[tokio::test]
async fn a_card_is_set_up_and_kept_without_moving_money() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let more = format!("customer={jenny}&metadata[order]=8&description=Card&expand[]=latest_attempt");
    let done = stage.set_up("pm_card_visa", &more).once("setup-8").send().await.good();
    assert_eq!(done.text_at("/status"), "succeeded");
    assert_eq!(done.text_at("/usage"), "off_session");
    assert_eq!(done.text_at("/latest_attempt/status"), "succeeded");
    assert!(done.text_at("/client_secret").starts_with(&format!("{}_secret_", done.id())));
    assert_eq!(*done.at("/metadata"), json!({ "order": "8" }));
    assert_eq!(*done.at("/next_action"), json!(null));
    let card = done.text_at("/payment_method");
    let kept = stage.get(&format!("payment_methods/{card}")).send().await.good();
    assert_eq!(kept.text_at("/customer"), jenny);
    assert_eq!(kept.text_at("/card/checks/cvc_check"), "pass");
    let retry = stage.set_up("pm_card_visa", &more).once("setup-8").send().await.good();
    assert_eq!(retry.text, done.text);
    assert_eq!(stage.ledger(), Vec::<String>::new());
    let paid = stage.pay("2000 usd", card, &format!("customer={jenny}&off_session=true"));
    paid.send().await.good();
}

#[tokio::test]
async fn it_can_be_done_step_by_step() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let open = stage.post("setup_intents", &format!("{CARD}&usage=on_session")).send().await.good();
    assert_eq!(open.text_at("/status"), "requires_payment_method");
    assert_eq!((open.text_at("/usage"), open.at("/customer")), ("on_session", &json!(null)));
    let id = open.id();
    let confirm = |body: &str| stage.post(&format!("setup_intents/{id}/confirm"), body).send();
    confirm("").await.refused("400 invalid_request_error setup_intent_unexpected_state");
    let changes = format!("customer={jenny}&payment_method=pm_card_visa&metadata[a]=1&description=Mine");
    let changed = stage.post(&format!("setup_intents/{id}"), &changes).send().await.good();
    assert_eq!(changed.text_at("/status"), "requires_confirmation");
    assert_eq!((changed.text_at("/customer"), changed.text_at("/description")), (jenny.as_str(), "Mine"));
    assert_eq!(confirm("").await.good().text_at("/status"), "succeeded");

    let retry = confirm("").await;
    retry.refused("400 invalid_request_error setup_intent_unexpected_state");
    assert_eq!(retry.text_at("/error/setup_intent/status"), "succeeded");
    let update = |body: &str| stage.post(&format!("setup_intents/{id}"), body).send();
    let late = update("payment_method=pm_card_visa").await;
    late.refused("400 invalid_request_error setup_intent_unexpected_state");
    let noted = update("metadata[a]=&metadata[b]=2&description=").await.good();
    assert_eq!((noted.at("/metadata"), noted.at("/description")), (&json!({ "b": "2" }), &json!(null)));
}

#[tokio::test]
async fn it_can_be_given_up_while_it_is_open() {
    let stage = Stage::open().await;
    for (card, reason) in [
        ("", "abandoned"),
        ("payment_method=pm_card_visa", "requested_by_customer"),
        ("payment_method=pm_card_authenticationRequired&confirm=true", "duplicate"),
    ] {
        let id = stage.post("setup_intents", &format!("{CARD}&{card}")).send().await.good().id();
        let cancel = |body: String| stage.post(&format!("setup_intents/{id}/cancel"), &body).send();
        cancel("cancellation_reason=fraudulent".to_owned()).await.refused("400 invalid_request_error -");
        let over = cancel(format!("cancellation_reason={reason}")).await.good();
        assert_eq!((over.text_at("/status"), over.text_at("/cancellation_reason")), ("canceled", reason));
        let retry = cancel(String::new()).await;
        retry.refused("400 invalid_request_error setup_intent_unexpected_state");
        assert!(!stage.sandbox.authenticate(&id, true));
    }
}

#[tokio::test]
async fn a_declined_card_leaves_an_open_setup_intent_behind() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    for (card, code) in [
        ("pm_card_visa_chargeDeclined", "card_declined generic_decline -"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card expired_card exp_month"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc incorrect_cvc cvc"),
    ] {
        let declined = stage.set_up(card, &format!("customer={jenny}")).once(card).send().await;
        let field = |name: &str| declined.text_at(&format!("/error/{name}")).to_owned();
        let fields = ["code", "decline_code", "param"].map(field).join(" ");
        assert_eq!(format!("{} {fields}", declined.status), format!("402 {code}"), "{card}");
        assert_eq!(field("type"), "card_error");
        assert_eq!(field("payment_method/object"), "payment_method");
        assert_eq!(
            (field("setup_intent/status"), field("charge")),
            ("requires_payment_method".into(), "-".into())
        );
        let left = stage.get(&format!("setup_intents/{}", field("setup_intent/id"))).send().await.good();
        assert_eq!(left.text_at("/last_setup_error/code"), field("code"));
        assert_eq!(*left.at("/payment_method"), json!(null));
        let failed = field("payment_method/id");
        let failed = stage.get(&format!("payment_methods/{failed}")).send().await.good();
        assert_eq!(*failed.at("/customer"), json!(null));
        let retry =
            stage.post(&format!("setup_intents/{}/confirm", left.id()), "payment_method=pm_card_visa");
        let retried = retry.send().await.good();
        assert_eq!(retried.text_at("/status"), "succeeded");
        assert_eq!(*retried.at("/last_setup_error"), json!(null));
    }
    let fails_later = stage.set_up("pm_card_chargeCustomerFail", &format!("customer={jenny}"));
    let card = fails_later.send().await.good().text_at("/payment_method").to_owned();
    let charge = stage.pay("2000 usd", &card, &format!("customer={jenny}&off_session=true"));
    charge.send().await.refused("402 card_error card_declined");
}

#[tokio::test]
async fn parameters_are_refused_by_name() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let card = "payment_method=pm_card_visa";
    let theirs = stage.post("payment_methods/pm_card_visa/attach", &format!("customer={jenny}"));
    let theirs = theirs.send().await.good().id();
    for (body, said) in [
        (format!("{card}&confirm=true&automatic_payment_methods[enabled]=true"), "400 - -"),
        (format!("confirm=true&{CARD}"), "400 setup_intent_unexpected_state -"),
        (format!("{card}&return_url=https://shop.example"), "400 - return_url"),
        (format!("{card}&usage=later"), "400 - usage"),
        (format!("{card}&amount=2000"), "400 parameter_unknown amount"),
        (format!("{card}&off_session=true"), "400 parameter_unknown off_session"),
        (format!("{card}&payment_method_types[]=sepa_debit"), "400 - payment_method"),
        (format!("{card}&expand[]=usage"), "400 - -"),
        (format!("payment_method={theirs}"), "400 - payment_method"),
        ("payment_method=pm_nobody".to_owned(), "400 resource_missing payment_method"),
        ("customer=cus_nobody".to_owned(), "400 resource_missing customer"),
    ] {
        let received = stage.post("setup_intents", &body).send().await;
        let (code, param) = (received.text_at("/error/code"), received.text_at("/error/param"));
        assert_eq!(format!("{} {code} {param}", received.status), said, "{body}: {}", received.text);
    }
    assert_eq!(*stage.get("setup_intents").send().await.good().at("/data"), json!([]));
    let unknown = stage.get("setup_intents/seti_nobody").send().await;
    unknown.refused("404 invalid_request_error resource_missing");
    assert_eq!(unknown.text_at("/error/message"), "No such setupintent: 'seti_nobody'");
    let mandate = "mandate_data[customer_acceptance][type]=offline";
    stage.set_up("pm_card_visa", mandate).send().await.good();
    stage
        .set_up("pm_card_visa", "payment_method_types[0]=card")
        .send()
        .await
        .refused("400 invalid_request_error parameters_exclusive");
}

#[tokio::test]
async fn faults_and_accounts_are_as_everywhere() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let go = |key: &str| stage.set_up("pm_card_visa", &format!("customer={jenny}")).once(key);
    stage.sandbox.arm(Fault::LoseAnswer);
    go("lost").try_send().await.unwrap_err();
    assert_eq!(go("lost").send().await.good().header("idempotent-replayed"), "true");
    stage.sandbox.arm(Fault::ServerError { effect: true });
    go("broken").send().await.refused("500 api_error -");
    stage.sandbox.arm(Fault::RATE_LIMITED);
    go("limited").send().await.refused("429 invalid_request_error rate_limit");
    let all = stage.get("setup_intents").send().await.good();
    assert_eq!(all.ids().len(), 2);
    let theirs = stage.get(&format!("setup_intents/{}", all.ids()[0])).by("sk_test_other").send().await;
    theirs.refused("404 invalid_request_error resource_missing");
    let kept = stage.get(&format!("payment_methods?customer={jenny}")).send().await.good();
    assert_eq!(kept.ids().len(), 2);
}

#[tokio::test]
async fn they_are_listed_by_customer_and_card() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let hers = stage.set_up("pm_card_visa", &format!("customer={jenny}")).send().await.good();
    stage.sandbox.advance(std::time::Duration::from_secs(100));
    let nobodys = stage.set_up("pm_card_visa", "").send().await.good();
    let card = hers.text_at("/payment_method");
    let moment = nobodys.at("/created");
    for (query, ids) in [
        (String::new(), vec![nobodys.id(), hers.id()]),
        ("limit=1".to_owned(), vec![nobodys.id()]),
        (format!("starting_after={}", nobodys.id()), vec![hers.id()]),
        (format!("customer={jenny}"), vec![hers.id()]),
        (format!("payment_method={card}"), vec![hers.id()]),
        (format!("created[gte]={moment}"), vec![nobodys.id()]),
    ] {
        let list = stage.get(&format!("setup_intents?{query}")).send().await.good();
        assert_eq!(list.ids(), ids, "{query}");
        assert_eq!(list.text_at("/url"), "/v1/setup_intents");
    }
}
