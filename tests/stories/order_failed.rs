//! Billing could not fulfil a paid order: the money goes back, once.

use causeway::v1::{self, OrderFailure, PaymentStatus, RefundStatus};

use jiff::SignedDuration;

use crate::stage::{
    Stage,
    billing::read,
    later::{asked, import, intent, moved, taken_at_once},
    method, order,
};

const REASONS: [OrderFailure; 4] = [
    OrderFailure::ShippingInvalid,
    OrderFailure::NotFullyPaid,
    OrderFailure::ProductsUnavailable,
    OrderFailure::PaymentInactive,
];

fn secured(id: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest { instrument: method("pm_card_authenticationRequired"), ..order(id, "12.50 USD") }
}

/// G12: a captured payment is refunded in full, once, for each of the four reasons, and the reason is kept.
#[tokio::test]
async fn what_was_taken_is_refunded() {
    for reason in REASONS {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        let taken = billing.authorize(taken_at_once(order("1", "12.50 USD"))).await.taken();
        let back = billing.order_failed("2", &taken.id, reason).await.taken();
        assert_eq!((read(&back.refunded), back.fully_refunded), ("12.50 USD".to_owned(), true));
        let given_up = back.given_up.unwrap();
        assert_eq!(
            (given_up.reason(), given_up.note.as_str(), given_up.request_id.as_str()),
            (reason, "note of 2", "2")
        );
        assert_eq!((back.refunds.len(), back.refunds[0].note.as_str()), (1, "note of 2"));

        // A second report has no effect; the first report counts.
        let again = billing.order_failed("3", &taken.id, OrderFailure::PaymentInactive).await.taken();
        assert_eq!(again.given_up.unwrap().request_id, "2");
        assert!(billing.order_failed("2", &taken.id, reason).await.result().duplicate);
        assert_eq!(moved(&stage), ["Authorized 1250", "Captured 1250", "Refunded 1250"]);
        let reported = ["PAYMENT_CAPTURED api", "REFUND_CREATED api", "REFUND_SUCCEEDED api"];
        assert_eq!(billing.reported(0).await, reported);
        let by = v1::get_payment_request::By::PaymentId(taken.id);
        let timeline = billing.look(by).await.unwrap().timeline;
        assert!(timeline.iter().any(|entry| entry.note.contains("could not fulfil")), "{timeline:#?}");
    }
}

/// G12: after a partial refund only the rest is refunded.
#[tokio::test]
async fn only_what_is_left_is_refunded() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let taken = billing.authorize(taken_at_once(order("1", "12.50 USD"))).await.taken();
    billing.refund("2", &taken.id, Some("2.50 USD")).await.taken();
    let back = billing.order_failed("3", &taken.id, OrderFailure::ProductsUnavailable).await.taken();
    let refunds: Vec<_> = back.refunds.iter().map(|refund| (read(&refund.amount), refund.status())).collect();
    let succeeded = RefundStatus::Succeeded;
    assert_eq!(refunds, [("2.50 USD".to_owned(), succeeded), ("10.00 USD".to_owned(), succeeded)]);
    billing.order_failed("4", &taken.id, OrderFailure::ProductsUnavailable).await.taken();
    assert_eq!(stage.sandbox.ledger().refunded(None, "usd"), 1250);
}

/// G12: a held payment is released, also where billing may not release holds by ReleaseHold.
#[tokio::test]
async fn what_is_held_is_released() {
    for reason in REASONS {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        let held = billing.authorize(order("1", "12.50 USD")).await.held();
        let back = billing.order_failed("2", &held.id, reason).await.approved(PaymentStatus::Released);
        assert_eq!(back.given_up.unwrap().reason(), reason);
        billing.order_failed("3", &held.id, reason).await.approved(PaymentStatus::Released);
        assert_eq!(moved(&stage), ["Authorized 1250", "Released 1250"]);
        assert_eq!(asked(&stage, "/cancel").len(), 1);
        assert_eq!(billing.reported(0).await, ["PAYMENT_AUTHORIZED api", "PAYMENT_RELEASED api"]);
    }
}

/// G12: a payment that waits for the payer is canceled; a declined payment has no money to give back.
#[tokio::test]
async fn what_is_not_decided_is_given_up() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let waiting = billing.authorize(secured("1")).await.action_required().payment.unwrap();
    let failed = billing.order_failed("2", &waiting.id, OrderFailure::PaymentInactive).await;
    failed.approved(PaymentStatus::Canceled);
    assert!(!stage.sandbox.authenticate(&intent(&waiting), true), "its payer comes too late");
    let declined =
        v1::AuthorizeRequest { instrument: method("pm_card_visa_chargeDeclined"), ..order("3", "12.50 USD") };
    let declined = billing.authorize(declined).await.result().payment.unwrap();
    let calls = stage.calls();
    let failed = billing.order_failed("4", &declined.id, OrderFailure::PaymentInactive).await;
    assert!(failed.approved(PaymentStatus::Declined).given_up.is_some());
    assert_eq!((stage.calls(), moved(&stage).len()), (calls, 0));
    let reported = ["PAYMENT_ACTION_REQUIRED api", "PAYMENT_CANCELED api", "PAYMENT_DECLINED api"];
    assert_eq!(billing.reported(0).await, reported);
}

/// Ten reports at once give the money back once.
#[tokio::test(flavor = "multi_thread")]
async fn ten_reports_at_once_give_back_once() {
    for automatic in [true, false] {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        let asks = order("0", "12.50 USD");
        let asks = if automatic { taken_at_once(asks) } else { asks };
        let id = billing.authorize(asks).await.result().payment.unwrap().id;
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
        assert_eq!(moved(&stage).iter().filter(|effect| *effect == back).count(), 1);
        assert_eq!(moved(&stage).len(), if automatic { 3 } else { 2 });
    }
}

/// A lost answer is resolved by the same request, and the money goes back once.
#[tokio::test]
async fn a_lost_answer_gives_nothing_back_twice() {
    for done in [true, false] {
        let stage = Stage::open().await;
        let billing = stage.billing().await;
        let taken = billing.authorize(taken_at_once(order("1", "12.50 USD"))).await.taken();
        stage.lose("/v1/refunds", done);
        let reason = OrderFailure::ShippingInvalid;
        billing.order_failed("2", &taken.id, reason).await.unknown();
        // Another report has no effect while the outcome of the first report is unknown.
        billing.order_failed("3", &taken.id, reason).await.result();
        let found = billing.order_failed("2", &taken.id, reason).await.taken();
        assert_eq!(read(&found.refunded), "12.50 USD");
        assert_eq!(stage.sandbox.ledger().refunded(None, "usd"), 1250);
    }
}

/// G13: a payment was given up, the cancel never reached Stripe, and the payer pays after all.
#[tokio::test(flavor = "multi_thread")]
async fn what_succeeds_after_it_was_given_up_is_given_back() {
    for (automatic, back) in [(true, "Refunded 1250"), (false, "Released 1250")] {
        let (stage, _) = Stage::with_webhooks(|settings| settings).await;
        let billing = stage.billing().await;
        let asks = if automatic { taken_at_once(secured("1")) } else { secured("1") };
        let waiting = billing.authorize(asks).await.action_required().payment.unwrap();
        stage.lose("/v1/payment_intents/*/cancel", false);
        billing.order_failed("2", &waiting.id, OrderFailure::PaymentInactive).await.unknown();
        assert!(stage.sandbox.authenticate(&intent(&waiting), true));
        stage.settled().await;
        stage.clock.forward(SignedDuration::from_mins(15));
        billing.job("inbox").await;
        billing.job("open").await;
        stage.settled().await;

        assert_eq!(moved(&stage).pop().unwrap(), back);
        let payment = billing.payment(&waiting.id).await;
        let status = if automatic { PaymentStatus::Captured } else { PaymentStatus::Released };
        assert_eq!((payment.status(), payment.fully_refunded), (status, automatic));
        let reported = billing.reported(0).await;
        let alarms = reported.iter().filter(|event| event.starts_with("ALARM LATE_SUCCESS")).count();
        assert_eq!(alarms, 1, "{reported:?}");
        stage.clock.forward(SignedDuration::from_mins(15));
        billing.job("open").await;
        assert_eq!(billing.reported(0).await, reported, "once");
        // The report is resolved as well, and the job has no open operation left.
        let report = billing.order_failed("2", &waiting.id, OrderFailure::PaymentInactive).await;
        assert_eq!(report.result().outcome(), v1::Outcome::Approved);
        assert_eq!(billing.job("open").await.len(), 0);
    }
}

/// G13: a debit in flight cannot be stopped. The money is refunded once the debit has succeeded.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_stopped_is_given_back_later() {
    // An import is judged by the rules too, so the operator has to accept the debit.
    let debits = "publishable_key = \"pk_test_acme1\"\nmethod_types = [\"card\", \"us_bank_account\"]";
    let (stage, _) =
        Stage::with_webhooks(|settings| settings.replace("publishable_key = \"pk_test_acme1\"", debits))
            .await;
    let billing = stage.billing().await;
    let debit = "amount=1250&currency=usd&confirm=true&payment_method_types[]=us_bank_account\
                 &payment_method=pm_usBankAccount_success&mandate_data[customer_acceptance][type]=offline";
    let id = stage.click("/v1/payment_intents", debit).await;
    let pending = billing.import(import("1", &id)).await.approved(PaymentStatus::Pending);
    let failed = billing.order_failed("2", &pending.id, OrderFailure::NotFullyPaid).await.result();
    assert_eq!(failed.outcome(), v1::Outcome::Pending, "{failed:#?}");

    stage.time_goes_by(SignedDuration::from_secs(20)).await;
    stage.settled().await;
    assert_eq!(moved(&stage), ["Authorized 1250", "Captured 1250", "Refunded 1250"]);
    let reported = billing.reported(0).await;
    assert!(reported.contains(&"PAYMENT_CAPTURED webhook".to_owned()), "{reported:?}");
    assert_eq!(reported.iter().filter(|event| event.contains("LATE_SUCCESS")).count(), 1, "{reported:?}");
    let report = billing.order_failed("2", &pending.id, OrderFailure::NotFullyPaid).await;
    report.taken();
    stage.clock.forward(SignedDuration::from_mins(15));
    assert_eq!(billing.job("open").await.len(), 0);
}

/// The hold of a given-up payment is released later, when the first cancel is lost, and no alarm is raised.
#[tokio::test]
async fn a_release_that_was_lost_is_no_alarm() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "12.50 USD")).await.held();
    stage.lose("/v1/payment_intents/*/cancel", false);
    billing.order_failed("2", &held.id, OrderFailure::ShippingInvalid).await.unknown();
    billing.sync(&held.id).await;
    let released = billing.order_failed("2", &held.id, OrderFailure::ShippingInvalid).await;
    released.approved(PaymentStatus::Released);
    assert_eq!(moved(&stage), ["Authorized 1250", "Released 1250"]);
    let reported = billing.reported(0).await;
    assert!(reported.iter().all(|event| !event.starts_with("ALARM")), "{reported:?}");
}

/// H5: a refund that fails late is reported by an event, and is not repeated automatically.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_comes_back_is_not_made_again_by_itself() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let card = v1::AuthorizeRequest { instrument: method("pm_card_refundFail"), ..order("1", "12.50 USD") };
    let taken = billing.authorize(taken_at_once(card)).await.taken();
    billing.order_failed("2", &taken.id, OrderFailure::ProductsUnavailable).await.taken();
    for _ in 0..3 {
        stage.time_goes_by(SignedDuration::from_mins(31)).await;
        stage.settled().await;
        billing.job("open").await;
    }
    assert_eq!(moved(&stage), ["Authorized 1250", "Captured 1250", "Refunded 1250", "RefundFailed 1250"]);
    let reported =
        ["PAYMENT_CAPTURED api", "REFUND_CREATED api", "REFUND_SUCCEEDED api", "REFUND_FAILED webhook"];
    assert_eq!(billing.reported(0).await, reported);
    // After a look at the failure a further report may refund once more.
    billing.order_failed("3", &taken.id, OrderFailure::ProductsUnavailable).await.taken();
    assert_eq!(moved(&stage).len(), 5);
}
