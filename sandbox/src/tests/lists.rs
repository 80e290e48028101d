//! Lists of objects and the pagination.

use crate::tests::test_bed::{CARD, TestBed};

#[tokio::test]
async fn a_list_is_newest_first_and_paginated() {
    let test_bed = TestBed::open().await;
    let mut newest_first = vec![];
    for _ in 0..5 {
        let intent = test_bed
            .post("payment_intents", &format!("amount=2000&currency=usd&{CARD}"))
            .send()
            .await
            .success();
        newest_first.insert(0, intent.id());
    }
    let list = |query: String| test_bed.get(&format!("payment_intents?{query}")).send();
    let first = list("limit=2".to_owned()).await.success();
    assert_eq!(first.ids(), newest_first[..2]);
    assert_eq!(first.at("/has_more"), true);
    let last = list(format!("limit=3&starting_after={}", newest_first[1])).await.success();
    assert_eq!(last.ids(), newest_first[2..]);
    assert_eq!(last.at("/has_more"), false);
    let before = list(format!("limit=2&ending_before={}", newest_first[4])).await.success();
    assert_eq!(before.ids(), newest_first[2..4]);
    assert_eq!(before.at("/has_more"), true);
    assert_eq!(list("limit=101".to_owned()).await.success().ids(), newest_first);
    assert_eq!(list("limit=0".to_owned()).await.success().ids(), newest_first[..1]);
    list("starting_after=pi_nobody".to_owned())
        .await
        .expect_refusal("400 invalid_request_error resource_missing");
    let both = format!("starting_after={0}&ending_before={0}", newest_first[1]);
    list(both).await.expect_refusal("400 invalid_request_error -");
}

#[tokio::test]
async fn a_list_is_filtered_by_customer_creation_time_and_payment() {
    let test_bed = TestBed::open().await;
    let customer = test_bed.post("customers", "name=Jenny").send().await.success().id();
    let of_customer =
        test_bed.pay("2000 usd", "pm_card_visa", &format!("customer={customer}")).send().await.success();
    test_bed.sandbox.advance(std::time::Duration::from_secs(100));
    let later = test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    let moment = later.at("/created").as_i64().unwrap();
    let list = async |query: String| test_bed.get(&query).send().await.success().ids();
    assert_eq!(list(format!("payment_intents?customer={customer}")).await, [of_customer.id()]);
    assert_eq!(list(format!("payment_intents?created[gte]={moment}")).await, [later.id()]);
    assert_eq!(list(format!("payment_intents?created[lt]={moment}")).await, [of_customer.id()]);
    assert_eq!(list(format!("payment_intents?created={moment}")).await, [later.id()]);

    let refund = test_bed.post("refunds", &format!("payment_intent={}", later.id())).send().await.success();
    assert_eq!(list(format!("refunds?payment_intent={}", later.id())).await, [refund.id()]);
    assert_eq!(
        list(format!("refunds?charge={}", of_customer.text_at("/latest_charge"))).await,
        Vec::<String>::new()
    );
    let expanded = test_bed.get("payment_intents?limit=1&expand[]=data.latest_charge").send().await.success();
    assert_eq!(expanded.text_at("/data/0/latest_charge/object"), "charge");
}
