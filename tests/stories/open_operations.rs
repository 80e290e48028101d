//! Open operations are resolved by events, by the job for open operations, and by comparison with Stripe.

use causeway::v1::{self, Outcome, PaymentStatus, RefundStatus};
use jiff::SignedDuration;

use crate::stage::{
    Billing, Fault, FaultRule, Stage,
    billing::read,
    eventually,
    follow_ups::{async_answer, captured_at_once, intent, money_effects, posted_bodies},
    order, post_fault,
    processes::Process,
};

/// Long enough for the job to take over open operations, and below the ten minutes in which the relay may
/// still repeat an authorization.
const WITHIN_RECOVERY: SignedDuration = SignedDuration::from_mins(9);

async fn open_job(stage: &Stage, billing: &Billing) -> std::collections::HashMap<String, u64> {
    stage.advance_clocks(WITHIN_RECOVERY).await;
    billing.job("open").await
}

/// A4: with answer mode ASYNC the request is written and answered at once; the outcome comes as an event,
/// and the same request without the mode waits for the outcome.
#[tokio::test(flavor = "multi_thread")]
async fn an_async_request_is_pending_and_its_outcome_is_an_event() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let slow = Fault::SlowBefore(std::time::Duration::from_millis(700));
    stage.sandbox.arm_rule(post_fault(slow, 1));
    let first = billing.authorize(async_answer(order("1", "12.50 USD"))).await.result();
    assert_eq!(first.outcome(), Outcome::Pending);
    let payment = first.payment.unwrap();
    assert_eq!((payment.status(), money_effects(&stage).len()), (PaymentStatus::Started, 0));
    assert_eq!(
        billing.authorize(async_answer(order("1", "12.50 USD"))).await.result().outcome(),
        Outcome::Pending,
        "asked again meanwhile"
    );
    let held = billing.authorize(order("1", "12.50 USD")).await;
    let held = held.held_payment();
    assert_eq!(
        (&held.id, billing.event_lines(0).await),
        (&payment.id, vec!["PAYMENT_AUTHORIZED api".to_owned()])
    );

    stage.sandbox.arm_rule(post_fault(slow, 1));
    let message = v1::CaptureRequest {
        request_id: "2".to_owned(),
        payment_id: held.id.clone(),
        answer_mode: v1::AnswerMode::Async.into(),
        ..Default::default()
    };
    let answer = billing.client.clone().capture(billing.request(message)).await.unwrap();
    assert_eq!(answer.into_inner().result.unwrap().outcome(), Outcome::Pending);
    assert_eq!(billing.capture("3", &held.id, None).await.reason(), "Aborted PAYMENT_BUSY");
    billing.capture("2", &held.id, None).await.captured_payment();

    stage.sandbox.arm_rule(post_fault(slow, 1));
    let message = v1::RefundRequest {
        request_id: "4".to_owned(),
        payment_id: held.id.clone(),
        answer_mode: v1::AnswerMode::Async.into(),
        ..Default::default()
    };
    let answer = billing.client.clone().refund(billing.request(message)).await.unwrap().into_inner();
    assert_eq!(answer.result.unwrap().outcome(), Outcome::Pending);
    assert_eq!(answer.refund.unwrap().status(), RefundStatus::Started);
    let back = billing.refund("4", &held.id, None).await.captured_payment();
    assert_eq!(back.refunds[0].status(), RefundStatus::Succeeded);
    let expected_events =
        ["PAYMENT_AUTHORIZED api", "PAYMENT_CAPTURED api", "REFUND_CREATED api", "REFUND_SUCCEEDED api"];
    assert_eq!(billing.event_lines(0).await, expected_events);
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Captured 1250", "Refunded 1250"]);
}

/// G9: the relay dies between accepting and charging. The next run charges, once.
#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_payment_is_charged_once_after_a_kill() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.stop_relay().await;
    let listens = format!("listen = \"{}\"", stage.relay_address());
    let settings = stage.relay_settings.replace("listen = \"127.0.0.1:0\"", &listens);
    let relay = Process::start("causeway-relay", stage.directory.path(), &settings).await;
    let never = Fault::SlowBefore(std::time::Duration::from_secs(20));
    stage
        .sandbox
        .arm_rule(FaultRule { path: Some("/v1/payment_intents$".to_owned()), ..post_fault(never, 1) });
    let accepted = billing.authorize(async_answer(captured_at_once(order("1", "12.50 USD")))).await.result();
    assert_eq!(accepted.outcome(), Outcome::Pending);
    eventually("Stripe is asked", async || !posted_bodies(&stage, "/v1/payment_intents").is_empty()).await;
    relay.kill();
    stage.sandbox.disarm();
    assert_eq!((stage.rows("payment"), money_effects(&stage).len()), (1, 0));

    stage.start_relay().await;
    let counts = open_job(&stage, &billing).await;
    assert_eq!(counts.get("open.authorizes"), Some(&1), "{counts:?}");
    assert_eq!(open_job(&stage, &billing).await.len(), 0, "a second run does nothing");
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Captured 1250"]);
    assert_eq!(billing.event_lines(0).await, ["PAYMENT_CAPTURED recovery"]);
    let result = billing.authorize(captured_at_once(order("1", "12.50 USD"))).await.result();
    assert_eq!((result.outcome(), result.duplicate), (Outcome::Approved, true));
}

/// K5, G9: outcomes of lost answers are resolved without a second effect.
#[tokio::test]
async fn the_job_resolves_unknown_outcomes() {
    for done in [true, false] {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        stage.lose_calls("/v1/payment_intents$", done);
        billing.authorize(order("1", "12.50 USD")).await.unknown();
        assert_eq!(billing.event_lines(0).await, ["PAYMENT_UNKNOWN api"]);
        assert_eq!(open_job(&stage, &billing).await.get("open.authorizes"), Some(&1));
        let id = billing.events(0).await[0].payment.clone().unwrap().id;
        assert_eq!(billing.payment(&id).await.status(), PaymentStatus::Authorized);

        stage.lose_calls("/v1/payment_intents/*/capture", done);
        billing.capture("2", &id, None).await.unknown();
        assert_eq!(open_job(&stage, &billing).await.get("open.captures"), Some(&1));
        stage.lose_calls("/v1/refunds$", done);
        billing.refund("3", &id, Some("2.50 USD")).await.unknown();
        assert_eq!(open_job(&stage, &billing).await.get("open.refunds"), Some(&1));

        assert_eq!(money_effects(&stage), ["Authorized 1250", "Captured 1250", "Refunded 250"]);
        let known = |event: &'static str| ["PAYMENT_UNKNOWN api", "PAYMENT_RESOLVED recovery", event];
        let mut expected_events: Vec<_> = [
            known("PAYMENT_AUTHORIZED recovery"),
            known("PAYMENT_CAPTURED recovery"),
            known("REFUND_CREATED recovery"),
        ]
        .concat();
        expected_events.push("REFUND_SUCCEEDED recovery");
        assert_eq!(billing.event_lines(0).await, expected_events);
        billing.authorize(order("1", "12.50 USD")).await.held_payment();
        billing.refund("3", &id, Some("2.50 USD")).await.captured_payment();
        assert_eq!(open_job(&stage, &billing).await.len(), 0);
    }
}

/// K5: after a day no repetition is safe; the payment is searched at Stripe instead.
#[tokio::test]
async fn a_payment_with_an_expired_key_is_found_by_correlation_metadata() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.lose_calls("/v1/payment_intents$", true);
    let lost = billing.authorize(order("1", "12.50 USD")).await.unknown().payment.unwrap();
    stage.advance_clocks(SignedDuration::from_hours(25)).await;
    let posts = stage.stripe_posts();
    billing.job("open").await;
    assert_eq!(stage.stripe_posts(), posts, "nothing is asked for under a dead key");
    assert_eq!(billing.payment(&lost.id).await.status(), PaymentStatus::Authorized);
    let expected_events = ["PAYMENT_UNKNOWN api", "PAYMENT_RESOLVED recovery", "PAYMENT_AUTHORIZED recovery"];
    assert_eq!(billing.event_lines(0).await, expected_events);
    billing.authorize(order("1", "12.50 USD")).await.held_payment();
    assert_eq!(open_job(&stage, &billing).await.len(), 0, "nothing is left open");
    assert_eq!(stage.authorizations(), 1);
}

/// K6: a payment that cannot be read stops none of the others.
#[tokio::test]
async fn an_unreadable_payment_stops_no_other_payment() {
    let stage = Stage::with_settings(|settings| {
        settings.replace("timeout_seconds = 5", "timeout_seconds = 5\nmax_network_retries = 0")
    })
    .await;
    let billing = stage.billing().await;
    let secured = |id: &str| v1::AuthorizeRequest {
        instrument: crate::stage::method("pm_card_authenticationRequired"),
        ..order(id, "12.50 USD")
    };
    let mut waiting = vec![];
    for id in ["1", "2", "3"] {
        waiting.push(billing.authorize(secured(id)).await.action_required().payment.unwrap());
    }
    for payment in &waiting {
        assert!(stage.sandbox.authenticate(&intent(payment), true));
    }
    let poison = format!("/v1/payment_intents/{}", intent(&waiting[0]));
    stage.sandbox.arm_rule(FaultRule { path: Some(poison), ..FaultRule::every_call(Fault::Html) });
    let counts = open_job(&stage, &billing).await;
    assert_eq!(counts.get("open.failed"), Some(&1), "{counts:?}");
    let mut states = vec![];
    for payment in &waiting {
        states.push(billing.payment(&payment.id).await.status());
    }
    let (waits, held) = (PaymentStatus::ActionRequired, PaymentStatus::Authorized);
    assert_eq!(states, [waits, held, held]);
    stage.sandbox.disarm();
    open_job(&stage, &billing).await;
    assert_eq!(billing.payment(&waiting[0].id).await.status(), held);
}

/// A request that never reached Stripe had no effect. The outcome is certain after two look-ups an hour
/// apart, and is emitted as an event.
#[tokio::test]
async fn a_request_that_never_reached_stripe_is_closed_as_not_charged() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.lose_calls("/v1/payment_intents$", false);
    let lost = billing.authorize(order("1", "12.50 USD")).await.unknown().payment.unwrap();
    let status = async || billing.payment(&lost.id).await.status();
    stage.advance_clocks(SignedDuration::from_hours(24)).await;
    billing.job("open").await;
    assert_eq!(status().await, PaymentStatus::Unknown);
    stage.advance_clocks(SignedDuration::from_mins(59)).await;
    billing.job("open").await;
    assert_eq!(status().await, PaymentStatus::Unknown);
    stage.advance_clocks(SignedDuration::from_mins(2)).await;
    billing.job("open").await;
    assert_eq!(status().await, PaymentStatus::NotCharged);
    let expected_events =
        ["PAYMENT_UNKNOWN api", "PAYMENT_RESOLVED recovery", "PAYMENT_NOT_CHARGED recovery"];
    assert_eq!(billing.event_lines(0).await, expected_events);
    assert_eq!(billing.authorize(order("1", "12.50 USD")).await.declined().code, "NOT_CHARGED");
    assert_eq!(open_job(&stage, &billing).await.len(), 0, "nothing is left open");
    assert_eq!((billing.event_lines(0).await.len(), money_effects(&stage).len()), (3, 0));
}

/// G13: a payment that was closed as not charged and appears later is released, since billing may
/// have been paid elsewhere.
#[tokio::test]
async fn a_payment_that_appears_after_closing_is_released() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.lose_calls("/v1/payment_intents$", false);
    let lost = billing.authorize(order("1", "12.50 USD")).await.unknown().payment.unwrap();
    for hours in [24, 1] {
        stage.clock.forward(SignedDuration::from_hours(hours));
        billing.job("open").await;
    }
    assert_eq!(billing.payment(&lost.id).await.status(), PaymentStatus::NotCharged);
    // Stripe's clock has not moved: the PaymentIntent is created on the day of the request.
    let form = "amount=1250&currency=usd&payment_method=pm_card_visa&confirm=true\
                &capture_method=manual&payment_method_types[]=card";
    stage
        .post_as_dashboard("/v1/payment_intents", &format!("{form}&metadata[causeway_payment]={}", lost.id))
        .await;
    billing.sync(&lost.id).await;
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Released 1250"]);
    let payment = billing.payment(&lost.id).await;
    assert_eq!(payment.status(), PaymentStatus::Released);
    assert_eq!(payment.given_up.unwrap().reason(), v1::OrderFailure::PaymentInactive);
    let event_lines = billing.event_lines(3).await;
    assert_eq!(
        event_lines.iter().filter(|event| event.starts_with("ALARM LATE_SUCCESS")).count(),
        1,
        "{event_lines:?}"
    );
    assert_eq!(event_lines.last().unwrap(), "PAYMENT_RELEASED api");
}

/// A refund that never reached Stripe does not count for ever.
#[tokio::test]
async fn a_refund_that_never_reached_stripe_is_closed() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let taken = billing.authorize(captured_at_once(order("1", "12.50 USD"))).await.captured_payment();
    stage.lose_calls("/v1/refunds$", false);
    billing.refund("2", &taken.id, None).await.unknown();
    for _ in 0..3 {
        stage.advance_clocks(SignedDuration::from_hours(13)).await;
        stage.sandbox.arm_rule(FaultRule {
            path: Some("/v1/refunds$".to_owned()),
            ..post_fault(Fault::RefuseBefore, 4)
        });
        billing.job("open").await;
    }
    stage.sandbox.disarm();
    let payment = billing.payment(&taken.id).await;
    assert_eq!(
        (payment.refunds[0].status(), read(&payment.refund_pending)),
        (RefundStatus::Declined, String::new())
    );
    assert_eq!(billing.refund("2", &taken.id, None).await.declined().code, "NOT_REFUNDED");
    billing.refund("3", &taken.id, None).await.captured_payment();
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Captured 1250", "Refunded 1250"]);
}

/// K9: of twenty captures at once a single capture is accepted.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_twenty_concurrent_captures_is_accepted() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("0", "12.50 USD")).await.held_payment();
    let calls: Vec<_> = (1..=20)
        .map(|number| {
            let (billing, id) = (billing.clone(), held.id.clone());
            tokio::spawn(async move { billing.capture(&format!("{number}"), &id, Some("10.00 USD")).await })
        })
        .collect();
    let mut accepted = 0;
    for call in calls {
        let answer = call.await.unwrap();
        if answer.0.is_ok() {
            answer.captured_payment();
            accepted += 1;
        } else {
            let reason = answer.reason();
            let allowed_reasons = ["Aborted PAYMENT_BUSY", "FailedPrecondition NOT_CAPTURABLE"];
            assert!(allowed_reasons.contains(&reason.as_str()), "{reason}");
        }
    }
    assert_eq!((accepted, posted_bodies(&stage, "/capture").len()), (1, 1));
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Captured 1000", "Released 250"]);
    let expected_events = ["PAYMENT_AUTHORIZED api", "PAYMENT_CAPTURED api"];
    assert_eq!(billing.event_lines(0).await, expected_events);
}
