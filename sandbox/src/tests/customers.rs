//! Customers: their data, and the remaining data after a deletion.

use serde_json::json;

use crate::tests::stage::{CARD, Stage};

#[tokio::test]
async fn what_is_said_of_a_customer_can_be_changed_and_unset() {
    let stage = Stage::open().await;
    let said = "email=jenny@example.com&name=Jenny&phone=%2B1555&description=First&metadata[a]=1\
                &address[line1]=1%20Mill%20Lane&address[city]=York&preferred_locales[]=en&preferred_locales[]=fr";
    let jenny = stage.post("customers", said).once("jenny").send().await.good();
    assert_eq!(jenny.text_at("/address/line1"), "1 Mill Lane");
    assert_eq!(*jenny.at("/preferred_locales"), json!(["en", "fr"]));
    let update = |body: &str| stage.post(&format!("customers/{}", jenny.id()), body).send();
    for (body, at, now) in [
        ("email=j@example.com", "/email", json!("j@example.com")),
        ("name=", "/name", json!(null)),
        ("phone=", "/phone", json!(null)),
        ("description=Second", "/description", json!("Second")),
        ("metadata[a]=&metadata[b]=2", "/metadata", json!({ "b": "2" })),
        ("metadata=", "/metadata", json!({})),
        ("address[city]=", "/address/city", json!(null)),
        ("metadata[c]=3", "/address/line1", json!("1 Mill Lane")),
        ("address=", "/address", json!(null)),
        ("preferred_locales[]=de", "/preferred_locales", json!(["de"])),
        ("preferred_locales=", "/preferred_locales", json!([])),
    ] {
        assert_eq!(*update(body).await.good().at(at), now, "{body}");
    }
    let shown = stage.get(&format!("customers/{}", jenny.id())).send().await.good();
    assert_eq!(shown.text_at("/email"), "j@example.com");
    for (body, refused) in [
        ("email=jenny", "400 invalid_request_error email_invalid"),
        ("colour=red", "400 invalid_request_error parameter_unknown"),
        ("payment_method=pm_card_visa", "400 invalid_request_error parameter_unknown"),
        ("phone=123456789012345678901", "400 invalid_request_error parameter_invalid_string_too_long"),
    ] {
        update(body).await.refused(refused);
    }
    let nobody = stage.post("customers/cus_nobody", "name=Kim").send().await;
    nobody.refused("404 invalid_request_error resource_missing");
    assert_eq!(nobody.text_at("/error/param"), "id");
}

#[tokio::test]
async fn a_customer_may_begin_with_a_card() {
    let stage = Stage::open().await;
    let default = "invoice_settings[default_payment_method]";
    let body = format!(
        "payment_method=pm_card_visa&{default}=pm_card_visa&expand[]=invoice_settings.default_payment_method"
    );
    let jenny = stage.post("customers", &body).send().await.good();
    let card = jenny.text_at("/invoice_settings/default_payment_method/id");
    assert_eq!(jenny.text_at("/invoice_settings/default_payment_method/customer"), jenny.id());
    let list = stage.get(&format!("payment_methods?customer={}", jenny.id())).send().await.good();
    assert_eq!(list.ids(), [card]);

    let declined = stage.post("customers", "payment_method=pm_card_visa_chargeDeclined").send().await;
    declined.refused("402 card_error card_declined");
    stage
        .post("customers", &format!("payment_method={card}"))
        .send()
        .await
        .refused("400 invalid_request_error -");
    assert_eq!(stage.get("customers").send().await.good().ids(), [jenny.id()]);
}

#[tokio::test]
async fn the_card_for_invoices_is_one_of_the_customers() {
    let stage = Stage::open().await;
    let customer = || stage.post("customers", "payment_method=pm_card_visa").send();
    let (jenny, kim) = (customer().await.good().id(), customer().await.good().id());
    let card = async |customer: &str| {
        let list = stage.get(&format!("customers/{customer}/payment_methods")).send().await.good();
        list.ids().remove(0)
    };
    let (hers, kims) = (card(&jenny).await, card(&kim).await);
    let pay_by = |card: &str| {
        let body = format!("invoice_settings[default_payment_method]={card}");
        stage.post(&format!("customers/{jenny}"), &body).send()
    };
    let default = "/invoice_settings/default_payment_method";
    for (card, status) in [("pm_nobody", 400), (kims.as_str(), 400)] {
        let refused = pay_by(card).await;
        refused.refused(&format!("{status} invalid_request_error resource_missing"));
        assert_eq!(refused.text_at("/error/param"), "invoice_settings[default_payment_method]");
    }
    assert_eq!(pay_by(&hers).await.good().text_at(default), hers);
    assert_eq!(*pay_by("").await.good().at(default), json!(null));
    pay_by(&hers).await.good();
    stage.post(&format!("payment_methods/{hers}/detach"), "").send().await.good();
    let after = stage.get(&format!("customers/{jenny}")).send().await.good();
    assert_eq!(*after.at(default), json!(null));
}

#[tokio::test]
async fn a_deleted_customer_is_remembered_by_its_id_only() {
    let stage = Stage::open().await;
    let jenny = stage.post("customers", "payment_method=pm_card_visa&name=Jenny").send().await.good().id();
    let card = stage.get(&format!("payment_methods?customer={jenny}")).send().await.good().ids().remove(0);
    let more = format!("customer={jenny}&capture_method=manual");
    let held = stage.pay("2000 usd", &card, &more).send().await.good().id();
    let open = format!("amount=2000&currency=usd&customer={jenny}&{CARD}");
    let open = stage.post("payment_intents", &open).send().await.good().id();
    let deleted = json!({ "id": jenny, "object": "customer", "deleted": true });

    let gone = stage.delete(&format!("customers/{jenny}")).send().await.good();
    assert_eq!(gone.body, deleted);
    assert_eq!(stage.get(&format!("customers/{jenny}")).send().await.good().body, deleted);
    let missing = "404 invalid_request_error resource_missing";
    let retry = stage.delete(&format!("customers/{jenny}")).send().await;
    retry.refused(missing);
    assert_eq!(retry.text_at("/error/message"), format!("No such customer: '{jenny}'"));
    assert_eq!(*stage.get("customers").send().await.good().at("/data"), json!([]));

    stage.post(&format!("customers/{jenny}"), "name=Kim").send().await.refused(missing);
    stage.get(&format!("customers/{jenny}/payment_methods")).send().await.refused(missing);
    let missing = "400 invalid_request_error resource_missing";
    stage.pay("2000 usd", "pm_card_visa", &format!("customer={jenny}")).send().await.refused(missing);
    stage.post("setup_intents", &format!("customer={jenny}")).send().await.refused(missing);
    let confirm = stage.post(&format!("payment_intents/{open}/confirm"), "payment_method=pm_card_visa");
    confirm.send().await.refused(missing);
    let attach = stage.post("payment_methods/pm_card_visa/attach", &format!("customer={jenny}"));
    attach.send().await.refused(missing);
    stage.pay("2000 usd", &card, "").send().await.refused("400 invalid_request_error -");
    let shown = stage.get(&format!("payment_methods/{card}")).send().await.good();
    assert_eq!(*shown.at("/customer"), json!(null));

    let taken = stage.post(&format!("payment_intents/{held}/capture"), "expand[]=customer").send().await;
    assert_eq!(*taken.good().at("/customer"), deleted);
}

#[tokio::test]
async fn customers_are_listed_by_mail_and_moment() {
    let stage = Stage::open().await;
    let first = stage.post("customers", "email=jenny@example.com").send().await.good();
    stage.sandbox.advance(std::time::Duration::from_secs(100));
    let second = stage.post("customers", "email=kim@example.com").send().await.good();
    let moment = second.at("/created");
    for (query, ids) in [
        (String::new(), vec![second.id(), first.id()]),
        ("email=jenny@example.com".to_owned(), vec![first.id()]),
        ("email=nobody@example.com".to_owned(), vec![]),
        (format!("created[lt]={moment}"), vec![first.id()]),
        ("limit=1".to_owned(), vec![second.id()]),
        (format!("ending_before={}", first.id()), vec![second.id()]),
    ] {
        let list = stage.get(&format!("customers?{query}")).send().await.good();
        assert_eq!(list.ids(), ids, "{query}");
    }
    let theirs = stage.get("customers").by("sk_test_other").send().await.good();
    assert_eq!(*theirs.at("/data"), json!([]));
}
