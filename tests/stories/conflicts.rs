//! Requests that come twice, at once or in doubt: only one of two effects happens, and the answer names the
//! effect.

use std::sync::Arc;

use causeway::{
    environment::Clock,
    v1::{AuthorizeRequest, DisputeStatus, PaymentStatus, ReleaseReason},
};
use jiff::SignedDuration;

use crate::stage::{
    Answer, Billing, Fault, Stage, StoryClock,
    billing::reason,
    eventually,
    follow_ups::{captured_at_once, intent, money_effects, posted_bodies},
    method, order, settings, start_adapter,
};

async fn releasing() -> Stage {
    Stage::with_settings(|settings| {
        settings.replace("timeout_seconds = 5", "timeout_seconds = 5\nrelease_hold = true")
    })
    .await
}

/// F24, F33: a restored journal lacks two operations, and other contents come under the same request ids.
/// The idempotency keys stop a second effect. The first two outcomes are not in the journal, so the answer
/// is unknown and never a refusal.
#[tokio::test]
async fn a_key_conflict_raises_an_alarm_and_is_never_a_refusal() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let paid = billing.authorize(captured_at_once(order("0", "9.00 USD"))).await.captured_payment();
    stage.stop_relay().await;
    let older = stage.directory.path().join("older");
    stage.journal_is_closed().await;
    std::fs::copy(stage.journal(), &older).unwrap();
    stage.start_relay().await;
    billing.authorize(order("1", "12.50 USD")).await.held_payment();
    billing.refund("2", &paid.id, Some("4.00 USD")).await.approved(PaymentStatus::Captured);
    let before = money_effects(&stage);
    stage.stop_relay().await;
    stage.journal_is_closed().await;
    std::fs::copy(&older, stage.journal()).unwrap();
    stage.start_relay().await;

    let asked_before = stage.stripe_posts();
    let lost = billing.authorize(order("1", "13.00 USD")).await.unknown();
    let why = lost.failure.unwrap().operator_message;
    assert!(why.contains("stands for a request with other parameters"), "{why}");
    billing.refund("2", &paid.id, Some("3.00 USD")).await.unknown();
    assert_eq!(stage.stripe_posts(), asked_before + 2, "nothing is repeated under another key");
    let id = lost.payment.unwrap().id;
    for hours in [1, 2, 25, 25] {
        stage.advance_clocks(SignedDuration::from_hours(hours)).await;
        billing.job("recovery").await;
        billing.job("open").await;
        billing.sync(&paid.id).await;
        assert_eq!(billing.payment(&id).await.status(), PaymentStatus::Unknown, "after {hours} hours more");
        billing.refund("2", &paid.id, Some("3.00 USD")).await.unknown();
    }
    assert_eq!(money_effects(&stage), before);
    let alarms = billing.events(0).await.into_iter().filter_map(|event| event.alarm);
    let messages: Vec<_> =
        alarms.filter(|alarm| alarm.code == "KEY_REUSED").map(|alarm| alarm.message).collect();
    assert_eq!(messages.len(), 2, "one for each: {messages:?}");
    assert!(messages[0].contains("authorize (request id 1)"), "{messages:?}");
    assert!(messages[1].contains("refund (request id 2)"), "{messages:?}");
}

/// F49: a capture and a release come at the same moment. Only one of the two is done, and the other is
/// refused without a call to Stripe.
#[tokio::test(flavor = "multi_thread")]
async fn a_concurrent_capture_and_release_have_a_single_winner() {
    let stage = releasing().await;
    let billing = stage.billing().await;
    for round in 0..8 {
        let held = billing.authorize(order(&format!("hold-{round}"), "12.50 USD")).await.held_payment();
        let (before, id) = (money_effects(&stage).len(), held.id.as_str());
        let (capture, release) = (format!("capture-{round}"), format!("release-{round}"));
        let (captured, released) = tokio::join!(
            billing.capture(&capture, id, None),
            billing.release(&release, id, ReleaseReason::Abandoned),
        );
        let (done, other, status) = match (&captured.0, &released.0) {
            (Ok(_), Err(_)) => ("Captured 1250", released, PaymentStatus::Captured),
            (Err(_), Ok(_)) => ("Released 1250", captured, PaymentStatus::Released),
            both => panic!("one of them has to win: {both:?}"),
        };
        let other = other.reason();
        let lost = ["PAYMENT_BUSY", "NOT_CAPTURABLE", "NOT_RELEASABLE"];
        assert!(lost.iter().any(|reason| other.ends_with(reason)), "{other}");
        assert_eq!(
            (&money_effects(&stage)[before..], billing.payment(id).await.status()),
            (&[done.to_owned()][..], status)
        );
    }
}

/// F49: the dashboard was faster. The request is not done, and the answer shows the state of the payment.
#[tokio::test]
async fn a_request_after_a_dashboard_change_shows_the_payment_state() {
    let stage = releasing().await;
    let billing = stage.billing().await;
    let taken = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    stage.post_as_dashboard(&format!("/v1/payment_intents/{}/capture", intent(&taken)), "").await;
    let result = billing.release("2", &taken.id, ReleaseReason::Abandoned).await.result();
    assert_eq!(result.failure.unwrap().code, "WRONG_STATE_AT_PROCESSOR");
    assert_eq!(result.payment.unwrap().status(), PaymentStatus::Captured);

    let released = billing.authorize(order("3", "12.50 USD")).await.held_payment();
    stage.post_as_dashboard(&format!("/v1/payment_intents/{}/cancel", intent(&released)), "").await;
    let result = billing.capture("4", &released.id, None).await.result();
    assert_eq!(result.failure.unwrap().code, "WRONG_STATE_AT_PROCESSOR");
    assert_eq!(result.payment.unwrap().status(), PaymentStatus::Released);
    assert_eq!(
        money_effects(&stage),
        ["Authorized 1250", "Captured 1250", "Authorized 1250", "Released 1250"]
    );
}

/// F53: the dispute is opened before the relay receives the event. Stripe's refusal is the answer, and a
/// sync shows the dispute.
#[tokio::test]
async fn a_refund_of_a_newly_disputed_payment_is_refused_finally() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let disputed =
        AuthorizeRequest { instrument: method("pm_card_createDispute"), ..order("1", "12.50 USD") };
    let paid = billing.authorize(captured_at_once(disputed)).await.captured_payment();
    assert!(billing.payment(&paid.id).await.disputes.is_empty(), "nobody has told of it yet");
    let failure = billing.refund("2", &paid.id, None).await.declined();
    assert_eq!(failure.code, "DISPUTED");
    let again = billing.refund("2", &paid.id, None).await.result();
    assert_eq!((again.duplicate, again.failure.unwrap().code.as_str()), (true, "DISPUTED"));
    assert_eq!(posted_bodies(&stage, "/v1/refunds").len(), 1);
    assert!(!money_effects(&stage).iter().any(|entry| entry.starts_with("Refunded")));
    billing.sync(&paid.id).await;
    let dispute = billing.payment(&paid.id).await.disputes.remove(0);
    assert_eq!(dispute.status(), DisputeStatus::NeedsResponse);
}

/// F54: a payment with an unknown hold cannot be released yet, and no answer says that
/// the hold was released.
#[tokio::test]
async fn an_unknown_hold_is_not_reported_as_released() {
    let stage = releasing().await;
    let billing = stage.billing().await;
    stage.lose_calls("/v1/payment_intents$", true);
    let lost = billing.authorize(order("1", "12.50 USD")).await.unknown().payment.unwrap();
    let refused = billing.release("2", &lost.id, ReleaseReason::Abandoned).await;
    assert_eq!(refused.reason(), "Unavailable OUTCOME_UNKNOWN");
    assert_eq!(reason(&billing.void(&lost.id).await), "Unimplemented VOID_UNSUPPORTED");
    assert_eq!(posted_bodies(&stage, "/cancel").len(), 0);
    billing.authorize(order("1", "12.50 USD")).await.held_payment();
    let released = billing.release("2", &lost.id, ReleaseReason::Abandoned).await;
    released.approved(PaymentStatus::Released);
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Released 1250"]);
}

/// F60: a relay that was away for days polls the events. A change older than the events that Stripe keeps
/// is found by reading the holds that have ended.
#[tokio::test]
async fn a_relay_offline_for_days_finds_all_changes() {
    for (days, job) in [(4, "poll"), (31, "holds")] {
        let mut stage = Stage::open().await;
        let billing = stage.billing().await;
        let taken = billing.authorize(order("1", "12.50 USD")).await.held_payment();
        let lapsed = billing.authorize(order("2", "3.00 USD")).await.held_payment();
        billing.job("poll").await;
        stage.stop_relay().await;
        stage.post_as_dashboard(&format!("/v1/payment_intents/{}/capture", intent(&taken)), "").await;
        if days < 7 {
            stage.post_as_dashboard(&format!("/v1/payment_intents/{}/cancel", intent(&lapsed)), "").await;
        }
        stage.advance_clocks(SignedDuration::from_hours(days * 24)).await;
        stage.start_relay().await;
        billing.job(job).await;
        billing.job("inbox").await;
        let status = async |id| billing.payment(id).await.status();
        let end = if days < 7 { PaymentStatus::Released } else { PaymentStatus::Expired };
        assert_eq!((status(&taken.id).await, status(&lapsed.id).await), (PaymentStatus::Captured, end));
        assert_eq!(
            billing.event_lines(2).await.len(),
            2,
            "each is told once: {:?}",
            billing.event_lines(0).await
        );
    }
}

/// F66: an adapter with a wrong clock is refused, and the refusal contains the relay's time.
#[tokio::test]
async fn an_adapter_with_a_wrong_clock_is_refused_with_the_relays_time() {
    let stage = Stage::open().await;
    for seconds in [400, -400] {
        let clock = Arc::new(StoryClock::default());
        clock.forward(SignedDuration::from_secs(seconds));
        let settings = settings::adapter(&[stage.relay_address()], "acme-1", settings::ACME_SECRET);
        let adapter = start_adapter(&settings, &clock).await;
        let billing = Billing::connect(adapter.address, settings::BILLING_TOKEN).await;
        let refusal_details = billing.authorize(order("1", "12.50 USD")).await.refused();
        assert_eq!(
            (refusal_details.reason.as_str(), refusal_details.metadata["stripe_contacted"].as_str()),
            ("LINK_CLOCK", "false")
        );
        let time = |name: &str| refusal_details.metadata[name].parse::<jiff::Timestamp>().unwrap();
        let apart = time("actual").duration_since(time("configured")).as_secs();
        assert!((apart - seconds).abs() <= 2, "{apart}");
    }
    assert_eq!((stage.rows("operation"), stage.calls()), (0, 0));
}

/// F67, F40: a clock that is set back makes no expired key usable, in this process or the next.
#[tokio::test]
async fn a_clock_set_back_revives_no_expired_key() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.lose_calls("/v1/payment_intents$", false);
    billing.authorize(order("1", "12.50 USD")).await.unknown();
    stage.advance_clocks(SignedDuration::from_hours(24)).await;
    let still = |answer: Answer| answer.unknown();
    still(billing.authorize(order("1", "12.50 USD")).await);
    let hour = Clock::now(stage.clock.as_ref()) - SignedDuration::from_hours(1);
    eventually("the journal has seen the hour", async || {
        let connection = rusqlite::Connection::open(stage.journal()).unwrap();
        let sql = "SELECT max(at) FROM heartbeat";
        let last: i64 = connection.query_one(sql, [], |row| row.get(0)).unwrap();
        last > hour.as_microsecond()
    })
    .await;
    let asked_before = stage.stripe_posts();
    stage.clock.forward(SignedDuration::from_hours(-23));
    still(billing.authorize(order("1", "12.50 USD")).await);
    stage.stop_relay().await;
    stage.start_relay().await;
    still(billing.authorize(order("1", "12.50 USD")).await);
    assert_eq!(
        (stage.stripe_posts(), money_effects(&stage).len()),
        (asked_before, 0),
        "it is only looked for"
    );
    stage.arm(Fault::RefuseBefore);
    billing.authorize(order("2", "1.00 USD")).await.held_payment();
}
