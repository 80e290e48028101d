//! The relay's requests to Stripe later in a payment's life, for the judge of Stripe's description.

use causeway::v1::{self, CaptureMode, OrderFailure, ReleaseReason};

use crate::stage::{
    Billing, Stage,
    cards::{customer, store_card_request},
    method, order, post,
    settings::ACME_KEY,
};

/// Confirms, releases, refunds, imports and synchronizes payments, and runs all jobs.
pub(super) async fn send_follow_ups(stage: &Stage, billing: &Billing) {
    released_and_given_back(billing).await;
    confirmed(stage, billing).await;
    taken_over(stage, billing).await;
    let disputed = v1::AuthorizeRequest {
        instrument: method("pm_card_createDispute"),
        capture_mode: CaptureMode::Automatic.into(),
        ..order("disputed", "6.00 USD")
    };
    let disputed = billing.authorize(disputed).await.captured_payment();
    billing.sync(&disputed.id).await;
    billing.stored_card(store_card_request("to-leave", "c-leaving", "pm_card_visa")).await;
    let gone = v1::DeactivateCustomerRequest {
        request_id: "deactivate".to_owned(),
        customer_id: "c-leaving".to_owned(),
    };
    billing.client.clone().deactivate_customer(billing.request(gone)).await.unwrap();
    let new = v1::PutCustomerRequest {
        request_id: "put-later".to_owned(),
        customer: customer("c-later"),
        payment_system: "main".to_owned(),
        answer_mode: v1::AnswerMode::Async.into(),
    };
    billing.client.clone().put_customer(billing.request(new)).await.unwrap();
    let counts = billing.job("").await;
    assert!(
        counts.contains_key("customers.registered") && counts.contains_key("customers.deleted"),
        "{counts:?}"
    );
    assert_eq!(counts.keys().filter(|name| name.contains("failed")).count(), 0, "{counts:?}");
}

async fn released_and_given_back(billing: &Billing) {
    for (number, reason) in [
        ReleaseReason::Unspecified,
        ReleaseReason::Duplicate,
        ReleaseReason::Fraudulent,
        ReleaseReason::RequestedByCustomer,
        ReleaseReason::Abandoned,
    ]
    .into_iter()
    .enumerate()
    {
        let held = billing.authorize(order(&format!("to-release-{number}"), "2.00 USD")).await.held_payment();
        let message = v1::ReleaseHoldRequest {
            request_id: format!("release-{number}"),
            payment_id: held.id,
            reason: reason.into(),
        };
        let answer = billing.client.clone().release_hold(billing.request(message)).await.unwrap();
        let payment = answer.into_inner().result.unwrap().payment.unwrap();
        assert_eq!(payment.status(), v1::PaymentStatus::Released);
    }
    let held = billing.authorize(order("to-fail", "2.00 USD")).await.held_payment();
    billing.capture("capture-to-fail", &held.id, None).await.captured_payment();
    let message = v1::ReportOrderFailedRequest {
        request_id: "failed".to_owned(),
        payment_id: held.id,
        reason: OrderFailure::ProductsUnavailable.into(),
        note: "sold out".to_owned(),
    };
    billing.client.clone().report_order_failed(billing.request(message)).await.unwrap();
}

async fn confirmed(stage: &Stage, billing: &Billing) {
    let waiting = v1::AuthorizeRequest {
        instrument: method("pm_card_authenticationRequired"),
        ..order("to-confirm", "3.00 USD")
    };
    let waiting = billing.authorize(waiting).await.action_required().payment.unwrap();
    let intent = waiting.processor_ids.unwrap().payment_intent;
    assert!(stage.sandbox.authenticate(&intent, false));
    let message = v1::ConfirmRequest {
        request_id: "confirm".to_owned(),
        payment_id: waiting.id,
        payment_method: "pm_card_visa".to_owned(),
        return_url: "https://portal.example/again?x=1".to_owned(),
    };
    let answer = billing.client.clone().confirm(billing.request(message)).await.unwrap();
    let payment = answer.into_inner().result.unwrap().payment.unwrap();
    assert_eq!(payment.status(), v1::PaymentStatus::Authorized);
}

async fn taken_over(stage: &Stage, billing: &Billing) {
    let form = "amount=700&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual\
                &payment_method_types[]=card";
    let intent = post(stage, ACME_KEY, "/v1/payment_intents", form).await;
    let message = v1::ImportPaymentRequest {
        request_id: "import".to_owned(),
        payment_intent: intent,
        payment_system: "main".to_owned(),
        billing_reference: "INV 18".to_owned(),
        ..Default::default()
    };
    billing.client.clone().import_payment(billing.request(message)).await.unwrap();
}
