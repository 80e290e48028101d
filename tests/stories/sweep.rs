//! The sweep: changes at Stripe of which no event arrived, and payments that the journal does not know.

use causeway::v1::PaymentStatus;
use causeway_sandbox::{WebhookFault, WebhookFaultRule};
use jiff::SignedDuration;

use crate::stage::{Stage, eventually, follow_ups::intent, order, settings};

/// The sweep finds changes made in the dashboard of which the webhooks were lost.
#[tokio::test]
async fn the_sweep_finds_a_change_with_a_lost_webhook() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let taken = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    let released = billing.authorize(order("2", "3.00 USD")).await.held_payment();
    stage.post_as_dashboard(&format!("/v1/payment_intents/{}/capture", intent(&taken)), "").await;
    stage.post_as_dashboard("/v1/refunds", &format!("payment_intent={}&amount=250", intent(&taken))).await;
    stage.post_as_dashboard(&format!("/v1/payment_intents/{}/cancel", intent(&released)), "").await;
    stage.advance_clocks(SignedDuration::from_mins(59)).await;
    let counts = billing.job("sweep").await;
    assert_eq!(counts.get("sweep.found_at_stripe"), Some(&2), "{counts:?}");
    let mut event_lines = billing.event_lines(2).await;
    event_lines.sort();
    let expected = [
        "PAYMENT_CAPTURED dashboard",
        "PAYMENT_RELEASED dashboard",
        "REFUND_CREATED dashboard",
        "REFUND_SUCCEEDED dashboard",
    ];
    assert_eq!(event_lines, expected);
    assert_eq!(billing.job("sweep").await.len(), 0);
}

/// D6: an event that Stripe could not generate is in no webhook and in no list. The poll finds nothing, and
/// the sweep finds the change that the event was about.
#[tokio::test]
async fn the_sweep_finds_a_change_without_an_event() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let payment = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    for kind in ["payment_intent.*", "charge.*"] {
        stage.sandbox.arm_webhook(WebhookFaultRule {
            times: None,
            kind: Some(kind.to_owned()),
            ..WebhookFaultRule::next_delivery(WebhookFault::NotGenerated)
        });
    }
    stage.post_as_dashboard(&format!("/v1/payment_intents/{}/capture", intent(&payment)), "").await;
    stage.advance_clocks(SignedDuration::from_mins(59)).await;
    billing.job("poll").await;
    billing.job("inbox").await;
    assert_eq!(billing.payment(&payment.id).await.status(), PaymentStatus::Authorized, "no event tells it");
    let counts = billing.job("sweep").await;
    assert_eq!(counts.get("sweep.found_at_stripe"), Some(&1), "{counts:?}");
    assert_eq!(billing.event_lines(1).await, ["PAYMENT_CAPTURED dashboard"]);
    assert_eq!(billing.payment(&payment.id).await.status(), PaymentStatus::Captured);
}

/// K7: a PaymentIntent with the relay's correlation metadata that is missing in the journal is an orphan,
/// with a single alarm.
#[tokio::test]
async fn an_orphan_raises_one_alarm() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let ours = "metadata[causeway_payment]=0199aaaa-0000-7000-8000-000000000000";
    let form = "amount=700&currency=usd&payment_method=pm_card_visa&confirm=true\
                &payment_method_types[]=card";
    let orphan = stage.post_as_dashboard("/v1/payment_intents", &format!("{form}&{ours}")).await;
    stage.post_as_dashboard("/v1/payment_intents", form).await;
    for expected in [1, 0] {
        stage.advance_clocks(SignedDuration::from_mins(30)).await;
        let counts = billing.job("sweep").await;
        assert_eq!(counts.get("sweep.found_at_stripe").copied().unwrap_or_default(), expected);
    }
    let events = billing.events(0).await;
    assert_eq!(events.len(), 1, "what carries no marks of ours is somebody else's");
    let alarm = events[0].alarm.clone().unwrap();
    assert_eq!((alarm.code.as_str(), alarm.processor_id), ("ORPHAN", orphan));
    assert_eq!(alarm.payment_system, "main");
}

/// The other way round: a payment that the account does not know.
#[tokio::test]
async fn a_payment_that_the_account_does_not_know_raises_one_alarm() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    stage.sandbox.assign_key(settings::ACME_KEY, "sk_test_of_another_account").unwrap();
    for _ in 0..2 {
        stage.advance_clocks(SignedDuration::from_mins(30)).await;
        billing.job("sweep").await;
    }
    billing.sync(&held.id).await;
    assert_eq!(
        billing.event_lines(0).await,
        ["PAYMENT_AUTHORIZED api", "ALARM MISSING_AT_PROCESSOR recovery"]
    );
    let payment = billing.payment(&held.id).await;
    assert_eq!((payment.status(), payment.contradictions.len()), (PaymentStatus::Authorized, 1));
}

/// Changes made while the relay was away for more than a day are found after the restart.
#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_covers_the_time_of_a_relay_outage() {
    let mut stage =
        Stage::with_settings(|settings| settings.replace("sweep_seconds = 0", "sweep_seconds = 3600")).await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    eventually("the first hour has begun", async || stage.rows("job WHERE name = 'sweep'") > 0).await;
    stage.stop_relay().await;
    stage.post_as_dashboard(&format!("/v1/payment_intents/{}/capture", intent(&held)), "").await;
    stage.advance_clocks(SignedDuration::from_hours(30)).await;
    stage.start_relay().await;
    eventually("the sweep has found it", async || billing.events(0).await.len() == 2).await;
    assert_eq!(billing.event_lines(1).await, ["PAYMENT_CAPTURED dashboard"]);
}
