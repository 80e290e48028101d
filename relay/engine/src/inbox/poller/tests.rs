//! Tests of the search for the oldest events in long lists.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use async_trait::async_trait;
use causeway_domain::{idempotency::IdempotencyKey, observation::Purpose, request::ProcessorRequest};
use causeway_ports::processor::{Capability, Delivery, Effect, NotChargeable, ObjectRef, ProcessorReply};
use proptest::prelude::*;

use super::*;

const PAGE: usize = 100;

/// A processor double with Stripe's order of events. An event's id is the event's position; the
/// oldest is 0.
struct Lists {
    /// The creation times of all events in seconds, oldest first.
    created: Vec<i64>,
    calls: AtomicUsize,
}

impl Lists {
    fn page(&self, query: &EventQuery) -> EventPage {
        let (from, to, older_than) = match query {
            EventQuery::After(_) => unreachable!("no event is known"),
            EventQuery::Since(from) => (*from, i64::MAX, None),
            EventQuery::Between { from, to, older_than } => (*from, *to, older_than.as_deref()),
        };
        let below = older_than.map_or(usize::MAX, |id| id.parse().unwrap());
        let all = self.created.iter().enumerate().rev();
        let mut fits = all.filter(|(place, at)| (from..=to).contains(*at) && *place < below);
        let event = |(place, at): (usize, &i64)| ListedEvent {
            id: place.to_string(),
            kind: "a.story".to_owned(),
            created: *at,
            body: String::new(),
        };
        let events = fits.by_ref().take(PAGE).map(event).collect();
        EventPage { events, has_more: fits.next().is_some() }
    }
}

#[async_trait]
impl Processor for Lists {
    fn account(&self) -> &str {
        ""
    }

    fn test_mode(&self) -> bool {
        true
    }

    fn can(&self, capability: Capability) -> bool {
        capability == Capability::List
    }

    fn request(&self, _: &Effect<'_>, _: &IdempotencyKey) -> Result<ProcessorRequest, NotChargeable> {
        unreachable!("nothing is changed")
    }

    async fn send(
        &self,
        _: &ProcessorRequest,
        _: &IdempotencyKey,
        _: Delivery,
        _: Purpose,
    ) -> ProcessorReply {
        unreachable!("nothing is changed")
    }

    async fn retrieve(&self, _: ObjectRef<'_>, _: Purpose) -> ProcessorReply {
        unreachable!("no object is looked up")
    }

    async fn list_events(&self, query: &EventQuery) -> Found<EventPage> {
        self.calls.fetch_add(1, Relaxed);
        Found::Is(self.page(query))
    }
}

/// The positions of the oldest events since a moment, whether newer events follow, and the number of calls.
fn oldest(mut created: Vec<i64>, from: i64) -> (Vec<usize>, bool, usize) {
    created.sort_unstable();
    let lists = Lists { created, calls: AtomicUsize::new(0) };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let page = runtime.block_on(since(&lists, from)).unwrap();
    let places = page.events.iter().rev().map(|event| event.id.parse().unwrap()).collect();
    (places, page.has_more, lists.calls.load(Relaxed))
}

proptest! {
    /// For any number and distribution of events, the page has the oldest events without a gap.
    #[test]
    fn the_oldest_come_first(
        many in prop::collection::vec((0..10_000_i64, 1..200_usize), 0..30),
        from in 0..10_000_i64,
    ) {
        let mut created: Vec<_> =
            many.iter().flat_map(|(at, count)| std::iter::repeat_n(*at, *count)).collect();
        created.sort_unstable();
        let (first, count) = (created.partition_point(|at| *at < from), created.len());
        let (places, more, _) = oldest(created, from);
        prop_assert_eq!(&places, &(first..first + places.len()).collect::<Vec<_>>());
        prop_assert!(!places.is_empty() || first == count);
        prop_assert!(more || first + places.len() == count);
    }
}

/// F55: a relay that is killed repeatedly reaches the first event of a month in fewer than 20
/// calls, and not after hundreds of pages.
#[test]
fn a_month_of_events_takes_some_calls() {
    let month = 30 * 24 * 60 * 60;
    let (places, more, calls) = oldest((0..month).step_by(60).collect(), 0);
    assert!(places.len() > PAGE / 4 && more, "{}", places.len());
    assert!(calls < 20, "{calls}");
}
