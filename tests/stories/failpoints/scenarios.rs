//! The requests of billing while a program dies; each scenario passes other failpoints. Each ends with the
//! effects on money and the kinds of the events.

use std::time::Duration;

use causeway::v1::{self, OrderFailure, Outcome};
use causeway_sandbox::{Fault, FaultRule, WebhookFault, WebhookFaultRule};

use super::test_bed::TestBed;
use crate::stage::{
    Billing,
    cards::{customer, number, pay_and_store_card, store_card_request, token},
    eventually,
    follow_ups::{async_answer, captured_at_once, intent},
    method, order, post_at, post_fault,
    settings::ACME_KEY,
};

/// Expected effects on money, and expected kinds of events.
pub(super) type End = (&'static [&'static str], &'static [&'static str]);
/// The requests of billing, and the fault meanwhile.
#[derive(Clone, Copy)]
pub(super) enum Scenario {
    /// A hold, a capture and a refund of a part.
    HoldCaptureRefund,
    /// The same request twice, and a changed request.
    Repeated,
    /// Twenty copies of a request at the same moment.
    ConcurrentCopies,
    /// An asynchronous request, answered before the effect.
    Accepted,
    /// A payment by card number.
    RawCardNumber,
    /// A card is kept and pays. There is a single customer and a single card at Stripe.
    StoredCard,
    /// Stripe's first answer is lost.
    AnswerLostOnce,
    /// All answers to the tries of one call are lost.
    AllAnswersLost,
    /// As `LostAll`, and billing waits until recovery in the relay has resolved the outcome.
    ResolvedByRecovery,
    /// Stripe is so slow that the relay's call times out.
    SlowStripe,
    /// Stripe executes the call and keeps a 500 under the key, so the outcome has to
    /// come from another source.
    StripeError500,
    /// The payer has to act, and authenticates.
    PayerAuthenticates,
    /// The change arrives by Stripe's webhook.
    ChangedByWebhook,
    /// Every webhook is lost, so the poll finds the change.
    ChangedByPoll,
    /// Stripe's event about the hold arrives long after the capture.
    LateEvent,
    /// A hold is renewed; a single hold remains.
    HoldRenewed,
    /// A payment that was given up and succeeds later is refunded, once.
    LateSuccess,
    /// The relay is down when billing sends the request.
    RelayDown,
    /// The relay receives SIGTERM and stops.
    RelayStops,
    /// The adapter receives SIGTERM and stops.
    AdapterStops,
}

impl Scenario {
    /// Runs the scenario; returns the expected effects and events.
    pub(super) async fn run(self, test_bed: &TestBed) -> End {
        match self {
            Scenario::HoldCaptureRefund => hold_capture_refund(test_bed).await,
            Scenario::Repeated => repeated(test_bed).await,
            Scenario::ConcurrentCopies => concurrent_copies(test_bed).await,
            Scenario::Accepted => accepted(test_bed).await,
            Scenario::RawCardNumber => raw_card_number(test_bed).await,
            Scenario::StoredCard => stored_card(test_bed).await,
            Scenario::AnswerLostOnce => answer_lost_once(test_bed).await,
            Scenario::AllAnswersLost => all_answers_lost(test_bed).await,
            Scenario::ResolvedByRecovery => resolved_by_recovery(test_bed).await,
            Scenario::SlowStripe => slow_stripe(test_bed).await,
            Scenario::StripeError500 => stripe_error_500(test_bed).await,
            Scenario::PayerAuthenticates => payer_authenticates(test_bed).await,
            Scenario::ChangedByWebhook => changed_by_webhook(test_bed).await,
            Scenario::ChangedByPoll => changed_by_poll(test_bed).await,
            Scenario::LateEvent => late_event(test_bed).await,
            Scenario::HoldRenewed => hold_renewed(test_bed).await,
            Scenario::LateSuccess => late_success(test_bed).await,
            Scenario::RelayDown => relay_down(test_bed).await,
            Scenario::RelayStops => relay_stops(test_bed).await,
            Scenario::AdapterStops => adapter_stops(test_bed).await,
        }
    }
}

const HELD: End = (&["Authorized 1250"], &["PAYMENT_AUTHORIZED"]);
const INTENTS: &str = "/v1/payment_intents$";
const SLOW: Duration = Duration::from_millis(300);

/// Loses every webhook: a webhook would resolve the outcome before recovery does.
fn lose_all_webhooks(test_bed: &TestBed) {
    let loss = WebhookFaultRule::next_delivery(WebhookFault::Lost);
    test_bed.sandbox.arm_webhook(WebhookFaultRule { times: None, ..loss });
}

async fn hold(test_bed: &TestBed) -> v1::Payment {
    test_bed.approved("1", |billing| async move { billing.authorize(order("1", "12.50 USD")).await }).await
}

async fn hold_capture_refund(test_bed: &TestBed) -> End {
    let id = hold(test_bed).await.id;
    let capture = |billing: Billing| {
        let id = id.clone();
        async move { billing.capture("2", &id, None).await }
    };
    test_bed.approved("2", capture).await;
    let refund = |billing: Billing| {
        let id = id.clone();
        async move { billing.refund("3", &id, Some("5.00 USD")).await }
    };
    test_bed.approved("3", refund).await;
    let effects: &[&str] = &["Authorized 1250", "Captured 1250", "Refunded 500"];
    let events: &[&str] = &["PAYMENT_AUTHORIZED", "PAYMENT_CAPTURED", "REFUND_CREATED", "REFUND_SUCCEEDED"];
    (effects, events)
}

async fn repeated(test_bed: &TestBed) -> End {
    let first = hold(test_bed).await;
    let again = hold(test_bed).await;
    assert_eq!(first.id, again.id);
    let other = v1::AuthorizeRequest { instrument: method("pm_card_mastercard"), ..order("1", "12.50 USD") };
    assert_eq!(test_bed.billing.authorize(other).await.reason(), "AlreadyExists REQUEST_ID_REUSED");
    HELD
}

async fn concurrent_copies(test_bed: &TestBed) -> End {
    test_bed.job("inbox").await;
    // Slow enough that all copies arrive before the first has begun, and before the first has ended.
    let slow = |method: &str, path: &str| FaultRule {
        method: Some(method.to_owned()),
        path: Some(path.to_owned()),
        ..post_fault(Fault::SlowBefore(SLOW), 20)
    };
    test_bed.sandbox.arm_rule(slow("GET", "/v1/payment_methods"));
    test_bed.sandbox.arm_rule(slow("POST", INTENTS));
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let billing = test_bed.billing.clone();
        copies.spawn(async move { billing.authorize(order("1", "12.50 USD")).await });
    }
    copies.join_all().await;
    hold(test_bed).await;
    assert_eq!(test_bed.rows("payment"), 1, "one request is one payment");
    HELD
}

async fn accepted(test_bed: &TestBed) -> End {
    eventually("it is accepted", async || {
        test_bed.billing.authorize(async_answer(order("1", "12.50 USD"))).await.0.is_ok()
    })
    .await;
    hold(test_bed).await;
    HELD
}

async fn raw_card_number(test_bed: &TestBed) -> End {
    let by_number =
        || v1::AuthorizeRequest { instrument: number("4242424242424242", "737"), ..order("1", "12.50 USD") };
    test_bed.approved("1", |billing| async move { billing.authorize(by_number()).await }).await;
    HELD
}

async fn stored_card(test_bed: &TestBed) -> End {
    let mut card = None;
    for _ in 0..50 {
        let response = test_bed.billing.tokenize(store_card_request("0", "c-1", "pm_card_visa")).await.ok();
        card = response
            .and_then(|response| response.result)
            .filter(|result| result.outcome() == Outcome::Approved);
        if card.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let card = card.unwrap().card.unwrap().token;
    let pays = || v1::AuthorizeRequest {
        instrument: token(&card),
        customer: customer("c-1"),
        ..order("1", "12.50 USD")
    };
    test_bed.approved("1", |billing| async move { billing.authorize(pays()).await }).await;
    let calls = test_bed.sandbox.calls();
    let made = calls.iter().filter(|call| call.method == "POST" && call.path == "/v1/customers");
    let keys: std::collections::BTreeSet<_> =
        made.filter_map(|call| call.header("idempotency-key")).collect();
    assert_eq!((keys.len(), test_bed.rows("customer"), test_bed.rows("card")), (1, 1, 1));
    (HELD.0, &["CARD_ADDED", "PAYMENT_AUTHORIZED"])
}

/// Stripe executes the call, and the answer is lost `times` times.
async fn answers_lost(test_bed: &TestBed, times: u32) -> End {
    lose_all_webhooks(test_bed);
    test_bed
        .sandbox
        .arm_rule(FaultRule { path: Some(INTENTS.to_owned()), ..post_fault(Fault::LoseAnswer, times) });
    hold(test_bed).await;
    HELD
}

async fn answer_lost_once(test_bed: &TestBed) -> End {
    answers_lost(test_bed, 1).await
}

async fn all_answers_lost(test_bed: &TestBed) -> End {
    answers_lost(test_bed, 2).await
}

async fn resolved_by_recovery(test_bed: &TestBed) -> End {
    lose_all_webhooks(test_bed);
    test_bed
        .sandbox
        .arm_rule(FaultRule { path: Some(INTENTS.to_owned()), ..post_fault(Fault::LoseAnswer, 2) });
    eventually("it began", async || {
        drop(test_bed.billing.authorize(order("1", "12.50 USD")).await);
        !test_bed.state("1").is_empty()
    })
    .await;
    eventually("the relay finds out", async || test_bed.state("1") == "FINISHED").await;
    hold(test_bed).await;
    HELD
}

async fn slow_stripe(test_bed: &TestBed) -> End {
    let slow = Fault::SlowBefore(Duration::from_secs(20));
    test_bed.sandbox.arm_rule(FaultRule { path: Some(INTENTS.to_owned()), ..post_fault(slow, 2) });
    hold(test_bed).await;
    HELD
}

async fn stripe_error_500(test_bed: &TestBed) -> End {
    lose_all_webhooks(test_bed);
    let rule = post_fault(Fault::ServerError { effect: true }, 1);
    test_bed.sandbox.arm_rule(FaultRule { path: Some(INTENTS.to_owned()), ..rule });
    hold(test_bed).await;
    HELD
}

async fn payer_authenticates(test_bed: &TestBed) -> End {
    let request = || v1::AuthorizeRequest {
        instrument: method("pm_card_authenticationRequired"),
        ..order("1", "12.50 USD")
    };
    let send = |billing: Billing| async move { billing.authorize(request()).await };
    let mut waiting = send(test_bed.billing.clone()).await.0;
    while !waiting.as_ref().is_ok_and(|result| result.outcome() == Outcome::ActionRequired) {
        waiting = send(test_bed.billing.clone()).await.0;
    }
    assert!(test_bed.sandbox.authenticate(&intent(&waiting.unwrap().payment.unwrap()), true));
    eventually("it is held", async || {
        let seen = send(test_bed.billing.clone()).await.0;
        seen.is_ok_and(|result| result.outcome() == Outcome::Approved)
    })
    .await;
    (HELD.0, &["PAYMENT_ACTION_REQUIRED", "PAYMENT_AUTHORIZED"])
}

/// A hold is captured in Stripe's dashboard, and Stripe emits the event.
async fn captured_in_dashboard(test_bed: &TestBed) -> End {
    let payment = hold(test_bed).await;
    post_at(
        &test_bed.sandbox.url(),
        ACME_KEY,
        &format!("/v1/payment_intents/{}/capture", intent(&payment)),
        "",
    )
    .await;
    eventually("it is heard of", async || {
        // The poll fetches a webhook that was lost by a death before storage.
        test_bed.job("poll").await;
        test_bed.job("inbox").await;
        test_bed.received(1).await.is_some_and(|received| !received.is_empty())
    })
    .await;
    (&["Authorized 1250", "Captured 1250"], &["PAYMENT_AUTHORIZED", "PAYMENT_CAPTURED"])
}

async fn changed_by_webhook(test_bed: &TestBed) -> End {
    captured_in_dashboard(test_bed).await
}

async fn changed_by_poll(test_bed: &TestBed) -> End {
    lose_all_webhooks(test_bed);
    captured_in_dashboard(test_bed).await
}

async fn late_event(test_bed: &TestBed) -> End {
    let hold_event = "payment_intent.amount_capturable_updated";
    let loss = WebhookFaultRule::next_delivery(WebhookFault::Lost);
    test_bed.sandbox.arm_webhook(WebhookFaultRule { times: None, kind: Some(hold_event.to_owned()), ..loss });
    let id = hold(test_bed).await.id;
    let capture = |billing: Billing| {
        let id = id.clone();
        async move { billing.capture("2", &id, None).await }
    };
    test_bed.approved("2", capture).await;
    let never_sent =
        || test_bed.sandbox.deliveries().into_iter().find(|delivery| delivery.kind == hold_event);
    eventually("it is lost on the way", async || never_sent().is_some()).await;
    let never_sent = never_sent().unwrap();
    test_bed.sandbox.disarm_webhooks();
    // All other events are in the inbox: a later event would correct the state after this event.
    assert!(test_bed.sandbox.settle_deliveries(Duration::from_secs(30)).await);
    test_bed.job("inbox").await;
    assert!(test_bed.sandbox.redeliver(&never_sent.event, &never_sent.endpoint));
    assert!(test_bed.sandbox.settle_deliveries(Duration::from_secs(10)).await);
    test_bed.job("inbox").await;
    let now = test_bed.billing.payment(&id).await;
    assert_eq!(now.status(), v1::PaymentStatus::Captured, "what was taken stays taken");
    (&["Authorized 1250", "Captured 1250"], &["PAYMENT_AUTHORIZED", "PAYMENT_CAPTURED"])
}

async fn hold_renewed(test_bed: &TestBed) -> End {
    let request = || pay_and_store_card("1", "12.50 USD", "c-1");
    test_bed.approved("1", |billing| async move { billing.authorize(request()).await }).await;
    eventually("it is renewed", async || {
        test_bed.job("holds").await;
        let ledger = test_bed.sandbox.ledger();
        ledger.released(None, "usd") > 0 && ledger.held(None, "usd") == 1250
    })
    .await;
    (&[], &["PAYMENT_AUTHORIZED", "CARD_ADDED"])
}

async fn late_success(test_bed: &TestBed) -> End {
    lose_all_webhooks(test_bed);
    let request = captured_at_once(v1::AuthorizeRequest {
        instrument: method("pm_card_authenticationRequired"),
        ..order("1", "12.50 USD")
    });
    let mut waiting = test_bed.billing.authorize(request.clone()).await.0;
    while !waiting.as_ref().is_ok_and(|result| result.outcome() == Outcome::ActionRequired) {
        waiting = test_bed.billing.authorize(request.clone()).await.0;
    }
    let payment = waiting.unwrap().payment.unwrap();
    assert!(test_bed.sandbox.authenticate(&intent(&payment), true));
    eventually("it is given up", async || {
        test_bed.billing.order_failed("2", &payment.id, OrderFailure::PaymentInactive).await.0.is_ok()
    })
    .await;
    eventually("it goes back", async || {
        test_bed.job("sweep").await;
        test_bed.job("poll").await;
        test_bed.job("inbox").await;
        test_bed.sandbox.ledger().refunded(None, "usd") == 1250
    })
    .await;
    (
        &["Authorized 1250", "Captured 1250", "Refunded 1250"],
        &[
            "PAYMENT_ACTION_REQUIRED",
            "PAYMENT_CAPTURED",
            "ALARM LATE_SUCCESS",
            "REFUND_CREATED",
            "REFUND_SUCCEEDED",
        ],
    )
}

async fn relay_down(test_bed: &TestBed) -> End {
    test_bed.relay.signal("KILL");
    hold(test_bed).await;
    HELD
}

async fn relay_stops(test_bed: &TestBed) -> End {
    hold(test_bed).await;
    test_bed.relay.signal("TERM");
    HELD
}

async fn adapter_stops(test_bed: &TestBed) -> End {
    hold(test_bed).await;
    test_bed.adapter.signal("TERM");
    HELD
}
