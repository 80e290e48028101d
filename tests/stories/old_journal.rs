//! A journal that version 0.1 wrote, with payments, cards, events and open operations: the relay of
//! today opens the journal and goes on. `tests/fixtures/journal-0.1/README.md` says how the fixture
//! was made.

use std::collections::BTreeMap;

use causeway::v1::{self, EventKind, Outcome, PaymentStatus, RefundDecision};
use jiff::SignedDuration;

use self::{
    fixture::{Opened, file, lines, message, text},
    requests::{OldRequest, all},
};
use super::event_posting::{EventReceiver, start_posting_adapter};
use crate::stage::{
    Billing, Stage,
    billing::{read, reason},
    cards::{number, only_id, pay},
    follow_ups::intent,
    order,
};

/// The fixture's files, the sandbox with the fixture's objects, and the relay on the journal.
mod fixture;
/// The billing platform's requests of version 0.1.
mod requests;

const VISA: &str = "4242424242424242";
/// The number of events in the journal.
const OLD_EVENTS: u64 = 55;
/// The number of events that the old adapter had posted.
const POSTED: usize = 12;

/// The payment that a request of version 0.1 made.
async fn payment(billing: &Billing, request_id: &str) -> v1::Payment {
    let by = v1::get_payment_request::By::RequestId(request_id.to_owned());
    billing.get_payment(by).await.unwrap().payment.unwrap()
}

/// Payments with timelines, orders and cards are what the relay of version 0.1 answered.
#[tokio::test(flavor = "multi_thread")]
async fn payments_and_cards_read_as_the_old_relay_answered() {
    let Opened { stage, .. } = Opened::open().await;
    let billing = stage.billing().await;
    let (calls, payments) = (stage.calls(), lines("payments.jsonl"));
    let listed = billing.list(v1::ListPaymentsRequest { page_size: 100, ..Default::default() }).await;
    assert_eq!(listed.unwrap().payments.len(), payments.len());
    for line in payments {
        let old: v1::GetPaymentResponse = message("GetPaymentResponse", &line);
        let id = old.payment.as_ref().unwrap().id.clone();
        let now = billing.get_payment(v1::get_payment_request::By::PaymentId(id)).await.unwrap();
        assert!(!old.timeline.is_empty());
        assert_eq!(now, old);
    }
    for line in lines("orders.jsonl") {
        let old: v1::GetOrderResponse = message("GetOrderResponse", &line);
        assert_eq!(billing.order_view(&old.billing_reference, "").await, old);
    }
    assert_eq!(stage.calls(), calls, "no look-up was needed");
    for line in lines("cards.jsonl") {
        let old: v1::ListCardsResponse = message("ListCardsResponse", &line["answer"]);
        assert_eq!(billing.cards(text(&line, "customer_id")).await.cards, old.cards);
    }
}

/// Events have the same ids, sequences and content, from the beginning and from the middle; the
/// adapter posts the events after its cursor of that time.
#[tokio::test(flavor = "multi_thread")]
async fn new_events_continue_the_old_sequence() {
    let Opened { stage, .. } = Opened::open().await;
    let billing = stage.billing().await;
    let old: Vec<v1::Event> = lines("events.jsonl").iter().map(|line| message("Event", line)).collect();
    assert!(old.iter().map(|event| event.sequence).eq(1..=OLD_EVENTS), "the fixture has all events");
    assert_eq!(billing.events(0).await, old);
    assert_eq!(billing.events(30).await, old[30..]);

    let new = billing.authorize(order("new", "12.50 USD")).await.held_payment();
    let after = billing.events(OLD_EVENTS).await;
    assert_eq!(after[0].payment.as_ref().unwrap().id, new.id);
    assert_eq!((after.len(), after[0].sequence), (1, OLD_EVENTS + 1));

    let (receiver, cursor) = (EventReceiver::open().await, stage.directory.path().join("events.cursor"));
    std::fs::write(&cursor, file("events.cursor")).unwrap();
    let adapter = start_posting_adapter(&stage, &receiver.url, &cursor).await;
    let ids: Vec<_> = old[POSTED..].iter().chain(&after).map(|event| event.id.clone()).collect();
    receiver.has_accepted(ids.len()).await;
    assert_eq!(receiver.accepted_ids(), ids);
    adapter.stop().await;
}

/// A repeated request of that time has the answer of that time; other content is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_is_a_duplicate_and_other_content_is_refused() {
    let Opened { stage, .. } = Opened::open().await;
    let billing = stage.billing().await;
    let posts_before = stage.stripe_posts();
    let known: Vec<_> = all().into_iter().filter(OldRequest::is_known).collect();
    assert!(known.len() >= 40, "{} requests", known.len());
    for old in known {
        let reply = old.send(&billing).await.unwrap();
        let same = (reply.outcome, reply.payment.as_str());
        assert_eq!(same, (old.outcome, old.payment.as_str()), "{}", old.id());
        assert!(reply.duplicate, "{}: {reply:?}", old.id());
        let refusal = old.altered().send(&billing).await.unwrap_err();
        assert_eq!(reason(&refusal), "AlreadyExists REQUEST_ID_REUSED", "{}", old.id());
    }
    let with_number =
        |money: &str| v1::AuthorizeRequest { instrument: number(VISA, ""), ..order("card-number", money) };
    assert!(billing.authorize(with_number("10.00 EUR")).await.result().duplicate);
    let refusal = billing.authorize(with_number("10.01 EUR")).await.reason();
    assert_eq!(refusal, "AlreadyExists REQUEST_ID_REUSED");
    assert_eq!(stage.stripe_posts(), posts_before, "nothing is sent to Stripe");
}

/// Effects on money at Stripe, by the old request id of the payment: "Captured 3000".
async fn effects(stage: &Stage, billing: &Billing, request_id: &str) -> Vec<String> {
    let id = payment(billing, request_id).await.id;
    let ledger = stage.sandbox.ledger();
    let of_payment =
        ledger.entries().iter().filter(|entry| entry.metadata.get("causeway_payment") == Some(&id));
    of_payment.map(|entry| format!("{:?} {}", entry.effect, entry.amount)).collect()
}

/// Soon after the relay died, Stripe's keys are valid: every open operation is carried out, once.
#[tokio::test(flavor = "multi_thread")]
async fn open_operations_are_carried_out_once() {
    let Opened { stage, .. } = Opened::open().await;
    let billing = stage.billing().await;
    billing.job("open").await;
    let expected = [
        ("authorize-lost", PaymentStatus::Authorized, vec!["Authorized 3500"]),
        ("authorize-not-sent", PaymentStatus::Authorized, vec!["Authorized 3600"]),
        ("authorize-killed", PaymentStatus::Authorized, vec!["Authorized 3700"]),
        ("capture-lost", PaymentStatus::Captured, vec!["Authorized 3100", "Captured 3100"]),
        (
            "capture-not-sent",
            PaymentStatus::Captured,
            vec!["Authorized 3200", "Captured 3000", "Released 200"],
        ),
        ("refund-lost", PaymentStatus::Captured, vec!["Authorized 3300", "Captured 3300", "Refunded 300"]),
        (
            "refund-not-sent",
            PaymentStatus::Captured,
            vec!["Authorized 3400", "Captured 3400", "Refunded 3400"],
        ),
    ];
    for (request, status, moved) in expected {
        assert_eq!(payment(&billing, request).await.status(), status, "{request}");
        assert_eq!(effects(&stage, &billing, request).await, moved, "{request}");
    }
    no_operation_is_open(&stage, &billing).await;
}

/// Days after the relay died, nothing is sent again, and every open operation ends by look-ups.
#[tokio::test(flavor = "multi_thread")]
async fn open_operations_are_resolved_by_look_ups_days_later() {
    let Opened { stage, .. } = Opened::open().await;
    let billing = stage.billing().await;
    stage.advance_clocks(SignedDuration::from_hours(26)).await;
    let posts_before = stage.stripe_posts();
    for _ in 0..4 {
        billing.job("open").await;
        stage.advance_clocks(SignedDuration::from_mins(62)).await;
    }
    assert_eq!(stage.stripe_posts(), posts_before, "nothing is sent again");
    let expected = [
        ("authorize-lost", PaymentStatus::Authorized),
        ("authorize-not-sent", PaymentStatus::NotCharged),
        ("authorize-killed", PaymentStatus::Authorized),
        ("capture-lost", PaymentStatus::Captured),
        ("capture-not-sent", PaymentStatus::Authorized),
        ("refund-lost", PaymentStatus::Captured),
        ("refund-not-sent", PaymentStatus::Captured),
    ];
    for (request, status) in expected {
        assert_eq!(payment(&billing, request).await.status(), status, "{request}");
    }
    assert_eq!(read(&payment(&billing, "refund-lost").await.refunded), "3.00 USD");
    assert_eq!(payment(&billing, "refund-not-sent").await.refunded, None);
    no_operation_is_open(&stage, &billing).await;
}

/// Every request without an outcome has an outcome now.
async fn no_operation_is_open(stage: &Stage, billing: &Billing) {
    let posts_before = stage.stripe_posts();
    for old in all().into_iter().filter(|old| !old.is_known()) {
        let reply = old.send(billing).await.unwrap();
        assert!(reply.duplicate, "{}: {reply:?}", old.id());
        assert_ne!(reply.outcome, Some(Outcome::Unknown), "{}", old.id());
    }
    assert_eq!(stage.stripe_posts(), posts_before, "nothing is sent again");
    assert_eq!(stage.rows("operation WHERE state IN ('OPEN', 'UNKNOWN')"), 0);
}

/// Payments, refunds and cards of that time go on.
#[tokio::test(flavor = "multi_thread")]
async fn payments_and_cards_of_the_old_journal_remain_usable() {
    let opened = Opened::open().await;
    let (stage, billing) = (&opened.stage, opened.stage.billing().await);
    let held = payment(&billing, "held").await;
    billing.capture("new-capture", &held.id, Some("12.00 USD")).await.captured_payment();
    let part = payment(&billing, "part").await;
    let refunded = billing.refund("new-refund", &part.id, Some("2.00 USD")).await.captured_payment();
    assert_eq!(read(&refunded.refunded), "5.00 USD");
    let to_release = payment(&billing, "held-to-release").await;
    let released = billing.release("new-release", &to_release.id, v1::ReleaseReason::Abandoned).await;
    assert_eq!(released.result().payment.unwrap().status(), PaymentStatus::Released);
    let expected = ["Authorized 2000", "Released 2000"];
    assert_eq!(effects(stage, &billing, "held-to-release").await, expected);

    let waiting = payment(&billing, "action").await;
    assert!(stage.sandbox.authenticate(&opened.in_sandbox(&intent(&waiting)), true));
    assert_eq!(billing.sync(&waiting.id).await.payment.unwrap().status(), PaymentStatus::Captured);

    let cards = billing.cards("ann").await.cards;
    let (default, other) = (&cards[0], &cards[1]);
    assert!(default.is_default && !other.is_default);
    let paid = billing.authorize(pay("new-token", "4.00 USD", "ann", &other.token)).await.held_payment();
    assert_eq!((paid.card_token, paid.card), (other.token.clone(), other.card.clone()));
    let by_default = v1::AuthorizeRequest {
        instrument: None,
        customer: only_id("ann"),
        ..order("new-default", "3.00 USD")
    };
    assert_eq!(billing.authorize(by_default).await.held_payment().card_token, default.token);
    billing.delete_card("new-delete", "ann", &default.token).await.unwrap();
    assert_eq!(billing.cards("ann").await.cards.len(), 1);
}

/// A refund that waited for a second person, and customers that waited for the hourly job.
#[tokio::test(flavor = "multi_thread")]
async fn pending_decisions_and_jobs_of_the_old_journal_are_completed() {
    let Opened { stage, .. } = Opened::open().await;
    let billing = stage.billing().await;
    let euro = payment(&billing, "euro").await;
    let decision = v1::DecideRefundRequest {
        request_id: "new-decision".to_owned(),
        payment_id: euro.id.clone(),
        refund_id: euro.refunds[0].id.clone(),
        decision: RefundDecision::Approve.into(),
        decided_by: "bob".to_owned(),
    };
    billing.client.clone().decide_refund(billing.request(decision)).await.unwrap();
    assert_eq!(read(&payment(&billing, "euro").await.refunded), "4.00 EUR");

    assert_eq!(stage.rows("customer WHERE wish IS NOT NULL"), 2);
    billing.job("customers").await;
    assert_eq!(stage.rows("customer WHERE wish IS NOT NULL"), 0);
    let calls = stage.sandbox.calls();
    assert_eq!(calls.iter().filter(|call| call.method == "DELETE").count(), 1);
}

/// Stripe's events come again, under new ids; only effects after the last poll are
/// news.
#[tokio::test(flavor = "multi_thread")]
async fn only_new_stripe_changes_become_events() {
    let Opened { stage, .. } = Opened::open().await;
    let billing = stage.billing().await;
    billing.job("poll").await;
    stage.wait_until_handled().await;
    let mut news = BTreeMap::<String, Vec<EventKind>>::new();
    for event in billing.events(OLD_EVENTS).await {
        let kind = event.kind();
        news.entry(event.payment.unwrap().request_id).or_default().push(kind);
    }
    let of = |request: &str, kinds: &[EventKind]| (request.to_owned(), kinds.to_vec());
    let expected = [
        // A refund in the dashboard after the last poll.
        of("late", &[EventKind::RefundCreated, EventKind::RefundSucceeded]),
        // Operations whose answers were lost.
        of("authorize-killed", &[EventKind::PaymentAuthorized]),
        of("authorize-lost", &[EventKind::PaymentResolved, EventKind::PaymentAuthorized]),
        of("capture-lost", &[EventKind::PaymentResolved, EventKind::PaymentCaptured]),
        of(
            "refund-lost",
            &[EventKind::PaymentResolved, EventKind::RefundCreated, EventKind::RefundSucceeded],
        ),
    ];
    assert_eq!(news, BTreeMap::from(expected));
    assert_eq!(read(&payment(&billing, "late").await.refunded), "8.00 USD");
}
