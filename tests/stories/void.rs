//! Void is refused, and the refusal names the call to use instead (G3).

use causeway::status::RefusalDetails;

use crate::stage::{Stage, billing::reason, order};

#[tokio::test]
async fn a_void_is_refused_with_the_hold_expiry_and_the_call_to_use() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    let calls = stage.calls();

    let status = billing.void(&held.id).await;
    assert_eq!(reason(&status), "Unimplemented VOID_UNSUPPORTED");
    let refusal_details = RefusalDetails::of(&status);
    let lapses = jiff::Timestamp::from_second(held.hold_expires.unwrap().seconds).unwrap();
    assert_eq!(refusal_details.metadata["configured"], lapses.to_string());
    assert_eq!(refusal_details.metadata["stripe_contacted"], "false");
    assert_eq!(
        refusal_details.message,
        format!(
            "a payment cannot be voided: its hold of 12.50 USD lapses by itself on {lapses} unless it is captured before; call Capture to take it, or leave it"
        )
    );
    assert_eq!(billing.payment(&held.id).await, held, "nothing has changed");

    billing.capture("2", &held.id, None).await.captured_payment();
    let refusal_details = RefusalDetails::of(&billing.void(&held.id).await);
    assert_eq!(
        refusal_details.message,
        "a payment cannot be voided: 12.50 USD was captured; call Refund to give it back"
    );
    assert_eq!(stage.calls(), calls + 1, "only the capture");

    let another_customers = billing.void("01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d").await;
    assert_eq!(reason(&another_customers), "Unimplemented VOID_UNSUPPORTED");
    assert_eq!(reason(&billing.void("").await), "InvalidArgument MALFORMED_REQUEST");
}
