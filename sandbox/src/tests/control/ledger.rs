//! The control API for reading the ledger and the log of calls.

use serde_json::{Value, json};

use crate::tests::control::control_get;
use crate::tests::test_bed::{KEY, TestBed};
use crate::{Sandbox, Settings};

/// The entries of a ledger page as texts: number, effect, amount and currency.
fn entry_texts(page: &Value) -> Vec<String> {
    let text = |entry: &Value| {
        let (effect, currency) = (entry["effect"].as_str().unwrap(), entry["currency"].as_str().unwrap());
        format!("{} {effect} {} {currency}", entry["number"], entry["amount"])
    };
    page["entries"].as_array().unwrap().iter().map(text).collect()
}

#[tokio::test]
async fn the_ledger_has_pages_and_sums() {
    let test_bed = TestBed::open().await;
    let hold = test_bed.hold("2000 usd").await;
    test_bed
        .post(&format!("payment_intents/{hold}/capture"), "amount_to_capture=1500")
        .with_idempotency_key("take")
        .send()
        .await
        .success();
    test_bed
        .pay("700 eur", "pm_card_visa", "metadata[order]=8")
        .with_idempotency_key("pay")
        .send()
        .await
        .success();
    test_bed.post("refunds", &format!("payment_intent={hold}&amount=300")).send().await.success();
    let all = control_get(&test_bed, "/ledger").await;
    let short = entry_texts(&all);
    assert_eq!(
        short,
        [
            "1 authorized 2000 usd",
            "2 captured 1500 usd",
            "3 released 500 usd",
            "4 authorized 700 eur",
            "5 captured 700 eur",
            "6 refunded 300 usd"
        ]
    );
    let account = test_bed.sandbox.account_of(KEY).unwrap();
    assert_eq!(all["entries"][3]["metadata"], json!({"order": "8"}));
    assert_eq!(
        (&all["entries"][1]["idempotency_key"], &all["entries"][1]["payment_intent"]),
        (&json!("take"), &json!(hold))
    );
    assert_eq!(
        all["sums"],
        json!([
            {"account": account, "currency": "eur", "authorized": 700, "captured": 700, "released": 0, "refunded": 0,
                "held": 0, "kept": 700, "disputed": 0},
            {"account": account, "currency": "usd", "authorized": 2000, "captured": 1500, "released": 500,
                "refunded": 300, "held": 0, "kept": 1200, "disputed": 0},
        ])
    );
    assert_eq!((&all["count"], &all["next_after"]), (&json!(6), &Value::Null));
    let page = control_get(
        &test_bed,
        &format!("/ledger?payment_intent={hold}&account={account}&currency=USD&after=1&limit=2"),
    )
    .await;
    assert_eq!(
        (&page["count"], &page["next_after"], &page["entries"][1]["number"]),
        (&json!(4), &json!(3), &json!(3))
    );
    let last = control_get(&test_bed, &format!("/ledger?payment_intent={hold}&after=3&limit=2")).await;
    assert_eq!((&last["entries"][0]["effect"], &last["next_after"]), (&json!("refunded"), &Value::Null));
    assert_eq!(
        control_get(&test_bed, "/ledger?account=acct_other").await,
        json!({"count": 0, "entries": [], "next_after": null, "sums": []})
    );
    assert_eq!(control_get(&test_bed, "/ledger?limit=0").await["sums"], all["sums"]);
}

#[tokio::test]
async fn the_log_of_calls_is_newest_first() {
    let settings = Settings { calls_kept: 5, ..Settings::default() };
    let test_bed = TestBed::of(Sandbox::start(settings).await.unwrap());
    for place in 1..=7 {
        test_bed.post("customers", &format!("name=n{place}")).send().await.success();
    }
    let page = control_get(&test_bed, "/calls?limit=2").await;
    assert_eq!((&page["made"], &page["kept"], &page["next_before"]), (&json!(7), &json!(5), &json!(6)));
    let first = &page["calls"][0];
    assert_eq!(
        (&first["number"], &first["method"], &first["path"]),
        (&json!(7), &json!("POST"), &json!("/v1/customers"))
    );
    assert_eq!((&first["body"], &first["answer"]["body"]["name"]), (&json!("name=n7"), &json!("n7")));
    assert!(
        first["headers"].as_array().unwrap().contains(&json!(["authorization", "Bearer sk_test_*****"])),
        "{first}"
    );
    let rest = control_get(&test_bed, "/calls?before=6&limit=9").await;
    let numbers: Vec<&Value> = rest["calls"].as_array().unwrap().iter().map(|call| &call["number"]).collect();
    assert_eq!((numbers, &rest["next_before"]), (vec![&json!(5), &json!(4), &json!(3)], &Value::Null));
    assert_eq!(test_bed.sandbox.calls_made(), 7, "looking is not logged");
}
