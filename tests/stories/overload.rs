//! Overload: new requests are refused before the begin, begun operations are finished, and the load of a
//! tenant or account does not slow the others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use causeway::v1;
use causeway_sandbox::FaultRule;
use jiff::Timestamp;
use tokio::{task::JoinSet, time::Instant};
use tonic_types::StatusExt;

use crate::stage::{
    Answer, Billing, Fault, Stage, eventually, order, post_fault,
    settings::{self, ACME_KEY},
    webhooks::fixture_with_ids,
};

/// A fault in each call that creates a payment with this secret key.
fn payment_fault(fault: Fault, key: &str) -> FaultRule {
    FaultRule {
        times: None,
        path: Some("/v1/payment_intents$".to_owned()),
        account: Some(key.to_owned()),
        ..post_fault(fault, 1)
    }
}

fn slow(milliseconds: u64) -> Fault {
    Fault::SlowAfter(Duration::from_millis(milliseconds))
}

/// Settings with these lines for acme's payment system "main".
fn with_main_settings(settings: &str, lines: &str) -> String {
    settings.replacen("requests_per_second = 0", lines, 1)
}

/// Starts `count` payments at the same time, with the request ids NAME-0, NAME-1, …; returns each answer
/// with the time taken.
fn spawn_payments(
    billing: &Billing,
    name: &str,
    count: usize,
    money: &'static str,
) -> JoinSet<(Answer, Duration)> {
    let mut all = JoinSet::new();
    for number in 0..count {
        let (billing, id) = (billing.clone(), format!("{name}-{number}"));
        all.spawn(async move {
            let since = Instant::now();
            (billing.authorize(order(&id, money)).await, since.elapsed())
        });
    }
    all
}

/// Makes payments one after the other; returns the times taken, the shortest first.
async fn one_by_one(billing: &Billing, name: &str, count: usize, money: &str) -> Vec<Duration> {
    let mut took = vec![];
    for number in 0..count {
        let since = Instant::now();
        billing.authorize(order(&format!("{name}-{number}"), money)).await.result();
        took.push(since.elapsed());
    }
    took.sort_unstable();
    took
}

/// F75, F78: a request without a free place leaves no row, and the refusal gives the delay for a retry.
/// Known requests are answered under any load.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_above_capacity_is_refused_before_begin() {
    let narrow = "requests_per_second = 0\nrequests_at_once = 1\nrequests_waiting = 1";
    let stage = Stage::with_settings(|settings| with_main_settings(&settings, narrow)).await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("0", "1.00 USD")).await.held_payment();
    stage.sandbox.arm_rule(payment_fault(slow(1500), ACME_KEY));
    let in_flight = spawn_payments(&billing, "r", 2, "12.50 USD");
    eventually("two have begun", async || stage.rows("operation") == 3).await;

    let status = billing.authorize(order("new", "12.50 USD")).await.0.unwrap_err();
    let retry = status.get_error_details().retry_info().and_then(|info| info.retry_delay);
    assert_eq!(retry, Some(Duration::from_secs(1)));
    let refusal_details = Answer(Err(status)).refused();
    assert_eq!(
        (refusal_details.reason.as_str(), refusal_details.metadata["stripe_contacted"].as_str()),
        ("OVERLOADED", "false")
    );
    assert_eq!(billing.capture("c", &held.id, None).await.reason(), "ResourceExhausted OVERLOADED");
    assert_eq!((stage.rows("operation"), stage.rows("payment")), (3, 3), "nothing was begun");

    // Known requests, look-ups and other accounts go on.
    assert!(billing.authorize(order("0", "1.00 USD")).await.result().duplicate);
    assert_eq!(billing.payment(&held.id).await.id, held.id);
    billing.authorize(order("eur", "1.00 EUR")).await.captured_payment();
    let copies = spawn_payments(&billing, "r", 2, "12.50 USD").join_all().await;
    assert!(copies.into_iter().all(|(answer, _)| answer.result().outcome() == v1::Outcome::Approved));

    in_flight.join_all().await.into_iter().for_each(|(answer, _)| drop(answer.held_payment()));
    stage.sandbox.disarm();
    billing.authorize(order("new", "12.50 USD")).await.held_payment();
    assert_eq!(stage.authorizations(), 5);
}

/// F38, §3.7: a request that cannot be answered before the deadline is not begun. The expected wait follows
/// from the queue and the rate.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_too_short_a_deadline_is_not_begun() {
    let stage =
        Stage::with_settings(|settings| with_main_settings(&settings, "requests_per_second = 2")).await;
    let mut billing = stage.billing().await;
    let waiting = spawn_payments(&billing, "r", 8, "12.50 USD");
    eventually("a line has formed", async || stage.rows("operation") >= 6).await;
    billing.deadline = Some(Duration::from_secs(1));
    let refusal = billing.authorize(order("hasty", "12.50 USD")).await.refused();
    assert_eq!(
        (refusal.reason.as_str(), refusal.metadata["stripe_contacted"].as_str()),
        ("DEADLINE_TOO_SHORT", "false")
    );
    let look = v1::get_payment_request::By::RequestId("hasty".to_owned());
    assert!(billing.get_payment(look).await.is_err(), "there is no such payment");
    for (answer, _) in waiting.join_all().await {
        answer.held_payment();
    }
    assert_eq!(stage.authorizations(), 8);
}

/// F25: while the journal is blocked, a request that could not be written before the deadline is not begun.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_journal_refuses_requests_with_short_deadlines() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    billing.authorize(order("0", "1.00 USD")).await.held_payment();
    let other = rusqlite::Connection::open(stage.journal()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let patient = spawn_payments(&billing, "patient", 1, "1.00 USD");
    tokio::time::sleep(Duration::from_millis(800)).await;
    let mut hasty = billing.clone();
    hasty.deadline = Some(Duration::from_secs(1));
    assert_eq!(
        hasty.authorize(order("hasty", "1.00 USD")).await.reason(),
        "ResourceExhausted DEADLINE_TOO_SHORT"
    );
    other.execute_batch("ROLLBACK").unwrap();
    patient.join_all().await.into_iter().for_each(|(answer, _)| drop(answer.held_payment()));
    assert_eq!(stage.authorizations(), 2);
}

/// Makes payments one after the other, in turn at a relay without load and at the relay under test. Other
/// work of the machine slows both. Returns the times taken at each, the shortest first.
async fn in_turn(quiet: &Billing, loaded: &Billing, count: usize, money: &str) -> [Vec<Duration>; 2] {
    let mut took = [vec![], vec![]];
    for number in 0..count {
        for (billing, took) in [quiet, loaded].into_iter().zip(&mut took) {
            let since = Instant::now();
            billing.authorize(order(&format!("in-turn-{number}"), money)).await.result();
            took.push(since.elapsed());
        }
    }
    took.iter_mut().for_each(|took| took.sort_unstable());
    took
}

/// F38: an account that does not answer slows no other account, and recovers afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_account_delays_no_other_account() {
    let narrow = |settings: String| {
        with_main_settings(&settings, "requests_per_second = 0\nrequests_at_once = 4\nrequests_waiting = 8")
    };
    let (stage, quiet) = (Stage::with_settings(narrow).await, Stage::with_settings(narrow).await);
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(payment_fault(slow(2000), ACME_KEY));
    let slow = spawn_payments(&billing, "slow", 40, "12.50 USD");
    eventually("its line is full", async || stage.rows("operation") >= 12).await;

    let [normal, beside] = in_turn(&quiet.billing().await, &billing, 40, "1.00 EUR").await;
    let (normal, beside) = (normal[38], beside[38]);
    assert!(beside < normal * 2 + Duration::from_millis(150), "{normal:?} and {beside:?}");
    let answers = slow.join_all().await;
    let refused = answers.into_iter().filter(|(answer, _)| answer.0.is_err()).count();
    assert_eq!(refused, 28, "four are under way, eight wait");
    stage.sandbox.disarm();
    let after = one_by_one(&billing, "after", 5, "1.00 USD").await;
    assert!(after[4] < Duration::from_secs(2), "{after:?}");
    assert_eq!(stage.authorizations(), 40 + 12 + 5);
}

/// The request rate of an account is kept, and a rate limit of Stripe's lowers the rate (F30).
#[tokio::test(flavor = "multi_thread")]
async fn the_request_rate_is_limited_and_lowered_after_a_rate_limit() {
    let paced = "requests_per_second = 20\nrequests_per_second_per_endpoint = 0";
    for (fault, least) in [(None, 1200), (Some(Fault::RATE_LIMITED), 2400)] {
        let stage = Stage::with_settings(|settings| with_main_settings(&settings, paced)).await;
        let billing = stage.billing().await;
        billing.authorize(order("0", "1.00 USD")).await.held_payment();
        if let Some(fault) = fault {
            stage.arm(fault);
            billing.authorize(order("1", "1.00 USD")).await.held_payment();
        }
        let since = stage.stripe_posts();
        spawn_payments(&billing, "r", 31, "1.00 USD")
            .join_all()
            .await
            .into_iter()
            .for_each(|(answer, _)| drop(answer.held_payment()));
        let calls = stage.sandbox.calls();
        let posts: Vec<Timestamp> =
            calls.iter().filter(|call| call.method == "POST").skip(since).map(|call| call.at).collect();
        let (first, last) = (posts.iter().min().unwrap(), posts.iter().max().unwrap());
        // After the burst there are 26 pauses of 50 ms, or 29 of 100 ms.
        let took = last.duration_since(*first).unsigned_abs();
        assert!(took.as_millis() >= least, "{fault:?}: {took:?}");
    }
}

/// F76: the load of a tenant does not slow another tenant.
#[tokio::test(flavor = "multi_thread")]
async fn the_load_of_a_tenant_slows_no_other_tenant() {
    let narrow = |settings: String| format!("operations_at_once = 16\n{settings}");
    let (stage, quiet) = (Stage::with_settings(narrow).await, Stage::with_settings(narrow).await);
    for sandbox in [&stage.sandbox, &quiet.sandbox] {
        sandbox.arm_rule(FaultRule { times: None, ..post_fault(slow(400), 1) });
    }
    let flood = stage.billing().await;
    let adapters = [quiet.adapter_of_globex().await, stage.adapter_of_globex().await];
    let globex_at_quiet = Billing::connect(adapters[0].address, settings::BILLING_TOKEN).await;
    let globex = Billing::connect(adapters[1].address, settings::BILLING_TOKEN).await;

    // About ten times the load that the tenant has room for.
    let measured = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&measured);
    let flooding = tokio::spawn(async move {
        let (mut held, mut refused) = (0, 0);
        for round in 0.. {
            for (answer, _) in
                spawn_payments(&flood, &format!("flood-{round}"), 40, "1.00 USD").join_all().await
            {
                match answer.0 {
                    Ok(_) => held += 1,
                    Err(status) => {
                        assert_eq!(crate::stage::billing::reason(&status), "ResourceExhausted OVERLOADED");
                        refused += 1;
                    }
                }
            }
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        (held, refused)
    });
    let [normal, beside] = in_turn(&globex_at_quiet, &globex, 40, "1.00 USD").await;
    measured.store(true, Ordering::Relaxed);
    let (held, refused) = flooding.await.unwrap();
    let (normal, beside) = (normal[38], beside[38]);
    assert!(beside < normal * 2, "{normal:?} and {beside:?}");
    assert!(held >= 8 && refused > held, "{held} and {refused}: it was no flood");
    assert_eq!(stage.rows("operation"), stage.authorizations(), "each that began was done");
}

/// F35: after Stripe refused a key, no new operation begins until a retry is due.
#[tokio::test]
async fn a_refused_stripe_key_stops_new_operations() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    stage.sandbox.revoke_key(ACME_KEY);
    let failure = billing.authorize(order("2", "12.50 USD")).await.declined();
    assert_eq!(failure.code, "PROCESSOR_KEY_REFUSED");
    let (calls, rows) = (stage.calls(), stage.rows("operation"));
    for refusal in [
        billing.authorize(order("3", "12.50 USD")).await.refused(),
        billing.capture("4", &held.id, None).await.refused(),
    ] {
        assert_eq!(
            (refusal.reason.as_str(), refusal.metadata["stripe_contacted"].as_str()),
            ("STRIPE_KEY_REFUSED", "false")
        );
    }
    assert_eq!((stage.calls(), stage.rows("operation")), (calls, rows));
    billing.authorize(order("eur", "1.00 EUR")).await.captured_payment();
}

/// F61: of a flood of events only the configured rate is accepted, and Stripe delivers the rest again.
#[tokio::test(flavor = "multi_thread")]
async fn webhooks_above_the_rate_are_delivered_again_by_stripe() {
    let slowly = |settings: String| settings.replace("[webhooks]", "[webhooks]\nevents_per_second = 20");
    let (stage, webhook) = Stage::with_webhooks(slowly).await;
    let events: Vec<_> = (0..100).map(|number| fixture_with_ids("customer.created", number, &[])).collect();
    let mut left = events;
    let (since, mut turned_away) = (Instant::now(), 0);
    while !left.is_empty() {
        let mut again = vec![];
        for event in left {
            match stage.post_event(&webhook, &event).await {
                200 => {}
                503 => {
                    turned_away += 1;
                    again.push(event);
                }
                other => panic!("{other}"),
            }
        }
        left = again;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(turned_away > 0);
    assert!(since.elapsed() > Duration::from_millis(3500), "100 at 20 a second, less a burst");
    assert_eq!(stage.rows("inbox"), 100, "nothing is lost");
}
