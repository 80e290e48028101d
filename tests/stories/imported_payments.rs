//! Payments imported from another system, and the view of all payments under a billing reference.

use causeway::v1::{self, PaymentStatus, ProcessingMode, get_payment_request::By};

use crate::stage::{
    Billing, Stage,
    billing::{money, read},
    follow_ups::{captured_at_once, import, intent, money_effects},
    order, settings,
};

/// A PaymentIntent made by another system; "manual" makes a hold.
async fn made_elsewhere(stage: &Stage, form: &str) -> String {
    let card = "currency=usd&payment_method_types[]=card&payment_method=pm_card_visa&confirm=true";
    stage.post_as_dashboard("/v1/payment_intents", &format!("{card}&{form}")).await
}

/// M2: a hold of another system is captured and refunded like the relay's own.
#[tokio::test(flavor = "multi_thread")]
async fn an_imported_hold_can_be_captured_and_refunded() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let id = made_elsewhere(&stage, "amount=1250&capture_method=manual").await;
    stage.wait_until_handled().await;
    assert!(billing.event_lines(0).await.is_empty(), "it is somebody else's until it is taken over");
    let request = v1::ImportPaymentRequest {
        billing_reference: "invoice 7".to_owned(),
        customer_id: "c-1".to_owned(),
        amount_due: Some(money("10.00 USD")),
        ..import("1", &id)
    };
    let held = billing.import(request.clone()).await.held_payment();
    assert_eq!(held.processing_mode(), ProcessingMode::External);
    assert_eq!(
        (read(&held.amount), read(&held.overpaid_by)),
        ("12.50 USD".to_owned(), "2.50 USD".to_owned())
    );
    assert_eq!((held.billing_reference.as_str(), held.customer_id.as_str()), ("invoice 7", "c-1"));
    assert!(held.hold_expires.is_some() && held.card.is_some());
    assert!(billing.import(request).await.result().duplicate);

    let taken = billing.capture("2", &held.id, Some("10.00 USD")).await.captured_payment();
    assert_eq!(taken.overpaid_by, None);
    let back = billing.refund("3", &held.id, Some("4.00 USD")).await.captured_payment();
    assert_eq!((read(&back.captured), read(&back.refunded)), ("10.00 USD".to_owned(), "4.00 USD".to_owned()));
    stage.wait_until_handled().await;
    assert_eq!(money_effects(&stage), ["Authorized 1250", "Captured 1000", "Released 250", "Refunded 400"]);
    let expected_events =
        ["PAYMENT_AUTHORIZED api", "PAYMENT_CAPTURED api", "REFUND_CREATED api", "REFUND_SUCCEEDED api"];
    assert_eq!(billing.event_lines(0).await, expected_events);
}

/// M2: an imported captured payment comes with the earlier refunds.
#[tokio::test]
async fn an_imported_captured_payment_includes_its_refunds() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let id = made_elsewhere(&stage, "amount=1250").await;
    stage.post_as_dashboard("/v1/refunds", &format!("payment_intent={id}&amount=250")).await;
    let taken = billing.import(import("1", &id)).await.captured_payment();
    assert_eq!(
        (read(&taken.captured), read(&taken.refunded)),
        ("12.50 USD".to_owned(), "2.50 USD".to_owned())
    );
    assert_eq!(taken.refunds[0].source, "dashboard");
    let above = billing.refund("2", &taken.id, Some("11.00 USD")).await;
    assert_eq!(above.reason(), "FailedPrecondition REFUND_ABOVE_LEFT");
    billing.refund("3", &taken.id, None).await.captured_payment();
    assert_eq!(stage.sandbox.ledger().refunded(None, "usd"), 1250);
    let expected_events = [
        "PAYMENT_CAPTURED api",
        "REFUND_CREATED dashboard",
        "REFUND_SUCCEEDED dashboard",
        "REFUND_CREATED api",
        "REFUND_SUCCEEDED api",
    ];
    assert_eq!(billing.event_lines(0).await, expected_events);
}

/// M2: a payment is not imported when the journal has the payment already, or when the payment belongs to
/// another tenant, is canceled or does not exist.
#[tokio::test]
async fn known_foreign_or_canceled_payments_are_not_importable() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let refusal_message = async |billing: &Billing, id: &str, intent: &str| {
        let refusal = billing.import(import(id, intent)).await.refused();
        assert_eq!(refusal.reason, "NOT_IMPORTABLE");
        refusal.message
    };
    let own = billing.authorize(order("1", "12.50 USD")).await.held_payment();
    let message = refusal_message(&billing, "2", &intent(&own)).await;
    assert!(message.contains(&own.id), "{message}");
    let external_intent = made_elsewhere(&stage, "amount=1250&capture_method=manual").await;
    let taken = billing.import(import("3", &external_intent)).await.held_payment();
    let message = refusal_message(&billing, "4", &external_intent).await;
    assert!(message.contains(&taken.id), "{message}");

    let canceled = made_elsewhere(&stage, "amount=1250&capture_method=manual").await;
    stage.post_as_dashboard(&format!("/v1/payment_intents/{canceled}/cancel"), "").await;
    let message = refusal_message(&billing, "5", &canceled).await;
    assert!(message.contains("canceled"), "{message}");
    let message = refusal_message(&billing, "6", "pi_nobody_has_this").await;
    assert!(message.contains("no such PaymentIntent"), "{message}");

    // Another tenant on the same account cannot import acme's payments.
    let globex = stage.adapter_of_globex().await;
    let other = Billing::connect(globex.address, settings::BILLING_TOKEN).await;
    let message = refusal_message(&other, "7", &external_intent).await;
    assert!(message.contains("no such PaymentIntent"), "{message}");
    stage.sandbox.assign_key(settings::GLOBEX_KEY, settings::ACME_KEY).unwrap();
    for (id, of_acme) in [("8", &external_intent), ("9", &intent(&own))] {
        let message = refusal_message(&other, id, of_acme).await;
        assert!(message.contains("another tenant") && !message.contains(&own.id), "{message}");
    }
    globex.stop().await;
}

/// M5: authorizations, captures, refunds and the processor's log references under a billing
/// reference, with the sums.
#[tokio::test]
async fn an_order_view_shows_all_payments_and_sums() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let of = |id: &str, amount: &str| v1::AuthorizeRequest {
        billing_reference: "order 9".to_owned(),
        ..order(id, amount)
    };
    let first = billing.authorize(captured_at_once(of("1", "12.50 USD"))).await.captured_payment();
    billing.refund("2", &first.id, Some("2.50 USD")).await.captured_payment();
    let second = billing.authorize(of("3", "3.00 USD")).await.held_payment();
    let external = made_elsewhere(&stage, "amount=700").await;
    let request =
        v1::ImportPaymentRequest { billing_reference: "order 9".to_owned(), ..import("4", &external) };
    let third = billing.import(request).await.captured_payment();
    billing.authorize(captured_at_once(order("5", "9.00 USD"))).await.captured_payment();

    let calls = stage.calls();
    let view = billing.order_view("order 9", "21.00 USD").await;
    assert_eq!(stage.calls(), calls, "nobody is asked");
    let ids: Vec<_> = view.authorizations.iter().map(|payment| payment.id.as_str()).collect();
    assert_eq!(ids, [&third.id, &second.id, &first.id]);
    let captures: Vec<_> =
        view.captures.iter().map(|capture| (read(&capture.amount), capture.processing_mode())).collect();
    let expected = [
        ("7.00 USD".to_owned(), ProcessingMode::External),
        ("12.50 USD".to_owned(), ProcessingMode::Internal),
    ];
    assert_eq!(captures, expected);
    assert!(view.captures.iter().all(|capture| capture.balance_transaction.starts_with("txn_")));
    assert!(view.captures.iter().all(|capture| capture.charge.starts_with("ch_")));
    assert_eq!((view.refunds.len(), read(&view.refunds[0].amount)), (1, "2.50 USD".to_owned()));
    assert!(view.refunds[0].balance_transaction.starts_with("txn_"), "M4");
    let references = view.log.iter().filter(|entry| entry.processor_reference.starts_with("req_")).count();
    assert!(references >= 3, "{:#?}", view.log);
    assert!(view.log.windows(2).all(|two| two[0].at.unwrap().seconds <= two[1].at.unwrap().seconds));

    let [totals] = view.totals.as_slice() else { panic!("{:#?}", view.totals) };
    let sums =
        [&totals.authorized, &totals.captured, &totals.refunded, &totals.kept, &totals.missing].map(read);
    // 17.00 are kept and 3.00 held of 21.00.
    assert_eq!(sums, ["3.00 USD", "19.50 USD", "2.50 USD", "17.00 USD", "1.00 USD"]);
    let over = billing.order_view("order 9", "15.00 USD").await;
    assert_eq!(read(&over.totals[0].overpaid_by), "5.00 USD");
}

/// E3, E4: an amount other than the expected total is refused; an amount above the amount due is accepted
/// and flagged, and the excess can be refunded.
#[tokio::test]
async fn an_overpaid_order_is_flagged() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let request = |id: &str, expected: &str| v1::AuthorizeRequest {
        expected_total: Some(money(expected)),
        ..captured_at_once(order(id, "12.50 USD"))
    };
    let refusal = billing.authorize(request("1", "12.00 USD")).await.refused();
    assert_eq!(refusal.metadata["configured"], "12.00 USD");
    assert_eq!((refusal.metadata["actual"].as_str(), stage.calls()), ("12.50 USD", 0));
    billing.authorize(request("2", "12.50 USD")).await.captured_payment();

    let owed = v1::AuthorizeRequest {
        amount_due: Some(money("10.00 USD")),
        billing_reference: "invoice 3".to_owned(),
        ..captured_at_once(order("3", "12.50 USD"))
    };
    let paid = billing.authorize(owed).await.captured_payment();
    assert_eq!(
        (read(&paid.amount_due), read(&paid.overpaid_by)),
        ("10.00 USD".to_owned(), "2.50 USD".to_owned())
    );
    assert_eq!(read(&billing.order_view("invoice 3", "").await.totals[0].overpaid_by), "2.50 USD");
    billing.refund("4", &paid.id, Some("2.50 USD")).await.captured_payment();
    assert_eq!(billing.order_view("invoice 3", "").await.totals[0].overpaid_by, None);
    let exact = v1::AuthorizeRequest {
        amount_due: Some(money("12.50 USD")),
        ..captured_at_once(order("5", "12.50 USD"))
    };
    assert_eq!(billing.authorize(exact).await.captured_payment().overpaid_by, None);
}

/// M3, M4, E9: each of Stripe's ids leads to the same payment.
#[tokio::test]
async fn each_stripe_id_leads_to_the_payment() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let disputed = v1::AuthorizeRequest {
        instrument: crate::stage::method("pm_card_createDisputeInquiry"),
        ..captured_at_once(order("1", "12.50 USD"))
    };
    let paid = billing.authorize(disputed).await.captured_payment();
    billing.refund("2", &paid.id, Some("2.50 USD")).await.captured_payment();
    let paid = billing.sync(&paid.id).await.payment.unwrap();
    let ids = paid.processor_ids.clone().unwrap();
    let refund = &paid.refunds[0];
    let names = [
        ("pi_", ids.payment_intent),
        ("ch_", ids.charge),
        ("txn_", ids.balance_transaction),
        ("re_", refund.processor_id.clone()),
        ("txn_", refund.balance_transaction.clone()),
        ("du_", paid.disputes[0].id.clone()),
    ];
    for (prefix, id) in names {
        assert!(id.starts_with(prefix), "{id} is no {prefix}");
        let found = billing.get_payment(By::ProcessorId(id.clone())).await.unwrap().payment.unwrap();
        assert_eq!((&found.id, found.status()), (&paid.id, PaymentStatus::Captured), "{id}");
    }
}
