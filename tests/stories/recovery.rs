//! Recovery in the relay resolves unknown outcomes: soon, once, and never by charging a payer twice.

use std::time::Duration;

use causeway::v1::{AuthorizeRequest, PaymentStatus};
use jiff::SignedDuration;
use tonic_types::StatusExt;

use crate::stage::{
    Billing, Fault, FaultRule, Stage,
    billing::reason,
    eventually,
    follow_ups::{captured_at_once, money_effects, posted_bodies},
    order, post_fault,
    processes::{Process, run},
    settings,
};

/// Settings with recovery every second and without network retries.
async fn stage() -> Stage {
    Stage::with_settings(|settings| {
        settings
            .replace("recovery_seconds = 0", "recovery_seconds = 1")
            .replace("timeout_seconds = 5", "timeout_seconds = 5\nmax_network_retries = 0")
    })
    .await
}

/// Settings without network retries; recovery runs only by RunJob.
async fn stage_without_recovery() -> Stage {
    Stage::with_settings(|settings| {
        settings.replace("timeout_seconds = 5", "timeout_seconds = 5\nmax_network_retries = 0")
    })
    .await
}

fn intents(fault: Fault, times: Option<u32>) -> FaultRule {
    FaultRule { path: Some("/v1/payment_intents$".to_owned()), times, ..post_fault(fault, 1) }
}

fn with_reference(order: AuthorizeRequest, reference: &str) -> AuthorizeRequest {
    AuthorizeRequest { billing_reference: reference.to_owned(), ..order }
}

async fn status(billing: &Billing, id: &str) -> PaymentStatus {
    billing.payment(id).await.status()
}

/// F07, K5: the answer was lost after the effect. The relay resolves the outcome without
/// a repetition by billing.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_resolved_within_seconds() {
    let stage = stage().await;
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(intents(Fault::LoseAnswer, Some(1)));
    let lost = billing.authorize(order("1", "12.50 USD")).await.unknown().payment.unwrap();
    eventually("it is known", async || status(&billing, &lost.id).await == PaymentStatus::Authorized).await;
    let expected_events = ["PAYMENT_UNKNOWN api", "PAYMENT_RESOLVED recovery", "PAYMENT_AUTHORIZED recovery"];
    assert_eq!(billing.event_lines(0).await, expected_events);
    assert_eq!(
        (money_effects(&stage), posted_bodies(&stage, "/v1/payment_intents").len()),
        (vec!["Authorized 1250".to_owned()], 2)
    );
    let again = billing.authorize(order("1", "12.50 USD")).await.result();
    assert!(again.duplicate);
    assert_eq!(posted_bodies(&stage, "/v1/payment_intents").len(), 2, "what is known is not asked for");
}

/// F05, F06: the relay is killed while Stripe has the request and no effect has happened. The next relay
/// resumes the operation at the start.
#[tokio::test(flavor = "multi_thread")]
async fn a_started_relay_resumes_the_operations_of_a_killed_relay() {
    let mut stage = stage().await;
    stage.stop_relay().await;
    let listens = format!("listen = \"{}\"", stage.relay_address());
    let settings = stage.relay_settings.replace("listen = \"127.0.0.1:0\"", &listens);
    let relay = Process::start("causeway-relay", stage.directory.path(), &settings).await;
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(intents(Fault::SlowBefore(Duration::from_secs(20)), Some(1)));
    let paying = tokio::spawn({
        let billing = billing.clone();
        async move { billing.authorize(order("1", "12.50 USD")).await }
    });
    eventually("Stripe is asked", async || !posted_bodies(&stage, "/v1/payment_intents").is_empty()).await;
    relay.kill();
    stage.sandbox.disarm();
    let restarted = Process::start("causeway-relay", stage.directory.path(), &settings).await;
    eventually("it is held", async || money_effects(&stage) == ["Authorized 1250"]).await;
    // The adapter has repeated billing's own call meanwhile, or repeats the call now.
    drop(paying.await.unwrap());
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    assert_eq!(
        (money_effects(&stage).len(), status(&billing, &held.id).await),
        (1, PaymentStatus::Authorized)
    );
    restarted.kill();
}

/// F36: Stripe keeps a 500 under the key. The effect is found by the correlation metadata, and no
/// other key is used.
#[tokio::test(flavor = "multi_thread")]
async fn a_500_is_resolved_by_look_up_and_never_by_a_new_call() {
    let stage = stage().await;
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(intents(Fault::ServerError { effect: true }, Some(1)));
    let lost = billing.authorize(order("1", "12.50 USD")).await.unknown().payment.unwrap();
    eventually("it is known", async || status(&billing, &lost.id).await == PaymentStatus::Authorized).await;
    let calls = stage.sandbox.calls();
    let keys: std::collections::HashSet<_> = calls
        .iter()
        .filter(|call| call.method == "POST")
        .filter_map(|call| call.header("idempotency-key"))
        .collect();
    assert_eq!((keys.len(), money_effects(&stage).len()), (1, 1));
}

/// A payer is not charged long after leaving: after ten minutes the relay only reads at Stripe, while a
/// repetition by billing still sends the request.
#[tokio::test]
async fn recovery_charges_no_payer_after_ten_minutes() {
    let stage = stage_without_recovery().await;
    let billing = stage.billing().await;
    for id in ["1", "2"] {
        stage.sandbox.arm_rule(intents(Fault::RefuseBefore, Some(1)));
        billing.authorize(captured_at_once(order(id, "12.50 USD"))).await.unknown();
    }
    stage.advance_clocks(SignedDuration::from_mins(11)).await;
    billing.job("recovery").await;
    assert_eq!((money_effects(&stage).len(), posted_bodies(&stage, "/v1/payment_intents").len()), (0, 2));
    billing.authorize(captured_at_once(order("2", "12.50 USD"))).await.captured_payment();
    stage.advance_clocks(SignedDuration::from_mins(61)).await;
    billing.job("recovery").await;
    assert_eq!(
        billing.authorize(captured_at_once(order("1", "12.50 USD"))).await.declined().code,
        "NOT_CHARGED"
    );
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Captured 1250"]);
}

/// A look-up without a result does not count when a later try reached Stripe.
#[tokio::test]
async fn a_look_up_before_the_last_try_proves_no_absence() {
    let stage = stage_without_recovery().await;
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(intents(Fault::RefuseBefore, Some(1)));
    let lost = billing.authorize(order("1", "12.50 USD")).await.unknown().payment.unwrap();
    stage.advance_clocks(SignedDuration::from_mins(11)).await;
    billing.job("recovery").await;
    stage.advance_clocks(SignedDuration::from_mins(60)).await;
    stage.sandbox.arm_rule(intents(Fault::RefuseBefore, Some(1)));
    billing.authorize(order("1", "12.50 USD")).await.unknown();
    stage.advance_clocks(SignedDuration::from_mins(5)).await;
    billing.job("recovery").await;
    assert_eq!(status(&billing, &lost.id).await, PaymentStatus::Unknown, "the first look is void");
    stage.advance_clocks(SignedDuration::from_mins(61)).await;
    billing.job("recovery").await;
    assert_eq!(status(&billing, &lost.id).await, PaymentStatus::NotCharged);
}

/// F40: a capture is repeated until the key may be forgotten, and only read at Stripe afterwards.
#[tokio::test]
async fn recovery_sends_no_call_again_after_23_hours() {
    let stage = stage_without_recovery().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    let lost = |times| FaultRule {
        path: Some("/v1/payment_intents/*/capture".to_owned()),
        ..post_fault(Fault::RefuseBefore, times)
    };
    stage.sandbox.arm_rule(lost(2));
    billing.capture("2", &held.id, None).await.unknown();
    stage.advance_clocks(SignedDuration::from_mins(22 * 60 + 50)).await;
    billing.job("recovery").await;
    assert_eq!(posted_bodies(&stage, "/capture").len(), 2, "still under its key");
    stage.advance_clocks(SignedDuration::from_mins(20)).await;
    billing.job("recovery").await;
    billing.capture("2", &held.id, None).await.result();
    assert_eq!(
        (posted_bodies(&stage, "/capture").len(), money_effects(&stage)),
        (2, vec!["Authorized 1250".to_owned()])
    );
    assert_eq!(status(&billing, &held.id).await, PaymentStatus::Authorized);
}

/// After three days the operator has to look. A single alarm is emitted, and a job run by hand
/// still resolves the outcome.
#[tokio::test(flavor = "multi_thread")]
async fn an_operation_unresolved_for_three_days_raises_an_alarm() {
    let stage = stage().await;
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(intents(Fault::LoseAnswer, Some(1)));
    let (path, down) = (Some("/v1/payment_intents".to_owned()), FaultRule::every_call(Fault::Unavailable));
    stage.sandbox.arm_rule(FaultRule { path, times: None, ..down });
    let lost = billing.authorize(order("1", "12.50 USD")).await.unknown().payment.unwrap();
    stage.clock.forward(SignedDuration::from_hours(73));
    let alarm = "ALARM UNRESOLVED recovery".to_owned();
    eventually("somebody is told", async || billing.event_lines(0).await.contains(&alarm)).await;
    stage.clock.forward(SignedDuration::from_hours(73));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let calls = stage.calls();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(stage.calls(), calls, "it is not looked at by itself any more");
    assert_eq!(billing.event_lines(0).await, ["PAYMENT_UNKNOWN api".to_owned(), alarm]);

    stage.sandbox.disarm();
    billing.job("open").await;
    assert_eq!(status(&billing, &lost.id).await, PaymentStatus::Authorized);
    billing.authorize(order("1", "12.50 USD")).await.held_payment();
    assert_eq!(stage.authorizations(), 1);
}

/// Billing did not wait, and paid under another request id. When the first payment turns out to have
/// succeeded too, an alarm is raised; two known payments for parts raise no alarm.
#[tokio::test]
async fn a_second_success_for_the_same_reference_raises_an_alarm() {
    let stage = stage_without_recovery().await;
    let billing = stage.billing().await;
    for id in ["part-1", "part-2"] {
        billing.authorize(with_reference(order(id, "1.00 USD"), "INV 1")).await.held_payment();
    }
    stage.sandbox.arm_rule(intents(Fault::LoseAnswer, Some(1)));
    let lost =
        billing.authorize(with_reference(order("1", "12.50 USD"), "INV 2")).await.unknown().payment.unwrap();
    let second = billing.authorize(with_reference(order("2", "12.50 USD"), "INV 2")).await.held_payment();
    billing.job("recovery").await;
    let events = billing.events(0).await;
    let alarms: Vec<_> =
        events.iter().filter_map(|event| Some((event.alarm.as_ref()?, event.payment.as_ref()?))).collect();
    let [(alarm, about)] = alarms.as_slice() else { panic!("{alarms:#?}") };
    assert_eq!((alarm.code.as_str(), &about.id), ("SECOND_SUCCESS", &lost.id));
    assert!(alarm.message.contains(&second.id), "{}", alarm.message);
    assert_eq!(money_effects(&stage).len(), 4, "nothing is given back by itself");
}

/// A follow-up of an unknown payment is refused with a retry delay, and succeeds once the outcome is known.
#[tokio::test]
async fn follow_ups_of_an_unknown_payment_are_refused() {
    let stage = stage_without_recovery().await;
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(intents(Fault::LoseAnswer, Some(1)));
    let lost = billing.authorize(order("1", "12.50 USD")).await.unknown().payment.unwrap();
    let refused = billing.capture("2", &lost.id, None).await.0.unwrap_err();
    assert_eq!(reason(&refused), "Unavailable OUTCOME_UNKNOWN");
    assert!(refused.get_error_details().retry_info().is_some_and(|retry| retry.retry_delay.is_some()));
    billing.job("recovery").await;
    billing.capture("2", &lost.id, None).await.captured_payment();
}

/// The operator's list of unresolved operations, printed beside a running relay.
#[tokio::test(flavor = "multi_thread")]
async fn unresolved_operations_are_listed_for_the_operator() {
    let stage = stage_without_recovery().await;
    let billing = stage.billing().await;
    let config = stage.directory.path().join("looks.toml");
    std::fs::write(&config, settings::relay(&stage.journal(), "http://127.0.0.1:1")).unwrap();
    let list_unresolved = || {
        let command_output =
            run("causeway-relay", &["--config", config.to_str().unwrap(), "--unresolved"], &[]);
        (command_output.status.code(), String::from_utf8(command_output.stderr).unwrap())
    };
    assert_eq!(list_unresolved(), (Some(0), "the outcome of every operation is known\n".to_owned()));

    stage.sandbox.arm_rule(intents(Fault::LoseAnswer, Some(1)));
    let lost = billing.authorize(order("inv-17", "12.50 USD")).await.unknown().payment.unwrap();
    let (code, output) = list_unresolved();
    assert_eq!(code, Some(1));
    for part in [
        "operations whose outcome is not known: 1\n- tenant acme of main: authorize inv-17 of payment ",
        &lost.id,
        "tried 1 times",
        "looked at next in ",
        "causeway_operation = ",
    ] {
        assert!(output.contains(part), "{part}: {output}");
    }
    billing.authorize(order("inv-17", "12.50 USD")).await.held_payment();
    assert_eq!(list_unresolved().0, Some(0));
}

/// A capture for which Stripe keeps a 500 blocks another capture for a day, and not until
/// the hold has lapsed.
#[tokio::test]
async fn a_capture_without_effect_is_closed_after_a_day() {
    let stage = stage_without_recovery().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    stage.sandbox.arm_rule(post_fault(Fault::ServerError { effect: false }, 1));
    billing.capture("2", &held.id, None).await.unknown();
    for hours in [1, 22, 1] {
        stage.advance_clocks(SignedDuration::from_hours(hours)).await;
        billing.job("recovery").await;
        billing.capture("2", &held.id, None).await.unknown();
        let other = billing.capture("3", &held.id, None).await.reason();
        assert_eq!(other, "Unavailable OUTCOME_UNKNOWN");
    }
    stage.advance_clocks(SignedDuration::from_hours(1)).await;
    billing.job("recovery").await;
    assert_eq!(billing.capture("2", &held.id, None).await.declined().code, "NOT_CAPTURED");
    billing.capture("3", &held.id, None).await.captured_payment();
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Captured 1250"]);
    let expected_events = [
        "PAYMENT_AUTHORIZED api",
        "PAYMENT_UNKNOWN api",
        "PAYMENT_RESOLVED recovery",
        "PAYMENT_CAPTURED api",
    ];
    assert_eq!(billing.event_lines(0).await, expected_events);
}
