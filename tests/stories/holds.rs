//! The end of a hold: set by Stripe, announced, observed, and renewed where renewal is on.

use causeway::v1::{self, PaymentStatus};
use jiff::SignedDuration;

use crate::stage::{
    Billing, Fault, FaultRule, Stage,
    cards::{pay, pay_and_store_card, store_card_request},
    eventually,
    follow_ups::{intent, money_effects, posted_bodies},
    method, order, post_fault,
};

const DAY: i64 = 24 * 3600;

async fn with(setting: &str) -> Stage {
    Stage::with_settings(|settings| {
        settings.replace("timeout_seconds = 5", &format!("timeout_seconds = 5\n{setting}"))
    })
    .await
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// Seconds from the beginning of a hold to the end.
fn seconds_of_hold(held: &v1::Payment) -> i64 {
    held.hold_expires.unwrap().seconds - held.created.unwrap().seconds
}

fn about(seconds: i64, expected: i64) -> bool {
    (seconds - expected).abs() <= 5
}

async fn count(billing: &Billing, name: &str) -> u64 {
    let counts = billing.job("holds").await;
    assert_eq!(counts.get("holds.failed"), None, "{counts:?}");
    counts.get(&format!("holds.{name}")).copied().unwrap_or_default()
}

/// G6: the end of a hold comes from Stripe, and is not a constant.
#[tokio::test]
async fn the_end_of_a_hold_is_set_by_stripe() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let week = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    assert!(about(seconds_of_hold(&week), 7 * DAY), "{}", seconds_of_hold(&week));
    let off_session = v1::AuthorizeRequest { off_session: true, ..order("2", "12.50 USD") };
    let off_session = billing.authorize(off_session).await.held_payment();
    assert!(about(seconds_of_hold(&off_session), 4 * DAY + 18 * 3600), "{}", seconds_of_hold(&off_session));
    let off_session = v1::AuthorizeRequest {
        off_session: true,
        instrument: method("pm_card_mastercard"),
        ..order("3", "12.50 USD")
    };
    let off_session = billing.authorize(off_session).await.held_payment();
    assert!(about(seconds_of_hold(&off_session), 7 * DAY), "{}", seconds_of_hold(&off_session));
}

/// G7: PAYMENT_EXPIRING is emitted once, the configured number of hours before the end of the hold.
#[tokio::test]
async fn an_expiring_hold_emits_a_single_warning() {
    let stage = with("warn_of_hold_hours = 48").await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    let off_session = v1::AuthorizeRequest { off_session: true, ..order("2", "12.50 USD") };
    billing.authorize(off_session).await.held_payment();
    stage.advance_clocks(hours(2 * 24)).await;
    assert_eq!(count(&billing, "warned").await, 0);
    stage.advance_clocks(hours(24)).await;
    assert_eq!((count(&billing, "warned").await, count(&billing, "warned").await), (1, 0), "the short one");
    stage.advance_clocks(hours(2 * 24 + 1)).await;
    assert_eq!(count(&billing, "warned").await, 1);
    stage.advance_clocks(hours(24)).await;
    assert_eq!(count(&billing, "warned").await, 0);
    let events = billing.events(2).await;
    let warned: Vec<_> =
        events.iter().filter(|event| event.kind() == v1::EventKind::PaymentExpiring).collect();
    assert_eq!(warned.len(), 2);
    let payment = warned[1].payment.as_ref().unwrap();
    assert_eq!((&payment.id, payment.hold_expires), (&held.id, held.hold_expires));
    assert_eq!(posted_bodies(&stage, "/v1/payment_intents").len(), 2, "nothing is renewed unless that is on");
}

/// G5: a hold's end is found by webhook, job or sync; the event is emitted once, and the refusal of a
/// capture names the time of the end.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_hold_emits_a_single_event() {
    for provenance in ["webhook", "job", "sync"] {
        let stage = match provenance {
            "webhook" => Stage::with_webhooks(|settings| settings).await.0,
            _ => Stage::open().await,
        };
        let billing = stage.billing().await;
        let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
        stage.advance_clocks(SignedDuration::from_secs(7 * DAY + 90)).await;
        if provenance == "webhook" {
            stage.wait_until_handled().await;
        } else if provenance == "job" {
            assert_eq!(count(&billing, "ended").await, 1);
        } else {
            let seen = billing.sync(&held.id).await;
            assert!(seen.changed);
        }
        let source = if provenance == "webhook" { "webhook" } else { "recovery" };
        let expected_events = ["PAYMENT_AUTHORIZED api".to_owned(), format!("PAYMENT_EXPIRED {source}")];
        assert_eq!(billing.event_lines(0).await, expected_events);
        assert!(!billing.sync(&held.id).await.changed);
        billing.job("").await;
        assert_eq!(billing.event_lines(0).await, expected_events);

        let ended = billing.payment(&held.id).await;
        assert_eq!((ended.status(), ended.hold_expires), (PaymentStatus::Expired, held.hold_expires));
        let calls = stage.calls();
        let refusal_details = billing.capture("2", &held.id, None).await.refused();
        assert_eq!(refusal_details.reason, "HOLD_EXPIRED");
        let at = jiff::Timestamp::from_second(held.hold_expires.unwrap().seconds).unwrap();
        assert!(refusal_details.message.contains(&at.to_string()), "{}", refusal_details.message);
        assert_eq!(stage.calls(), calls);
        assert_eq!(money_effects(&stage), ["Authorized 1250", "Expired 1250"]);
    }
}

/// G5: a capture that comes before the event learns from Stripe that the hold has ended.
#[tokio::test]
async fn a_capture_of_an_expired_hold_is_declined() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    stage.advance_clocks(hours(8 * 24)).await;
    let failure = billing.capture("2", &held.id, None).await.declined();
    assert_eq!(failure.code, "HOLD_EXPIRED");
    assert_eq!(billing.payment(&held.id).await.status(), PaymentStatus::Expired);
    assert_eq!(billing.capture("3", &held.id, None).await.reason(), "FailedPrecondition HOLD_EXPIRED");
    assert_eq!(billing.event_lines(0).await, ["PAYMENT_AUTHORIZED api", "PAYMENT_EXPIRED api"]);
}

/// A capture that never reached Stripe is known to have had no effect once the hold has ended.
#[tokio::test]
async fn a_lost_capture_is_resolved_when_its_hold_expires() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    stage.lose_calls("/v1/payment_intents/*/capture", false);
    billing.capture("2", &held.id, None).await.unknown();
    stage.advance_clocks(hours(8 * 24)).await;
    billing.job("open").await;
    assert_eq!(billing.capture("2", &held.id, None).await.declined().code, "HOLD_EXPIRED");
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Expired 1250"]);
    let expected_events = [
        "PAYMENT_AUTHORIZED api",
        "PAYMENT_UNKNOWN api",
        "PAYMENT_RESOLVED recovery",
        "PAYMENT_EXPIRED recovery",
    ];
    assert_eq!(billing.event_lines(0).await, expected_events);
    assert_eq!(billing.job("open").await.len(), 0, "nothing is left open");
}

/// G8: four hours before the end the hold of a kept card is renewed: the new hold is made first, then the
/// old hold is released. Billing's payment keeps the id.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_renewed_before_expiry() {
    let (stage, _) = Stage::with_webhooks(|settings| {
        settings.replace("timeout_seconds = 5", "timeout_seconds = 5\nrenew_hold_hours = 4")
    })
    .await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let old = billing.authorize(pay("2", "12.50 USD", "c-1", &card.token)).await.held_payment();
    // Only a kept card can pay in the payer's absence, so this hold is not renewed.
    billing.authorize(order("3", "3.00 USD")).await.held_payment();
    stage.advance_clocks(hours(163)).await;
    assert_eq!(count(&billing, "renewed").await, 0);
    stage.advance_clocks(hours(1)).await;
    assert_eq!((count(&billing, "renewed").await, count(&billing, "renewed").await), (1, 0));
    stage.wait_until_handled().await;
    assert_eq!(
        money_effects(&stage),
        ["Authorized 1250", "Authorized 300", "Authorized 1250", "Released 1250"]
    );

    let renewed = billing.payment(&old.id).await;
    assert_eq!((renewed.status(), &renewed.amount), (PaymentStatus::Authorized, &old.amount));
    assert_eq!(renewed.former_payment_intents, [intent(&old)]);
    assert_ne!(intent(&renewed), intent(&old));
    let longer = renewed.hold_expires.unwrap().seconds - old.hold_expires.unwrap().seconds;
    assert!(longer > 4 * DAY, "{longer}");
    let sent = posted_bodies(&stage, "/v1/payment_intents").pop().unwrap();
    assert!(sent.contains("off_session=true") && sent.contains(&card.processor_id), "{sent}");
    // Both PaymentIntent ids lead to the payment.
    for id in [intent(&old), intent(&renewed)] {
        let by = v1::get_payment_request::By::ProcessorId(id);
        assert_eq!(billing.get_payment(by).await.unwrap().payment.unwrap().id, old.id);
    }

    let taken = billing.capture("4", &old.id, None).await.captured_payment();
    assert_eq!(intent(&taken), intent(&renewed));
    stage.wait_until_handled().await;
    let ledger = stage.sandbox.ledger();
    let captured = ledger.entries().iter().find(|entry| entry.effect == crate::stage::Effect::Captured);
    assert_eq!(captured.unwrap().payment_intent, intent(&renewed));
    let of_payment: Vec<_> = billing
        .events(0)
        .await
        .iter()
        .filter(|event| event.payment.as_ref().is_some_and(|payment| payment.id == old.id))
        .map(crate::stage::events::event_line)
        .collect();
    assert_eq!(of_payment, ["PAYMENT_AUTHORIZED api", "PAYMENT_EXPIRING recovery", "PAYMENT_CAPTURED api"]);
}

/// G8: when the bank refuses the renewal the old hold stays; a single alarm is raised, and the
/// renewal is not repeated.
#[tokio::test]
async fn a_declined_renewal_keeps_the_old_hold() {
    let stage = with("renew_hold_hours = 4").await;
    let billing = stage.billing().await;
    let request = v1::AuthorizeRequest {
        instrument: method("pm_card_authenticationRequired"),
        ..pay_and_store_card("1", "12.50 USD", "c-1")
    };
    let waiting = billing.authorize(request.clone()).await.action_required().payment.unwrap();
    assert!(stage.sandbox.authenticate(&intent(&waiting), true));
    let held = billing.authorize(request).await.held_payment();
    stage.advance_clocks(hours(164)).await;
    assert_eq!(count(&billing, "renewed").await, 0);
    let calls = stage.calls();
    assert_eq!(count(&billing, "renewed").await, 0);
    stage.advance_clocks(SignedDuration::from_mins(5)).await;
    assert_eq!(count(&billing, "renewed").await, 0);
    assert_eq!(stage.calls(), calls, "Stripe is not asked every five minutes");

    let payment = billing.payment(&held.id).await;
    assert_eq!((payment.status(), intent(&payment)), (PaymentStatus::Authorized, intent(&held)));
    assert_eq!((payment.hold_expires, &payment.former_payment_intents), (held.hold_expires, &vec![]));
    let event_lines = billing.event_lines(0).await;
    let alarms = event_lines.iter().filter(|event| event.starts_with("ALARM RENEWAL_FAILED")).count();
    assert_eq!(alarms, 1, "{event_lines:?}");
    billing.capture("2", &held.id, None).await.captured_payment();
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Captured 1250"]);
}

/// G8: a renewal with a lost answer is resolved by the next run, and makes no third hold.
#[tokio::test]
async fn a_lost_renewal_is_resolved_by_the_next_run() {
    for done in [true, false] {
        let stage = with("renew_hold_hours = 4").await;
        let billing = stage.billing().await;
        let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
        let old = billing.authorize(pay("2", "12.50 USD", "c-1", &card.token)).await.held_payment();
        stage.advance_clocks(hours(164)).await;
        stage.lose_calls("/v1/payment_intents$", done);
        assert_eq!(count(&billing, "renewed").await, 0);
        assert_eq!(intent(&billing.payment(&old.id).await), intent(&old));
        assert_eq!(count(&billing, "renewed").await, 1);
        assert_eq!(money_effects(&stage), ["Authorized 1250", "Authorized 1250", "Released 1250"]);
    }
}

/// G8: billing captures during the renewal. The old hold is captured, and the new hold is released.
#[tokio::test(flavor = "multi_thread")]
async fn a_capture_during_a_renewal_captures_a_single_hold() {
    let stage = with("renew_hold_hours = 4").await;
    let billing = stage.billing().await;
    let card = billing.stored_card(store_card_request("1", "c-1", "pm_card_visa")).await;
    let held = billing.authorize(pay("2", "12.50 USD", "c-1", &card.token)).await.held_payment();
    stage.advance_clocks(hours(164)).await;
    let slow = Fault::SlowAfter(std::time::Duration::from_secs(1));
    stage
        .sandbox
        .arm_rule(FaultRule { path: Some("/v1/payment_intents$".to_owned()), ..post_fault(slow, 1) });
    let runs = billing.clone();
    let run = tokio::spawn(async move { runs.job("holds").await });
    eventually("the new hold is there", async || stage.authorizations() == 2).await;
    let taken = billing.capture("3", &held.id, None).await.captured_payment();
    run.await.unwrap();
    assert_eq!(intent(&taken), intent(&held));
    assert_eq!(
        money_effects(&stage),
        ["Authorized 1250", "Authorized 1250", "Captured 1250", "Released 1250"]
    );
    stage.advance_clocks(SignedDuration::from_mins(15)).await;
    assert_eq!(billing.job("open").await.len(), 0);
    let event_lines = billing.event_lines(1).await;
    assert_eq!(event_lines, ["PAYMENT_AUTHORIZED api", "PAYMENT_CAPTURED api"]);
}
