//! The account as a whole: the balance, searches, and the log of calls.

use std::time::Duration;

use serde_json::json;

use crate::tests::stage::{KEY, Stage};
use crate::{Sandbox, Settings};

#[tokio::test]
async fn the_balance_is_what_came_in_less_what_went_out() {
    let stage = Stage::open().await;
    let empty = stage.get("balance").send().await.good();
    assert_eq!(
        *empty.at("/available"),
        json!([{ "amount": 0, "currency": "usd", "source_types": { "card": 0 } }])
    );
    let paid = stage.pay("2000 usd", "pm_card_visa", "description=Order").send().await.good().id();
    stage.pay("1000 eur", "pm_card_bypassPending", "").send().await.good();
    let sums = stage.get("balance").send().await.good();
    assert_eq!(*sums.at("/pending/1/amount"), json!(2000 - 88));
    assert_eq!(*sums.at("/available/0/amount"), json!(1000 - 59));
    stage.post("refunds", &format!("payment_intent={paid}")).send().await.good();
    stage.sandbox.advance(Duration::from_secs(8 * 86_400));
    let sums = stage.get("balance").send().await.good();
    assert_eq!(*sums.at("/available/1/amount"), json!(-88));
    let moved = stage.get("balance_transactions?currency=usd").send().await.good();
    let reported: Vec<_> =
        moved.at("/data").as_array().unwrap().iter().map(|one| one["description"].clone()).collect();
    assert_eq!(json!(reported), json!(["REFUND FOR CHARGE (Order)", "Order"]));
    assert_eq!(stage.get("balance_transactions?type=charge").send().await.good().ids().len(), 2);
}

#[tokio::test]
async fn searching_finds_things_a_while_after_they_were_made() {
    let stage = Stage::open().await;
    let paid = stage.pay("2000 usd", "pm_card_visa", "metadata[order]=8").send().await.good().id();
    stage.hold("3000 usd").await;
    let search = |query: &str| {
        let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        stage.get(&format!("payment_intents/search?query={query}")).send()
    };
    assert_eq!(search("metadata['order']:'8'").await.good().ids(), [paid.as_str()]);
    assert_eq!(search("status:'requires_capture' AND amount>2000").await.good().ids().len(), 1);
    search("color:'red'").await.refused("400 invalid_request_error -");
    search("nonsense").await.refused("400 invalid_request_error -");
    stage.get("payment_intents/search").send().await.refused("400 invalid_request_error parameter_missing");
    stage.sandbox.set_search_lag(Duration::from_secs(60));
    assert_eq!(search("metadata['order']:'8'").await.good().ids().len(), 0);
    stage.sandbox.advance(Duration::from_secs(61));
    assert_eq!(search("metadata['order']:'8'").await.good().ids(), [paid]);
    let customer = stage.post("customers", "email=jenny@example.com").send().await.good().id();
    stage.sandbox.set_search_lag(Duration::ZERO);
    let found = stage.get("customers/search?query=email:'jenny@example.com'").send().await.good();
    assert_eq!(found.ids(), [customer]);
}

#[tokio::test]
async fn a_charge_shows_its_refunds_where_that_is_asked_for() {
    let stage = Stage::open().await;
    let paid = stage.pay("2000 usd", "pm_card_visa", "").send().await.good();
    let charge = paid.text_at("/latest_charge");
    let refund = stage.post(&format!("charges/{charge}/refund"), "amount=500").send().await.good();
    assert_eq!(*refund.at("/amount_refunded"), json!(500));
    let list = stage.get(&format!("charges/{charge}/refunds")).send().await.good();
    let shown = stage.get(&format!("charges/{charge}?expand[]=refunds")).send().await.good();
    assert_eq!(shown.text_at("/refunds/data/0/id"), list.ids()[0]);
    let changed = stage.post(&format!("charges/{charge}"), "metadata[a]=1&description=D").send().await.good();
    assert_eq!(changed.text_at("/metadata/a"), "1");
    let group = stage.post(&format!("charges/{charge}"), "transfer_group=G").send().await;
    group.refused("400 invalid_request_error -");
    assert_eq!(
        stage.get(&format!("charges?payment_intent={}", paid.id())).send().await.good().ids(),
        [charge]
    );
}

#[tokio::test]
async fn the_two_sides_of_an_account_share_nothing() {
    let stage = Stage::open().await;
    let jenny = stage.customer().await;
    let live = KEY.replace("test", "live");
    let wrong = stage.get(&format!("customers/{jenny}")).by(&live).send().await;
    wrong.refused("404 invalid_request_error resource_missing");
    let said = wrong.text_at("/error/message");
    assert!(said.ends_with(
        "a similar object exists in test mode, but a live mode key was used to make this request."
    ));
    assert_eq!(stage.sandbox.account_of(KEY), stage.sandbox.account_of(&live));
}

#[tokio::test]
async fn the_log_keeps_the_newest_calls_and_counts_all() {
    let settings = Settings { calls_kept: 3, ..Settings::default() };
    let stage = Stage::of(Sandbox::start(settings).await.unwrap());
    for name in ["a", "b", "c", "d", "e"] {
        stage.post("customers", &format!("name={name}")).send().await.good();
    }
    let kept: Vec<_> =
        stage.sandbox.calls().into_iter().map(|call| String::from_utf8(call.body).unwrap()).collect();
    assert_eq!(kept, ["name=c", "name=d", "name=e"]);
    assert_eq!(stage.sandbox.calls_made(), 5);
    assert!(stage.sandbox.calls().iter().all(|call| call.answer.is_some()));
}
