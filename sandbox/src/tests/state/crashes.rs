//! Crashes in the middle of a stream of calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::Effect;
use crate::tests::state::bench::Disk;
use crate::tests::test_bed::TestBed;

/// The number of concurrent callers.
const CALLERS: usize = 4;

/// The number of calls of each caller.
const CALLS: usize = 15;

/// The answers so far, by idempotency key.
type Answers = Arc<Mutex<BTreeMap<String, String>>>;

async fn pay(test_bed: &TestBed, key: &str) -> (String, String) {
    let paid = test_bed.pay("2000 usd", "pm_card_visa", "").with_idempotency_key(key).send().await.success();
    (paid.id(), paid.text)
}

/// Checks a sandbox after a crash: each answered call is in the state, and each key has one effect, also after
/// all calls were sent again.
async fn check(crashed: &Disk, answered: &BTreeMap<String, String>) {
    let after = crashed.start().await;
    for (key, text) in answered {
        let (id, replayed) = pay(&after, key).await;
        assert_eq!(&replayed, text, "{key}");
        after.get(&format!("payment_intents/{id}")).send().await.success();
    }
    for key in (0..CALLERS).flat_map(|caller| (0..CALLS).map(move |call| format!("{caller}-{call}"))) {
        pay(&after, &key).await;
    }
    let ledger = after.sandbox.ledger();
    let mut effects: BTreeMap<(&str, String), u32> = BTreeMap::new();
    for entry in ledger.entries() {
        let key = entry.idempotency_key.as_deref().unwrap();
        *effects.entry((key, format!("{:?}", entry.effect))).or_default() += 1;
    }
    assert_eq!(effects.len(), 2 * CALLERS * CALLS, "{effects:?}");
    assert!(effects.values().all(|count| *count == 1), "{effects:?}");
    assert_eq!(ledger.count(Effect::Captured), CALLERS * CALLS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_effect_survives_a_crash_at_any_moment() {
    let disk = Disk::new();
    let test_bed = Arc::new(disk.start().await);
    let answers = Answers::default();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (test_bed, answers) = (Arc::clone(&test_bed), Arc::clone(&answers));
            tokio::spawn(async move {
                for call in 0..CALLS {
                    let key = format!("{caller}-{call}");
                    let (_, text) = pay(&test_bed, &key).await;
                    answers.lock().unwrap().insert(key, text);
                }
            })
        })
        .collect();
    let mut crashes = vec![];
    while callers.iter().any(|caller| !caller.is_finished()) {
        // The answers are read before the copy is made, so the copy has at least their effects.
        let answered = answers.lock().unwrap().clone();
        if crashes
            .last()
            .is_none_or(|(_, before): &(Disk, BTreeMap<_, _>)| answered.len() > before.len() + 15)
        {
            crashes.push((disk.crash(), answered));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for caller in callers {
        caller.await.unwrap();
    }
    crashes.push((disk.crash(), answers.lock().unwrap().clone()));
    assert!(crashes.len() >= 3, "{}", crashes.len());
    for (crashed, answered) in &crashes {
        check(crashed, answered).await;
    }
}
