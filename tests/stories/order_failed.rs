//! Billing could not fulfil a paid order: the money goes back, once.

use causeway::v1::{self, OrderFailure, PaymentStatus, RefundStatus};

use jiff::SignedDuration;

use crate::stage::{
    Stage,
    billing::read,
    follow_ups::{captured_at_once, import, intent, money_effects, posted_bodies},
    method, order,
};

const REASONS: [OrderFailure; 4] = [
    OrderFailure::ShippingInvalid,
    OrderFailure::NotFullyPaid,
    OrderFailure::ProductsUnavailable,
    OrderFailure::PaymentInactive,
];

fn with_authentication(id: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest { instrument: method("pm_card_authenticationRequired"), ..order(id, "12.50 USD") }
}

/// G12: a captured payment is refunded in full, once, for each of the four reasons, and the reason is kept.
#[tokio::test]
async fn a_failed_order_refunds_a_captured_payment() {
    for reason in REASONS {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        let taken = billing.authorize(captured_at_once(order("1", "12.50 USD"))).await.captured_payment();
        let back = billing.order_failed("2", &taken.id, reason).await.captured_payment();
        assert_eq!((read(&back.refunded), back.fully_refunded), ("12.50 USD".to_owned(), true));
        let given_up = back.given_up.unwrap();
        assert_eq!(
            (given_up.reason(), given_up.note.as_str(), given_up.request_id.as_str()),
            (reason, "note of 2", "2")
        );
        assert_eq!((back.refunds.len(), back.refunds[0].note.as_str()), (1, "note of 2"));

        // A second report has no effect; the first report counts.
        let again =
            billing.order_failed("3", &taken.id, OrderFailure::PaymentInactive).await.captured_payment();
        assert_eq!(again.given_up.unwrap().request_id, "2");
        assert!(billing.order_failed("2", &taken.id, reason).await.result().duplicate);
        assert_eq!(money_effects(&stage), ["Authorized 1250", "Captured 1250", "Refunded 1250"]);
        let expected_events = ["PAYMENT_CAPTURED api", "REFUND_CREATED api", "REFUND_SUCCEEDED api"];
        assert_eq!(billing.event_lines(0).await, expected_events);
        let by = v1::get_payment_request::By::PaymentId(taken.id);
        let timeline = billing.get_payment(by).await.unwrap().timeline;
        assert!(timeline.iter().any(|entry| entry.note.contains("could not fulfil")), "{timeline:#?}");
    }
}

/// G12: after a partial refund only the rest is refunded.
#[tokio::test]
async fn a_failed_order_refunds_only_the_remaining_amount() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let taken = billing.authorize(captured_at_once(order("1", "12.50 USD"))).await.captured_payment();
    billing.refund("2", &taken.id, Some("2.50 USD")).await.captured_payment();
    let back =
        billing.order_failed("3", &taken.id, OrderFailure::ProductsUnavailable).await.captured_payment();
    let refunds: Vec<_> = back.refunds.iter().map(|refund| (read(&refund.amount), refund.status())).collect();
    let succeeded = RefundStatus::Succeeded;
    assert_eq!(refunds, [("2.50 USD".to_owned(), succeeded), ("10.00 USD".to_owned(), succeeded)]);
    billing.order_failed("4", &taken.id, OrderFailure::ProductsUnavailable).await.captured_payment();
    assert_eq!(stage.sandbox.ledger().refunded(None, "usd"), 1250);
}

/// G12: a held payment is released, also where billing may not release holds by ReleaseHold.
#[tokio::test]
async fn a_failed_order_releases_a_hold() {
    for reason in REASONS {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
        let back = billing.order_failed("2", &held.id, reason).await.approved(PaymentStatus::Released);
        assert_eq!(back.given_up.unwrap().reason(), reason);
        billing.order_failed("3", &held.id, reason).await.approved(PaymentStatus::Released);
        assert_eq!(money_effects(&stage), ["Authorized 1250", "Released 1250"]);
        assert_eq!(posted_bodies(&stage, "/cancel").len(), 1);
        assert_eq!(billing.event_lines(0).await, ["PAYMENT_AUTHORIZED api", "PAYMENT_RELEASED api"]);
    }
}

/// G12: a payment that waits for the payer is canceled; a declined payment has no money to give back.
#[tokio::test]
async fn a_failed_order_cancels_an_undecided_payment() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let waiting = billing.authorize(with_authentication("1")).await.action_required().payment.unwrap();
    let failed = billing.order_failed("2", &waiting.id, OrderFailure::PaymentInactive).await;
    failed.approved(PaymentStatus::Canceled);
    assert!(!stage.sandbox.authenticate(&intent(&waiting), true), "its payer comes too late");
    let declined =
        v1::AuthorizeRequest { instrument: method("pm_card_visa_chargeDeclined"), ..order("3", "12.50 USD") };
    let declined = billing.authorize(declined).await.result().payment.unwrap();
    let calls = stage.calls();
    let failed = billing.order_failed("4", &declined.id, OrderFailure::PaymentInactive).await;
    assert!(failed.approved(PaymentStatus::Declined).given_up.is_some());
    assert_eq!((stage.calls(), money_effects(&stage).len()), (calls, 0));
    let expected_events = ["PAYMENT_ACTION_REQUIRED api", "PAYMENT_CANCELED api", "PAYMENT_DECLINED api"];
    assert_eq!(billing.event_lines(0).await, expected_events);
}

/// Ten reports at once give the money back once.
#[tokio::test(flavor = "multi_thread")]
async fn ten_concurrent_order_failures_refund_once() {
    for automatic in [true, false] {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        let request = order("0", "12.50 USD");
        let request = if automatic { captured_at_once(request) } else { request };
        let id = billing.authorize(request).await.result().payment.unwrap().id;
        let reports: Vec<_> = (1..=10)
            .map(|number| {
                let (billing, id) = (billing.clone(), id.clone());
                let reason = OrderFailure::ProductsUnavailable;
                tokio::spawn(async move { billing.order_failed(&format!("{number}"), &id, reason).await })
            })
            .collect();
        for report in reports {
            let report = report.await.unwrap();
            if report.0.is_err() {
                assert_eq!(report.reason(), "Aborted PAYMENT_BUSY");
            }
        }
        let back = if automatic { "Refunded 1250" } else { "Released 1250" };
        assert_eq!(money_effects(&stage).iter().filter(|effect| *effect == back).count(), 1);
        assert_eq!(money_effects(&stage).len(), if automatic { 3 } else { 2 });
    }
}

/// A lost answer is resolved by the same request, and the money goes back once.
#[tokio::test]
async fn a_lost_answer_causes_no_second_refund() {
    for done in [true, false] {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        let taken = billing.authorize(captured_at_once(order("1", "12.50 USD"))).await.captured_payment();
        stage.lose_calls("/v1/refunds", done);
        let reason = OrderFailure::ShippingInvalid;
        billing.order_failed("2", &taken.id, reason).await.unknown();
        // Another report has no effect while the outcome of the first report is unknown.
        billing.order_failed("3", &taken.id, reason).await.result();
        let found = billing.order_failed("2", &taken.id, reason).await.captured_payment();
        assert_eq!(read(&found.refunded), "12.50 USD");
        assert_eq!(stage.sandbox.ledger().refunded(None, "usd"), 1250);
    }
}

/// G13: a payment was given up, the cancel never reached Stripe, and the payer pays after all.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_success_after_an_order_failure_is_compensated() {
    for (automatic, back) in [(true, "Refunded 1250"), (false, "Released 1250")] {
        let (stage, _) = Stage::with_webhooks(|settings| settings).await;
        let billing = stage.billing().await;
        let request =
            if automatic { captured_at_once(with_authentication("1")) } else { with_authentication("1") };
        let waiting = billing.authorize(request).await.action_required().payment.unwrap();
        stage.lose_calls("/v1/payment_intents/*/cancel", false);
        billing.order_failed("2", &waiting.id, OrderFailure::PaymentInactive).await.unknown();
        assert!(stage.sandbox.authenticate(&intent(&waiting), true));
        stage.wait_until_handled().await;
        stage.clock.forward(SignedDuration::from_mins(15));
        billing.job("inbox").await;
        billing.job("open").await;
        stage.wait_until_handled().await;

        assert_eq!(money_effects(&stage).pop().unwrap(), back);
        let payment = billing.payment(&waiting.id).await;
        let status = if automatic { PaymentStatus::Captured } else { PaymentStatus::Released };
        assert_eq!((payment.status(), payment.fully_refunded), (status, automatic));
        let event_lines = billing.event_lines(0).await;
        let alarms = event_lines.iter().filter(|event| event.starts_with("ALARM LATE_SUCCESS")).count();
        assert_eq!(alarms, 1, "{event_lines:?}");
        stage.clock.forward(SignedDuration::from_mins(15));
        billing.job("open").await;
        assert_eq!(billing.event_lines(0).await, event_lines, "once");
        // The report is resolved as well, and the job has no open operation left.
        let report = billing.order_failed("2", &waiting.id, OrderFailure::PaymentInactive).await;
        assert_eq!(report.result().outcome(), v1::Outcome::Approved);
        assert_eq!(billing.job("open").await.len(), 0);
    }
}

/// G13: a debit in flight cannot be stopped. The money is refunded once the debit has succeeded.
#[tokio::test(flavor = "multi_thread")]
async fn a_pending_debit_is_refunded_after_success() {
    // An import is judged by the rules too, so the operator has to accept the debit.
    let debits = "publishable_key = \"pk_test_acme1\"\nmethod_types = [\"card\", \"us_bank_account\"]";
    let (stage, _) =
        Stage::with_webhooks(|settings| settings.replace("publishable_key = \"pk_test_acme1\"", debits))
            .await;
    let billing = stage.billing().await;
    let debit = "amount=1250&currency=usd&confirm=true&payment_method_types[]=us_bank_account\
                 &payment_method=pm_usBankAccount_success&mandate_data[customer_acceptance][type]=offline";
    let id = stage.post_as_dashboard("/v1/payment_intents", debit).await;
    let pending = billing.import(import("1", &id)).await.approved(PaymentStatus::Pending);
    let failed = billing.order_failed("2", &pending.id, OrderFailure::NotFullyPaid).await.result();
    assert_eq!(failed.outcome(), v1::Outcome::Pending, "{failed:#?}");

    stage.advance_clocks(SignedDuration::from_secs(20)).await;
    stage.wait_until_handled().await;
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Captured 1250", "Refunded 1250"]);
    let event_lines = billing.event_lines(0).await;
    assert!(event_lines.contains(&"PAYMENT_CAPTURED webhook".to_owned()), "{event_lines:?}");
    assert_eq!(
        event_lines.iter().filter(|event| event.contains("LATE_SUCCESS")).count(),
        1,
        "{event_lines:?}"
    );
    let report = billing.order_failed("2", &pending.id, OrderFailure::NotFullyPaid).await;
    report.captured_payment();
    stage.clock.forward(SignedDuration::from_mins(15));
    assert_eq!(billing.job("open").await.len(), 0);
}

/// The hold of a given-up payment is released later, when the first cancel is lost, and no alarm is raised.
#[tokio::test]
async fn a_lost_release_raises_no_alarm() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    stage.lose_calls("/v1/payment_intents/*/cancel", false);
    billing.order_failed("2", &held.id, OrderFailure::ShippingInvalid).await.unknown();
    billing.sync(&held.id).await;
    let released = billing.order_failed("2", &held.id, OrderFailure::ShippingInvalid).await;
    released.approved(PaymentStatus::Released);
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Released 1250"]);
    let event_lines = billing.event_lines(0).await;
    assert!(event_lines.iter().all(|event| !event.starts_with("ALARM")), "{event_lines:?}");
}

/// H5: a refund that fails late is reported by an event, and is not repeated automatically.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_failed_refund_is_not_repeated_automatically() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let card = v1::AuthorizeRequest { instrument: method("pm_card_refundFail"), ..order("1", "12.50 USD") };
    let taken = billing.authorize(captured_at_once(card)).await.captured_payment();
    billing.order_failed("2", &taken.id, OrderFailure::ProductsUnavailable).await.captured_payment();
    for _ in 0..3 {
        stage.advance_clocks(SignedDuration::from_mins(31)).await;
        stage.wait_until_handled().await;
        billing.job("open").await;
    }
    assert_eq!(
        money_effects(&stage),
        ["Authorized 1250", "Captured 1250", "Refunded 1250", "RefundFailed 1250"]
    );
    let expected_events =
        ["PAYMENT_CAPTURED api", "REFUND_CREATED api", "REFUND_SUCCEEDED api", "REFUND_FAILED webhook"];
    assert_eq!(billing.event_lines(0).await, expected_events);
    // After a look at the failure a further report may refund once more.
    billing.order_failed("3", &taken.id, OrderFailure::ProductsUnavailable).await.captured_payment();
    assert_eq!(money_effects(&stage).len(), 5);
}
