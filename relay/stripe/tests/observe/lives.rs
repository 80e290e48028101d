//! Observations of a payment may come in any order, repeatedly, or not at all. After one look-up at the
//! end, the payment and the emitted events are always the same.

use std::collections::BTreeMap;

use causeway_domain::{
    observation::{DisputeSnapshot, IntentSnapshot, Observation, Pulled, RefundSnapshot},
    payment::{
        Payment, RefundState, State,
        event_projection::{EventKey, PendingEvent},
        observe::{RequestedEffect, apply},
    },
};
use causeway_stripe::snapshot;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::tables::{held_with_open_capture, started};

/// The objects at Stripe at one moment of a payment's life.
#[derive(Debug, Clone, Default)]
struct Moment {
    status: &'static str,
    received: u64,
    canceled: Option<&'static str>,
    refunds: BTreeMap<usize, &'static str>,
    dispute: Option<(&'static str, u32)>,
}

impl Moment {
    fn intent(&self) -> IntentSnapshot {
        let object = json!({
            "id": "pi_1", "status": self.status, "amount": 1250, "currency": "usd",
            "amount_received": self.received, "cancellation_reason": self.canceled,
            "metadata": {"causeway_payment": uuid::Uuid::nil()},
            "latest_charge": {"id": "ch_1", "paid": true, "disputed": self.dispute.is_some(),
                "balance_transaction": (self.received > 0).then_some("txn_1"),
                "payment_method_details": {"card": {"brand": "visa", "capture_before": 1_800_000_000}}},
        });
        snapshot::read_intent(object).unwrap()
    }

    fn refund(&self, number: usize) -> Option<RefundSnapshot> {
        let status = self.refunds.get(&number)?;
        let object = json!({
            "id": format!("re_{number}"), "amount": 100 + number, "currency": "usd", "status": status,
            "created": 1_795_000_000 + number, "payment_intent": "pi_1",
        });
        Some(snapshot::read_refund(object).unwrap())
    }

    fn pulled(&self) -> Observation {
        let taken = self.status == "succeeded";
        let dispute = |(status, submissions): (&str, u32)| -> DisputeSnapshot {
            let object = json!({
                "id": "du_1", "amount": 300, "currency": "usd", "status": status, "created": 1_795_000_100,
                "reason": "fraudulent", "evidence_details": {"submission_count": submissions},
            });
            snapshot::read_dispute(object).unwrap()
        };
        Observation::Pulled(Box::new(Pulled {
            intent: self.intent(),
            refunds: (0..2).filter_map(|number| self.refund(number)).filter(|_| taken).collect(),
            disputes: self.dispute.into_iter().filter(|_| taken).map(dispute).collect(),
        }))
    }
}

/// One change of the objects at Stripe.
#[derive(Debug, Clone, Copy)]
enum Step {
    Hold,
    Capture(u64),
    Cancel,
    Lapse,
    Refund(usize, &'static str),
    Dispute(&'static str, u32),
}

/// Every moment of a payment's life, oldest first.
fn moments(life: &[Step]) -> Vec<Moment> {
    let mut now = Moment { status: "processing", ..Moment::default() };
    let step = |step: &Step| {
        match *step {
            Step::Hold => now.status = "requires_capture",
            Step::Capture(received) => (now.status, now.received) = ("succeeded", received),
            Step::Cancel => (now.status, now.canceled) = ("canceled", Some("requested_by_customer")),
            Step::Lapse => (now.status, now.canceled) = ("canceled", Some("automatic")),
            Step::Refund(number, status) => drop(now.refunds.insert(number, status)),
            Step::Dispute(status, submissions) => now.dispute = Some((status, submissions)),
        }
        now.clone()
    };
    life.iter().map(step).collect()
}

/// The possible courses of a refund and of a dispute.
const REFUNDS: [&[&str]; 5] = [
    &["succeeded"],
    &["pending", "succeeded"],
    &["succeeded", "failed"],
    &["pending", "failed"],
    &["pending", "canceled"],
];
const DISPUTES: [&[(&str, u32)]; 5] = [
    &[],
    &[("needs_response", 0), ("under_review", 1), ("won", 1)],
    &[("needs_response", 0), ("under_review", 1), ("under_review", 2), ("lost", 2)],
    &[("needs_response", 0), ("lost", 0)],
    &[("warning_needs_response", 0), ("warning_under_review", 1), ("warning_closed", 1)],
];

/// A hold with every possible end. A captured payment is refunded and disputed, with the steps of
/// refunds and dispute interleaved. Two refunds of 1.00 are no more than was captured: more would not be
/// believed.
fn life() -> impl Strategy<Value = Vec<Step>> {
    let refunds = prop::collection::vec(prop::sample::select(REFUNDS.to_vec()), 0..=2);
    let dispute = prop::sample::select(DISPUTES.to_vec());
    let captured =
        (200..=1250_u64, refunds, dispute, prop::collection::vec(any::<prop::sample::Index>(), 16));
    let captured = captured.prop_map(|(received, refunds, dispute, dice)| {
        let mut tracks: Vec<Vec<Step>> = refunds
            .iter()
            .enumerate()
            .map(|(number, states)| states.iter().map(|state| Step::Refund(number, state)).collect())
            .collect();
        tracks.push(dispute.iter().map(|(status, count)| Step::Dispute(status, *count)).collect());
        let mut life = vec![Step::Hold, Step::Capture(received)];
        for die in dice.iter().cycle() {
            tracks.retain(|track| !track.is_empty());
            if tracks.is_empty() {
                break;
            }
            let track = die.index(tracks.len());
            life.push(tracks[track].remove(0));
        }
        life
    });
    prop_oneof![
        1 => Just(vec![Step::Hold]),
        1 => Just(vec![Step::Hold, Step::Cancel]),
        1 => Just(vec![Step::Hold, Step::Lapse]),
        6 => captured,
    ]
}

fn about(mark: &EventKey) -> String {
    match mark {
        EventKey::RefundCreated(id) | EventKey::RefundSucceeded(id) | EventKey::RefundFailed(id) => {
            id.to_string()
        }
        EventKey::DisputeOpened(id)
        | EventKey::DisputeUpdated(id, _)
        | EventKey::DisputeEscalated(id)
        | EventKey::DisputeClosed(id) => id.clone(),
        EventKey::ActionRequired
        | EventKey::Authorized
        | EventKey::Expiring
        | EventKey::Captured
        | EventKey::Declined
        | EventKey::NotCharged
        | EventKey::Released
        | EventKey::Expired
        | EventKey::Canceled
        | EventKey::Alarm(_) => "payment".to_owned(),
    }
}

/// Collects the pending events by the object of the event, each object's events in order.
fn observe(payment: &mut Payment, reported: &mut BTreeMap<String, Vec<EventKey>>) {
    for news in payment.pending_events() {
        let PendingEvent::Once(mark) = news else { panic!("nothing was lost for good, and yet: {news:?}") };
        reported.entry(about(&mark)).or_default().push(mark);
    }
}

/// Removes refund successes before a refund failure: a success that no observation showed before the
/// failure is never emitted.
fn without_unseen(mut reported: BTreeMap<String, Vec<EventKey>>) -> BTreeMap<String, Vec<EventKey>> {
    for marks in reported.values_mut() {
        if marks.iter().any(|mark| matches!(mark, EventKey::RefundFailed(_))) {
            marks.retain(|mark| !matches!(mark, EventKey::RefundSucceeded(_)));
        }
    }
    reported
}

/// The part of a payment that billing reads.
fn shown(payment: &Payment) -> String {
    let refunds: Vec<_> =
        payment.refunds.iter().map(|refund| (&refund.processor_id, refund.amount, &refund.state)).collect();
    format!("{:?} {refunds:?} {:?} {:?}", payment.state, payment.disputes, payment.contradictions)
}

/// An older observation never reverts a newer one.
fn forward(before: &Payment, after: &Payment) {
    for was in &before.refunds {
        let is = after.refunds.iter().find(|refund| refund.id == was.id).unwrap();
        assert!(is.state.rank() >= was.state.rank(), "{was:?} became {is:?}");
    }
    for was in &before.disputes {
        let is = after.disputes.iter().find(|dispute| dispute.id == was.id).unwrap();
        assert!(is.state >= was.state && is.submissions >= was.submissions, "{was:?} became {is:?}");
    }
    let over = matches!(before.state, State::Captured { .. } | State::Released | State::Expired { .. });
    assert!(!over || before.state == after.state, "{:?} became {:?}", before.state, after.state);
}

/// Applies the observations in order and one look-up at the end. The result is the payment as billing
/// reads the payment, and the emitted events.
fn lived(
    mut payment: Payment,
    news: &[(RequestedEffect<'_>, Observation)],
    end: &Moment,
) -> (String, BTreeMap<String, Vec<EventKey>>) {
    let mut reported = BTreeMap::new();
    let now = Timestamp::UNIX_EPOCH;
    for (asked, seen) in news.iter().cloned().chain([(RequestedEffect::Nothing, end.pulled())]) {
        let before = payment.clone();
        payment = apply(payment, asked, seen, now).aggregate;
        forward(&before, &payment);
        observe(&mut payment, &mut reported);
    }
    (shown(&payment), without_unseen(reported))
}

proptest! {
    /// An event leads to a look-up, which shows the payment at the event or at any later moment.
    /// Look-ups overtake each other, and the answer to the relay's call is one more look-up.
    #[test]
    fn every_order_of_a_life_ends_in_the_same_payment_and_the_same_events(
        life in life(),
        arrivals in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..24),
        answered in any::<prop::sample::Index>(),
    ) {
        let moments = moments(&life);
        let end = moments.last().unwrap();
        let in_order: Vec<_> = moments.iter().map(|moment| (RequestedEffect::Nothing, moment.pulled())).collect();
        let mut any_order: Vec<_> = arrivals
            .iter()
            .map(|(event, delay)| {
                let event = event.index(moments.len());
                let looked = event + delay.index(moments.len() - event);
                (RequestedEffect::Nothing, moments[looked].pulled())
            })
            .collect();
        let answer = Observation::Intent(Box::new(moments[0].intent()));
        any_order.insert(answered.index(any_order.len() + 1), (RequestedEffect::Authorize, answer));
        prop_assert_eq!(lived(started(), &any_order, end), lived(started(), &in_order, end));
    }

    /// The same property while a capture of the relay is in flight: the answer comes before, between or
    /// after the other observations, or is lost.
    #[test]
    fn the_answer_to_a_capture_may_arrive_at_any_time(
        life in life().prop_filter("captured", |life| matches!(life.get(1), Some(Step::Capture(_)))),
        arrivals in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        answered in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let moments = moments(&life);
        let end = moments.last().unwrap();
        let begun = || {
            let mut payment = held_with_open_capture();
            let State::Captured { captured } = apply(payment.clone(), RequestedEffect::Nothing, moments[1].pulled(), Timestamp::UNIX_EPOCH).aggregate.state else {
                panic!("it is captured");
            };
            payment.open_capture.as_mut().unwrap().amount = captured;
            payment
        };
        let answer = || (RequestedEffect::Capture, Observation::Intent(Box::new(moments[1].intent())));
        let in_order: Vec<_> =
            [answer()].into_iter().chain(moments.iter().skip(1).map(|moment| (RequestedEffect::Nothing, moment.pulled()))).collect();
        let mut any_order: Vec<_> = arrivals
            .iter()
            .map(|looked| (RequestedEffect::Nothing, moments[looked.index(moments.len())].pulled()))
            .collect();
        if let Some(answered) = answered {
            any_order.insert(answered.index(any_order.len() + 1), answer());
        }
        prop_assert_eq!(lived(begun(), &any_order, end), lived(begun(), &in_order, end));
    }
}

/// A refund that only Stripe knows counts once, whichever of the three events arrives.
#[test]
fn a_refund_that_is_seen_twice_is_one() {
    let life = [Step::Hold, Step::Capture(1250), Step::Refund(0, "pending"), Step::Refund(0, "succeeded")];
    let moments = moments(&life);
    let mut payment = started();
    for moment in moments.iter().chain(&moments) {
        payment = apply(payment, RequestedEffect::Nothing, moment.pulled(), Timestamp::UNIX_EPOCH).aggregate;
    }
    assert_eq!(payment.refunds.len(), 1);
    assert_eq!((&payment.refunds[0].state, left(&payment)), (&RefundState::Succeeded, "11.50".to_owned()));
}

/// An inquiry that becomes a dispute is an event, because Stripe then withdraws the money.
#[test]
fn an_escalated_inquiry_raises_an_event() {
    let life = [
        Step::Hold,
        Step::Capture(1250),
        Step::Dispute("warning_needs_response", 0),
        Step::Dispute("needs_response", 0),
        Step::Dispute("lost", 0),
    ];
    let (mut payment, mut reported) = (started(), BTreeMap::new());
    for moment in moments(&life) {
        payment = apply(payment, RequestedEffect::Nothing, moment.pulled(), Timestamp::UNIX_EPOCH).aggregate;
        observe(&mut payment, &mut reported);
    }
    let id = || "du_1".to_owned();
    let expected =
        [EventKey::DisputeOpened(id()), EventKey::DisputeEscalated(id()), EventKey::DisputeClosed(id())];
    assert_eq!((reported["du_1"].as_slice(), left(&payment)), (expected.as_slice(), "9.50".to_owned()));
}

/// The refundable rest of a payment.
fn left(payment: &Payment) -> String {
    payment.left().unwrap().amount()
}
