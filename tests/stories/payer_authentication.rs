//! Payments in two steps and more: the payer acts, and billing confirms.

use std::{collections::HashSet, time::Duration};

use causeway::v1::{self, Advice, PaymentStatus};
use jiff::SignedDuration;

use crate::stage::{
    Fault, FaultRule, Stage, eventually,
    follow_ups::{intent, posted_bodies},
    method, order, post_fault,
};

fn with_authentication(id: &str) -> v1::AuthorizeRequest {
    v1::AuthorizeRequest { instrument: method("pm_card_authenticationRequired"), ..order(id, "12.50 USD") }
}

/// E5: the first call creates the PaymentIntent and returns the action for the payer; the
/// second call is final.
#[tokio::test]
async fn authorize_and_confirm_make_one_payment() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let waiting = billing.authorize(with_authentication("1")).await.action_required().payment.unwrap();
    let action = waiting.action.clone().unwrap();
    let id = intent(&waiting);
    assert_eq!(action.r#type, "use_stripe_sdk");
    assert!(action.client_secret.starts_with(&format!("{id}_secret_")));

    let early = billing.confirm("2", &waiting.id, "").await.action_required().payment.unwrap();
    assert_eq!(early.action, waiting.action, "the payer has not acted yet");
    assert!(stage.sandbox.authenticate(&id, true));
    let last = billing.confirm("3", &waiting.id, "").await.held_payment();
    assert_eq!((&last.id, &last.action), (&waiting.id, &None));
    assert!(billing.confirm("3", &waiting.id, "").await.result().duplicate);
    billing.confirm("4", &waiting.id, "").await.held_payment();

    assert_eq!((stage.authorizations(), posted_bodies(&stage, "/v1/payment_intents").len()), (1, 1));
    assert_eq!(posted_bodies(&stage, "/confirm").len(), 0, "there was nothing to ask for");
    assert_eq!(billing.event_lines(0).await, ["PAYMENT_ACTION_REQUIRED api", "PAYMENT_AUTHORIZED api"]);
    billing.capture("5", &waiting.id, None).await.captured_payment();
}

/// F7: an action fails, another card needs another action, and then the payment is final. Each answer names
/// the required action, and the PaymentIntent stays the same.
#[tokio::test]
async fn several_payer_actions_lead_to_a_final_payment() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let request = v1::AuthorizeRequest {
        return_url: "https://shop.example/back".to_owned(),
        ..with_authentication("1")
    };
    let first = billing.authorize(request).await.action_required().payment.unwrap();
    let action = first.action.clone().unwrap();
    assert_eq!(action.r#type, "redirect_to_url");
    assert!(action.redirect_url.starts_with(&stage.sandbox.url()));
    let id = intent(&first);

    assert!(stage.sandbox.authenticate(&id, false));
    let failed = billing.confirm("2", &first.id, "").await.action_required();
    let (payment, failure) = (failed.payment.unwrap(), failed.failure.unwrap());
    assert_eq!(payment.status(), PaymentStatus::ActionRequired);
    assert_eq!(payment.action.unwrap().r#type, "payment_method_required");
    assert_eq!((failure.code.as_str(), failure.advice()), ("AUTHENTICATION_FAILED", Advice::NewCard));

    let again = v1::ConfirmRequest {
        request_id: "3".to_owned(),
        payment_id: first.id.clone(),
        payment_method: "pm_card_threeDSecure2Required".to_owned(),
        return_url: "https://shop.example/again".to_owned(),
    };
    let second = billing.confirm_as(again.clone()).await.action_required();
    assert_eq!(second.failure, None, "the failure before is over");
    let action = second.payment.unwrap().action.unwrap();
    assert_eq!(action.r#type, "redirect_to_url");
    assert!(!action.redirect_url.is_empty() && action.client_secret.starts_with(&id));

    assert!(stage.sandbox.authenticate(&id, true));
    // The same request reads the state again, and so does a new request.
    billing.confirm_as(again).await.held_payment();
    let last = billing.confirm("4", &first.id, "").await.held_payment();
    assert_eq!((intent(&last), last.card.unwrap().last4.as_str()), (id, "3220"));
    assert_eq!((stage.authorizations(), posted_bodies(&stage, "/v1/payment_intents").len()), (1, 1));
    assert_eq!(posted_bodies(&stage, "/confirm").len(), 1);
    assert_eq!(billing.event_lines(0).await, ["PAYMENT_ACTION_REQUIRED api", "PAYMENT_AUTHORIZED api"]);
}

/// The rules for the first card apply to the next card too.
#[tokio::test]
async fn a_second_card_is_subject_to_the_policy_rules() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let waiting = billing.authorize(with_authentication("1")).await.action_required().payment.unwrap();
    stage.sandbox.authenticate(&intent(&waiting), false);
    let refused = billing.confirm("2", &waiting.id, "pm_card_jcb").await;
    assert_eq!(refused.reason(), "FailedPrecondition CARD_BRAND_REFUSED");
    assert_eq!(posted_bodies(&stage, "/confirm").len(), 0);
    assert_eq!(billing.payment(&waiting.id).await.status(), PaymentStatus::ActionRequired);

    // A card that the bank declines leaves the payment open for another card.
    let declined = billing.confirm("3", &waiting.id, "pm_card_visa_chargeDeclined").await.action_required();
    assert_eq!(declined.failure.unwrap().code, "CARD_DECLINED");
    billing.confirm("4", &waiting.id, "pm_card_visa").await.held_payment();
    assert_eq!(posted_bodies(&stage, "/v1/payment_intents").len(), 1);
}

/// F6: webhook or call, whichever is first, finishes the payment; the second finds the payment finished.
#[tokio::test(flavor = "multi_thread")]
async fn a_concurrent_webhook_and_confirm_finish_a_payment_once() {
    let (stage, _) = Stage::with_webhooks(|settings| settings).await;
    let billing = stage.billing().await;
    let mut waiting = vec![];
    for number in 0..100 {
        let payment =
            billing.authorize(with_authentication(&format!("{number}"))).await.action_required().payment;
        waiting.push(payment.unwrap());
    }
    stage.wait_until_handled().await;
    let calls: Vec<_> = waiting
        .iter()
        .map(|payment| {
            assert!(stage.sandbox.authenticate(&intent(payment), true));
            let (billing, id) = (billing.clone(), payment.id.clone());
            tokio::spawn(async move { billing.confirm(&format!("confirm:{id}"), &id, "").await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().held_payment();
    }
    stage.wait_until_handled().await;

    assert_eq!((stage.authorizations(), posted_bodies(&stage, "/v1/payment_intents").len()), (100, 100));
    let events = billing.events(0).await;
    let distinct_events: HashSet<_> =
        events.iter().map(|event| (event.kind(), event.payment.as_ref().unwrap().id.clone())).collect();
    assert_eq!(
        (events.len(), distinct_events.len()),
        (200, 200),
        "each payment waited once and was held once"
    );
    for payment in &waiting {
        let by = v1::get_payment_request::By::PaymentId(payment.id.clone());
        let timeline = billing.get_payment(by).await.unwrap().timeline;
        let became = |status: PaymentStatus| {
            let moves = |entry: &&v1::TimelineEntry| entry.to() == status && entry.from() != status;
            timeline.iter().filter(moves).count()
        };
        assert_eq!(became(PaymentStatus::Authorized), 1, "{timeline:#?}");
    }
}

/// A payment that was given up cannot be confirmed.
#[tokio::test]
async fn a_canceled_payment_cannot_be_confirmed() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let waiting = billing.authorize(with_authentication("1")).await.action_required().payment.unwrap();
    let given_up = billing.order_failed("2", &waiting.id, v1::OrderFailure::PaymentInactive).await;
    given_up.approved(PaymentStatus::Canceled);
    let refusal = billing.confirm("3", &waiting.id, "").await.refused();
    assert_eq!(refusal.reason, "NOT_CONFIRMABLE");
    assert!(refusal.message.contains("CANCELED"), "{}", refusal.message);
    let unknown = "0199aaaa-0000-7000-8000-000000000000";
    assert_eq!(billing.confirm("4", unknown, "").await.reason(), "NotFound PAYMENT_NOT_FOUND");
}

/// F5: the payer was absent and could not authenticate. The payer comes back to the same PaymentIntent.
#[tokio::test]
async fn an_off_session_payment_waits_for_payer_authentication() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let off_session = v1::AuthorizeRequest { off_session: true, ..with_authentication("1") };
    let result = billing.authorize(off_session).await.action_required();
    let (payment, failure) = (result.payment.unwrap(), result.failure.unwrap());
    assert_eq!((failure.code.as_str(), failure.advice()), ("AUTHENTICATION_REQUIRED", Advice::BringPayer));
    let action = payment.action.clone().unwrap();
    assert_eq!(action.r#type, "authentication_required");
    assert!(!action.client_secret.is_empty());

    // A sync while the payer is on the way changes no state.
    assert!(!billing.sync(&payment.id).await.changed);
    let asked_for = billing.confirm("2", &payment.id, "pm_card_authenticationRequired").await;
    assert_eq!(asked_for.action_required().payment.unwrap().action.unwrap().r#type, "use_stripe_sdk");
    assert!(stage.sandbox.authenticate(&intent(&payment), true));
    let held = billing.confirm("3", &payment.id, "").await.held_payment();
    assert_eq!((intent(&held), stage.authorizations()), (intent(&payment), 1));
    let event_lines = billing.event_lines(0).await;
    assert_eq!(event_lines, ["PAYMENT_ACTION_REQUIRED api", "PAYMENT_AUTHORIZED api"]);
}

/// F42: the relay does not wait for a payer for ever. After thirty days the payment is canceled at Stripe,
/// so that the payer can no longer act.
#[tokio::test]
async fn a_payment_without_payer_action_is_canceled_after_a_month() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let waiting = billing.authorize(with_authentication("1")).await.action_required().payment.unwrap();
    stage.advance_clocks(SignedDuration::from_hours(29 * 24)).await;
    billing.job("open").await;
    assert_eq!(billing.payment(&waiting.id).await.status(), PaymentStatus::ActionRequired);
    stage.advance_clocks(SignedDuration::from_hours(2 * 24)).await;
    billing.job("open").await;
    assert_eq!(billing.payment(&waiting.id).await.status(), PaymentStatus::Canceled);
    assert!(!stage.sandbox.authenticate(&intent(&waiting), true), "its payer comes too late");
    assert_eq!(stage.authorizations(), 0);
    assert_eq!(billing.event_lines(0).await, ["PAYMENT_ACTION_REQUIRED api", "PAYMENT_CANCELED api"]);
}

/// A lost answer to a Confirm is resolved by the same request, and the effect happens once.
#[tokio::test]
async fn a_lost_confirm_answer_is_resolved_by_the_same_request() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let waiting = billing.authorize(with_authentication("1")).await.action_required().payment.unwrap();
    stage.sandbox.authenticate(&intent(&waiting), false);
    stage.lose_calls("/v1/payment_intents/*/confirm", true);
    let lost = billing.confirm("2", &waiting.id, "pm_card_visa").await.unknown();
    assert_eq!(lost.payment.unwrap().status(), PaymentStatus::ActionRequired, "it stays as it was");
    billing.confirm("2", &waiting.id, "pm_card_visa").await.held_payment();
    assert_eq!(stage.authorizations(), 1);
}

/// Two cards at once: the bank is asked about one card only, and both answers show that card.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_confirms_charge_a_single_card() {
    let stage = Stage::open().await;
    let billing = stage.billing().await;
    let waiting = billing.authorize(with_authentication("1")).await.action_required().payment.unwrap();
    stage.sandbox.authenticate(&intent(&waiting), false);
    // Both requests reach Stripe. The second is faster there, and gets the answer last.
    let rule =
        |fault| FaultRule { path: Some("/v1/payment_intents/*/confirm".to_owned()), ..post_fault(fault, 1) };
    stage.sandbox.arm_rule(rule(Fault::SlowBefore(Duration::from_millis(700))));
    stage.sandbox.arm_rule(rule(Fault::SlowAfter(Duration::from_millis(2000))));
    let confirm = |id: &'static str, card: &'static str| {
        let (billing, payment) = (billing.clone(), waiting.id.clone());
        tokio::spawn(async move { billing.confirm(id, &payment, card).await })
    };
    let first = confirm("2", "pm_card_visa");
    eventually("the first one is on its way", async || posted_bodies(&stage, "/confirm").len() == 1).await;
    let other = confirm("3", "pm_card_mastercard");
    first.await.unwrap().held_payment();
    other.await.unwrap().held_payment();
    assert_eq!(posted_bodies(&stage, "/confirm").len(), 2, "both did ask");
    let held = billing.payment(&waiting.id).await;
    assert_eq!((held.card.unwrap().last4.as_str(), stage.authorizations()), ("4444", 1));
    assert_eq!(billing.event_lines(0).await, ["PAYMENT_ACTION_REQUIRED api", "PAYMENT_AUTHORIZED api"]);
}
