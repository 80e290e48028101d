//! The requests on the socket and the sandbox's answers, compared with Stripe's own OpenAPI description.

use causeway::v1::{self, CaptureMode, CardReuse, RefundReason};
use causeway_sandbox::RawCards;

use super::openapi_follow_ups;
use crate::{
    openapi::Judge,
    stage::{
        Billing, Stage,
        billing::money,
        cards::{customer, number, store_card_request},
        method, order, settings,
    },
};

/// `None`, with a line on stderr, when the description is missing. With CAUSEWAY_REQUIRE_ALL=1 a missing
/// description is a failure.
fn judge() -> Option<Judge> {
    let judge = Judge::load();
    if judge.is_none() {
        assert!(std::env::var_os("CAUSEWAY_REQUIRE_ALL").is_none(), "Stripe's description is not there");
        eprintln!("skipped: ../shared/stripe/openapi.reduced.json is not there, so nothing was judged by it");
    }
    judge
}

#[tokio::test]
async fn each_request_and_answer_conforms_to_stripes_openapi_description() {
    let Some(judge) = judge() else { return };
    // The operator's minimum lies below Stripe's.
    let stage = Stage::with_settings(|settings| {
        settings
            .replace("\"0.46\"", "\"0.30\"")
            .replace("login = \"billing\"", "login = \"billing\"\nrelease_hold = true")
    })
    .await;
    send_every_request(&stage).await;

    // Calls that the story makes straight at Stripe are no requests of the relay.
    let ours = |agent: &str| agent.starts_with("causeway-relay/");
    let mut calls = stage.sandbox.calls();
    calls.retain(|call| call.header("user-agent").is_some_and(ours));
    assert!(calls.len() > 90, "{} calls", calls.len());
    for call in calls {
        let about = format!("{} {}", call.method, call.path);
        let complaints =
            judge.request(&call.method, &call.path, &call.query, call.header("content-type"), &call.body);
        assert!(complaints.is_empty(), "{about}: {complaints:#?}\n{}", String::from_utf8_lossy(&call.body));
        let answer = call.answer.as_ref().unwrap();
        let complaints = judge.answer(&call.method, &call.path, answer.status, &answer.body);
        assert!(complaints.is_empty(), "{about} -> {}: {complaints:#?}", answer.status);
        assert_eq!(call.header("stripe-version"), Some("2026-08-26.dahlia"));
        let key = call.header("idempotency-key");
        assert_eq!(key.is_some_and(|key| key.len() <= 255), call.method == "POST");
    }
}

/// Every kind of request with every field, and every kind of answer.
async fn send_every_request(stage: &Stage) {
    let billing = stage.billing().await;
    let full = v1::AuthorizeRequest {
        billing_reference: "INV 17/2026".to_owned(),
        description: "Größe & Gewicht".to_owned(),
        metadata: (0..40).map(|number| (format!("key {number}"), "ü".repeat(500))).take(10).collect(),
        receipt_email: "ann@example.com".to_owned(),
        statement_descriptor_suffix: "INV 17".to_owned(),
        return_url: "https://portal.example/back?x=1".to_owned(),
        ..order("full", "12.50 USD")
    };
    let held = billing.authorize(full).await.held_payment();
    billing.capture("capture", &held.id, Some("10.00 USD")).await.captured_payment();
    for (number, reason) in [
        RefundReason::Unspecified,
        RefundReason::Duplicate,
        RefundReason::Fraudulent,
        RefundReason::RequestedByCustomer,
    ]
    .into_iter()
    .enumerate()
    {
        let message = v1::RefundRequest {
            request_id: format!("refund-{number}"),
            payment_id: held.id.clone(),
            amount: Some(money("1.00 USD")),
            reason: reason.into(),
            note: String::new(),
            ..Default::default()
        };
        billing.refund_as(message).await.captured_payment();
    }
    for (number, card) in [
        "pm_card_visa",
        "pm_card_amex",
        "pm_card_visa_chargeDeclined",
        "pm_card_chargeDeclinedExpiredCard",
        "pm_card_authenticationRequired",
        "pm_card_radarBlock",
        "pm_card_pendingRefund",
        "pm_unknown",
    ]
    .into_iter()
    .enumerate()
    {
        for (off_session, mode) in [(false, CaptureMode::Automatic), (true, CaptureMode::Manual)] {
            let request = v1::AuthorizeRequest {
                instrument: method(card),
                off_session,
                capture_mode: mode.into(),
                ..order(&format!("{number}-{off_session}"), "3.00 EUR")
            };
            billing.authorize(request).await.result();
        }
    }
    billing.authorize(order("too-small", "0.40 CHF")).await.declined();
    send_card_requests(stage, &billing).await;
    openapi_follow_ups::send_follow_ups(stage, &billing).await;
    let lapsing = billing.authorize(order("lapsing", "5.00 USD")).await.held_payment();
    stage.sandbox.advance(std::time::Duration::from_secs(8 * 24 * 3600));
    billing.capture("too-late", &lapsing.id, None).await.declined();
}

/// Requests about customers, kept cards and card numbers.
async fn send_card_requests(stage: &Stage, billing: &Billing) {
    stage.sandbox.allow_raw_cards(settings::ACME_KEY, RawCards::TestNumbers);
    let line = |text: &str| text.to_owned();
    let address = v1::Address {
        line1: line("Hauptstraße 1"),
        line2: line("3. Stock"),
        city: line("Ulm"),
        state: line("BW"),
        postal_code: line("89073"),
        country: line("DE"),
    };
    let ann = v1::Customer {
        name: line("Ann Größe"),
        phone: line("+4915123456789"),
        language: line("pt-BR"),
        address: Some(address),
        ..customer("c-1").unwrap()
    };
    billing.put_customer("put", Some(ann.clone())).await.unwrap();
    billing.put_customer("moved", customer("c-1")).await.unwrap();
    for (place, card) in
        ["pm_card_visa", "pm_card_visa_chargeDeclined", "pm_card_authenticationRequired", "pm_unknown"]
            .into_iter()
            .enumerate()
    {
        let back = if place == 0 { "" } else { "https://portal.example/back" };
        let message = v1::TokenizeRequest {
            return_url: line(back),
            ..store_card_request(&format!("keep-{place}"), "c-1", card)
        };
        billing.tokenize(message).await.unwrap();
    }
    for (request, card, reuse) in [
        ("raw-1", "5555555555554444", CardReuse::OnSession),
        ("raw-2", "4000000000000002", CardReuse::OffSession),
        ("raw-3", "4242424242424242", CardReuse::OffSession),
    ] {
        let message = v1::AuthorizeRequest {
            instrument: number(card, "737"),
            customer: Some(ann.clone()),
            store_card: reuse.into(),
            ..order(request, "5.00 USD")
        };
        billing.authorize(message).await.result();
    }
    for card in billing.cards("c-1").await.cards {
        if card.status() == v1::CardStatus::Active {
            billing.set_default_card(&format!("choose-{}", card.token), "c-1", &card.token).await.unwrap();
        }
        billing.delete_card(&format!("delete-{}", card.token), "c-1", &card.token).await.unwrap();
    }
}
