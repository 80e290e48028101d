//! A hold is released early, where the operator allows ReleaseHold.

use causeway::v1::{PaymentStatus, ReleaseReason};

use crate::stage::{
    Stage,
    follow_ups::{intent, money_effects, posted_bodies},
    order,
};

async fn releasing() -> Stage {
    Stage::with_settings(|settings| {
        settings.replace("timeout_seconds = 5", "timeout_seconds = 5\nrelease_hold = true")
    })
    .await
}

/// G4: without `release_hold` the release is refused without a call to Stripe.
#[tokio::test]
async fn a_hold_is_not_released_without_the_operators_setting() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    let calls = stage.calls();
    let refusal = billing.release("2", &held.id, ReleaseReason::Unspecified).await.refused();
    assert_eq!(refusal.reason, "RELEASE_DISABLED");
    assert_eq!(refusal.metadata["stripe_contacted"], "false");
    assert!(refusal.message.contains("release_hold = true"), "{}", refusal.message);
    assert!(!refusal.metadata["configured"].is_empty(), "it tells when the hold lapses by itself");
    assert_eq!(stage.calls(), calls);
    assert_eq!(billing.payment(&held.id).await.status(), PaymentStatus::Authorized);
}

/// G4: each reason reaches Stripe unchanged, and the release is emitted once.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_sends_its_reason_to_stripe() {
    let (stage, _) = Stage::with_webhooks(|settings| {
        settings.replace("timeout_seconds = 5", "timeout_seconds = 5\nrelease_hold = true")
    })
    .await;
    let billing = stage.billing().await;
    let reasons = [
        (ReleaseReason::Unspecified, None),
        (ReleaseReason::Duplicate, Some("duplicate")),
        (ReleaseReason::Fraudulent, Some("fraudulent")),
        (ReleaseReason::RequestedByCustomer, Some("requested_by_customer")),
        (ReleaseReason::Abandoned, Some("abandoned")),
    ];
    for (number, (reason, word)) in reasons.into_iter().enumerate() {
        let held = billing.authorize(order(&format!("hold-{number}"), "12.50 USD")).await.held_payment();
        let id = format!("release-{number}");
        billing.release(&id, &held.id, reason).await.approved(PaymentStatus::Released);
        assert!(billing.release(&id, &held.id, reason).await.result().duplicate);
        let sent = posted_bodies(&stage, "/cancel").pop().unwrap();
        match word {
            Some(word) => assert!(sent.contains(&format!("cancellation_reason={word}")), "{sent}"),
            None => assert!(!sent.contains("cancellation_reason"), "{sent}"),
        }
        let refused = billing.release("another", &held.id, reason).await;
        assert_eq!(refused.reason(), "FailedPrecondition NOT_RELEASABLE");
        assert_eq!(
            billing.capture("late", &held.id, None).await.reason(),
            "FailedPrecondition NOT_CAPTURABLE"
        );
    }
    stage.wait_until_handled().await;
    assert_eq!(posted_bodies(&stage, "/cancel").len(), 5);
    let event_lines = billing.event_lines(0).await;
    let expected = ["PAYMENT_AUTHORIZED api", "PAYMENT_RELEASED api"].repeat(5);
    assert_eq!(event_lines, expected);
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Released 1250"].repeat(5));
}

/// G4: a captured payment is refunded, not released.
#[tokio::test]
async fn a_captured_payment_is_not_released() {
    let stage = releasing().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    billing.capture("2", &held.id, None).await.captured_payment();
    let calls = stage.calls();
    let refusal = billing.release("3", &held.id, ReleaseReason::Duplicate).await.refused();
    assert_eq!(refusal.reason, "NOT_RELEASABLE");
    assert!(refusal.message.contains("call Refund"), "{}", refusal.message);
    assert_eq!(stage.calls(), calls);
}

/// A release with an unknown outcome blocks other operations until the same request
/// has resolved the outcome.
#[tokio::test]
async fn a_lost_release_is_resolved_by_a_repetition() {
    for done in [true, false] {
        let stage = releasing().await;
        let billing = stage.billing().await;
        let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
        stage.lose_calls("/v1/payment_intents/*/cancel", done);
        let lost = billing.release("2", &held.id, ReleaseReason::Abandoned).await.unknown();
        assert_eq!(lost.failure.unwrap().code, "OUTCOME_UNKNOWN");
        for refused in [
            billing.capture("3", &held.id, None).await,
            billing.release("4", &held.id, ReleaseReason::Abandoned).await,
            billing.refund("5", &held.id, None).await,
        ] {
            let refusal = refused.refused();
            assert_eq!(refusal.reason, "OUTCOME_UNKNOWN");
            assert!(refusal.message.contains("release_hold (request id 2)"), "{}", refusal.message);
        }
        let found = billing.release("2", &held.id, ReleaseReason::Abandoned).await;
        found.approved(PaymentStatus::Released);
        assert_eq!(money_effects(&stage), ["Authorized 1250", "Released 1250"]);
        let expected_events =
            ["PAYMENT_AUTHORIZED api", "PAYMENT_UNKNOWN api", "PAYMENT_RESOLVED api", "PAYMENT_RELEASED api"];
        assert_eq!(billing.event_lines(0).await, expected_events);
    }
}

/// A release never reached Stripe, and the dashboard captured the payment: the release is known to
/// have had no effect.
#[tokio::test]
async fn a_lost_release_is_declined_after_a_dashboard_capture() {
    let stage = releasing().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    stage.lose_calls("/v1/payment_intents/*/cancel", false);
    billing.release("2", &held.id, ReleaseReason::Abandoned).await.unknown();
    stage.post_as_dashboard(&format!("/v1/payment_intents/{}/capture", intent(&held)), "").await;
    stage.advance_clocks(jiff::SignedDuration::from_hours(25)).await;
    billing.job("open").await;
    let failure = billing.release("2", &held.id, ReleaseReason::Abandoned).await.declined();
    assert_eq!(failure.code, "WRONG_STATE_AT_PROCESSOR");
    assert_eq!(billing.job("open").await.len(), 0);
    billing.refund("3", &held.id, None).await.captured_payment();
}

/// Capabilities list ReleaseHold only where the setting is on.
#[tokio::test]
async fn capabilities_list_release_where_enabled() {
    let capabilities = releasing().await.billing().await.capabilities().await.unwrap();
    assert!(capabilities.operations.contains(&"ReleaseHold".to_owned()));
    let offers: Vec<_> = capabilities
        .payment_systems
        .iter()
        .map(|system| (system.name.as_str(), system.operations.contains(&"ReleaseHold".to_owned())))
        .collect();
    assert_eq!(offers, [("main", true), ("second", false)]);
}
