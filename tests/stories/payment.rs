//! Hold, capture and refund of a payment.

use causeway::v1::{self, Advice, CaptureMode, PaymentStatus, RefundReason, RefundStatus};

use crate::stage::{
    Effect, Fault, Stage,
    billing::{money, read},
    method, order,
};

/// E1, G1, H1, M3, M4, M11: the whole life of a payment.
#[tokio::test]
async fn a_hold_is_captured_in_part_and_refunded() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;

    let held = billing.authorize(order("order-8", "12.50 USD")).await.held_payment();
    assert_eq!(read(&held.amount), "12.50 USD");
    assert_eq!(held.captured, None);
    assert!(held.hold_expires.is_some(), "Stripe says when it lapses");
    let card = held.card.clone().unwrap();
    assert_eq!((card.brand.as_str(), card.last4.as_str()), ("visa", "4242"));
    let ids = held.processor_ids.clone().unwrap();
    assert_eq!(ids.balance_transaction, "", "no money has moved");
    assert!(
        ids.payment_intent.starts_with("pi_")
            && ids.charge.starts_with("ch_")
            && ids.request.starts_with("req_")
    );
    assert_eq!(
        ids.dashboard_url,
        format!("https://dashboard.stripe.com/test/payments/{}", ids.payment_intent)
    );
    assert_eq!(held.checks.clone().unwrap().cvc, "pass");
    assert!(held.test_mode);

    let taken = billing.capture("order-8-capture", &held.id, Some("10.00 USD")).await.captured_payment();
    assert_eq!(read(&taken.captured), "10.00 USD");
    assert!(taken.processor_ids.unwrap().balance_transaction.starts_with("txn_"));
    assert_eq!(taken.hold_expires, None, "there is no hold any more");

    let some = billing.refund("order-8-refund-1", &held.id, Some("3.00 USD")).await.captured_payment();
    assert_eq!(read(&some.refunded), "3.00 USD");
    let all = billing.refund("order-8-refund-2", &held.id, None).await.captured_payment();
    assert_eq!(read(&all.refunded), "10.00 USD");
    assert_eq!(all.status(), PaymentStatus::Captured, "a refunded payment stays captured");
    assert_eq!(all.refunds.len(), 2);
    assert!(all.refunds.iter().all(|refund| refund.processor_id.starts_with("re_")));
    assert!(all.refunds.iter().all(|refund| refund.status() == RefundStatus::Succeeded));

    let ledger = stage.sandbox.ledger();
    assert_eq!(
        (ledger.captured(None, "usd"), ledger.refunded(None, "usd"), ledger.kept(None, "usd")),
        (1000, 1000, 0)
    );
}

/// E2, B7, B8: the payment is captured at once when the account or the request says so.
#[tokio::test]
async fn the_requests_capture_mode_overrides_the_accounts() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let request = |id: &str, money: &str, mode: CaptureMode| v1::AuthorizeRequest {
        capture_mode: mode.into(),
        ..order(id, money)
    };

    billing.authorize(order("1", "5.00 USD")).await.held_payment();
    billing.authorize(order("2", "5.00 EUR")).await.captured_payment();
    billing.authorize(request("3", "5.00 USD", CaptureMode::Automatic)).await.captured_payment();
    billing.authorize(request("4", "5.00 EUR", CaptureMode::Manual)).await.held_payment();

    let sent: Vec<_> =
        stage.sandbox.calls().iter().map(|call| String::from_utf8(call.body.clone()).unwrap()).collect();
    let modes: Vec<_> = sent
        .iter()
        .filter(|body| !body.is_empty())
        .map(|body| if body.contains("capture_method=manual") { "manual" } else { "automatic" })
        .collect();
    assert_eq!(modes, ["manual", "automatic", "automatic", "manual"]);
}

/// G2: a hold is captured once, up to the held amount.
#[tokio::test]
async fn a_hold_is_captured_once_up_to_the_held_amount() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "42.00 USD")).await.held_payment();

    let calls = stage.calls();
    assert_eq!(
        billing.capture("2", &held.id, Some("43.00 USD")).await.reason(),
        "FailedPrecondition CAPTURE_ABOVE_HOLD"
    );
    assert_eq!(
        billing.capture("3", &held.id, Some("40.00 EUR")).await.reason(),
        "InvalidArgument OTHER_CURRENCY"
    );
    assert_eq!(stage.calls(), calls, "Stripe was not asked");

    billing.capture("4", &held.id, Some("40.00 USD")).await.captured_payment();
    assert_eq!(
        billing.capture("5", &held.id, Some("2.00 USD")).await.reason(),
        "FailedPrecondition NOT_CAPTURABLE"
    );
    assert_eq!(stage.sandbox.ledger().captured(None, "usd"), 4000);
}

/// H2: pending refunds count against the rest.
#[tokio::test]
async fn refunds_never_exceed_the_captured_amount() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let order = v1::AuthorizeRequest {
        capture_mode: CaptureMode::Automatic.into(),
        instrument: method("pm_card_pendingRefund"),
        ..order("1", "10.00 USD")
    };
    let paid = billing.authorize(order).await.captured_payment();

    let refund = billing.refund("2", &paid.id, Some("3.00 USD")).await.result();
    let payment = refund.payment.unwrap();
    assert_eq!(
        (read(&payment.refunded), read(&payment.refund_pending)),
        (String::new(), "3.00 USD".to_owned())
    );

    let refused = billing.refund("3", &paid.id, Some("7.01 USD")).await.refused();
    assert_eq!(refused.reason, "REFUND_ABOVE_LEFT");
    assert_eq!(
        refused.message,
        "7.01 USD cannot be refunded: 7.00 USD of 10.00 USD is left, and 3.00 USD is on its way back"
    );
    billing.refund("4", &paid.id, Some("7.00 USD")).await.result();
    assert_eq!(billing.refund("5", &paid.id, None).await.reason(), "FailedPrecondition REFUND_ABOVE_LEFT");
    assert_eq!(
        billing.refund("6", &paid.id, Some("0.01 USD")).await.reason(),
        "FailedPrecondition REFUND_ABOVE_LEFT"
    );
}

/// H2, K9: of two refunds at once that together exceed the rest, only one is accepted.
#[tokio::test]
async fn one_of_two_concurrent_refunds_above_the_rest_is_accepted() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    for round in 0..5 {
        let paid = billing.authorize(order(&format!("pay-{round}"), "100.00 EUR")).await.captured_payment();
        let (first, second) = (format!("a-{round}"), format!("b-{round}"));
        let (one, two) = tokio::join!(
            billing.refund(&first, &paid.id, Some("60.00 EUR")),
            billing.refund(&second, &paid.id, Some("60.00 EUR")),
        );
        assert_eq!([one.0.is_ok(), two.0.is_ok()].into_iter().filter(|ok| *ok).count(), 1, "{one:?} {two:?}");
    }
    assert_eq!(stage.sandbox.ledger().refunded(None, "eur"), 5 * 6000);
}

/// K9: of twenty captures at once only one is sent.
#[tokio::test]
async fn one_of_many_concurrent_captures_is_sent() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "10.00 USD")).await.held_payment();
    let before = stage.calls();
    stage.sandbox.arm(Fault::SlowBefore(std::time::Duration::from_millis(300)));

    let captures = (0..20).map(|number| {
        let (billing, id) = (billing.clone(), held.id.clone());
        tokio::spawn(async move { billing.capture(&format!("capture-{number}"), &id, None).await })
    });
    let mut accepted = 0;
    for capture in captures.collect::<Vec<_>>() {
        match capture.await.unwrap() {
            answer if answer.0.is_ok() => accepted += 1,
            answer => assert!(["PAYMENT_BUSY", "NOT_CAPTURABLE"].contains(&answer.refused().reason.as_str())),
        }
    }
    assert_eq!((accepted, stage.calls() - before), (1, 1));
}

/// H3: the reason goes to Stripe, and the note stays in the journal.
#[tokio::test]
async fn a_refund_keeps_its_reason_and_note() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let paid = billing.authorize(order("1", "10.00 EUR")).await.captured_payment();
    let reasons = [
        (RefundReason::Unspecified, None),
        (RefundReason::Duplicate, Some("duplicate")),
        (RefundReason::Fraudulent, Some("fraudulent")),
        (RefundReason::RequestedByCustomer, Some("requested_by_customer")),
    ];
    for (number, (reason, stripes)) in reasons.into_iter().enumerate() {
        let message = v1::RefundRequest {
            request_id: format!("refund-{number}"),
            payment_id: paid.id.clone(),
            amount: Some(money("1.00 EUR")),
            reason: reason.into(),
            note: "agreed on the phone".to_owned(),
            ..Default::default()
        };
        let payment = billing.refund_as(message).await.captured_payment();
        let refund = payment.refunds.last().unwrap();
        assert_eq!((refund.reason(), refund.note.as_str()), (reason, "agreed on the phone"));
        let call = stage.sandbox.calls().pop().unwrap();
        let form: Vec<_> = form_urlencoded::parse(&call.body).into_owned().collect();
        let sent = form.iter().find(|(name, _)| name == "reason").map(|(_, value)| value.as_str());
        assert_eq!(sent, stripes);
        assert!(!form.iter().any(|(_, value)| value.contains("phone")), "the note stays here");
    }
}

/// E8, E10: reference, description and metadata reach Stripe and come back in the payment.
#[tokio::test]
async fn reference_description_and_metadata_reach_stripe() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let order = v1::AuthorizeRequest {
        billing_reference: "INV 17/2026".to_owned(),
        description: "Größe & Gewicht = 100 %".to_owned(),
        metadata: [("shop".to_owned(), "Łódź".to_owned()), ("a b".to_owned(), "c&d=e".to_owned())].into(),
        receipt_email: "ann@example.com".to_owned(),
        statement_descriptor_suffix: "INV 17".to_owned(),
        ..order("1", "10.00 USD")
    };
    let held = billing.authorize(order.clone()).await.held_payment();
    assert_eq!(held.metadata, order.metadata);
    assert_eq!((held.billing_reference, held.description), (order.billing_reference, order.description));

    let call = stage.sandbox.calls().pop().unwrap();
    let form: Vec<_> = form_urlencoded::parse(&call.body).into_owned().collect();
    let sent = |name: &str| {
        form.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    assert_eq!(sent("description"), "Größe & Gewicht = 100 %");
    assert_eq!(sent("metadata[shop]"), "Łódź");
    assert_eq!(sent("metadata[a b]"), "c&d=e");
    assert_eq!(sent("metadata[causeway_reference]"), "INV 17/2026");
    assert_eq!(sent("metadata[causeway_payment]"), held.id);
    assert_eq!(sent("receipt_email"), "ann@example.com");
    assert_eq!(sent("statement_descriptor_suffix"), "INV 17");
    assert_eq!(call.header("stripe-version"), Some("2026-08-26.dahlia"));
}

/// G5: after Stripe let the hold lapse, the answer to a capture and the payment both show the expiry.
#[tokio::test]
async fn a_lapsed_hold_cannot_be_captured() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let held = billing.authorize(order("1", "10.00 USD")).await.held_payment();
    let lapses = held.hold_expires.unwrap();

    stage.sandbox.advance(std::time::Duration::from_secs(8 * 24 * 3600));
    let failure = billing.capture("2", &held.id, None).await.declined();
    assert_eq!((failure.code.as_str(), failure.advice()), ("HOLD_EXPIRED", Advice::Never));
    let payment = billing.payment(&held.id).await;
    assert_eq!((payment.status(), payment.hold_expires), (PaymentStatus::Expired, Some(lapses)));

    let calls = stage.calls();
    let refused = billing.capture("3", &held.id, None).await.refused();
    assert_eq!(refused.reason, "HOLD_EXPIRED");
    assert!(refused.message.starts_with("the hold lapsed on 20"), "{}", refused.message);
    assert_eq!(stage.calls(), calls);
    assert_eq!(stage.sandbox.ledger().count(Effect::Captured), 0);
}

/// Amounts of currencies with 0, 2 and 3 decimals arrive in Stripe's units.
#[tokio::test]
async fn amounts_are_sent_in_stripes_units() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    for (number, (asked, sent)) in
        [("12.50 USD", "1250"), ("500 JPY", "500"), ("5.120 KWD", "5120"), ("0.50 CHF", "50")]
            .into_iter()
            .enumerate()
    {
        let held = billing.authorize(order(&format!("{number}"), asked)).await.held_payment();
        assert_eq!(read(&held.amount), asked);
        let call = stage.sandbox.calls().pop().unwrap();
        let body = String::from_utf8(call.body).unwrap();
        assert!(body.contains(&format!("amount={sent}&")), "{asked}: {body}");
    }
}
