//! Failures: a broken link, slow or faulty Stripe, an impatient caller, and dying programs.

use std::time::Duration;

use causeway_sandbox::{Fault, FaultRule};
use tonic::Request;

use super::{
    canary::{Card, Deck},
    ground::{Ground, Which},
    orders::{keep, pay, tokenize},
};

pub(super) const METHODS: &str = "/v1/payment_methods";
const INTENTS: &str = "/v1/payment_intents";
const SETUPS: &str = "/v1/setup_intents";

fn at(path: &str, fault: Fault) -> FaultRule {
    let (method, path) = (Some("POST".to_owned()), Some(path.to_owned()));
    FaultRule { method, path, ..FaultRule::next_call(fault) }
}

/// The relay is down while the adapter receives cards.
pub(super) async fn link(ground: &Ground, deck: &mut Deck) {
    ground.take(Which::Relay).kill();
    // A call on a dying connection may have reached the relay, so the refusal would be another one.
    ground.adapter_is_alone().await;
    let cards = deck.deal(4);
    for (place, card) in cards.iter().enumerate() {
        assert_eq!(pay_or_keep(ground, "link", place, card).await, "RELAY_UNREACHABLE");
    }
    ground.start(Which::Relay).await;
    for (place, card) in cards.iter().enumerate() {
        assert_eq!(pay_or_keep(ground, "link", place, card).await, "APPROVED");
    }
}

async fn pay_or_keep(ground: &Ground, what: &str, place: usize, card: &Card) -> String {
    let id = format!("{what}-{place}");
    if place.is_multiple_of(2) {
        ground.authorize(pay(&id, "15.00 USD", card)).await
    } else {
        ground.tokenize(tokenize(&id, "full", card)).await
    }
}

/// Every fault of Stripe and of the connection, for the call with the card and for the payment
/// afterwards. A repetition of the request succeeds.
pub(super) async fn stripe(ground: &Ground, deck: &mut Deck) {
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
        ground.sandbox.arm_rule(at(METHODS, fault));
        let told = ground.authorize(pay(&id, "15.00 AUD", &card)).await;
        assert_eq!(told, "PROCESSOR_SILENT", "{fault:?}");
        ground.sandbox.arm_rule(at(METHODS, fault));
        let token = format!("{id}-token");
        assert_eq!(ground.tokenize(tokenize(&token, "hasty", &card)).await, "UNKNOWN", "{fault:?}");
        assert_eq!(ground.tokenize(tokenize(&token, "hasty", &card)).await, "APPROVED", "{fault:?}");
        if matches!(fault, ServerError { .. }) {
            // Stripe keeps the error under the idempotency key, so the outcome would stay unknown.
            assert_eq!(ground.authorize(pay(&id, "15.00 AUD", &card)).await, "APPROVED", "{fault:?}");
            continue;
        }
        ground.sandbox.arm_rule(at(INTENTS, fault));
        assert_eq!(ground.authorize(pay(&id, "15.00 AUD", &card)).await, "UNKNOWN", "{fault:?}");
        assert_eq!(ground.authorize(pay(&id, "15.00 AUD", &card)).await, "APPROVED again", "{fault:?}");
    }
}

/// Stripe is slow, and the caller hangs up or has set a deadline. A later repetition of the
/// request gets the outcome.
pub(super) async fn patience(ground: &Ground, deck: &mut Deck) {
    const SLOW: Duration = Duration::from_millis(900);
    const PATIENCE: Duration = Duration::from_millis(400);
    let mut orders = vec![];
    for path in [METHODS, INTENTS] {
        for fault in [Fault::SlowBefore(SLOW), Fault::SlowAfter(SLOW)] {
            let id = format!("patience-{}", orders.len());
            let order = pay(&id, "15.00 USD", &deck.one());
            ground.sandbox.arm_rule(at(path, fault));
            let hung_up = tokio::time::timeout(PATIENCE, ground.authorize(order.clone())).await;
            assert!(hung_up.is_err(), "{hung_up:?}");
            orders.push(order);

            let id = format!("patience-{}", orders.len());
            let order = pay(&id, "15.00 USD", &deck.one());
            ground.sandbox.arm_rule(at(path, fault));
            let mut hasty = Request::new(order.clone());
            hasty.set_timeout(PATIENCE);
            let told = ground.client().authorize(hasty).await;
            let told = ground.heard.authorized(&id, told);
            assert!(!told.starts_with("APPROVED"), "{told}");
            orders.push(order);
        }
    }
    for order in orders {
        assert!(ground.authorize(order).await.starts_with("APPROVED"));
    }
}

/// `kill -9` while a card is in flight, at each of Stripe's paths, and a restart after which a
/// repetition of the request succeeds.
pub(super) async fn kills(ground: &Ground, deck: &mut Deck) {
    // A relay goes on after the adapter's death, and the repetition waits for the relay.
    for (which, slow) in [(Which::Relay, 20_000), (Which::Adapter, 1_200)] {
        let slow = Duration::from_millis(slow);
        for path in [METHODS, INTENTS, SETUPS] {
            for fault in [Fault::SlowBefore, Fault::SlowAfter] {
                let card = deck.one();
                let id = format!("kill-{}", deck.left());
                dies_with(ground, which, path, fault(slow), (&id, &card), |program| {
                    program.kill();
                })
                .await;
                ground.start(which).await;
                ground.sandbox.disarm();
                assert!(
                    once_more(ground, path, &id, &card).await.starts_with("APPROVED"),
                    "{which:?} {path}"
                );
            }
        }
    }
}

/// Sends a card to the adapter and ends a program while Stripe works on the call.
pub(super) async fn dies_with(
    ground: &Ground,
    which: Which,
    path: &str,
    fault: Fault,
    (id, card): (&str, &Card),
    end: impl FnOnce(super::program::Program),
) {
    let before = ground.asked_so_far(path);
    ground.sandbox.arm_rule(at(path, fault));
    let ending = async {
        ground.asked(path, before).await;
        end(ground.take(which));
    };
    let (told, ()) = tokio::join!(once_more(ground, path, id, card), ending);
    assert!(!told.starts_with("APPROVED"), "{told}");
}

/// A request that leads to a call to Stripe at the path.
pub(super) async fn once_more(ground: &Ground, path: &str, id: &str, card: &Card) -> String {
    match path {
        SETUPS => ground.tokenize(tokenize(id, "full", card)).await,
        INTENTS => ground.authorize(pay(id, "15.00 USD", card)).await,
        _ => ground.authorize(keep(id, "15.00 EUR", card)).await,
    }
}
