//! The operator's rules: a refusal comes before a row is written or a call is sent.

use causeway::v1;

use crate::stage::{Answer, Stage, billing::read, order};

async fn refuse(stage: &Stage, money: &str) -> causeway::status::RefusalDetails {
    let answer: Answer = stage.billing().await.authorize(order("1", money)).await;
    let refusal_details = answer.refused();
    assert_eq!(refusal_details.metadata["stripe_contacted"], "false", "{refusal_details:?}");
    assert_eq!(
        (stage.calls(), stage.rows("operation"), stage.rows("payment")),
        (0, 0, 0),
        "nothing written, nothing sent"
    );
    refusal_details
}

/// B9, B10, C1, C2: minimum and maximum of the assignment, and the assigned currencies.
#[tokio::test]
async fn amounts_outside_the_limits_and_unassigned_currencies_are_refused() {
    let stage = Stage::open().await;
    let below = refuse(&stage, "0.49 USD").await;
    assert_eq!(below.payer_message, "Your payment must be no less than 0.50 USD");
    assert_eq!(
        (below.reason.as_str(), below.metadata["rule"].as_str(), below.metadata["fix"].as_str()),
        ("AMOUNT_BELOW_MINIMUM", "amount.minimum", "payer")
    );
    assert_eq!(
        (below.metadata["configured"].as_str(), below.metadata["actual"].as_str()),
        ("0.50 USD", "0.49 USD")
    );

    let table = [
        ("0.45 CHF", "AMOUNT_BELOW_MINIMUM", "Your payment must be no less than 0.46 CHF"),
        ("49 JPY", "AMOUNT_BELOW_MINIMUM", "Your payment must be no less than 50 JPY"),
        ("5000.01 USD", "AMOUNT_ABOVE_MAXIMUM", "Your payment must be no more than 5000.00 USD"),
        ("1.234 KWD", "AMOUNT_NOT_CHARGEABLE", "This amount cannot be paid. Please choose another one."),
        (
            "5.00 GBP",
            "CURRENCY_UNASSIGNED",
            "Your payment could not be made. You have not been charged for this attempt.",
        ),
        ("5.00 XXY", "CURRENCY_UNKNOWN", "This could not be done. Nothing has been changed."),
    ];
    for (money, reason, payer) in table {
        let refusal = refuse(&stage, money).await;
        assert_eq!((refusal.reason.as_str(), refusal.payer_message.as_str()), (reason, payer), "{money}");
    }
    let unassigned = refuse(&stage, "5.00 GBP").await;
    assert_eq!(
        unassigned.message,
        "no payment system takes GBP; assign one in the relay's settings. Assigned currencies are: CHF, EUR, JPY, KWD, USD"
    );
}

/// B11: an inactive payment system accepts no new payment, and earlier payments can
/// be captured and refunded.
#[tokio::test]
async fn an_inactive_payment_system_finishes_earlier_payments() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "10.00 USD")).await.held_payment();
    stage.stop_relay().await;
    stage.relay_settings =
        stage.relay_settings.replace("timeout_seconds = 5", "timeout_seconds = 5\nactive = false");
    stage.start_relay().await;

    assert_eq!(
        billing.authorize(order("2", "10.00 USD")).await.reason(),
        "FailedPrecondition PAYMENT_SYSTEM_INACTIVE"
    );
    assert!(
        billing.authorize(order("1", "10.00 USD")).await.result().duplicate,
        "what was taken stays taken"
    );
    billing.capture("3", &held.id, None).await.captured_payment();
    billing.refund("4", &held.id, None).await.captured_payment();
}

/// A5: an inactive tenant changes no state, and may read.
#[tokio::test]
async fn an_inactive_tenant_can_only_read() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "10.00 USD")).await.held_payment();
    stage.stop_relay().await;
    stage.relay_settings = stage
        .relay_settings
        .replace("[tenants.acme.credentials", "[tenants.acme]\nactive = false\n[tenants.acme.credentials");
    stage.start_relay().await;

    assert_eq!(
        billing.authorize(order("2", "10.00 USD")).await.reason(),
        "FailedPrecondition TENANT_INACTIVE"
    );
    assert_eq!(billing.capture("3", &held.id, None).await.reason(), "FailedPrecondition TENANT_INACTIVE");
    assert_eq!(billing.payment(&held.id).await, held);
}

/// A raised minimum does not affect earlier payments.
#[tokio::test]
async fn a_raised_minimum_applies_to_new_payments_only() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    billing.authorize(order("1", "10.00 USD")).await.held_payment();
    stage.stop_relay().await;
    stage.relay_settings = stage.relay_settings.replace("minimum = \"0.50\"", "minimum = \"20.00\"");
    stage.start_relay().await;
    assert!(billing.authorize(order("1", "10.00 USD")).await.result().duplicate);
    assert_eq!(
        billing.authorize(order("2", "10.00 USD")).await.reason(),
        "FailedPrecondition AMOUNT_BELOW_MINIMUM"
    );
}

/// A3, B17, B1: capabilities list the operations and currencies, without a secret.
#[tokio::test]
async fn capabilities_list_operations_and_currencies() {
    let stage = Stage::open().await;
    let capabilities = stage.billing().await.capabilities().await.unwrap();
    assert_eq!(
        capabilities.operations,
        [
            "Authorize",
            "Capture",
            "Refund",
            "GetPayment",
            "ListPayments",
            "GetCapabilities",
            "ListPaymentOptions",
            "CheckPolicy",
            "Tokenize",
            "DeleteCard",
            "ListCards",
            "SetDefaultCard",
            "PutCustomer",
            "Confirm",
            "ReleaseHold",
            "ReportOrderFailed",
            "ImportPayment",
            "SyncPayment",
            "GetOrder",
            "DecideRefund",
            "DeactivateCustomer",
            "WatchEvents",
            "RunJob",
        ]
    );
    assert_eq!(capabilities.refused_operations, ["Void"]);
    assert_eq!(capabilities.stripe_version, "2026-08-26.dahlia");
    let usd = capabilities.currencies.iter().find(|assignment| assignment.currency == "USD").unwrap();
    assert_eq!(
        (read(&usd.minimum).as_str(), read(&usd.maximum).as_str(), usd.decimals),
        ("0.50 USD", "5000.00 USD", 2)
    );
    let main = &capabilities.payment_systems[0];
    assert_eq!(
        (main.name.as_str(), main.processor.as_str(), main.publishable_key.as_str()),
        ("main", "stripe", "pk_test_acme1")
    );
    assert_eq!(main.capture_mode(), v1::CaptureMode::Manual);
    assert!(!format!("{capabilities:?}").contains("sk_"));
    assert_eq!(stage.calls(), 0);
}
