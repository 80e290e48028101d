//! The state directory: what was answered before a stop or a crash is there after the restart.

mod bench;
mod crashes;
mod deliveries;
mod files;
mod random_calls;

use std::time::Duration;

use crate::clock::DAY;
use crate::lock::lock;
use crate::tests::state::bench::{Disk, day};
use crate::tests::test_bed::{KEY, TestBed};
use crate::{Effect, RawCards, Sandbox, Settings};

#[tokio::test]
async fn a_payment_of_yesterday_is_captured_today() {
    let disk = Disk::new();
    let yesterday = disk.start().await;
    let held = yesterday.hold("2000 usd").await;
    let secret = yesterday.get(&format!("payment_intents/{held}")).send().await.success();
    yesterday.sandbox.stop().await;

    let today = disk.start().await;
    let found = today.get(&format!("payment_intents/{held}")).send().await.success();
    assert_eq!(found.text, secret.text);
    let captured = today.post(&format!("payment_intents/{held}/capture"), "").send().await.success();
    assert_eq!(captured.text_at("/status"), "succeeded");
    assert_eq!(today.ledger(), ["Authorized 2000 usd", "Captured 2000 usd"]);
    assert_eq!(today.get("balance").send().await.success().at("/pending/0/amount"), 1912);
}

#[tokio::test]
async fn an_answer_is_replayed_after_a_restart() {
    let disk = Disk::new();
    let before = disk.start().await;
    let paid = before.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k").send().await.success();
    let declined =
        before.pay("2000 usd", "pm_card_chargeDeclined", "").with_idempotency_key("d").send().await;
    before.sandbox.stop().await;

    let after = disk.start().await;
    let replayed = after.pay("2000 usd", "pm_card_visa", "").with_idempotency_key("k").send().await.success();
    assert_eq!(replayed.header("idempotent-replayed"), "true");
    assert_eq!(replayed.header("original-request"), paid.header("request-id"));
    assert_eq!(replayed.text, paid.text);
    let refused = after.pay("2000 usd", "pm_card_chargeDeclined", "").with_idempotency_key("d").send().await;
    assert_eq!((refused.status, &refused.text), (402, &declined.text));
    let other = after.pay("2100 usd", "pm_card_visa", "").with_idempotency_key("k").send().await;
    other.expect_refusal("400 idempotency_error -");
    assert_eq!(after.sandbox.ledger().count(Effect::Authorized), 1);
    after.sandbox.advance(day(2));
    let fresh = after.pay("2100 usd", "pm_card_visa", "").with_idempotency_key("k").send().await.success();
    assert_ne!(fresh.id(), paid.id());
}

#[tokio::test]
async fn the_schedule_and_the_moved_clock_go_on() {
    let disk = Disk::new();
    let before = disk.start().await;
    let held = before.hold("2000 usd").await;
    let debit = before
        .post("payment_methods", "type=sepa_debit&sepa_debit[iban]=DE89370400440532013000&billing_details[name]=J&billing_details[email]=j@example.com")
        .send()
        .await
        .success()
        .id();
    before.sandbox.advance(day(3));
    let more = format!(
        "amount=700&currency=eur&confirm=true&payment_method={debit}&payment_method_types[]=sepa_debit&\
         mandate_data[customer_acceptance][type]=offline"
    );
    let processing = before.post("payment_intents", &more).send().await.success();
    assert_eq!(processing.text_at("/status"), "processing");
    let moment = before.sandbox.now().as_second();
    before.sandbox.stop().await;

    let after = disk.start().await;
    let ahead = after.sandbox.now().as_second() - moment;
    assert!((0..30).contains(&ahead), "{ahead}");
    after.sandbox.advance(Duration::from_secs(20));
    let decided = after.get(&format!("payment_intents/{}", processing.id())).send().await.success();
    assert_eq!(decided.text_at("/status"), "succeeded");
    after.sandbox.advance(day(5));
    let lapsed = after.get(&format!("payment_intents/{held}")).send().await.success();
    assert_eq!(lapsed.text_at("/status"), "canceled");
    assert_eq!(after.sandbox.ledger().count(Effect::Expired), 1);
}

#[tokio::test]
async fn keys_and_the_settings_of_accounts_are_kept() {
    let disk = Disk::new();
    let before = disk.start().await;
    before.sandbox.allow_raw_cards(KEY, RawCards::TestNumbers);
    before.sandbox.assign_key("sk_test_other", KEY).unwrap();
    before.sandbox.permit_key("rk_test_stage", &[("customers".into(), "read".into())].into()).unwrap();
    before.sandbox.revoke_key("sk_test_gone");
    before.sandbox.set_search_lag(Duration::from_secs(3600));
    let customer = before.customer().await;
    before.sandbox.stop().await;

    let after = disk.start().await;
    let path = format!("customers/{customer}");
    after.get(&path).with_key("sk_test_other").send().await.success();
    after.get(&path).with_key("rk_test_stage").send().await.success();
    let refused = after.get("charges").with_key("rk_test_stage").send().await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    after
        .get(&path)
        .with_key("sk_test_gone")
        .send()
        .await
        .expect_refusal("401 invalid_request_error api_key_expired");
    let card = "type=card&card[number]=4242424242424242&card[exp_month]=3&card[exp_year]=2035&card[cvc]=123";
    after.post("payment_methods", card).send().await.success();
    let lagging = after.get("customers/search?query=name:'Jenny'").send().await.success();
    assert_eq!(lagging.ids(), Vec::<String>::new());
    after.sandbox.advance(Duration::from_secs(3 * 3600));
    let found = after.get("customers/search?query=name:'Jenny'").send().await.success();
    assert_eq!(found.ids(), [customer]);
}

#[tokio::test]
async fn a_new_id_after_a_restart_is_new() {
    let disk = Disk::new();
    let mut ids = vec![];
    for _ in 0..3 {
        let test_bed = disk.start().await;
        for _ in 0..3 {
            ids.push(test_bed.customer().await);
        }
        test_bed.sandbox.stop().await;
    }
    let different: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(different.len(), 9, "{ids:?}");
    let listed = disk.start().await.get("customers").send().await.success().ids();
    assert_eq!(listed, ids.into_iter().rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn old_events_and_removed_endpoints_do_not_come_back() {
    let disk = Disk::new();
    let before = disk.start().await;
    before.customer().await;
    before.sandbox.advance(Duration::from_secs(31 * DAY.unsigned_abs()));
    let customer = before.customer().await;
    let endpoint =
        before.post("webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=*").send().await.success();
    let kept = before
        .post("webhook_endpoints", "url=http://127.0.0.1:9/b&enabled_events[]=*")
        .send()
        .await
        .success();
    before.delete(&format!("webhook_endpoints/{}", endpoint.id())).send().await.success();
    let events = before.get("events").send().await.success().text;
    before.sandbox.stop().await;

    let after = disk.start().await;
    assert_eq!(after.get("events").send().await.success().text, events);
    assert!(events.contains(&customer));
    assert_eq!(after.get("webhook_endpoints").send().await.success().ids(), [kept.id()]);
}

#[tokio::test]
async fn a_sandbox_without_a_directory_records_nothing() {
    let test_bed = TestBed::of(Sandbox::start(Settings::default()).await.unwrap());
    test_bed.customer().await;
    assert!(lock(&test_bed.sandbox.shared.state).recording.is_none());
    let disk = Disk::new();
    assert!(lock(&disk.start().await.sandbox.shared.state).recording.is_some());
}
