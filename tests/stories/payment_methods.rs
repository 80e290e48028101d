//! Payment methods beside the card, capabilities, and the dummy processor, which answers by rule.

use causeway::v1::{self, PaymentStatus, TokenizationStatus};

use crate::stage::{
    Stage,
    cards::{card as card_of, number, pay, pay_and_store_card, store_card_request},
    method, order,
};

/// Settings in which the tenant's GBP goes to the dummy processor.
async fn with_dummy(setting: &str) -> Stage {
    Stage::with_settings(|settings| {
        settings.replace(
            "[tenants.acme.currencies.CHF]",
            &format!(
                "[tenants.acme.payment_systems.trial]\nprocessor = \"dummy\"\nlogin = \"trial\"\n\
                 test_mode = true\ncapture_mode = \"manual\"\n{setting}\n\
                 [tenants.acme.currencies.GBP]\npayment_system = \"trial\"\n\n[tenants.acme.currencies.CHF]"
            ),
        )
    })
    .await
}

fn with(id: &str, card: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest { instrument: method(card), ..order(id, "12.50 GBP") }
}

/// A2: the same calls through another processor: hold, capture, refund, decline and kept cards, without
/// a call to Stripe.
#[tokio::test]
async fn the_dummy_processor_supports_the_same_operations() {
    let stage = with_dummy("").await;
    let billing = stage.billing().await;
    let held = billing.authorize(with("1", "pm_card_visa")).await.held_payment();
    assert_eq!((held.payment_system.as_str(), held.test_mode), ("trial", true));
    assert!(held.hold_expires.is_some());
    let taken = billing.capture("2", &held.id, Some("10.00 GBP")).await.captured_payment();
    assert_eq!(crate::stage::billing::read(&taken.captured), "10.00 GBP");
    let back = billing.refund("3", &held.id, Some("4.00 GBP")).await.captured_payment();
    assert_eq!(crate::stage::billing::read(&back.refunded), "4.00 GBP");
    assert_eq!(
        billing.refund("4", &held.id, Some("7.00 GBP")).await.reason(),
        "FailedPrecondition REFUND_ABOVE_LEFT"
    );

    assert_eq!(billing.authorize(with("5", "pm_decline")).await.declined().code, "CARD_DECLINED");
    assert_eq!(billing.authorize(with("6", "pm_insufficient")).await.declined().code, "INSUFFICIENT_FUNDS");
    let waiting = billing.authorize(with("7", "pm_authenticate")).await.action_required();
    assert_eq!(waiting.payment.unwrap().action.unwrap().r#type, "use_stripe_sdk");
    billing.authorize(with("7", "pm_authenticate")).await.held_payment();

    let amex = with("8", "pm_card_jcb");
    assert_eq!(billing.authorize(amex).await.reason(), "FailedPrecondition CARD_BRAND_REFUSED");
    let stored = v1::TokenizeRequest {
        payment_system: "trial".to_owned(),
        ..store_card_request("9", "c-1", "pm_card_mastercard")
    };
    let card = billing.stored_card(stored).await;
    assert_eq!(card.display_name, "Mastercard ****4242 12/2034");
    billing.authorize(pay("10", "5.00 GBP", "c-1", &card.token)).await.held_payment();
    assert_eq!(billing.cards("c-1").await.cards, std::slice::from_ref(&card));
    billing.delete_card("11", "c-1", &card.token).await.unwrap();
    assert_eq!(
        billing.authorize(pay("12", "5.00 GBP", "c-1", &card.token)).await.reason(),
        "FailedPrecondition CARD_DELETED"
    );

    let ends = async |id: &str, method: &str, who: &str| {
        let message =
            v1::TokenizeRequest { payment_system: "trial".to_owned(), ..store_card_request(id, who, method) };
        billing.tokenize(message).await.unwrap().status()
    };
    for (id, who) in [("k-1", "c-2"), ("k-2", "c-3")] {
        assert_eq!(ends(id, "pm_visa", who).await, TokenizationStatus::SuccessfullyTokenized, "everybody's");
    }
    assert_eq!(ends("k-3", "pm_decline", "c-2").await, TokenizationStatus::FailedToTokenize);
    let waits = TokenizationStatus::AdditionalActionRequired;
    assert_eq!(ends("k-4", "pm_authenticate", "c-2").await, waits);
    assert_eq!(ends("k-4", "pm_authenticate", "c-2").await, TokenizationStatus::SuccessfullyTokenized);
    let by_number = v1::TokenizeRequest {
        payment_system: "trial".to_owned(),
        instrument: Some(v1::tokenize_request::Instrument::Card(card_of("5555555555554444", "123"))),
        ..store_card_request("k-5", "c-2", "")
    };
    assert_eq!(billing.stored_card(by_number).await.display_name, "Mastercard ****4444 12/2034");
    for (id, who) in [("k-6", "c-4"), ("k-7", "c-5")] {
        let message =
            v1::AuthorizeRequest { instrument: method("pm_ok"), ..pay_and_store_card(id, "5.00 GBP", who) };
        assert!(billing.authorize(message).await.result().stored_card.is_some());
    }

    let raw = v1::AuthorizeRequest {
        instrument: number("4000000000000002", "123"),
        ..pay_and_store_card("13", "5.00 GBP", "c-1")
    };
    assert_eq!(billing.authorize(raw).await.declined().code, "CARD_DECLINED");
    assert_eq!(billing.void(&held.id).await.code(), tonic::Code::Unimplemented);
    assert_eq!(stage.calls(), 0);
}

/// K2 with another processor: the same request twice is one payment.
#[tokio::test]
async fn the_dummy_processor_executes_a_request_once() {
    let stage = with_dummy("").await;
    let billing = stage.billing().await;
    let first = billing.authorize(with("1", "pm_card_visa")).await.held_payment();
    let again = billing.authorize(with("1", "pm_card_visa")).await.result();
    assert!(again.duplicate);
    assert_eq!(again.payment.unwrap(), first);
    let late = billing.authorize(with("2", "pm_card_visa")).await.held_payment();
    assert_ne!(late.processor_ids.unwrap().payment_intent, first.processor_ids.unwrap().payment_intent);
}

/// C6, C7: method types beyond the allowlist are refused by name; a type without holds is refused or
/// captured at once by setting, and the answer shows the capture mode.
#[tokio::test]
async fn method_types_without_holds_are_refused_or_captured_at_once() {
    let stage = with_dummy("").await;
    let refusal = stage.billing().await.authorize(with("1", "pm_sepa")).await.refused();
    assert_eq!(
        (refusal.reason.as_str(), refusal.metadata["actual"].as_str()),
        ("METHOD_TYPE_REFUSED", "sepa_debit")
    );

    let stage = with_dummy("method_types = [\"card\", \"sepa_debit\"]").await;
    let billing = stage.billing().await;
    assert_eq!(
        billing.authorize(with("1", "pm_sepa")).await.reason(),
        "FailedPrecondition METHOD_WITHOUT_HOLD"
    );
    let at_once =
        v1::AuthorizeRequest { capture_mode: v1::CaptureMode::Automatic.into(), ..with("2", "pm_sepa") };
    billing.authorize(at_once).await.captured_payment();

    let stage =
        with_dummy("method_types = [\"card\", \"sepa_debit\"]\nmethod_without_hold = \"capture\"").await;
    let taken = stage.billing().await.authorize(with("1", "pm_sepa")).await.captured_payment();
    assert_eq!((taken.status(), taken.capture_mode()), (PaymentStatus::Captured, v1::CaptureMode::Automatic));
}

/// C6: the allowlist reaches Stripe as `allowed_payment_method_types`.
#[tokio::test]
async fn the_allowlist_of_method_types_reaches_stripe() {
    let stage = Stage::open().await;
    stage.billing().await.authorize(order("1", "5.00 USD")).await.held_payment();
    let sent = String::from_utf8(stage.sandbox.calls().pop().unwrap().body).unwrap();
    assert!(sent.contains("allowed_payment_method_types%5B%5D=card"), "{sent}");
}

/// E3: the amount has to equal the invoice's total, where the request gives the total.
#[tokio::test]
async fn an_amount_that_differs_from_the_invoice_is_refused() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let expecting = |id: &str, total: &str| v1::AuthorizeRequest {
        expected_total: Some(crate::stage::billing::money(total)),
        ..order(id, "12.50 USD")
    };
    billing.authorize(expecting("1", "12.50 USD")).await.held_payment();
    for total in ["12.51 USD", "12.50 CHF"] {
        let refusal = billing.authorize(expecting("2", total)).await.refused();
        assert_eq!(
            (refusal.reason.as_str(), refusal.payer_message),
            ("AMOUNT_NOT_EXPECTED", format!("Your payment must be {total}"))
        );
    }
    assert_eq!(stage.authorizations(), 1);
}

/// B2: the login is obligatory, longer than four characters, and never reaches Stripe.
#[tokio::test]
async fn the_login_is_never_sent_to_stripe() {
    let mut bodies = vec![];
    for login in ["12345", "a login of many words"] {
        let stage = Stage::with_settings(|settings| {
            settings.replace("login = \"billing\"", &format!("login = \"{login}\""))
        })
        .await;
        stage.billing().await.authorize(order("1", "5.00 USD")).await.held_payment();
        let call = stage.sandbox.calls().pop().unwrap();
        let body = String::from_utf8(call.body.clone()).unwrap();
        assert!(
            !body.contains("login") && call.header("authorization").is_some_and(|key| !key.contains(login))
        );
        bodies.push((
            body.split("&metadata").next().unwrap().to_owned(),
            call.header("idempotency-key").map(str::to_owned),
        ));
    }
    assert_eq!(bodies[0], bodies[1]);
}
