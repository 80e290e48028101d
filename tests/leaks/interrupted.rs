//! Failures: a broken link, slow or faulty Stripe, an impatient caller, and dying programs.

use std::time::Duration;

use causeway_sandbox::{Fault, FaultRule};
use tonic::Request;

use super::{
    canary::{Card, Deck},
    requests::{pay, pay_and_store_card, tokenize},
    test_bed::{ProgramKind, TestBed},
};

pub(super) const METHODS: &str = "/v1/payment_methods";
const INTENTS: &str = "/v1/payment_intents";
const SETUPS: &str = "/v1/setup_intents";

fn at(path: &str, fault: Fault) -> FaultRule {
    let (method, path) = (Some("POST".to_owned()), Some(path.to_owned()));
    FaultRule { method, path, ..FaultRule::next_call(fault) }
}

/// The relay is down while the adapter receives cards.
pub(super) async fn link(test_bed: &TestBed, deck: &mut Deck) {
    test_bed.take(ProgramKind::Relay).kill();
    // A call on a dying connection may have reached the relay, so the refusal would be another one.
    test_bed.wait_until_relay_unreachable().await;
    let cards = deck.deal(4);
    for (place, card) in cards.iter().enumerate() {
        assert_eq!(pay_or_tokenize(test_bed, "link", place, card).await, "RELAY_UNREACHABLE");
    }
    test_bed.start(ProgramKind::Relay).await;
    for (place, card) in cards.iter().enumerate() {
        assert_eq!(pay_or_tokenize(test_bed, "link", place, card).await, "APPROVED");
    }
}

async fn pay_or_tokenize(test_bed: &TestBed, label: &str, place: usize, card: &Card) -> String {
    let id = format!("{label}-{place}");
    if place.is_multiple_of(2) {
        test_bed.authorize(pay(&id, "15.00 USD", card)).await
    } else {
        test_bed.tokenize(tokenize(&id, "full", card)).await
    }
}

/// Every fault of Stripe and of the connection, for the call with the card and for the payment
/// afterwards. A repetition of the request succeeds.
pub(super) async fn stripe(test_bed: &TestBed, deck: &mut Deck) {
    use Fault::{
        BadGateway, BrokenJson, CutBody, Html, KeyInUse, LockTimeout, LoseAnswer, RefuseBefore, ServerError,
        Truncated,
    };
    let faults = [
        RefuseBefore,
        LoseAnswer,
        CutBody,
        Fault::RATE_LIMITED,
        LockTimeout,
        KeyInUse,
        ServerError { effect: true },
        BadGateway,
        BrokenJson,
        Html,
        Truncated,
    ];
    for (place, fault) in faults.into_iter().enumerate() {
        let card = deck.one();
        let id = format!("fault-{place}");
        test_bed.sandbox.arm_rule(at(METHODS, fault));
        let answer = test_bed.authorize(pay(&id, "15.00 AUD", &card)).await;
        assert_eq!(answer, "PROCESSOR_SILENT", "{fault:?}");
        test_bed.sandbox.arm_rule(at(METHODS, fault));
        let token = format!("{id}-token");
        assert_eq!(test_bed.tokenize(tokenize(&token, "hasty", &card)).await, "UNKNOWN", "{fault:?}");
        assert_eq!(test_bed.tokenize(tokenize(&token, "hasty", &card)).await, "APPROVED", "{fault:?}");
        if matches!(fault, ServerError { .. }) {
            // Stripe keeps the error under the idempotency key, so the outcome would stay unknown.
            assert_eq!(test_bed.authorize(pay(&id, "15.00 AUD", &card)).await, "APPROVED", "{fault:?}");
            continue;
        }
        test_bed.sandbox.arm_rule(at(INTENTS, fault));
        assert_eq!(test_bed.authorize(pay(&id, "15.00 AUD", &card)).await, "UNKNOWN", "{fault:?}");
        assert_eq!(test_bed.authorize(pay(&id, "15.00 AUD", &card)).await, "APPROVED again", "{fault:?}");
    }
}

/// Stripe is slow, and the caller hangs up or has set a deadline. A later repetition of the
/// request gets the outcome.
pub(super) async fn deadline(test_bed: &TestBed, deck: &mut Deck) {
    const SLOW: Duration = Duration::from_millis(900);
    const PATIENCE: Duration = Duration::from_millis(400);
    let mut orders = vec![];
    for path in [METHODS, INTENTS] {
        for fault in [Fault::SlowBefore(SLOW), Fault::SlowAfter(SLOW)] {
            let id = format!("patience-{}", orders.len());
            let order = pay(&id, "15.00 USD", &deck.one());
            test_bed.sandbox.arm_rule(at(path, fault));
            let hung_up = tokio::time::timeout(PATIENCE, test_bed.authorize(order.clone())).await;
            assert!(hung_up.is_err(), "{hung_up:?}");
            orders.push(order);

            let id = format!("patience-{}", orders.len());
            let order = pay(&id, "15.00 USD", &deck.one());
            test_bed.sandbox.arm_rule(at(path, fault));
            let mut hasty = Request::new(order.clone());
            hasty.set_timeout(PATIENCE);
            let answer = test_bed.client().authorize(hasty).await;
            let outcome = test_bed.received.authorized(&id, answer);
            assert!(!outcome.starts_with("APPROVED"), "{outcome}");
            orders.push(order);
        }
    }
    for order in orders {
        assert!(test_bed.authorize(order).await.starts_with("APPROVED"));
    }
}

/// `kill -9` while a card is in flight, at each of Stripe's paths, and a restart after which a
/// repetition of the request succeeds.
pub(super) async fn kills(test_bed: &TestBed, deck: &mut Deck) {
    // A relay goes on after the adapter's death, and the repetition waits for the relay.
    for (which, slow) in [(ProgramKind::Relay, 20_000), (ProgramKind::Adapter, 1_200)] {
        let slow = Duration::from_millis(slow);
        for path in [METHODS, INTENTS, SETUPS] {
            for fault in [Fault::SlowBefore, Fault::SlowAfter] {
                let card = deck.one();
                let id = format!("kill-{}", deck.left());
                dies_with(test_bed, which, path, fault(slow), (&id, &card), |program| {
                    program.kill();
                })
                .await;
                test_bed.start(which).await;
                test_bed.sandbox.disarm();
                assert!(
                    send_request(test_bed, path, &id, &card).await.starts_with("APPROVED"),
                    "{which:?} {path}"
                );
            }
        }
    }
}

/// Sends a card to the adapter and ends a program while Stripe works on the call.
pub(super) async fn dies_with(
    test_bed: &TestBed,
    which: ProgramKind,
    path: &str,
    fault: Fault,
    (id, card): (&str, &Card),
    end: impl FnOnce(super::program::Program),
) {
    let before = test_bed.stripe_posts(path);
    test_bed.sandbox.arm_rule(at(path, fault));
    let ending = async {
        test_bed.wait_for_stripe_post(path, before).await;
        end(test_bed.take(which));
    };
    let (outcome, ()) = tokio::join!(send_request(test_bed, path, id, card), ending);
    assert!(!outcome.starts_with("APPROVED"), "{outcome}");
}

/// A request that leads to a call to Stripe at the path.
pub(super) async fn send_request(test_bed: &TestBed, path: &str, id: &str, card: &Card) -> String {
    match path {
        SETUPS => test_bed.tokenize(tokenize(id, "full", card)).await,
        INTENTS => test_bed.authorize(pay(id, "15.00 USD", card)).await,
        _ => test_bed.authorize(pay_and_store_card(id, "15.00 EUR", card)).await,
    }
}
