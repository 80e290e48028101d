//! Each failpoint alone: the process dies there, is started again and billing repeats the request; there is
//! a single effect, a single answer, and each event once.

use std::{any::Any, collections::BTreeSet, panic::AssertUnwindSafe, sync::Mutex};

use crate::stage::eventually;

/// Programs with failpoints and seeded bugs, and a billing that repeats each request until the answer.
mod test_bed;
/// The requests of billing, by `Scenario`.
mod scenarios;

use scenarios::Scenario;
use test_bed::{FaultInjection, TestBed};

/// Failpoint, the numbers of the passes at which the process dies, and the requests of billing meanwhile.
type Row = (&'static str, &'static [u32], Scenario);

const ROWS: &[Row] = &[
    ("relay.start.journal_locked", &[1], Scenario::HoldCaptureRefund),
    ("relay.start.journal_opened", &[1], Scenario::HoldCaptureRefund),
    ("relay.stop.told", &[1], Scenario::RelayStops),
    ("relay.stop.drained", &[1], Scenario::RelayStops),
    ("relay.begin.before", &[1, 2, 3], Scenario::HoldCaptureRefund),
    ("relay.begin.inside", &[1, 2, 3], Scenario::HoldCaptureRefund),
    ("relay.begin.committed", &[1, 2, 3], Scenario::HoldCaptureRefund),
    ("relay.commit.before", &[1, 3, 5], Scenario::HoldCaptureRefund),
    ("relay.commit.after", &[1, 3, 5], Scenario::HoldCaptureRefund),
    ("relay.ask.before", &[1, 2, 3], Scenario::HoldCaptureRefund),
    ("relay.ask.answered", &[1, 2, 3], Scenario::HoldCaptureRefund),
    ("relay.stripe.before_send", &[1, 2, 3, 4], Scenario::HoldCaptureRefund),
    ("relay.stripe.before_retry", &[1], Scenario::AnswerLostOnce),
    ("relay.stripe.headers_read", &[1, 2, 3, 4], Scenario::HoldCaptureRefund),
    ("relay.stripe.body_begun", &[2, 3, 4], Scenario::HoldCaptureRefund),
    ("relay.stripe.body_read", &[2, 3, 4], Scenario::HoldCaptureRefund),
    ("relay.record.before", &[1, 2, 3], Scenario::HoldCaptureRefund),
    ("relay.record.inside", &[1, 2, 3], Scenario::HoldCaptureRefund),
    ("relay.record.committed", &[1, 2, 3], Scenario::HoldCaptureRefund),
    ("relay.reply.before", &[1, 2, 3], Scenario::HoldCaptureRefund),
    ("relay.async.accepted", &[1], Scenario::Accepted),
    ("relay.repeat.known", &[1], Scenario::Repeated),
    ("relay.recovery.due", &[1], Scenario::ResolvedByRecovery),
    ("relay.lease.before_claim", &[1], Scenario::ResolvedByRecovery),
    ("relay.lease.claimed", &[1], Scenario::ResolvedByRecovery),
    ("relay.lease.before_renewal", &[1], Scenario::SlowStripe),
    ("relay.recovery.before_ask", &[1], Scenario::AllAnswersLost),
    ("relay.recovery.before_ask", &[1], Scenario::ResolvedByRecovery),
    ("relay.recovery.recorded", &[1], Scenario::AllAnswersLost),
    ("relay.recovery.looked", &[1], Scenario::PayerAuthenticates),
    ("relay.recovery.searched", &[1], Scenario::StripeError500),
    ("relay.card.before_exchange", &[1], Scenario::RawCardNumber),
    ("relay.card.exchanged", &[1], Scenario::RawCardNumber),
    ("relay.customer.before_intent", &[1], Scenario::StoredCard),
    ("relay.customer.intended", &[1], Scenario::StoredCard),
    ("relay.customer.answered", &[1], Scenario::StoredCard),
    ("relay.customer.registered", &[1], Scenario::StoredCard),
    ("relay.news.before_write", &[1], Scenario::ChangedByWebhook),
    ("relay.news.written", &[1], Scenario::ChangedByWebhook),
    ("relay.webhook.before_store", &[1, 3], Scenario::ChangedByWebhook),
    ("relay.webhook.stored", &[1, 3], Scenario::ChangedByWebhook),
    ("relay.inbox.before_apply", &[1, 3], Scenario::ChangedByWebhook),
    ("relay.inbox.applied", &[1, 3], Scenario::ChangedByWebhook),
    ("relay.poll.listed", &[1], Scenario::ChangedByPoll),
    ("relay.poll.inside", &[1], Scenario::ChangedByPoll),
    ("relay.poll.stored", &[1], Scenario::ChangedByPoll),
    ("relay.events.before_send", &[1, 3], Scenario::HoldCaptureRefund),
    ("relay.job.claimed", &[1], Scenario::HoldCaptureRefund),
    ("relay.renewal.held", &[1], Scenario::HoldRenewed),
    ("relay.renewal.released", &[1], Scenario::HoldRenewed),
    ("relay.late_success.noted", &[1], Scenario::LateSuccess),
    ("adapter.call.before_send", &[1, 2, 3], Scenario::HoldCaptureRefund),
    ("adapter.call.broken", &[1], Scenario::RelayDown),
    ("adapter.call.answered", &[1, 2, 3], Scenario::HoldCaptureRefund),
    ("adapter.events.received", &[1, 3], Scenario::HoldCaptureRefund),
    ("adapter.events.passed_on", &[1, 3], Scenario::HoldCaptureRefund),
    ("adapter.post.before_send", &[1, 3], Scenario::HoldCaptureRefund),
    ("adapter.post.taken", &[1, 3], Scenario::HoldCaptureRefund),
    ("adapter.cursor.before_rename", &[1, 2, 4], Scenario::HoldCaptureRefund),
    ("adapter.post.recorded", &[1, 3], Scenario::HoldCaptureRefund),
    ("adapter.stop.told", &[1], Scenario::AdapterStops),
];

/// Number of scenarios that run at the same time.
const CONCURRENT_SCENARIOS: usize = 8;

/// Scenarios without a failpoint, which are about other faults.
const WITHOUT_FAILPOINT: &[Scenario] =
    &[Scenario::ConcurrentCopies, Scenario::StripeError500, Scenario::LateEvent];

/// Runs a scenario and compares the result with the expected effects and events.
async fn play(injection: &FaultInjection, scenario: Scenario) {
    let test_bed = TestBed::open(injection).await;
    let (effects, events) = scenario.run(&test_bed).await;
    if !injection.failpoint.is_empty() {
        eventually("somebody died there", async || test_bed.deaths() > 0).await;
    }
    assert_eq!(test_bed.event_lines().await, events);
    if !effects.is_empty() {
        assert_eq!(test_bed.money_effects(), effects);
    }
    assert_eq!(test_bed.unknown_to_the_journal(), Vec::<String>::new(), "nothing is written of it");
    let stuck = "operation WHERE state IN ('OPEN', 'UNKNOWN')";
    assert_eq!(test_bed.rows(stuck), 0, "something is left open");
}

/// Runs `CONCURRENT_SCENARIOS` scenarios at a time; returns injection and panic message of each failed one.
fn play_all(plays: Vec<(FaultInjection, Scenario)>) -> Vec<(FaultInjection, String)> {
    let left = Mutex::new(plays.into_iter());
    let wrong = Mutex::new(vec![]);
    let next = || left.lock().unwrap().next();
    let work = || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        while let Some((injection, scenario)) = next() {
            let played = AssertUnwindSafe(|| runtime.block_on(play(&injection, scenario)));
            if let Err(panic) = std::panic::catch_unwind(played) {
                wrong.lock().unwrap().push((injection, panic_message(panic.as_ref())));
            }
        }
    };
    std::thread::scope(|scope| (0..CONCURRENT_SCENARIOS).for_each(|_| drop(scope.spawn(work))));
    wrong.into_inner().unwrap()
}

/// The message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

fn all_succeed(plays: Vec<(FaultInjection, Scenario)>) {
    let wrong: Vec<_> =
        play_all(plays).into_iter().map(|(injection, panic)| format!("{injection:?}: {panic}")).collect();
    assert!(wrong.is_empty(), "{} went wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_failpoint_death_leaves_one_effect_and_one_answer() {
    let only = std::env::var("CAUSEWAY_ONLY").unwrap_or_default();
    let rows = ROWS.iter().filter(|row| row.0.contains(&only));
    let each = |(failpoint, times, scenario): &Row| {
        let (failpoint, scenario) = (*failpoint, *scenario);
        times.iter().map(move |nth| (FaultInjection { failpoint, nth: *nth, bug: "" }, scenario))
    };
    all_succeed(rows.flat_map(each).collect());
}

#[test]
fn each_scenario_succeeds_without_a_death() {
    all_succeed(
        WITHOUT_FAILPOINT
            .iter()
            .map(|scenario| (FaultInjection { failpoint: "", nth: 1, bug: "" }, *scenario))
            .collect(),
    );
}

/// A seeded bug, a failpoint or "", and a scenario in which the bug is visible.
const SEEDED_BUGS: &[(&str, &str, Scenario)] = &[
    ("reply_before_record", "", Scenario::HoldCaptureRefund),
    ("stripe_before_begin", "relay.begin.before", Scenario::HoldCaptureRefund),
    ("new_key_on_retry", "", Scenario::AnswerLostOnce),
    ("random_idempotency_key", "relay.ask.answered", Scenario::HoldCaptureRefund),
    ("fingerprint_ignored", "", Scenario::Repeated),
    ("unique_dropped", "", Scenario::ConcurrentCopies),
    ("http_500_is_failure", "", Scenario::StripeError500),
    ("webhook_without_rank", "", Scenario::LateEvent),
];

/// The control: each seeded bug is found. Bugs that need more than a day or a power
/// cut are tested elsewhere.
#[test]
fn each_seeded_bug_is_detected() {
    let each = |(bug, failpoint, scenario): &(&'static str, &'static str, Scenario)| {
        (FaultInjection { failpoint, nth: 1, bug }, *scenario)
    };
    let wrong = play_all(SEEDED_BUGS.iter().map(each).collect());
    let seen: BTreeSet<_> = wrong.iter().map(|(injection, _)| injection.bug).collect();
    assert_eq!(seen, SEEDED_BUGS.iter().map(|seeded_bug| seeded_bug.0).collect(), "{wrong:#?}");
    let elsewhere = ["resend_after_a_day", "synchronous_off", "synchronous_normal"];
    let all: BTreeSet<_> = seen.into_iter().chain(elsewhere).collect();
    assert_eq!(all, crate::failpoint_inventory::bugs().iter().map(String::as_str).collect());
}

/// Each failpoint of the sources has a row in `ROWS`.
#[test]
fn each_failpoint_has_a_row() {
    let rows: BTreeSet<_> = ROWS.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(rows, crate::failpoint_inventory::failpoints());
}
