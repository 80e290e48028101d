//! The endpoint for Stripe's webhooks: the accepted and the refused posts, and the changes from the
//! accepted events.

use std::time::Duration;

use causeway::v1::{self, PaymentStatus};
use causeway_sandbox::{FaultRule, Sandbox};
use jiff::SignedDuration;
use serde_json::json;

use crate::stage::{
    Billing, Fault, Stage, StoryClock,
    events::{ENDPOINT, GLOBEX_ENDPOINT, WebhookEndpoint, register_endpoint, with_webhook_endpoint},
    eventually,
    follow_ups::intent,
    free_port::free_address,
    order, post, post_fault,
    processes::Process,
    settings::{self, ACME_KEY, GLOBEX_KEY},
    start_adapter,
    webhooks::{deliver, fixture, newest_event, signature},
};

/// Captures a payment as in Stripe's dashboard.
async fn capture_in_dashboard(stage: &Stage, key: &str, payment: &v1::Payment) {
    post(stage, key, &format!("/v1/payment_intents/{}/capture", intent(payment)), "").await;
}

/// Number of events with this outcome, by the counts of the job.
async fn handled(billing: &Billing, outcome: &str) -> usize {
    let counts = billing.job("inbox").await;
    let found = counts.iter().find(|(name, _)| name.ends_with(&format!("inbox_{outcome}")));
    usize::try_from(*found.unwrap_or_else(|| panic!("{counts:?}")).1).unwrap()
}

/// J1: a guessed endpoint name gets 404, and after a change of the name the old name gets 404.
#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_endpoint_closes_the_old_name() {
    let (mut stage, webhook) = Stage::with_webhooks(|settings| settings).await;
    let event = fixture("customer.created");
    assert_eq!(stage.post_event(&webhook, &event).await, 200);
    let renamed =
        |name: &str| WebhookEndpoint { url: webhook.url.replace(ENDPOINT, name), ..webhook.clone() };
    for guessed in ["", "x", GLOBEX_ENDPOINT, &format!("{ENDPOINT}/"), &ENDPOINT.to_uppercase()] {
        assert_eq!(stage.post_event(&renamed(guessed), &event).await, 404, "{guessed}");
    }
    let elsewhere =
        WebhookEndpoint { url: webhook.url.replace("/webhooks/", "/webhook/"), ..webhook.clone() };
    assert_eq!(stage.post_event(&elsewhere, &event).await, 404);

    let new = "acme-main-endpoint-fedcba9876543210";
    stage.stop_relay().await;
    stage.relay_settings = stage.relay_settings.replace(ENDPOINT, new);
    stage.start_relay().await;
    assert_eq!(stage.post_event(&webhook, &event).await, 404);
    assert_eq!((stage.post_event(&renamed(new), &event).await, stage.rows("inbox")), (200, 1));
}

/// Without a secret no event can be verified, so the endpoint answers 404; polling needs no secret.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_without_a_secret_is_closed_and_polling_works() {
    let no_secret = |settings: String| {
        let lines = settings.lines().filter(|line| !line.starts_with("webhook_secret"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let (stage, webhook) = Stage::with_webhooks(no_secret).await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("r-1", "12.50 USD")).await.held_payment();
    capture_in_dashboard(&stage, ACME_KEY, &held).await;
    assert_eq!(stage.post_event(&webhook, &fixture("customer.created")).await, 404);
    assert_eq!((stage.rows("inbox"), billing.event_lines(0).await.len()), (0, 1));
    billing.job("poll").await;
    billing.job("inbox").await;
    assert_eq!(billing.event_lines(1).await, ["PAYMENT_CAPTURED dashboard"]);
}

/// J11, F59: each mistake has a status, and no refused post leaves a row.
#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_webhook_is_refused_and_leaves_no_row() {
    let (stage, webhook) = Stage::with_webhooks(|settings| settings).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(client.get(&webhook.url).send().await.unwrap().status(), 405);

    let good = fixture("customer.created").to_string();
    let signed = |body: &str| signature(&webhook.secret, stage.now_seconds(), body);
    let largest = format!("{good}{}", " ".repeat(1024 * 1024 - good.len()));
    let larger = format!("{largest} ");
    assert_eq!(deliver(&webhook.url, Some(&signed(&larger)), larger).await, 413);

    let mut live = fixture("customer.created");
    live["livemode"] = json!(true);
    let bodies = [live.to_string(), "{}".to_owned(), "[]".to_owned(), "an event".to_owned(), String::new()];
    for body in bodies {
        assert_eq!(deliver(&webhook.url, Some(&signed(&body)), body.clone()).await, 400, "{body}");
    }
    let late = signature(&webhook.secret, stage.now_seconds() - 301, &good);
    let other = signature("whsec_0123456789abcdef0123456789", stage.now_seconds(), &good);
    let altered = signed(&good.replace("customer", "Customer"));
    for header in [None, Some(""), Some("t=1,v1=2"), Some(&late), Some(&other), Some(&altered)] {
        assert_eq!(deliver(&webhook.url, header, good.clone()).await, 400, "{header:?}");
    }
    assert_eq!(stage.rows("inbox"), 0);
    assert_eq!(deliver(&webhook.url, Some(&signed(&largest)), largest).await, 200);
    assert_eq!(stage.rows("inbox"), 1);
}

/// J12: fifty posts of an event at once get 2xx fifty times, and make one row and one change.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_concurrent_copies_of_a_webhook_make_one_change() {
    let (stage, webhook) = Stage::with_webhooks(|settings| settings).await;
    stage.lose_webhooks();
    let billing = stage.billing().await;
    let held = billing.authorize(order("r-1", "12.50 USD")).await.held_payment();
    capture_in_dashboard(&stage, ACME_KEY, &held).await;
    let body = newest_event(&stage, ACME_KEY, "payment_intent.succeeded").await.to_string();
    let signed = signature(&webhook.secret, stage.now_seconds(), &body);
    let mut posts = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (url, signed, body) = (webhook.url.clone(), signed.clone(), body.clone());
        posts.spawn(async move { deliver(&url, Some(&signed), body).await });
    }
    assert_eq!(posts.join_all().await, [200; 50]);
    stage.wait_until_handled().await;
    assert_eq!(stage.rows("inbox"), 1);
    assert_eq!(billing.event_lines(0).await, ["PAYMENT_AUTHORIZED api", "PAYMENT_CAPTURED dashboard"]);
    assert_eq!(handled(&billing, "changed").await, 1);
}

/// J10, J14: foreign events and unknown types are accepted and counted, and change no state.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_event_is_accepted_and_counted() {
    let (stage, webhook) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let paid = "amount=1250&currency=usd&payment_method=pm_card_visa&confirm=true&automatic_payment_methods[enabled]=true\
                &automatic_payment_methods[allow_redirects]=never";
    let foreign = post(&stage, ACME_KEY, "/v1/payment_intents", paid).await;
    post(&stage, ACME_KEY, "/v1/refunds", &format!("payment_intent={foreign}")).await;
    let mut unknown = fixture("payment_intent.succeeded");
    unknown["type"] = json!("payment_intent.of_tomorrow");
    assert_eq!(stage.post_event(&webhook, &unknown).await, 200);
    // The balance transactions of charge and refund exist a moment later, each with an event.
    eventually("the last events are sent", async || {
        let sent = stage.sandbox.deliveries();
        ["charge.updated", "refund.updated"]
            .iter()
            .all(|kind| sent.iter().any(|delivery| delivery.kind == *kind))
    })
    .await;
    stage.wait_until_handled().await;
    let calls = stage.sandbox.calls();
    assert!(calls.iter().all(|call| call.method == "POST"), "nothing was looked at");

    let delivered = stage.sandbox.deliveries();
    assert!(
        delivered.len() > 5 && delivered.iter().all(|delivery| delivery.outcome.is_delivered()),
        "{delivered:?}"
    );
    assert_eq!(handled(&billing, "unknown_type").await, 1);
    assert_eq!(handled(&billing, "foreign").await, delivered.len());
    assert_eq!((stage.rows("payment"), billing.event_lines(0).await.len()), (0, 0));
}

/// A7: acme's secret opens acme's endpoint only, and events there about globex' payments change no state.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_webhook_changes_no_payment_of_another_tenant() {
    let (stage, webhook) = Stage::with_webhooks(|settings| settings).await;
    let adapter = stage.adapter_of_globex().await;
    let globex = Billing::connect(adapter.address, settings::BILLING_TOKEN).await;
    let held = globex.authorize(order("r-1", "12.50 USD")).await.held_payment();
    capture_in_dashboard(&stage, GLOBEX_KEY, &held).await;
    for kind in ["payment_intent.succeeded", "charge.captured", "charge.succeeded"] {
        let foreign_event = newest_event(&stage, GLOBEX_KEY, kind).await;
        assert_eq!(stage.post_event(&webhook, &foreign_event).await, 200);
    }
    stage.wait_until_handled().await;
    let acme = stage.billing().await;
    assert_eq!(handled(&acme, "foreign").await, 3);
    assert_eq!((acme.event_lines(0).await, globex.event_lines(0).await.len()), (vec![], 1));
    assert_eq!(globex.payment(&held.id).await.status(), PaymentStatus::Authorized);
}

/// J2: during the rotation of a secret both secrets are accepted, and no event is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_secret_rotates_without_a_lost_event() {
    let (mut stage, webhook) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let hour = Duration::from_secs(3600);
    let secret = stage.sandbox.roll_secret(&webhook.id, hour).unwrap();
    billing.authorize(order("r-1", "1.00 USD")).await.held_payment();
    stage.wait_until_handled().await;

    stage.stop_relay().await;
    let both = format!("\"{secret}\"\nprevious_webhook_secret = \"{}\"", webhook.secret);
    stage.relay_settings = stage.relay_settings.replace(&format!("\"{}\"", webhook.secret), &both);
    stage.start_relay().await;
    let third = "whsec_0123456789abcdef0123456789".to_owned();
    for (secret, answer) in [(secret, 200), (webhook.secret.clone(), 200), (third, 400)] {
        let signer = WebhookEndpoint { secret, ..webhook.clone() };
        assert_eq!(stage.post_event(&signer, &fixture("customer.created")).await, answer);
    }
    stage.advance_clocks(SignedDuration::from_hours(2)).await;
    billing.authorize(order("r-2", "1.00 USD")).await.held_payment();
    stage.wait_until_handled().await;
    let deliveries = stage.sandbox.deliveries();
    assert!(
        deliveries.len() > 5 && deliveries.iter().all(|delivery| delivery.outcome.is_delivered()),
        "{deliveries:?}"
    );
}

/// An event that cannot be stored is refused with 503, and Stripe delivers the event again.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_without_a_writable_journal_is_delivered_again() {
    let (stage, webhook) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("r-1", "12.50 USD")).await.held_payment();
    stage.wait_until_handled().await;
    let other = rusqlite::Connection::open(stage.journal()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(stage.post_event(&webhook, &fixture("customer.created")).await, 503);
    capture_in_dashboard(&stage, ACME_KEY, &held).await;
    let refused =
        |stage: &Stage| stage.sandbox.deliveries().iter().any(|delivery| !delivery.outcome.is_delivered());
    eventually("a delivery is refused", async || refused(&stage)).await;
    other.execute_batch("ROLLBACK").unwrap();
    assert!(stage.sandbox.settle_deliveries(Duration::from_secs(30)).await);
    stage.advance_clocks(SignedDuration::from_hours(1)).await;
    stage.wait_until_handled().await;
    assert_eq!(billing.event_lines(1).await, ["PAYMENT_CAPTURED dashboard"]);
}

/// An event with the relay's correlation metadata may come before the payment, so the inbox retries for a
/// day; then a single alarm is raised.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_about_an_unknown_payment_raises_an_alarm_after_a_day() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let marked = "amount=1250&currency=usd&metadata[causeway_payment]=01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d";
    let intent = stage.post_as_dashboard("/v1/payment_intents", marked).await;
    stage.wait_until_handled().await;
    for hour in 0..30 {
        assert_eq!(
            billing.event_lines(0).await.len(),
            usize::from(stage.rows("alarm") > 0),
            "after {hour} hours"
        );
        stage.advance_clocks(SignedDuration::from_hours(1)).await;
        billing.job("inbox").await;
    }
    assert_eq!(billing.event_lines(0).await, ["ALARM ORPHAN recovery"]);
    let alarm = billing.events(0).await.remove(0).alarm.unwrap();
    assert_eq!((alarm.processor_id, alarm.payment_system.as_str()), (intent, "main"));
    assert_eq!((handled(&billing, "parked").await, stage.rows("payment")), (1, 0));
}

/// J16: Stripe's webhook arrives before the answer; both make one record, and each event is emitted once.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_before_the_answer_makes_a_single_record() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let slow = || stage.sandbox.arm_rule(post_fault(Fault::SlowAfter(Duration::from_millis(1000)), 1));
    slow();
    let held = billing.authorize(order("r-1", "12.50 USD")).await.held_payment();
    slow();
    billing.capture("r-2", &held.id, Some("10.00 USD")).await.captured_payment();
    slow();
    billing.refund("r-3", &held.id, Some("4.00 USD")).await.captured_payment();
    stage.wait_until_handled().await;
    let expected_events = [
        "PAYMENT_AUTHORIZED webhook",
        "PAYMENT_CAPTURED webhook",
        "REFUND_CREATED webhook",
        "REFUND_SUCCEEDED webhook",
    ];
    assert_eq!(billing.event_lines(0).await, expected_events);
    let payment = billing.payment(&held.id).await;
    assert_eq!((payment.status(), payment.refunds.len()), (PaymentStatus::Captured, 1));
    assert_eq!((payment.refunds[0].request_id.as_str(), stage.rows("payment")), ("r-3", 1));
    assert_eq!(stage.sandbox.ledger().refunded(None, "usd"), 400);
}

/// J15: a relay that is killed between the 2xx and the handling handles the event after the restart.
#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_webhook_is_handled_after_a_kill() {
    let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let port = free_address().port();
    let url = format!("http://127.0.0.1:{port}/webhooks/{ENDPOINT}");
    let webhook = register_endpoint(&sandbox, ACME_KEY, &url).await;
    let journal = directory.path().join("relay.db");
    let settings = with_webhook_endpoint(&settings::relay(&journal, &sandbox.url()), port, &webhook);
    let relay = Process::start("causeway-relay", directory.path(), &settings).await;
    let settings = settings.replace("127.0.0.1:0", &relay.address.to_string());
    let adapter = settings::adapter(&[relay.address], "acme-1", settings::ACME_SECRET);
    let adapter = start_adapter(&adapter, &std::sync::Arc::new(StoryClock::default())).await;
    let billing = Billing::connect(adapter.address, settings::BILLING_TOKEN).await;
    let held = billing.authorize(order("r-1", "12.50 USD")).await.held_payment();
    let waiting = || settings::rows(&journal, "inbox WHERE due IS NOT NULL");
    eventually("the inbox is worked off", async || waiting() == 0 && settings::rows(&journal, "inbox") > 2)
        .await;

    // Reads at Stripe get no answer, so the events stay in the inbox.
    let nothing = FaultRule::every_call(Fault::BlackHole { effect: false });
    sandbox.arm_rule(FaultRule { method: Some("GET".to_owned()), ..nothing });
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let capture = format!("{}/v1/payment_intents/{}/capture", sandbox.url(), intent(&held));
    assert!(client.post(capture).bearer_auth(ACME_KEY).send().await.unwrap().status().is_success());
    assert!(sandbox.settle_deliveries(Duration::from_secs(30)).await);
    assert!(
        sandbox.deliveries().iter().all(|delivery| delivery.outcome.is_delivered()),
        "all of them had their 2xx"
    );
    assert!(waiting() > 0);
    relay.kill();
    sandbox.disarm();
    let relay = Process::start("causeway-relay", directory.path(), &settings).await;
    eventually("it is worked on", async || {
        billing.payment(&held.id).await.status() == PaymentStatus::Captured && waiting() == 0
    })
    .await;
    assert_eq!(billing.event_lines(0).await, ["PAYMENT_AUTHORIZED api", "PAYMENT_CAPTURED dashboard"]);
    relay.kill();
}
