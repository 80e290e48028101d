//! Lists of objects and the pagination.

use crate::tests::stage::{CARD, Stage};

#[tokio::test]
async fn a_list_is_newest_first_and_cut_into_pages() {
    let stage = Stage::open().await;
    let mut newest_first = vec![];
    for _ in 0..5 {
        let intent =
            stage.post("payment_intents", &format!("amount=2000&currency=usd&{CARD}")).send().await.good();
        newest_first.insert(0, intent.id());
    }
    let list = |query: String| stage.get(&format!("payment_intents?{query}")).send();
    let first = list("limit=2".to_owned()).await.good();
    assert_eq!(first.ids(), newest_first[..2]);
    assert_eq!(first.at("/has_more"), true);
    let last = list(format!("limit=3&starting_after={}", newest_first[1])).await.good();
    assert_eq!(last.ids(), newest_first[2..]);
    assert_eq!(last.at("/has_more"), false);
    let before = list(format!("limit=2&ending_before={}", newest_first[4])).await.good();
    assert_eq!(before.ids(), newest_first[2..4]);
    assert_eq!(before.at("/has_more"), true);
    assert_eq!(list("limit=101".to_owned()).await.good().ids(), newest_first);
    assert_eq!(list("limit=0".to_owned()).await.good().ids(), newest_first[..1]);
    list("starting_after=pi_nobody".to_owned()).await.refused("400 invalid_request_error resource_missing");
    let both = format!("starting_after={0}&ending_before={0}", newest_first[1]);
    list(both).await.refused("400 invalid_request_error -");
}

#[tokio::test]
async fn a_list_is_narrowed_by_customer_moment_and_payment() {
    let stage = Stage::open().await;
    let customer = stage.post("customers", "name=Jenny").send().await.good().id();
    let theirs = stage.pay("2000 usd", "pm_card_visa", &format!("customer={customer}")).send().await.good();
    stage.sandbox.advance(std::time::Duration::from_secs(100));
    let later = stage.pay("2000 usd", "pm_card_visa", "").send().await.good();
    let moment = later.at("/created").as_i64().unwrap();
    let list = async |query: String| stage.get(&query).send().await.good().ids();
    assert_eq!(list(format!("payment_intents?customer={customer}")).await, [theirs.id()]);
    assert_eq!(list(format!("payment_intents?created[gte]={moment}")).await, [later.id()]);
    assert_eq!(list(format!("payment_intents?created[lt]={moment}")).await, [theirs.id()]);
    assert_eq!(list(format!("payment_intents?created={moment}")).await, [later.id()]);

    let refund = stage.post("refunds", &format!("payment_intent={}", later.id())).send().await.good();
    assert_eq!(list(format!("refunds?payment_intent={}", later.id())).await, [refund.id()]);
    assert_eq!(
        list(format!("refunds?charge={}", theirs.text_at("/latest_charge"))).await,
        Vec::<String>::new()
    );
    let expanded = stage.get("payment_intents?limit=1&expand[]=data.latest_charge").send().await.good();
    assert_eq!(expanded.text_at("/data/0/latest_charge/object"), "charge");
}
