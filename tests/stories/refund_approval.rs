//! H4: refunds that need the approval of a second person.

use causeway::v1::{self, Outcome, RefundDecision, RefundStatus};

use crate::stage::{Billing, Stage, billing::read, billing::reason, order};

async fn stage() -> Stage {
    Stage::with_settings(|settings| {
        settings.replace("publishable_key", "refund_approval = true\npublishable_key")
    })
    .await
}

async fn submit(billing: &Billing, id: &str, payment: &str, amount: &str, by: &str) -> v1::RefundRecord {
    let message = v1::RefundRequest {
        request_id: id.to_owned(),
        payment_id: payment.to_owned(),
        amount: Some(crate::stage::billing::money(amount)),
        requested_by: by.to_owned(),
        ..Default::default()
    };
    let result = billing.refund_as(message).await.result();
    assert_eq!(result.outcome(), Outcome::Pending);
    result.payment.unwrap().refunds.last().cloned().unwrap()
}

async fn decide(
    billing: &Billing,
    id: &str,
    refund: &v1::RefundRecord,
    payment: &str,
    (decision, by): (RefundDecision, &str),
) -> Result<v1::DecideRefundResponse, tonic::Status> {
    let message = v1::DecideRefundRequest {
        request_id: id.to_owned(),
        payment_id: payment.to_owned(),
        refund_id: refund.id.clone(),
        decision: decision.into(),
        decided_by: by.to_owned(),
    };
    billing.client.clone().decide_refund(billing.request(message)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_refund_cannot_be_approved_by_its_requester() {
    let stage = stage().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("r-1", "10.00 USD")).await.held_payment();
    billing.capture("r-2", &held.id, None).await.captured_payment();
    let posts_before = stage.stripe_posts();
    let unknown = billing.refund("r-3", &held.id, Some("4.00 USD")).await.refused();
    assert_eq!(unknown.reason, "MALFORMED_REQUEST");
    assert!(unknown.message.contains("requested_by"), "{unknown:?}");
    let refund = submit(&billing, "r-4", &held.id, "4.00 USD", "ann").await;
    assert_eq!((refund.status(), refund.requested_by.as_str()), (RefundStatus::Submitted, "ann"));
    // The refund counts against the rest, and no call was sent to Stripe.
    assert_eq!(read(&billing.payment(&held.id).await.refund_pending), "4.00 USD");
    let own = decide(&billing, "r-5", &refund, &held.id, (RefundDecision::Approve, " Ann")).await;
    assert_eq!(reason(&own.unwrap_err()), "FailedPrecondition REFUND_OWN_APPROVAL");
    assert_eq!(stage.stripe_posts(), posts_before);

    let approved =
        decide(&billing, "r-6", &refund, &held.id, (RefundDecision::Approve, "bob")).await.unwrap();
    let made = approved.refund.unwrap();
    assert_eq!((made.status(), made.decided_by.as_str()), (RefundStatus::Succeeded, "bob"));
    let again = decide(&billing, "r-6", &refund, &held.id, (RefundDecision::Approve, "bob")).await.unwrap();
    assert!(again.result.unwrap().duplicate);
    let twice = decide(&billing, "r-7", &refund, &held.id, (RefundDecision::Approve, "carol")).await;
    assert_eq!(reason(&twice.unwrap_err()), "FailedPrecondition REFUND_NOT_SUBMITTED");
    assert_eq!(stage.stripe_posts(), posts_before + 1);
    assert_eq!(stage.sandbox.ledger().refunded(None, "usd"), 400);
    let event_lines = billing.event_lines(2).await;
    assert_eq!(event_lines, ["REFUND_CREATED api", "REFUND_SUCCEEDED api"]);
}

#[tokio::test]
async fn a_rejected_refund_makes_its_amount_refundable_again() {
    let stage = stage().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("r-1", "10.00 USD")).await.held_payment();
    billing.capture("r-2", &held.id, None).await.captured_payment();
    let refund = submit(&billing, "r-3", &held.id, "8.00 USD", "ann").await;
    let rejected = decide(&billing, "r-4", &refund, &held.id, (RefundDecision::Reject, "bob")).await.unwrap();
    assert_eq!(rejected.refund.unwrap().status(), RefundStatus::Rejected);
    let again = submit(&billing, "r-5", &held.id, "10.00 USD", "ann").await;
    // The person behind a submitted refund may also reject the refund.
    decide(&billing, "r-6", &again, &held.id, (RefundDecision::Reject, "ann")).await.unwrap();
    let other = v1::RefundRecord { id: held.id.clone(), ..again };
    let other = decide(&billing, "r-7", &other, &held.id, (RefundDecision::Approve, "bob"));
    assert_eq!(reason(&other.await.unwrap_err()), "NotFound REFUND_NOT_FOUND");
    assert_eq!(stage.sandbox.ledger().refunded(None, "usd"), 0);
}
