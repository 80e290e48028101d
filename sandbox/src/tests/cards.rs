//! Saved cards of customers: attached, changed, listed, detached, and saved while paying.

use serde_json::json;

use crate::tests::test_bed::{CARD, TestBed};

async fn attach(test_bed: &TestBed, card: &str, customer: &str) -> String {
    let attach = test_bed.post(&format!("payment_methods/{card}/attach"), &format!("customer={customer}"));
    attach.send().await.success().id()
}

#[tokio::test]
async fn a_detached_card_cannot_pay_or_be_attached_again() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let card = attach(&test_bed, "pm_card_visa", &jenny).await;
    let detach = || test_bed.post(&format!("payment_methods/{card}/detach"), "").send();
    let detached = detach().await.success();
    assert_eq!(*detached.at("/customer"), json!(null));
    let retry = detach().await;
    retry.expect_refusal("400 invalid_request_error -");
    assert!(retry.text_at("/error/message").contains("is not attached to a customer"));
    let back = test_bed.post(&format!("payment_methods/{card}/attach"), &format!("customer={jenny}"));
    let back = back.send().await;
    back.expect_refusal("400 invalid_request_error -");
    assert!(back.text_at("/error/message").contains("was detached from a Customer"));
    for more in ["", &format!("customer={jenny}")] {
        test_bed.pay("2000 usd", &card, more).send().await.expect_refusal("400 invalid_request_error -");
    }
    let set_up = test_bed.post("setup_intents", &format!("payment_method={card}"));
    set_up.send().await.expect_refusal("400 invalid_request_error -");
    test_bed
        .post("payment_methods/pm_nobody/detach", "")
        .send()
        .await
        .expect_refusal("404 invalid_request_error resource_missing");
    assert_eq!(test_bed.ledger(), Vec::<String>::new());
}

#[tokio::test]
async fn a_used_card_without_a_customer_cannot_be_attached() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let paid = test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    let card = paid.text_at("/payment_method");
    let attach = test_bed.post(&format!("payment_methods/{card}/attach"), &format!("customer={jenny}"));
    let refused = attach.send().await;
    refused.expect_refusal("400 invalid_request_error -");
    assert!(refused.text_at("/error/message").contains("without Customer attachment"));
}

#[tokio::test]
async fn the_cards_of_a_customer_are_listed() {
    let test_bed = TestBed::open().await;
    let (jenny, kim) = (test_bed.customer().await, test_bed.customer().await);
    let mut cards = vec![];
    for card in ["pm_card_visa", "pm_card_mastercard", "pm_card_amex"] {
        cards.insert(0, attach(&test_bed, card, &jenny).await);
    }
    let other_card = attach(&test_bed, "pm_card_visa", &kim).await;
    for (query, ids) in [
        (format!("payment_methods?customer={jenny}"), &cards[..]),
        (format!("payment_methods?customer={jenny}&type=card"), &cards[..]),
        (format!("payment_methods?customer={jenny}&type=sepa_debit"), &[]),
        (format!("payment_methods?customer={jenny}&limit=2"), &cards[..2]),
        (format!("payment_methods?customer={jenny}&starting_after={}", cards[1]), &cards[2..]),
        (format!("payment_methods?customer={jenny}&ending_before={}", cards[1]), &cards[..1]),
        (format!("customers/{jenny}/payment_methods"), &cards[..]),
        (format!("customers/{jenny}/payment_methods?type=card&limit=1"), &cards[..1]),
        ("payment_methods?type=card".to_owned(), &[]),
    ] {
        let list = test_bed.get(&query).send().await.success();
        assert_eq!(list.ids(), ids, "{query}");
        assert_eq!(list.text_at("/url"), format!("/v1/{}", query.split('?').next().unwrap()));
    }
    let card_of_customer =
        |card: &str| test_bed.get(&format!("customers/{jenny}/payment_methods/{card}")).send();
    assert_eq!(card_of_customer(&cards[0]).await.success().text_at("/card/brand"), "amex");
    for card in [other_card.as_str(), "pm_card_visa", "pm_nobody"] {
        card_of_customer(card).await.expect_refusal("404 invalid_request_error resource_missing");
    }
    let unknown_customer = test_bed.get("payment_methods?customer=cus_nobody").send().await;
    unknown_customer.expect_refusal("400 invalid_request_error resource_missing");
    let unknown_customer = test_bed.get("customers/cus_nobody/payment_methods").send().await;
    unknown_customer.expect_refusal("404 invalid_request_error resource_missing");
    let refused = test_bed.get("payment_methods?created=1").send().await;
    refused.expect_refusal("400 invalid_request_error parameter_unknown");
}

#[tokio::test]
async fn details_of_an_attached_card_can_be_updated() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let card = attach(&test_bed, "pm_card_visa", &jenny).await;
    let update = |body: &str| test_bed.post(&format!("payment_methods/{card}"), body).send();
    for (body, at, now) in [
        ("billing_details[name]=Jenny", "/billing_details/name", json!("Jenny")),
        ("billing_details[address][city]=York", "/billing_details/address/city", json!("York")),
        ("billing_details[address]=", "/billing_details/address/city", json!(null)),
        ("metadata[a]=1", "/metadata", json!({ "a": "1" })),
        ("metadata[a]=", "/metadata", json!({})),
        ("allow_redisplay=always", "/allow_redisplay", json!("always")),
        ("card[exp_month]=2&card[exp_year]=2036", "/card/exp_year", json!(2036)),
        ("card[exp_month]=5", "/card/exp_month", json!(5)),
        ("metadata[b]=1", "/billing_details/name", json!("Jenny")),
    ] {
        assert_eq!(*update(body).await.success().at(at), now, "{body}");
    }
    for (body, expected) in [
        ("card[exp_month]=13", "402 card_error invalid_expiry_month"),
        ("card[exp_year]=2020", "402 card_error invalid_expiry_year"),
        ("card[number]=4242424242424242", "402 invalid_request_error -"),
        ("card[cvc]=123", "400 invalid_request_error parameter_unknown"),
        ("type=card", "400 invalid_request_error parameter_unknown"),
        ("allow_redisplay=never", "400 invalid_request_error -"),
    ] {
        update(body).await.expect_refusal(expected);
    }
    let free = test_bed.post("payment_methods", "type=card&card[token]=tok_visa").send().await.success().id();
    let refused = test_bed.post(&format!("payment_methods/{free}"), "metadata[a]=1").send().await;
    refused.expect_refusal("400 invalid_request_error -");
}

#[tokio::test]
async fn setup_future_usage_saves_the_paying_card() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    for (usage, more, is_saved) in [
        ("off_session", "", true),
        ("on_session", "", true),
        ("off_session", "capture_method=manual", true),
        ("off_session", "-", false),
    ] {
        let customer = if is_saved { format!("customer={jenny}&{more}") } else { String::new() };
        let paid =
            test_bed.pay("2000 usd", "pm_card_visa", &format!("setup_future_usage={usage}&{customer}"));
        let paid = paid.send().await.success();
        assert_eq!(paid.text_at("/setup_future_usage"), usage);
        let card = test_bed.get(&format!("payment_methods/{}", paid.text_at("/payment_method"))).send().await;
        let expected = if is_saved { json!(jenny) } else { json!(null) };
        assert_eq!(*card.success().at("/customer"), expected, "{usage} {more}");
    }
    let open = format!("amount=2000&currency=usd&customer={jenny}&{CARD}&payment_method=pm_card_visa");
    let open = test_bed.post("payment_intents", &open).send().await.success();
    let confirm =
        test_bed.post(&format!("payment_intents/{}/confirm", open.id()), "setup_future_usage=on_session");
    let paid = confirm.send().await.success();
    assert_eq!(paid.text_at("/setup_future_usage"), "on_session");
    let card = test_bed.get(&format!("payment_methods/{}", paid.text_at("/payment_method"))).send().await;
    assert_eq!(card.success().text_at("/customer"), jenny);
}

#[tokio::test]
async fn a_card_saved_without_a_customer_may_be_attached_later() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let card = "pm_card_authenticationRequiredOnSetup";
    let first = test_bed.pay("2000 usd", card, "setup_future_usage=off_session").send().await.success();
    assert!(test_bed.sandbox.authenticate(&first.id(), true));
    let card = attach(&test_bed, first.text_at("/payment_method"), &jenny).await;
    test_bed.pay("2000 usd", &card, &format!("customer={jenny}&off_session=true")).send().await.success();
}

#[tokio::test]
async fn a_declined_payment_saves_no_card() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let more = format!("customer={jenny}&setup_future_usage=off_session");
    let declined = test_bed.pay("2000 usd", "pm_card_chargeCustomerFail", &more).send().await;
    declined.expect_refusal("402 card_error card_declined");
    let list = test_bed.get(&format!("payment_methods?customer={jenny}")).send().await.success();
    assert_eq!(*list.at("/data"), json!([]));
}

#[tokio::test]
async fn saving_a_card_off_session_is_refused() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let both = format!("customer={jenny}&setup_future_usage=off_session&off_session=true");
    let refused = test_bed.pay("2000 usd", "pm_card_visa", &both).send().await;
    refused.expect_refusal("400 invalid_request_error -");
    assert_eq!(refused.text_at("/error/param"), "setup_future_usage");
    let open = format!("amount=2000&currency=usd&customer={jenny}&{CARD}&payment_method=pm_card_visa");
    let open = test_bed.post("payment_intents", &format!("{open}&setup_future_usage=on_session"));
    let open = open.send().await.success().id();
    let confirm = |body: &str| test_bed.post(&format!("payment_intents/{open}/confirm"), body).send();
    confirm("off_session=true").await.expect_refusal("400 invalid_request_error -");
    confirm("").await.success();
}
