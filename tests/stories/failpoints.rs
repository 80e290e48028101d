//! Each failpoint alone: the process dies there, is started again and billing repeats the request; there is
//! a single effect, a single answer, and each event once.

use std::{any::Any, collections::BTreeSet, panic::AssertUnwindSafe, sync::Mutex};

use crate::stage::eventually;

/// Programs with failpoints and seeded bugs, and a billing that repeats each request until the answer.
mod test_bed;
/// The requests of billing, by `Life`.
mod scenarios;

use scenarios::Life;
use test_bed::{FaultInjection, TestBed};

/// Failpoint, the numbers of the passes at which the process dies, and the requests of billing meanwhile.
type Row = (&'static str, &'static [u32], Life);

const ROWS: &[Row] = &[
    ("relay.start.journal_locked", &[1], Life::Whole),
    ("relay.start.journal_opened", &[1], Life::Whole),
    ("relay.stop.told", &[1], Life::RelayStops),
    ("relay.stop.drained", &[1], Life::RelayStops),
    ("relay.begin.before", &[1, 2, 3], Life::Whole),
    ("relay.begin.inside", &[1, 2, 3], Life::Whole),
    ("relay.begin.committed", &[1, 2, 3], Life::Whole),
    ("relay.commit.before", &[1, 3, 5], Life::Whole),
    ("relay.commit.after", &[1, 3, 5], Life::Whole),
    ("relay.ask.before", &[1, 2, 3], Life::Whole),
    ("relay.ask.answered", &[1, 2, 3], Life::Whole),
    ("relay.stripe.before_send", &[1, 2, 3, 4], Life::Whole),
    ("relay.stripe.before_retry", &[1], Life::LostOnce),
    ("relay.stripe.headers_read", &[1, 2, 3, 4], Life::Whole),
    ("relay.stripe.body_begun", &[2, 3, 4], Life::Whole),
    ("relay.stripe.body_read", &[2, 3, 4], Life::Whole),
    ("relay.record.before", &[1, 2, 3], Life::Whole),
    ("relay.record.inside", &[1, 2, 3], Life::Whole),
    ("relay.record.committed", &[1, 2, 3], Life::Whole),
    ("relay.reply.before", &[1, 2, 3], Life::Whole),
    ("relay.async.accepted", &[1], Life::Accepted),
    ("relay.repeat.known", &[1], Life::Repeated),
    ("relay.recovery.due", &[1], Life::SandboxProcess),
    ("relay.lease.before_claim", &[1], Life::SandboxProcess),
    ("relay.lease.claimed", &[1], Life::SandboxProcess),
    ("relay.lease.before_renewal", &[1], Life::Slow),
    ("relay.recovery.before_ask", &[1], Life::LostAll),
    ("relay.recovery.before_ask", &[1], Life::SandboxProcess),
    ("relay.recovery.recorded", &[1], Life::LostAll),
    ("relay.recovery.looked", &[1], Life::Secured),
    ("relay.recovery.searched", &[1], Life::FiveHundred),
    ("relay.card.before_exchange", &[1], Life::Typed),
    ("relay.card.exchanged", &[1], Life::Typed),
    ("relay.customer.before_intent", &[1], Life::Kept),
    ("relay.customer.intended", &[1], Life::Kept),
    ("relay.customer.answered", &[1], Life::Kept),
    ("relay.customer.registered", &[1], Life::Kept),
    ("relay.news.before_write", &[1], Life::Hooked),
    ("relay.news.written", &[1], Life::Hooked),
    ("relay.webhook.before_store", &[1, 3], Life::Hooked),
    ("relay.webhook.stored", &[1, 3], Life::Hooked),
    ("relay.inbox.before_apply", &[1, 3], Life::Hooked),
    ("relay.inbox.applied", &[1, 3], Life::Hooked),
    ("relay.poll.listed", &[1], Life::Polled),
    ("relay.poll.inside", &[1], Life::Polled),
    ("relay.poll.stored", &[1], Life::Polled),
    ("relay.events.before_send", &[1, 3], Life::Whole),
    ("relay.job.claimed", &[1], Life::Whole),
    ("relay.renewal.held", &[1], Life::Renewed),
    ("relay.renewal.released", &[1], Life::Renewed),
    ("relay.late_success.noted", &[1], Life::CameLate),
    ("adapter.call.before_send", &[1, 2, 3], Life::Whole),
    ("adapter.call.broken", &[1], Life::RelayAway),
    ("adapter.call.answered", &[1, 2, 3], Life::Whole),
    ("adapter.events.received", &[1, 3], Life::Whole),
    ("adapter.events.passed_on", &[1, 3], Life::Whole),
    ("adapter.post.before_send", &[1, 3], Life::Whole),
    ("adapter.post.taken", &[1, 3], Life::Whole),
    ("adapter.cursor.before_rename", &[1, 2, 4], Life::Whole),
    ("adapter.post.recorded", &[1, 3], Life::Whole),
    ("adapter.stop.told", &[1], Life::AdapterStops),
];

/// Number of lives that are played at once.
const AT_ONCE: usize = 8;

/// Lives without a failpoint, which are about other faults.
const CALM: &[Life] = &[Life::Copies, Life::FiveHundred, Life::Belated];

/// Plays a life and compares the result with the expected effects and events.
async fn play(injection: &FaultInjection, life: Life) {
    let test_bed = TestBed::open(injection).await;
    let (moved, reported) = life.live(&test_bed).await;
    if !injection.failpoint.is_empty() {
        eventually("somebody died there", async || test_bed.deaths() > 0).await;
    }
    assert_eq!(test_bed.event_lines().await, reported);
    if !moved.is_empty() {
        assert_eq!(test_bed.moved(), moved);
    }
    assert_eq!(test_bed.unknown_to_the_journal(), Vec::<String>::new(), "nothing is written of it");
    let stuck = "operation WHERE state IN ('OPEN', 'UNKNOWN')";
    assert_eq!(test_bed.rows(stuck), 0, "something is left open");
}

/// Plays `AT_ONCE` lives at a time; returns the sabotage and the panic message of each failed life.
fn play_all(plays: Vec<(FaultInjection, Life)>) -> Vec<(FaultInjection, String)> {
    let left = Mutex::new(plays.into_iter());
    let wrong = Mutex::new(vec![]);
    let next = || left.lock().unwrap().next();
    let work = || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        while let Some((injection, life)) = next() {
            let played = AssertUnwindSafe(|| runtime.block_on(play(&injection, life)));
            if let Err(why) = std::panic::catch_unwind(played) {
                wrong.lock().unwrap().push((injection, said(why.as_ref())));
            }
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    wrong.into_inner().unwrap()
}

/// The message of a panic.
fn said(why: &(dyn Any + Send)) -> String {
    let text = why.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| why.downcast_ref::<String>().cloned()).unwrap_or_default()
}

fn all_goes_well(plays: Vec<(FaultInjection, Life)>) {
    let wrong: Vec<_> =
        play_all(plays).into_iter().map(|(injection, why)| format!("{injection:?}: {why}")).collect();
    assert!(wrong.is_empty(), "{} went wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_failpoint_death_leaves_one_effect_and_one_answer() {
    let only = std::env::var("CAUSEWAY_ONLY").unwrap_or_default();
    let rows = ROWS.iter().filter(|row| row.0.contains(&only));
    let each = |(failpoint, times, life): &Row| {
        let (failpoint, life) = (*failpoint, *life);
        times.iter().map(move |nth| (FaultInjection { failpoint, nth: *nth, bug: "" }, life))
    };
    all_goes_well(rows.flat_map(each).collect());
}

#[test]
fn each_scenario_succeeds_without_a_death() {
    all_goes_well(
        CALM.iter().map(|life| (FaultInjection { failpoint: "", nth: 1, bug: "" }, *life)).collect(),
    );
}

/// A seeded bug, a failpoint or "", and a life in which the bug is visible.
const MISTAKES: &[(&str, &str, Life)] = &[
    ("reply_before_record", "", Life::Whole),
    ("stripe_before_begin", "relay.begin.before", Life::Whole),
    ("new_key_on_retry", "", Life::LostOnce),
    ("random_idempotency_key", "relay.ask.answered", Life::Whole),
    ("fingerprint_ignored", "", Life::Repeated),
    ("unique_dropped", "", Life::Copies),
    ("http_500_is_failure", "", Life::FiveHundred),
    ("webhook_without_rank", "", Life::Belated),
];

/// The control: each seeded bug is found. Bugs that need more than a day or a power
/// cut are tested elsewhere.
#[test]
fn each_seeded_bug_is_detected() {
    let each = |(bug, failpoint, life): &(&'static str, &'static str, Life)| {
        (FaultInjection { failpoint, nth: 1, bug }, *life)
    };
    let wrong = play_all(MISTAKES.iter().map(each).collect());
    let seen: BTreeSet<_> = wrong.iter().map(|(injection, _)| injection.bug).collect();
    assert_eq!(seen, MISTAKES.iter().map(|mistake| mistake.0).collect(), "{wrong:#?}");
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
