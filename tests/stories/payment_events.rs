//! Changes that Stripe reports, and the events that billing receives.

use causeway::v1::PaymentStatus;

use crate::stage::{Stage, billing::read, order, post, settings::ACME_KEY};

/// Each change of a payment is emitted once, although answers and webhooks both report the change.
#[tokio::test(flavor = "multi_thread")]
async fn each_payment_change_is_emitted_once_in_order() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("r-1", "12.50 USD")).await.held_payment();
    billing.capture("r-2", &held.id, None).await.captured_payment();
    billing.refund("r-3", &held.id, Some("2.50 USD")).await.result();
    stage.wait_until_handled().await;
    let expected_events =
        ["PAYMENT_AUTHORIZED api", "PAYMENT_CAPTURED api", "REFUND_CREATED api", "REFUND_SUCCEEDED api"];
    assert_eq!(billing.event_lines(0).await, expected_events);
    let events = billing.events(0).await;
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let then = events[0].payment.as_ref().unwrap();
    assert_eq!((then.status(), read(&then.captured)), (PaymentStatus::Authorized, String::new()));
}

/// H6: capture, refund and cancel made straight at Stripe each appear once.
#[tokio::test(flavor = "multi_thread")]
async fn each_dashboard_change_is_emitted_once() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let taken = billing.authorize(order("r-1", "12.50 USD")).await.held_payment();
    let released = billing.authorize(order("r-2", "3.00 USD")).await.held_payment();
    let intent = |payment: &causeway::v1::Payment| payment.processor_ids.clone().unwrap().payment_intent;
    post(
        &stage,
        ACME_KEY,
        &format!("/v1/payment_intents/{}/capture", intent(&taken)),
        "amount_to_capture=1000",
    )
    .await;
    stage.wait_until_handled().await;
    post(&stage, ACME_KEY, "/v1/refunds", &format!("payment_intent={}&amount=400", intent(&taken))).await;
    post(&stage, ACME_KEY, &format!("/v1/payment_intents/{}/cancel", intent(&released)), "").await;
    stage.wait_until_handled().await;
    let expected_events = [
        "PAYMENT_AUTHORIZED api",
        "PAYMENT_AUTHORIZED api",
        "PAYMENT_CAPTURED dashboard",
        "REFUND_CREATED dashboard",
        "REFUND_SUCCEEDED dashboard",
        "PAYMENT_RELEASED dashboard",
    ];
    assert_eq!(billing.event_lines(0).await, expected_events);
    let taken = billing.payment(&taken.id).await;
    assert_eq!(
        (read(&taken.captured), read(&taken.refunded)),
        ("10.00 USD".to_owned(), "4.00 USD".to_owned())
    );
    assert_eq!(taken.refunds[0].source, "dashboard");
    assert!(taken.processor_ids.unwrap().balance_transaction.starts_with("txn_"));
}
