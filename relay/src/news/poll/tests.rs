//! The oldest events among any number of them.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use async_trait::async_trait;
use causeway::card::RawCard;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    customer::Profile,
    stripe::{client::Heard, idempotency::IdempotencyKey, request::StripeRequest},
};

const PAGE: usize = 100;

/// Lists events as Stripe does; an event's id is its place among all, the oldest is 0.
struct Lists {
    /// When each happened, the oldest first.
    created: Vec<i64>,
    calls: AtomicUsize,
}

impl Lists {
    fn page(&self, path: &str) -> serde_json::Value {
        let query = path.split_once('?').unwrap().1;
        let asked: BTreeMap<_, _> = query.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
        let number = |name: &str| asked.get(name).map(|value| value.parse::<i64>().unwrap());
        let (from, to) = (number("created[gte]").unwrap(), number("created[lte]").unwrap_or(i64::MAX));
        let behind = asked.get("starting_after").map(|id| id.parse::<usize>().unwrap());
        let there = self.created.iter().enumerate().rev();
        let mut fits = there
            .filter(|(place, at)| (from..=to).contains(*at) && behind.is_none_or(|behind| *place < behind));
        let event = |(place, at): (usize, &i64)| json!({ "id": place.to_string(), "type": "a.story", "created": at, "data": { "object": {} } });
        let data: Vec<_> = fits.by_ref().take(PAGE).map(event).collect();
        json!({ "data": data, "has_more": fits.next().is_some() })
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

    async fn ask(&self, _: &StripeRequest, _: &IdempotencyKey, _: Heard) -> Asked {
        unreachable!("nothing is changed")
    }

    async fn examine(&self, path: &str) -> Asked {
        self.calls.fetch_add(1, Relaxed);
        Asked::Done { object: self.page(path), request: String::new() }
    }

    async fn remove(&self, _: &str) -> Asked {
        unreachable!("nothing is changed")
    }

    async fn tokenize(&self, _: &RawCard, _: &Profile, _: &IdempotencyKey) -> Asked {
        unreachable!("nothing is changed")
    }
}

/// The places of the oldest events since a moment, whether there are newer ones, and in how
/// many calls.
fn oldest(mut created: Vec<i64>, from: i64) -> (Vec<usize>, bool, usize) {
    created.sort_unstable();
    let lists = Lists { created, calls: AtomicUsize::new(0) };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let page = runtime.block_on(since(&lists, from)).unwrap();
    let places = page.data.iter().rev().map(|event| event.event.id.parse().unwrap()).collect();
    (places, page.has_more, lists.calls.load(Relaxed))
}

proptest! {
    /// However many there are and whenever they happened, it is the oldest that are given, with
    /// none left out.
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

/// F55: a relay that is killed again and again gets to the first of a month of events in some
/// calls, and not after hundreds of pages.
#[test]
fn a_month_of_events_takes_some_calls() {
    let month = 30 * 24 * 60 * 60;
    let (places, more, calls) = oldest((0..month).step_by(60).collect(), 0);
    assert!(places.len() > PAGE / 4 && more, "{}", places.len());
    assert!(calls < 20, "{calls}");
}
