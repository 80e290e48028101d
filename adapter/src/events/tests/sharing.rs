//! Tests of many watchers on one stream of the relay.

use super::{
    super::watchers::{Stream as Coming, Watchers},
    *,
};

/// Watchers of one adapter.
struct Crowd {
    stage: Stage,
    watchers: Watchers,
}

impl Crowd {
    async fn new(scenes: impl IntoIterator<Item = Scene>) -> Crowd {
        let stage = Stage::new(scenes).await;
        let watchers = Watchers::new(Arc::clone(&stage.events), 1, stage.stop.clone());
        Crowd { stage, watchers }
    }

    fn watch(&self, after: u64) -> Coming {
        let request = WatchEventsRequest { after, until_caught_up: false };
        self.watchers.watch(request, &CallerName("billing".into())).unwrap()
    }
}

async fn comes(coming: &mut Coming, expected: &[&str]) {
    check(coming.as_mut(), expected).await;
}

/// Each watcher reads past events separately; new events are read once for all watchers.
#[tokio::test]
async fn events_are_read_once_for_all_watchers() {
    let crowd =
        Crowd::new([scene([1, 2], None, false), scene([3, 4], None, true), scene([1, 2], None, true)]).await;
    let mut first = crowd.watch(0);
    comes(&mut first, &["1", "2", "3", "4"]).await;
    let mut many: Vec<_> = (0..100).map(|_| crowd.watch(2)).collect();
    for watcher in &mut many {
        comes(watcher, &["3", "4"]).await;
    }
    assert_eq!(crowd.stage.asked(), [0, 2]);
    let mut late = crowd.watch(0);
    comes(&mut late, &["1", "2", "3", "4"]).await;
    assert_eq!(crowd.stage.asked(), [0, 2, 0]);
}

/// The relay refuses the shared stream: each watcher then asks separately and gets the reason.
#[tokio::test]
async fn a_refusal_reaches_each_watcher() {
    let ahead = || scene([], Some(Refusal::EventsAhead { after: 1, last: 0 }.into()), false);
    let crowd = Crowd::new([scene([1], None, false), ahead(), ahead()]).await;
    comes(&mut crowd.watch(0), &["1", "EVENTS_AHEAD", "the end"]).await;
    assert_eq!(crowd.stage.asked(), [0, 1, 1]);
}

/// Without watchers the shared stream ends, and the next watcher starts a new stream.
#[tokio::test]
async fn the_stream_from_the_relay_ends_with_the_last_watcher() {
    let crowd = Crowd::new([
        scene([1], None, false),
        scene([2], None, true),
        scene([2, 3], None, false),
        scene([4], None, true),
    ])
    .await;
    let mut first = crowd.watch(0);
    comes(&mut first, &["1", "2"]).await;
    drop(first);
    tokio::time::sleep(Duration::from_millis(300)).await;
    comes(&mut crowd.watch(1), &["2", "3", "4"]).await;
    assert_eq!(crowd.stage.asked(), [0, 1, 1, 3]);
}

/// A watcher that falls far behind reads a separate stream and then returns to the shared stream.
#[tokio::test]
async fn a_watcher_behind_the_buffer_misses_no_event() {
    // Events of 10,000 bytes each: a few thousand events exceed the buffer.
    let crowd =
        Crowd::new([scene([], None, false), scene(1..=5000, None, true), scene(1..=5000, None, false)]).await;
    let mut slow = crowd.watch(0);
    comes(&mut slow, &["1"]).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    for sequence in 2..=5000_u64 {
        comes(&mut slow, &[&sequence.to_string()]).await;
    }
}
