//! A request has one effect, however often the request comes.

use causeway::v1::{self, CaptureMode};
use jiff::SignedDuration;

use crate::stage::{
    Fault, Stage,
    billing::{money, read},
    method, order,
};

/// K2: a repetition gets the first answer, at any later time.
#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_has_no_second_effect() {
    let mut stage = Stage::open().await;
    let billing = stage.billing().await;
    let first = billing.authorize(order("1", "12.50 USD")).await.result();
    assert!(!first.duplicate);
    billing.capture("2", &first.payment.clone().unwrap().id, Some("10.00 USD")).await.captured_payment();
    let calls = stage.calls();

    let again = billing.authorize(order("1", "12.50 USD")).await.result();
    assert_eq!(
        again,
        v1::OperationResult { duplicate: true, ..first.clone() },
        "the answer of then, not of now"
    );

    stage.stop_relay().await;
    stage.start_relay().await;
    stage.clock.forward(SignedDuration::from_hours(24 * 300));
    let much_later = billing.authorize(order("1", "12.50 USD")).await.result();
    assert_eq!(much_later, again);
    assert_eq!((stage.calls(), stage.authorizations()), (calls, 1));
}

/// K2: ten copies at once make one payment.
#[tokio::test]
async fn ten_concurrent_copies_make_one_payment() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.arm(Fault::SlowBefore(std::time::Duration::from_millis(200)));
    let copies = (0..10).map(|_| {
        let billing = billing.clone();
        tokio::spawn(async move { billing.authorize(order("1", "12.50 USD")).await.result() })
    });
    let mut answers = vec![];
    for copy in copies.collect::<Vec<_>>() {
        answers.push(copy.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|answer| answer.duplicate).count(), 9);
    assert!(answers.iter().all(|answer| answer.payment == answers[0].payment));
    assert_eq!((stage.stripe_posts(), stage.authorizations(), stage.rows("operation")), (1, 1, 1));
}

/// E14, F45: the same request id with another amount, another card or any other content is refused.
#[tokio::test]
async fn a_request_id_belongs_to_its_first_content() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let first = order("1", "12.50 USD");
    let held = billing.authorize(first.clone()).await.held_payment();
    let calls = stage.calls();

    let others = [
        v1::AuthorizeRequest { amount: Some(money("12.51 USD")), ..first.clone() },
        v1::AuthorizeRequest { amount: Some(money("12.50 CHF")), ..first.clone() },
        v1::AuthorizeRequest { instrument: method("pm_card_mastercard"), ..first.clone() },
        v1::AuthorizeRequest { capture_mode: CaptureMode::Automatic.into(), ..first.clone() },
        v1::AuthorizeRequest { billing_reference: "other".to_owned(), ..first.clone() },
        v1::AuthorizeRequest { metadata: [("a".to_owned(), "b".to_owned())].into(), ..first.clone() },
        v1::AuthorizeRequest { off_session: true, ..first.clone() },
    ];
    for other in others {
        assert_eq!(billing.authorize(other).await.reason(), "AlreadyExists REQUEST_ID_REUSED");
    }
    assert_eq!(billing.capture("1", &held.id, None).await.reason(), "AlreadyExists REQUEST_ID_REUSED");
    assert_eq!(billing.refund("1", &held.id, None).await.reason(), "AlreadyExists REQUEST_ID_REUSED");

    // The same amount in another notation is the same amount.
    let same = v1::AuthorizeRequest { amount: Some(money("12.5 USD")), ..first };
    assert!(billing.authorize(same).await.result().duplicate);
    assert_eq!((stage.calls(), stage.rows("operation")), (calls, 1));
}

/// K1: captures and refunds also have a single effect.
#[tokio::test]
async fn a_repeated_capture_or_refund_has_a_single_effect() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    for _ in 0..3 {
        billing.capture("2", &held.id, Some("12.00 USD")).await.captured_payment();
    }
    for _ in 0..3 {
        let payment = billing.refund("3", &held.id, Some("5.00 USD")).await.captured_payment();
        assert_eq!(read(&payment.refunded), "5.00 USD");
    }
    assert_eq!(stage.stripe_posts(), 3);
    let keys: std::collections::HashSet<_> = stage
        .sandbox
        .calls()
        .iter()
        .filter_map(|call| call.header("idempotency-key").map(str::to_owned))
        .collect();
    assert_eq!(keys.len(), 3, "each operation has a key of its own");
}

/// A decline is an answer like any other; a new attempt has a new request id.
#[tokio::test]
async fn a_decline_is_repeated_and_a_new_request_id_is_a_new_attempt() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let declined = |id: &str| v1::AuthorizeRequest {
        instrument: method("pm_card_visa_chargeDeclined"),
        ..order(id, "12.50 USD")
    };
    let first = billing.authorize(declined("1")).await.declined();
    let again = billing.authorize(declined("1")).await.result();
    assert!(again.duplicate);
    assert_eq!(again.failure, Some(first));
    billing.authorize(declined("2")).await.declined();
    assert_eq!(stage.stripe_posts(), 2);
}

/// F11: a caller that hangs up does not stop the operation.
#[tokio::test]
async fn a_caller_that_hangs_up_leaves_a_finished_operation() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    stage.arm(Fault::SlowAfter(std::time::Duration::from_millis(500)));
    let impatient = billing.clone();
    let call = tokio::spawn(async move { impatient.authorize(order("1", "12.50 USD")).await });
    crate::stage::eventually("Stripe is asked", async || stage.stripe_posts() == 1).await;
    call.abort();

    let by = v1::get_payment_request::By::RequestId("1".to_owned());
    crate::stage::eventually("the hold is known", async || {
        let found = billing.get_payment(by.clone()).await.unwrap();
        found.payment.unwrap().status() == v1::PaymentStatus::Authorized
    })
    .await;
    assert!(billing.authorize(order("1", "12.50 USD")).await.result().duplicate);
    assert_eq!((stage.stripe_posts(), stage.authorizations()), (1, 1));
}

/// K8, F38: the answer "unknown" comes before the caller's deadline.
#[tokio::test]
async fn a_slow_stripe_gives_an_unknown_outcome_before_the_deadline() {
    let stage = Stage::open().await;
    let mut billing = stage.billing().await;
    billing.deadline = Some(std::time::Duration::from_secs(2));
    stage.arm(Fault::SlowAfter(std::time::Duration::from_secs(3)));
    let result = billing.authorize(order("1", "12.50 USD")).await.unknown();
    assert_eq!(result.failure.unwrap().code, "OUTCOME_UNKNOWN");

    billing.deadline = None;
    let known = billing.authorize(order("1", "12.50 USD")).await.result();
    assert!(known.duplicate);
    assert_eq!(known.outcome(), v1::Outcome::Approved);
    assert_eq!((stage.stripe_posts(), stage.authorizations()), (1, 1));
}

/// F40: after 23 hours the key is no longer trusted.
#[tokio::test]
async fn an_unknown_outcome_older_than_23_hours_is_not_sent_again() {
    for effect in [true, false] {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        stage.arm(Fault::ServerError { effect });
        billing.authorize(order("1", "12.50 USD")).await.unknown();
        let posts_before = stage.stripe_posts();

        // Both clocks advance by 25 hours; Stripe has pruned the key.
        stage.clock.forward(SignedDuration::from_hours(25));
        stage.sandbox.advance(std::time::Duration::from_secs(25 * 3600));
        let again = billing.authorize(order("1", "12.50 USD")).await;
        if effect {
            again.held_payment();
        } else {
            let still = again.unknown().failure.unwrap();
            assert!(
                still.operator_message.contains("find it in Stripe's dashboard"),
                "{}",
                still.operator_message
            );
            assert_eq!(still.advice(), v1::Advice::Operator);
        }
        assert_eq!(
            (stage.stripe_posts(), stage.authorizations()),
            (posts_before, usize::from(effect)),
            "it is only looked for"
        );
    }
}
