//! Faults of Stripe and of the network.

use causeway::v1::{self, Advice, PaymentStatus};
use tonic_health::pb::health_check_response::ServingStatus;

use crate::stage::{Billing, Fault, Stage, method, order, post_fault, proxy::Proxy, settings};

/// K3: three retries by default, so the fourth try counts.
#[tokio::test]
async fn three_lost_calls_are_retried_under_the_same_key() {
    for fault in
        [Fault::RefuseBefore, Fault::LoseAnswer, Fault::CutBody, Fault::BadGateway, Fault::RATE_LIMITED]
    {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        stage.sandbox.arm_rule(post_fault(fault, 3));
        billing.authorize(order("1", "12.50 USD")).await.held_payment();
        let keys: std::collections::HashSet<_> = stage
            .sandbox
            .calls()
            .iter()
            .filter_map(|call| call.header("idempotency-key").map(str::to_owned))
            .collect();
        assert_eq!((stage.stripe_posts(), keys.len(), stage.authorizations()), (4, 1, 1), "{fault:?}");
    }
}

/// K3: with four lost tries the outcome is unknown. A repetition of the request resolves the outcome.
#[tokio::test]
async fn a_repetition_resolves_the_unknown_outcome_of_four_lost_calls() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(post_fault(Fault::LoseAnswer, 4));
    let result = billing.authorize(order("1", "12.50 USD")).await.unknown();
    let payment = result.payment.unwrap();
    assert_eq!(payment.status(), PaymentStatus::Unknown);
    let failure = result.failure.unwrap();
    assert_eq!((failure.code.as_str(), failure.advice()), ("OUTCOME_UNKNOWN", Advice::SameRequest));
    assert_eq!(failure.payer_message, "Your payment is being processed. Please do not pay again.");

    let refused = billing.capture("2", &payment.id, None).await.refused();
    assert_eq!(refused.reason, "OUTCOME_UNKNOWN");
    assert!(refused.message.contains("authorize (request id 1)"), "{}", refused.message);
    assert_eq!(refused.metadata["stripe_contacted"], "false");

    let found = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    assert_eq!(found.id, payment.id);
    assert_eq!(stage.authorizations(), 1);
    billing.capture("3", &payment.id, None).await.captured_payment();
}

/// F36: Stripe keeps a 500 under the key, so the outcome is unknown, and no new key is made.
#[tokio::test]
async fn a_500_is_an_unknown_outcome_and_gets_no_new_key() {
    for effect in [true, false] {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        stage.arm(Fault::ServerError { effect });
        billing.authorize(order("1", "12.50 USD")).await.unknown();
        assert_eq!(stage.stripe_posts(), 1);
        // Stripe would repeat the 500; the payment is found by the correlation metadata.
        let again = billing.authorize(order("1", "12.50 USD")).await;
        if effect {
            drop(again.held_payment())
        } else {
            drop(again.unknown())
        }
        assert_eq!((stage.stripe_posts(), stage.authorizations()), (1, usize::from(effect)));
    }
}

/// F31, F32: another request holds the lock or the key; the relay waits and retries under the same key.
#[tokio::test]
async fn lock_timeouts_and_key_conflicts_are_retried() {
    for fault in [
        Fault::LockTimeout,
        Fault::KeyInUse,
        Fault::Unavailable,
        Fault::GatewayTimeout,
        Fault::ShouldRetry(true),
    ] {
        let stage = Stage::open().await;
        stage.arm(fault);
        stage.billing().await.authorize(order("1", "12.50 USD")).await.held_payment();
        assert_eq!((stage.stripe_posts(), stage.authorizations()), (2, 1), "{fault:?}");
    }
}

/// Stripe's header `Stripe-Should-Retry: false` is obeyed.
#[tokio::test]
async fn should_retry_false_is_obeyed() {
    let stage = Stage::open().await;
    stage.arm(Fault::ShouldRetry(false));
    stage.billing().await.authorize(order("1", "12.50 USD")).await.unknown();
    assert_eq!(stage.stripe_posts(), 1);
}

/// F39: a 200 without a readable body is neither success nor failure.
#[tokio::test]
async fn an_unreadable_200_is_retried() {
    for fault in [Fault::BrokenJson, Fault::Html, Fault::Truncated] {
        let stage = Stage::open().await;
        stage.arm(fault);
        stage.billing().await.authorize(order("1", "12.50 USD")).await.held_payment();
        assert_eq!((stage.stripe_posts(), stage.authorizations()), (2, 1), "{fault:?}");
    }
}

/// F29, F50, F51: a capture with an unknown outcome blocks other operations until the outcome is known.
#[tokio::test]
async fn a_repetition_resolves_an_unknown_capture() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    stage.sandbox.arm_rule(post_fault(Fault::LoseAnswer, 4));
    let result = billing.capture("2", &held.id, Some("10.00 USD")).await.unknown();
    assert_eq!(result.payment.unwrap().status(), PaymentStatus::Authorized);

    for refused in [billing.capture("3", &held.id, None).await, billing.refund("4", &held.id, None).await] {
        let refused = refused.refused();
        assert_eq!(refused.reason, "OUTCOME_UNKNOWN");
        assert!(refused.message.contains("capture (request id 2)"), "{}", refused.message);
    }
    billing.capture("2", &held.id, Some("10.00 USD")).await.captured_payment();
    billing.refund("5", &held.id, None).await.captured_payment();
    let ledger = stage.sandbox.ledger();
    assert_eq!((ledger.captured(None, "usd"), ledger.refunded(None, "usd")), (1000, 1000));
}

/// A refund with an unknown outcome counts against the rest until the outcome is known.
#[tokio::test]
async fn an_unknown_refund_reduces_the_refundable_amount() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let paid = billing.authorize(order("1", "10.00 EUR")).await.captured_payment();
    stage.sandbox.arm_rule(post_fault(Fault::LoseAnswer, 4));
    billing.refund("2", &paid.id, Some("6.00 EUR")).await.unknown();
    assert_eq!(
        billing.refund("3", &paid.id, Some("5.00 EUR")).await.reason(),
        "FailedPrecondition REFUND_ABOVE_LEFT"
    );
    billing.refund("2", &paid.id, Some("6.00 EUR")).await.captured_payment();
    billing.refund("4", &paid.id, Some("4.00 EUR")).await.captured_payment();
    assert_eq!(stage.sandbox.ledger().refunded(None, "eur"), 1000);
}

/// B14: the number of retries is a setting.
#[tokio::test]
async fn the_number_of_retries_is_configurable() {
    let none = |settings: String| {
        settings.replace("timeout_seconds = 5", "timeout_seconds = 5\nmax_network_retries = 0")
    };
    let stage = Stage::with_settings(none).await;
    stage.arm(Fault::RefuseBefore);
    stage.billing().await.authorize(order("1", "12.50 USD")).await.unknown();
    assert_eq!(stage.stripe_posts(), 1);
}

/// A refused key says no more than that this try failed; an earlier try may have moved money.
#[tokio::test]
async fn a_key_refused_after_a_lost_answer_leaves_the_outcome_unknown() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(post_fault(Fault::LoseAnswer, 4));
    billing.authorize(order("1", "12.50 USD")).await.unknown();
    assert_eq!(stage.authorizations(), 1, "it was done");

    stage.sandbox.revoke_key(settings::ACME_KEY);
    let again = billing.authorize(order("1", "12.50 USD")).await.unknown();
    assert_eq!(again.payment.unwrap().status(), PaymentStatus::Unknown, "and nobody says that it was not");
}

/// F70: with `account` set, a switched account is detected.
#[tokio::test]
async fn a_payment_is_not_resumed_through_another_account() {
    let with_account = |account: &'static str| {
        move |settings: String| {
            settings.replace("timeout_seconds = 5", &format!("timeout_seconds = 5\naccount = \"{account}\""))
        }
    };
    let mut stage = Stage::with_settings(with_account("acct_1")).await;
    let billing = stage.billing().await;
    stage.sandbox.arm_rule(post_fault(Fault::LoseAnswer, 4));
    billing.authorize(order("1", "12.50 USD")).await.unknown();
    let held = billing.authorize(order("2", "1.00 USD")).await.held_payment();
    stage.stop_relay().await;
    stage.relay_settings =
        stage.relay_settings.replace("acct_1", "acct_2").replace(settings::ACME_KEY, "sk_test_another");
    stage.start_relay().await;

    let calls = stage.calls();
    assert_eq!(billing.authorize(order("1", "12.50 USD")).await.refused().reason, "PAYMENT_SYSTEM_MISSING");
    assert_eq!(billing.capture("3", &held.id, None).await.refused().reason, "PAYMENT_SYSTEM_MISSING");
    assert_eq!(stage.calls(), calls);
}

/// F36: an unknown capture is found by reading the PaymentIntent, when the key keeps a 500.
#[tokio::test]
async fn a_look_up_resolves_an_unknown_capture() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    stage.arm(Fault::ServerError { effect: true });
    billing.capture("2", &held.id, Some("10.00 USD")).await.unknown();
    let found = billing.capture("2", &held.id, Some("10.00 USD")).await.captured_payment();
    assert_eq!(crate::stage::billing::read(&found.captured), "10.00 USD");
    assert_eq!(stage.sandbox.ledger().captured(None, "usd"), 1000);
}

/// F1: after the payer has authenticated, a repetition of the request finds the hold.
#[tokio::test]
async fn a_repetition_shows_an_authenticated_payment() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let request = || v1::AuthorizeRequest {
        instrument: method("pm_card_authenticationRequired"),
        ..order("1", "12.50 USD")
    };
    let waiting = billing.authorize(request()).await.action_required().payment.unwrap();
    billing.authorize(request()).await.action_required();
    let history = stage.rows("history");
    billing.authorize(request()).await.action_required();
    assert_eq!(stage.rows("history"), history, "no news makes no history");

    stage.sandbox.authenticate(&waiting.processor_ids.unwrap().payment_intent, true);
    let held = billing.authorize(request()).await.held_payment();
    assert_eq!(held.id, waiting.id);
    billing.capture("2", &held.id, None).await.captured_payment();
    assert_eq!(stage.authorizations(), 1);
}

/// F16: when the journal cannot be written no operation is started, and the programs are not ready.
#[tokio::test]
async fn a_request_without_a_writable_journal_is_refused() {
    let stage = Stage::open().await;
    let settings = settings::adapter(&[stage.relay_address()], "acme-1", settings::ACME_SECRET);
    let settings = settings.replace("allow_plaintext = true", "allow_plaintext = true\ntries = 1");
    let adapter = crate::stage::start_adapter(&settings, &stage.clock).await;
    let billing = Billing::connect(adapter.address, settings::BILLING_TOKEN).await;
    // Another connection holds the write lock.
    let other = rusqlite::Connection::open(stage.journal()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let refused = billing.authorize(order("1", "12.50 USD")).await.refused();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["stripe_contacted"].as_str()),
        ("JOURNAL_UNAVAILABLE", "false")
    );
    crate::stage::eventually("not ready", async || stage.health().await == Some(ServingStatus::NotServing))
        .await;
    other.execute_batch("ROLLBACK").unwrap();
    billing.authorize(order("1", "12.50 USD")).await.held_payment();
    crate::stage::eventually("ready", async || stage.health().await == Some(ServingStatus::Serving)).await;
    assert_eq!((stage.stripe_posts(), stage.authorizations()), (1, 1));
}

/// Without a relay no operation is started either, and the refusal names the relay.
#[tokio::test]
async fn a_request_without_a_relay_is_refused() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.stop_relay().await;
    let refused = billing.authorize(order("1", "12.50 USD")).await.refused();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["stripe_contacted"].as_str()),
        ("RELAY_UNREACHABLE", "false")
    );
    assert!(refused.unreachable);

    stage.start_relay().await;
    billing.authorize(order("1", "12.50 USD")).await.held_payment();
}

/// F2, F77: after an answer lost between relay and adapter the adapter repeats the call, with a fresh
/// signature and under the same request id.
#[tokio::test]
async fn the_adapter_repeats_a_call_after_a_lost_answer_on_the_link() {
    let stage = Stage::open().await;
    let proxy = Proxy::before(stage.relay_address()).await;
    let through = settings::adapter(&[proxy.address], "acme-1", settings::ACME_SECRET);
    let adapter = crate::stage::start_adapter(&through, &stage.clock).await;
    let billing = Billing::connect(adapter.address, settings::BILLING_TOKEN).await;
    billing.authorize(order("0", "1.00 USD")).await.held_payment();

    proxy.lose_answers(2);
    let result = billing.authorize(order("1", "12.50 USD")).await.result();
    assert!(result.duplicate, "the second try found the first one's work");
    assert_eq!((result.outcome(), proxy.answers_left_to_lose()), (v1::Outcome::Approved, 0));
    assert_eq!((stage.stripe_posts(), stage.authorizations(), stage.rows("operation")), (2, 2, 2));

    // The adapter makes three tries. After three lost answers the refusal says that Stripe may have been
    // contacted.
    proxy.lose_answers(3);
    let refusal_details = billing.authorize(order("2", "12.50 USD")).await.refused();
    assert_eq!(
        (refusal_details.reason.as_str(), refusal_details.metadata["stripe_contacted"].as_str()),
        ("ANSWER_LOST", "true")
    );
    assert!(billing.authorize(order("2", "12.50 USD")).await.result().duplicate);
    assert_eq!(stage.authorizations(), 3);
}
