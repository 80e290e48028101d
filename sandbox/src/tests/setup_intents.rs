//! The setup of cards for later payments, without a payment.

use serde_json::json;

use crate::Fault;
use crate::tests::test_bed::{CARD, TestBed};

#[tokio::test]
async fn a_card_is_set_up_and_attached_without_a_charge() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let more = format!("customer={jenny}&metadata[order]=8&description=Card&expand[]=latest_attempt");
    let done = test_bed.set_up("pm_card_visa", &more).with_idempotency_key("setup-8").send().await.success();
    assert_eq!(done.text_at("/status"), "succeeded");
    assert_eq!(done.text_at("/usage"), "off_session");
    assert_eq!(done.text_at("/latest_attempt/status"), "succeeded");
    assert!(done.text_at("/client_secret").starts_with(&format!("{}_secret_", done.id())));
    assert_eq!(*done.at("/metadata"), json!({ "order": "8" }));
    assert_eq!(*done.at("/next_action"), json!(null));
    let card = done.text_at("/payment_method");
    let saved = test_bed.get(&format!("payment_methods/{card}")).send().await.success();
    assert_eq!(saved.text_at("/customer"), jenny);
    assert_eq!(saved.text_at("/card/checks/cvc_check"), "pass");
    let retry = test_bed.set_up("pm_card_visa", &more).with_idempotency_key("setup-8").send().await.success();
    assert_eq!(retry.text, done.text);
    assert_eq!(test_bed.ledger(), Vec::<String>::new());
    let paid = test_bed.pay("2000 usd", card, &format!("customer={jenny}&off_session=true"));
    paid.send().await.success();
}

#[tokio::test]
async fn a_setup_intent_can_be_completed_step_by_step() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let open = test_bed.post("setup_intents", &format!("{CARD}&usage=on_session")).send().await.success();
    assert_eq!(open.text_at("/status"), "requires_payment_method");
    assert_eq!((open.text_at("/usage"), open.at("/customer")), ("on_session", &json!(null)));
    let id = open.id();
    let confirm = |body: &str| test_bed.post(&format!("setup_intents/{id}/confirm"), body).send();
    confirm("").await.expect_refusal("400 invalid_request_error setup_intent_unexpected_state");
    let changes = format!("customer={jenny}&payment_method=pm_card_visa&metadata[a]=1&description=Mine");
    let changed = test_bed.post(&format!("setup_intents/{id}"), &changes).send().await.success();
    assert_eq!(changed.text_at("/status"), "requires_confirmation");
    assert_eq!((changed.text_at("/customer"), changed.text_at("/description")), (jenny.as_str(), "Mine"));
    assert_eq!(confirm("").await.success().text_at("/status"), "succeeded");

    let retry = confirm("").await;
    retry.expect_refusal("400 invalid_request_error setup_intent_unexpected_state");
    assert_eq!(retry.text_at("/error/setup_intent/status"), "succeeded");
    let update = |body: &str| test_bed.post(&format!("setup_intents/{id}"), body).send();
    let late = update("payment_method=pm_card_visa").await;
    late.expect_refusal("400 invalid_request_error setup_intent_unexpected_state");
    let noted = update("metadata[a]=&metadata[b]=2&description=").await.success();
    assert_eq!((noted.at("/metadata"), noted.at("/description")), (&json!({ "b": "2" }), &json!(null)));
}

#[tokio::test]
async fn an_open_setup_intent_can_be_canceled() {
    let test_bed = TestBed::open().await;
    for (card, reason) in [
        ("", "abandoned"),
        ("payment_method=pm_card_visa", "requested_by_customer"),
        ("payment_method=pm_card_authenticationRequired&confirm=true", "duplicate"),
    ] {
        let id = test_bed.post("setup_intents", &format!("{CARD}&{card}")).send().await.success().id();
        let cancel = |body: String| test_bed.post(&format!("setup_intents/{id}/cancel"), &body).send();
        cancel("cancellation_reason=fraudulent".to_owned())
            .await
            .expect_refusal("400 invalid_request_error -");
        let canceled = cancel(format!("cancellation_reason={reason}")).await.success();
        assert_eq!(
            (canceled.text_at("/status"), canceled.text_at("/cancellation_reason")),
            ("canceled", reason)
        );
        let retry = cancel(String::new()).await;
        retry.expect_refusal("400 invalid_request_error setup_intent_unexpected_state");
        assert!(!test_bed.sandbox.authenticate(&id, true));
    }
}

#[tokio::test]
async fn a_declined_card_leaves_the_setup_intent_open() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    for (card, code) in [
        ("pm_card_visa_chargeDeclined", "card_declined generic_decline -"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card expired_card exp_month"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc incorrect_cvc cvc"),
    ] {
        let declined =
            test_bed.set_up(card, &format!("customer={jenny}")).with_idempotency_key(card).send().await;
        let field = |name: &str| declined.text_at(&format!("/error/{name}")).to_owned();
        let fields = ["code", "decline_code", "param"].map(field).join(" ");
        assert_eq!(format!("{} {fields}", declined.status), format!("402 {code}"), "{card}");
        assert_eq!(field("type"), "card_error");
        assert_eq!(field("payment_method/object"), "payment_method");
        assert_eq!(
            (field("setup_intent/status"), field("charge")),
            ("requires_payment_method".into(), "-".into())
        );
        let open =
            test_bed.get(&format!("setup_intents/{}", field("setup_intent/id"))).send().await.success();
        assert_eq!(open.text_at("/last_setup_error/code"), field("code"));
        assert_eq!(*open.at("/payment_method"), json!(null));
        let failed = field("payment_method/id");
        let failed = test_bed.get(&format!("payment_methods/{failed}")).send().await.success();
        assert_eq!(*failed.at("/customer"), json!(null));
        let retry =
            test_bed.post(&format!("setup_intents/{}/confirm", open.id()), "payment_method=pm_card_visa");
        let retried = retry.send().await.success();
        assert_eq!(retried.text_at("/status"), "succeeded");
        assert_eq!(*retried.at("/last_setup_error"), json!(null));
    }
    let fails_later = test_bed.set_up("pm_card_chargeCustomerFail", &format!("customer={jenny}"));
    let card = fails_later.send().await.success().text_at("/payment_method").to_owned();
    let charge = test_bed.pay("2000 usd", &card, &format!("customer={jenny}&off_session=true"));
    charge.send().await.expect_refusal("402 card_error card_declined");
}

#[tokio::test]
async fn parameters_are_refused_by_name() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let card = "payment_method=pm_card_visa";
    let attached = test_bed.post("payment_methods/pm_card_visa/attach", &format!("customer={jenny}"));
    let attached = attached.send().await.success().id();
    for (body, expected) in [
        (format!("{card}&confirm=true&automatic_payment_methods[enabled]=true"), "400 - -"),
        (format!("confirm=true&{CARD}"), "400 setup_intent_unexpected_state -"),
        (format!("{card}&return_url=https://shop.example"), "400 - return_url"),
        (format!("{card}&usage=later"), "400 - usage"),
        (format!("{card}&amount=2000"), "400 parameter_unknown amount"),
        (format!("{card}&off_session=true"), "400 parameter_unknown off_session"),
        (format!("{card}&payment_method_types[]=sepa_debit"), "400 - payment_method"),
        (format!("{card}&expand[]=usage"), "400 - -"),
        (format!("payment_method={attached}"), "400 - payment_method"),
        ("payment_method=pm_nobody".to_owned(), "400 resource_missing payment_method"),
        ("customer=cus_nobody".to_owned(), "400 resource_missing customer"),
    ] {
        let received = test_bed.post("setup_intents", &body).send().await;
        let (code, param) = (received.text_at("/error/code"), received.text_at("/error/param"));
        assert_eq!(format!("{} {code} {param}", received.status), expected, "{body}: {}", received.text);
    }
    assert_eq!(*test_bed.get("setup_intents").send().await.success().at("/data"), json!([]));
    let unknown = test_bed.get("setup_intents/seti_nobody").send().await;
    unknown.expect_refusal("404 invalid_request_error resource_missing");
    assert_eq!(unknown.text_at("/error/message"), "No such setupintent: 'seti_nobody'");
    let mandate = "mandate_data[customer_acceptance][type]=offline";
    test_bed.set_up("pm_card_visa", mandate).send().await.success();
    test_bed
        .set_up("pm_card_visa", "payment_method_types[0]=card")
        .send()
        .await
        .expect_refusal("400 invalid_request_error parameters_exclusive");
}

#[tokio::test]
async fn setup_intents_have_faults_idempotency_and_separate_accounts() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let set_up_card =
        |key: &str| test_bed.set_up("pm_card_visa", &format!("customer={jenny}")).with_idempotency_key(key);
    test_bed.sandbox.arm(Fault::LoseAnswer);
    set_up_card("lost").try_send().await.unwrap_err();
    assert_eq!(set_up_card("lost").send().await.success().header("idempotent-replayed"), "true");
    test_bed.sandbox.arm(Fault::ServerError { effect: true });
    set_up_card("broken").send().await.expect_refusal("500 api_error -");
    test_bed.sandbox.arm(Fault::RATE_LIMITED);
    set_up_card("limited").send().await.expect_refusal("429 invalid_request_error rate_limit");
    let all = test_bed.get("setup_intents").send().await.success();
    assert_eq!(all.ids().len(), 2);
    let attached =
        test_bed.get(&format!("setup_intents/{}", all.ids()[0])).with_key("sk_test_other").send().await;
    attached.expect_refusal("404 invalid_request_error resource_missing");
    let saved = test_bed.get(&format!("payment_methods?customer={jenny}")).send().await.success();
    assert_eq!(saved.ids().len(), 2);
}

#[tokio::test]
async fn setup_intents_are_filtered_by_customer_and_card() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let with_customer = test_bed.set_up("pm_card_visa", &format!("customer={jenny}")).send().await.success();
    test_bed.sandbox.advance(std::time::Duration::from_secs(100));
    let without_customer = test_bed.set_up("pm_card_visa", "").send().await.success();
    let card = with_customer.text_at("/payment_method");
    let moment = without_customer.at("/created");
    for (query, ids) in [
        (String::new(), vec![without_customer.id(), with_customer.id()]),
        ("limit=1".to_owned(), vec![without_customer.id()]),
        (format!("starting_after={}", without_customer.id()), vec![with_customer.id()]),
        (format!("customer={jenny}"), vec![with_customer.id()]),
        (format!("payment_method={card}"), vec![with_customer.id()]),
        (format!("created[gte]={moment}"), vec![without_customer.id()]),
    ] {
        let list = test_bed.get(&format!("setup_intents?{query}")).send().await.success();
        assert_eq!(list.ids(), ids, "{query}");
        assert_eq!(list.text_at("/url"), "/v1/setup_intents");
    }
}
