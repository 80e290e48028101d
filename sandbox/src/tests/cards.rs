//! Saved cards of customers: attached, changed, listed, detached, and saved while paying.

use serde_json::json;

use crate::tests::stage::{CARD, Stage};

async fn attach(stage: &Stage, card: &str, customer: &str) -> String {
    let attach = stage.post(&format!("payment_methods/{card}/attach"), &format!("customer={customer}"));
    attach.send().await.good().id()
}

#[tokio::test]
async fn a_detached_card_is_never_used_again() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let card = attach(&stage, "pm_card_visa", &jenny).await;
    let detach = || stage.post(&format!("payment_methods/{card}/detach"), "").send();
    let detached = detach().await.good();
    assert_eq!(*detached.at("/customer"), json!(null));
    let retry = detach().await;
    retry.refused("400 invalid_request_error -");
    assert!(retry.text_at("/error/message").contains("is not attached to a customer"));
    let back = stage.post(&format!("payment_methods/{card}/attach"), &format!("customer={jenny}"));
    let back = back.send().await;
    back.refused("400 invalid_request_error -");
    assert!(back.text_at("/error/message").contains("was detached from a Customer"));
    for more in ["", &format!("customer={jenny}")] {
        stage.pay("2000 usd", &card, more).send().await.refused("400 invalid_request_error -");
    }
    let set_up = stage.post("setup_intents", &format!("payment_method={card}"));
    set_up.send().await.refused("400 invalid_request_error -");
    stage
        .post("payment_methods/pm_nobody/detach", "")
        .send()
        .await
        .refused("404 invalid_request_error resource_missing");
    assert_eq!(stage.ledger(), Vec::<String>::new());
}

#[tokio::test]
async fn a_card_that_paid_for_nobody_cannot_be_attached() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let paid = stage.pay("2000 usd", "pm_card_visa", "").send().await.good();
    let card = paid.text_at("/payment_method");
    let attach = stage.post(&format!("payment_methods/{card}/attach"), &format!("customer={jenny}"));
    let refused = attach.send().await;
    refused.refused("400 invalid_request_error -");
    assert!(refused.text_at("/error/message").contains("without Customer attachment"));
}

#[tokio::test]
async fn the_cards_of_a_customer_are_listed() {
    let stage = Stage::open().await;
    let (jenny, kim) = (stage.customer().await, stage.customer().await);
    let mut cards = vec![];
    for card in ["pm_card_visa", "pm_card_mastercard", "pm_card_amex"] {
        cards.insert(0, attach(&stage, card, &jenny).await);
    }
    let kims = attach(&stage, "pm_card_visa", &kim).await;
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
        let list = stage.get(&query).send().await.good();
        assert_eq!(list.ids(), ids, "{query}");
        assert_eq!(list.text_at("/url"), format!("/v1/{}", query.split('?').next().unwrap()));
    }
    let one = |card: &str| stage.get(&format!("customers/{jenny}/payment_methods/{card}")).send();
    assert_eq!(one(&cards[0]).await.good().text_at("/card/brand"), "amex");
    for stranger in [kims.as_str(), "pm_card_visa", "pm_nobody"] {
        one(stranger).await.refused("404 invalid_request_error resource_missing");
    }
    let nobodys = stage.get("payment_methods?customer=cus_nobody").send().await;
    nobodys.refused("400 invalid_request_error resource_missing");
    let nobodys = stage.get("customers/cus_nobody/payment_methods").send().await;
    nobodys.refused("404 invalid_request_error resource_missing");
    let refused = stage.get("payment_methods?created=1").send().await;
    refused.refused("400 invalid_request_error parameter_unknown");
}

#[tokio::test]
async fn what_is_said_of_a_card_can_be_changed_while_it_is_kept() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let card = attach(&stage, "pm_card_visa", &jenny).await;
    let update = |body: &str| stage.post(&format!("payment_methods/{card}"), body).send();
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
        assert_eq!(*update(body).await.good().at(at), now, "{body}");
    }
    for (body, said) in [
        ("card[exp_month]=13", "402 card_error invalid_expiry_month"),
        ("card[exp_year]=2020", "402 card_error invalid_expiry_year"),
        ("card[number]=4242424242424242", "402 invalid_request_error -"),
        ("card[cvc]=123", "400 invalid_request_error parameter_unknown"),
        ("type=card", "400 invalid_request_error parameter_unknown"),
        ("allow_redisplay=never", "400 invalid_request_error -"),
    ] {
        update(body).await.refused(said);
    }
    let free = stage.post("payment_methods", "type=card&card[token]=tok_visa").send().await.good().id();
    let refused = stage.post(&format!("payment_methods/{free}"), "metadata[a]=1").send().await;
    refused.refused("400 invalid_request_error -");
}

#[tokio::test]
async fn a_card_is_saved_while_paying() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    for (usage, more, kept) in [
        ("off_session", "", true),
        ("on_session", "", true),
        ("off_session", "capture_method=manual", true),
        ("off_session", "-", false),
    ] {
        let whose = if kept { format!("customer={jenny}&{more}") } else { String::new() };
        let paid = stage.pay("2000 usd", "pm_card_visa", &format!("setup_future_usage={usage}&{whose}"));
        let paid = paid.send().await.good();
        assert_eq!(paid.text_at("/setup_future_usage"), usage);
        let card = stage.get(&format!("payment_methods/{}", paid.text_at("/payment_method"))).send().await;
        let expected = if kept { json!(jenny) } else { json!(null) };
        assert_eq!(*card.good().at("/customer"), expected, "{usage} {more}");
    }
    let open = format!("amount=2000&currency=usd&customer={jenny}&{CARD}&payment_method=pm_card_visa");
    let open = stage.post("payment_intents", &open).send().await.good();
    let confirm =
        stage.post(&format!("payment_intents/{}/confirm", open.id()), "setup_future_usage=on_session");
    let paid = confirm.send().await.good();
    assert_eq!(paid.text_at("/setup_future_usage"), "on_session");
    let card = stage.get(&format!("payment_methods/{}", paid.text_at("/payment_method"))).send().await;
    assert_eq!(card.good().text_at("/customer"), jenny);
}

#[tokio::test]
async fn a_card_that_is_to_be_saved_without_a_customer_may_be_attached_later() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let card = "pm_card_authenticationRequiredOnSetup";
    let first = stage.pay("2000 usd", card, "setup_future_usage=off_session").send().await.good();
    assert!(stage.sandbox.authenticate(&first.id(), true));
    let card = attach(&stage, first.text_at("/payment_method"), &jenny).await;
    stage.pay("2000 usd", &card, &format!("customer={jenny}&off_session=true")).send().await.good();
}

#[tokio::test]
async fn a_declined_payment_saves_nothing() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let more = format!("customer={jenny}&setup_future_usage=off_session");
    let declined = stage.pay("2000 usd", "pm_card_chargeCustomerFail", &more).send().await;
    declined.refused("402 card_error card_declined");
    let list = stage.get(&format!("payment_methods?customer={jenny}")).send().await.good();
    assert_eq!(*list.at("/data"), json!([]));
}

#[tokio::test]
async fn nobody_agrees_to_save_a_card_while_absent() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let both = format!("customer={jenny}&setup_future_usage=off_session&off_session=true");
    let refused = stage.pay("2000 usd", "pm_card_visa", &both).send().await;
    refused.refused("400 invalid_request_error -");
    assert_eq!(refused.text_at("/error/param"), "setup_future_usage");
    let open = format!("amount=2000&currency=usd&customer={jenny}&{CARD}&payment_method=pm_card_visa");
    let open = stage.post("payment_intents", &format!("{open}&setup_future_usage=on_session"));
    let open = open.send().await.good().id();
    let confirm = |body: &str| stage.post(&format!("payment_intents/{open}/confirm"), body).send();
    confirm("off_session=true").await.refused("400 invalid_request_error -");
    confirm("").await.good();
}
