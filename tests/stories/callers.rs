//! The adapter's callers: tokens, rights and readiness.

use causeway::v1;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::stage::{
    Billing, Stage,
    billing::reason,
    eventually, order,
    settings::{DESK_TOKEN, VIEWER_TOKEN},
};

#[tokio::test]
async fn a_caller_token_grants_the_configured_rights() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let paid = billing.authorize(order("1", "10.00 EUR")).await.captured_payment();
    let (rows, calls) = (stage.rows("operation"), stage.calls());

    let viewer = Billing::connect(stage.adapter.address, VIEWER_TOKEN).await;
    assert_eq!(viewer.authorize(order("2", "10.00 EUR")).await.reason(), "PermissionDenied RIGHT_MISSING");
    assert_eq!(viewer.capture("2", &paid.id, None).await.reason(), "PermissionDenied RIGHT_MISSING");
    assert_eq!(viewer.refund("2", &paid.id, None).await.reason(), "PermissionDenied RIGHT_MISSING");
    assert_eq!(reason(&viewer.void(&paid.id).await), "PermissionDenied RIGHT_MISSING");
    assert_eq!(viewer.payment(&paid.id).await, paid);

    let desk = Billing::connect(stage.adapter.address, DESK_TOKEN).await;
    let refused = desk.authorize(order("2", "10.00 EUR")).await.refused();
    assert_eq!(refused.message, "this caller has no right \"charge\"; the adapter's settings give it");
    assert_eq!(
        reason(&desk.list(v1::ListPaymentsRequest::default()).await.unwrap_err()),
        "PermissionDenied RIGHT_MISSING"
    );

    for unknown in ["", "a-token-that-nobody-has-given-out", &format!("{VIEWER_TOKEN} ")] {
        let unknown = Billing::connect(stage.adapter.address, unknown).await;
        assert_eq!(
            unknown.authorize(order("2", "10.00 EUR")).await.reason(),
            "Unauthenticated CALLER_UNKNOWN"
        );
        assert_eq!(reason(&unknown.capabilities().await.unwrap_err()), "Unauthenticated CALLER_UNKNOWN");
    }
    assert_eq!((stage.rows("operation"), stage.calls()), (rows, calls), "nothing written, nothing sent");
    desk.refund("3", &paid.id, None).await.captured_payment();
}

/// Readiness follows the availability of a relay.
#[tokio::test]
async fn the_adapter_is_ready_while_a_relay_is_available() {
    let mut stage = Stage::open().await;
    eventually("ready", async || stage.health().await == Some(ServingStatus::Serving)).await;
    stage.stop_relay().await;
    eventually("not ready", async || stage.health().await == Some(ServingStatus::NotServing)).await;
    stage.start_relay().await;
    eventually("ready again", async || stage.health().await == Some(ServingStatus::Serving)).await;
}

/// Several relay addresses: the adapter skips an address that is down.
#[tokio::test]
async fn the_adapter_skips_an_unavailable_relay() {
    let stage = Stage::open().await;
    let unknown = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = crate::stage::settings::adapter(
        &[unknown, stage.relay_address()],
        "acme-1",
        crate::stage::settings::ACME_SECRET,
    );
    let adapter = crate::stage::start_adapter(&settings, &stage.clock).await;
    let billing = Billing::connect(adapter.address, crate::stage::settings::BILLING_TOKEN).await;
    for number in 0..3 {
        billing.authorize(order(&format!("{number}"), "10.00 USD")).await.held_payment();
    }
    assert_eq!(stage.authorizations(), 3);
}
