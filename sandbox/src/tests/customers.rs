//! Customers: their data, and the remaining data after a deletion.

use serde_json::json;

use crate::tests::test_bed::{CARD, TestBed};

#[tokio::test]
async fn fields_of_a_customer_can_be_changed_and_unset() {
    let test_bed = TestBed::open().await;
    let fields = "email=jenny@example.com&name=Jenny&phone=%2B1555&description=First&metadata[a]=1\
                &address[line1]=1%20Mill%20Lane&address[city]=York&preferred_locales[]=en&preferred_locales[]=fr";
    let jenny = test_bed.post("customers", fields).with_idempotency_key("jenny").send().await.success();
    assert_eq!(jenny.text_at("/address/line1"), "1 Mill Lane");
    assert_eq!(*jenny.at("/preferred_locales"), json!(["en", "fr"]));
    let update = |body: &str| test_bed.post(&format!("customers/{}", jenny.id()), body).send();
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
        assert_eq!(*update(body).await.success().at(at), now, "{body}");
    }
    let shown = test_bed.get(&format!("customers/{}", jenny.id())).send().await.success();
    assert_eq!(shown.text_at("/email"), "j@example.com");
    for (body, refused) in [
        ("email=jenny", "400 invalid_request_error email_invalid"),
        ("colour=red", "400 invalid_request_error parameter_unknown"),
        ("payment_method=pm_card_visa", "400 invalid_request_error parameter_unknown"),
        ("phone=123456789012345678901", "400 invalid_request_error parameter_invalid_string_too_long"),
    ] {
        update(body).await.expect_refusal(refused);
    }
    let unknown = test_bed.post("customers/cus_nobody", "name=Kim").send().await;
    unknown.expect_refusal("404 invalid_request_error resource_missing");
    assert_eq!(unknown.text_at("/error/param"), "id");
}

#[tokio::test]
async fn a_customer_may_be_created_with_a_card() {
    let test_bed = TestBed::open().await;
    let default = "invoice_settings[default_payment_method]";
    let body = format!(
        "payment_method=pm_card_visa&{default}=pm_card_visa&expand[]=invoice_settings.default_payment_method"
    );
    let jenny = test_bed.post("customers", &body).send().await.success();
    let card = jenny.text_at("/invoice_settings/default_payment_method/id");
    assert_eq!(jenny.text_at("/invoice_settings/default_payment_method/customer"), jenny.id());
    let list = test_bed.get(&format!("payment_methods?customer={}", jenny.id())).send().await.success();
    assert_eq!(list.ids(), [card]);

    let declined = test_bed.post("customers", "payment_method=pm_card_visa_chargeDeclined").send().await;
    declined.expect_refusal("402 card_error card_declined");
    test_bed
        .post("customers", &format!("payment_method={card}"))
        .send()
        .await
        .expect_refusal("400 invalid_request_error -");
    assert_eq!(test_bed.get("customers").send().await.success().ids(), [jenny.id()]);
}

#[tokio::test]
async fn the_default_card_has_to_be_attached_to_the_customer() {
    let test_bed = TestBed::open().await;
    let customer = || test_bed.post("customers", "payment_method=pm_card_visa").send();
    let (jenny, kim) = (customer().await.success().id(), customer().await.success().id());
    let card = async |customer: &str| {
        let list = test_bed.get(&format!("customers/{customer}/payment_methods")).send().await.success();
        list.ids().remove(0)
    };
    let (own_card, other_card) = (card(&jenny).await, card(&kim).await);
    let pay_by = |card: &str| {
        let body = format!("invoice_settings[default_payment_method]={card}");
        test_bed.post(&format!("customers/{jenny}"), &body).send()
    };
    let default = "/invoice_settings/default_payment_method";
    for (card, status) in [("pm_nobody", 400), (other_card.as_str(), 400)] {
        let refused = pay_by(card).await;
        refused.expect_refusal(&format!("{status} invalid_request_error resource_missing"));
        assert_eq!(refused.text_at("/error/param"), "invoice_settings[default_payment_method]");
    }
    assert_eq!(pay_by(&own_card).await.success().text_at(default), own_card);
    assert_eq!(*pay_by("").await.success().at(default), json!(null));
    pay_by(&own_card).await.success();
    test_bed.post(&format!("payment_methods/{own_card}/detach"), "").send().await.success();
    let after = test_bed.get(&format!("customers/{jenny}")).send().await.success();
    assert_eq!(*after.at(default), json!(null));
}

#[tokio::test]
async fn a_deleted_customer_keeps_only_the_id() {
    let test_bed = TestBed::open().await;
    let jenny =
        test_bed.post("customers", "payment_method=pm_card_visa&name=Jenny").send().await.success().id();
    let card =
        test_bed.get(&format!("payment_methods?customer={jenny}")).send().await.success().ids().remove(0);
    let more = format!("customer={jenny}&capture_method=manual");
    let held = test_bed.pay("2000 usd", &card, &more).send().await.success().id();
    let open = format!("amount=2000&currency=usd&customer={jenny}&{CARD}");
    let open = test_bed.post("payment_intents", &open).send().await.success().id();
    let deleted = json!({ "id": jenny, "object": "customer", "deleted": true });

    let deletion = test_bed.delete(&format!("customers/{jenny}")).send().await.success();
    assert_eq!(deletion.body, deleted);
    assert_eq!(test_bed.get(&format!("customers/{jenny}")).send().await.success().body, deleted);
    let missing = "404 invalid_request_error resource_missing";
    let retry = test_bed.delete(&format!("customers/{jenny}")).send().await;
    retry.expect_refusal(missing);
    assert_eq!(retry.text_at("/error/message"), format!("No such customer: '{jenny}'"));
    assert_eq!(*test_bed.get("customers").send().await.success().at("/data"), json!([]));

    test_bed.post(&format!("customers/{jenny}"), "name=Kim").send().await.expect_refusal(missing);
    test_bed.get(&format!("customers/{jenny}/payment_methods")).send().await.expect_refusal(missing);
    let missing = "400 invalid_request_error resource_missing";
    test_bed
        .pay("2000 usd", "pm_card_visa", &format!("customer={jenny}"))
        .send()
        .await
        .expect_refusal(missing);
    test_bed.post("setup_intents", &format!("customer={jenny}")).send().await.expect_refusal(missing);
    let confirm = test_bed.post(&format!("payment_intents/{open}/confirm"), "payment_method=pm_card_visa");
    confirm.send().await.expect_refusal(missing);
    let attach = test_bed.post("payment_methods/pm_card_visa/attach", &format!("customer={jenny}"));
    attach.send().await.expect_refusal(missing);
    test_bed.pay("2000 usd", &card, "").send().await.expect_refusal("400 invalid_request_error -");
    let shown = test_bed.get(&format!("payment_methods/{card}")).send().await.success();
    assert_eq!(*shown.at("/customer"), json!(null));

    let taken = test_bed.post(&format!("payment_intents/{held}/capture"), "expand[]=customer").send().await;
    assert_eq!(*taken.success().at("/customer"), deleted);
}

#[tokio::test]
async fn customers_are_filtered_by_email_and_creation_time() {
    let test_bed = TestBed::open().await;
    let first = test_bed.post("customers", "email=jenny@example.com").send().await.success();
    test_bed.sandbox.advance(std::time::Duration::from_secs(100));
    let second = test_bed.post("customers", "email=kim@example.com").send().await.success();
    let moment = second.at("/created");
    for (query, ids) in [
        (String::new(), vec![second.id(), first.id()]),
        ("email=jenny@example.com".to_owned(), vec![first.id()]),
        ("email=nobody@example.com".to_owned(), vec![]),
        (format!("created[lt]={moment}"), vec![first.id()]),
        ("limit=1".to_owned(), vec![second.id()]),
        (format!("ending_before={}", first.id()), vec![second.id()]),
    ] {
        let list = test_bed.get(&format!("customers?{query}")).send().await.success();
        assert_eq!(list.ids(), ids, "{query}");
    }
    let other_account = test_bed.get("customers").with_key("sk_test_other").send().await.success();
    assert_eq!(*other_account.at("/data"), json!([]));
}
