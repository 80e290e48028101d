//! The account as a whole: the balance, searches, and the log of calls.

use std::time::Duration;

use serde_json::json;

use crate::tests::test_bed::{KEY, TestBed};
use crate::{Sandbox, Settings};

#[tokio::test]
async fn the_balance_is_charges_less_refunds_and_fees() {
    let test_bed = TestBed::open().await;
    let empty = test_bed.get("balance").send().await.success();
    assert_eq!(
        *empty.at("/available"),
        json!([{ "amount": 0, "currency": "usd", "source_types": { "card": 0 } }])
    );
    let paid = test_bed.pay("2000 usd", "pm_card_visa", "description=Order").send().await.success().id();
    test_bed.pay("1000 eur", "pm_card_bypassPending", "").send().await.success();
    let sums = test_bed.get("balance").send().await.success();
    assert_eq!(*sums.at("/pending/1/amount"), json!(2000 - 88));
    assert_eq!(*sums.at("/available/0/amount"), json!(1000 - 59));
    test_bed.post("refunds", &format!("payment_intent={paid}")).send().await.success();
    test_bed.sandbox.advance(Duration::from_secs(8 * 86_400));
    let sums = test_bed.get("balance").send().await.success();
    assert_eq!(*sums.at("/available/1/amount"), json!(-88));
    let transactions = test_bed.get("balance_transactions?currency=usd").send().await.success();
    let descriptions: Vec<_> = transactions
        .at("/data")
        .as_array()
        .unwrap()
        .iter()
        .map(|transaction| transaction["description"].clone())
        .collect();
    assert_eq!(json!(descriptions), json!(["REFUND FOR CHARGE (Order)", "Order"]));
    assert_eq!(test_bed.get("balance_transactions?type=charge").send().await.success().ids().len(), 2);
}

#[tokio::test]
async fn a_search_finds_objects_after_the_search_lag() {
    let test_bed = TestBed::open().await;
    let paid = test_bed.pay("2000 usd", "pm_card_visa", "metadata[order]=8").send().await.success().id();
    test_bed.hold("3000 usd").await;
    let search = |query: &str| {
        let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        test_bed.get(&format!("payment_intents/search?query={query}")).send()
    };
    assert_eq!(search("metadata['order']:'8'").await.success().ids(), [paid.as_str()]);
    assert_eq!(search("status:'requires_capture' AND amount>2000").await.success().ids().len(), 1);
    search("color:'red'").await.expect_refusal("400 invalid_request_error -");
    search("nonsense").await.expect_refusal("400 invalid_request_error -");
    test_bed
        .get("payment_intents/search")
        .send()
        .await
        .expect_refusal("400 invalid_request_error parameter_missing");
    test_bed.sandbox.set_search_lag(Duration::from_secs(60));
    assert_eq!(search("metadata['order']:'8'").await.success().ids().len(), 0);
    test_bed.sandbox.advance(Duration::from_secs(61));
    assert_eq!(search("metadata['order']:'8'").await.success().ids(), [paid]);
    let customer = test_bed.post("customers", "email=jenny@example.com").send().await.success().id();
    test_bed.sandbox.set_search_lag(Duration::ZERO);
    let found = test_bed.get("customers/search?query=email:'jenny@example.com'").send().await.success();
    assert_eq!(found.ids(), [customer]);
}

#[tokio::test]
async fn a_charge_includes_refunds_when_expanded() {
    let test_bed = TestBed::open().await;
    let paid = test_bed.pay("2000 usd", "pm_card_visa", "").send().await.success();
    let charge = paid.text_at("/latest_charge");
    let refund = test_bed.post(&format!("charges/{charge}/refund"), "amount=500").send().await.success();
    assert_eq!(*refund.at("/amount_refunded"), json!(500));
    let list = test_bed.get(&format!("charges/{charge}/refunds")).send().await.success();
    let shown = test_bed.get(&format!("charges/{charge}?expand[]=refunds")).send().await.success();
    assert_eq!(shown.text_at("/refunds/data/0/id"), list.ids()[0]);
    let changed =
        test_bed.post(&format!("charges/{charge}"), "metadata[a]=1&description=D").send().await.success();
    assert_eq!(changed.text_at("/metadata/a"), "1");
    let group = test_bed.post(&format!("charges/{charge}"), "transfer_group=G").send().await;
    group.expect_refusal("400 invalid_request_error -");
    assert_eq!(
        test_bed.get(&format!("charges?payment_intent={}", paid.id())).send().await.success().ids(),
        [charge]
    );
}

#[tokio::test]
async fn test_mode_and_live_mode_share_no_objects() {
    let test_bed = TestBed::open().await;
    let jenny = test_bed.customer().await;
    let live = KEY.replace("test", "live");
    let other_mode = test_bed.get(&format!("customers/{jenny}")).with_key(&live).send().await;
    other_mode.expect_refusal("404 invalid_request_error resource_missing");
    let message = other_mode.text_at("/error/message");
    assert!(message.ends_with(
        "a similar object exists in test mode, but a live mode key was used to make this request."
    ));
    assert_eq!(test_bed.sandbox.account_of(KEY), test_bed.sandbox.account_of(&live));
}

#[tokio::test]
async fn the_log_keeps_the_newest_calls_and_counts_every_call() {
    let settings = Settings { calls_kept: 3, ..Settings::default() };
    let test_bed = TestBed::of(Sandbox::start(settings).await.unwrap());
    for name in ["a", "b", "c", "d", "e"] {
        test_bed.post("customers", &format!("name={name}")).send().await.success();
    }
    let bodies: Vec<_> =
        test_bed.sandbox.calls().into_iter().map(|call| String::from_utf8(call.body).unwrap()).collect();
    assert_eq!(bodies, ["name=c", "name=d", "name=e"]);
    assert_eq!(test_bed.sandbox.calls_made(), 5);
    assert!(test_bed.sandbox.calls().iter().all(|call| call.answer.is_some()));
}
