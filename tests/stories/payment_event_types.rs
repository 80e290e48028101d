//! For each type of event about payments a fixture event, and the change that the event causes. Stripe's
//! side is changed straight at the sandbox while webhooks are lost; then the fixture reports the change.

use causeway::v1;
use causeway_sandbox::Fault;
use jiff::SignedDuration;

use crate::stage::{
    Billing, Stage,
    events::WebhookEndpoint,
    follow_ups::intent,
    method, order, post_fault,
    settings::ACME_KEY,
    webhooks::{fixture_with_ids, list, outcome, without_retries},
};

/// State of a payment, here and at Stripe, before the event.
#[derive(Clone, Copy)]
enum PaymentState {
    /// Billing asked for the payment, and Stripe's answers were lost.
    Lost(&'static str),
    /// Stripe never received the request, and a bank account is debited for the payment.
    Debited,
    /// The payer has to act.
    Waiting,
    /// The payer had to act; true when the authentication succeeded.
    Acted(bool),
    /// The payer had to act, and the PaymentIntent was canceled at Stripe.
    GivenUp,
    /// The payment is held, and then captured or canceled at Stripe; "" for no action.
    Held(&'static str),
    /// The payment was held for more than a week.
    Lapsed,
    /// The payment was captured, and refunded at Stripe.
    Refunded,
    /// Billing refunded the payment, and the refund fails late.
    ComesBack,
    /// The payment was disputed, and answered with this evidence; "" for no answer.
    Disputed(&'static str),
}

use PaymentState::*;

/// Fixture, scene, outcome in the inbox, status afterwards, and the events emitted to billing.
type Row = (&'static str, PaymentState, &'static str, &'static str, &'static [&'static str]);

/// A debit of a bank account for a payment in the journal. The relay's own code never asks for a debit: the
/// relay keeps no mandates.
const DEBIT: &str = "amount=1250&currency=usd&confirm=true&payment_method=pm_usBankAccount_success\
    &payment_method_types[]=us_bank_account&mandate_data[customer_acceptance][type]=offline\
    &metadata[causeway_payment]=";

const HELD: &[&str] = &["PAYMENT_RESOLVED webhook", "PAYMENT_AUTHORIZED webhook"];
const DECLINED: &[&str] = &["PAYMENT_RESOLVED webhook", "PAYMENT_DECLINED webhook"];
const RESOLVED: &[&str] = &["PAYMENT_RESOLVED webhook"];
const CAPTURED: &[&str] = &["PAYMENT_CAPTURED dashboard"];
const REFUNDED: &[&str] = &["REFUND_CREATED dashboard", "REFUND_SUCCEEDED dashboard"];
const OPENED: &[&str] = &["DISPUTE_OPENED webhook"];
const ANSWERED: &[&str] = &["DISPUTE_OPENED webhook", "DISPUTE_UPDATED webhook"];
const CLOSED: &[&str] = &["DISPUTE_OPENED webhook", "DISPUTE_UPDATED webhook", "DISPUTE_CLOSED webhook"];

const ROWS: &[Row] = &[
    ("payment_intent.created", Lost("pm_card_visa"), "changed", "AUTHORIZED", HELD),
    (
        "payment_intent.requires_action",
        Lost("pm_card_authenticationRequired"),
        "changed",
        "ACTION_REQUIRED",
        &["PAYMENT_RESOLVED webhook", "PAYMENT_ACTION_REQUIRED webhook"],
    ),
    ("payment_intent.processing", Debited, "changed", "PENDING", RESOLVED),
    (
        "payment_intent.amount_capturable_updated",
        Acted(true),
        "changed",
        "AUTHORIZED",
        &["PAYMENT_AUTHORIZED webhook"],
    ),
    ("payment_intent.succeeded", Held("capture"), "changed", "CAPTURED", CAPTURED),
    ("payment_intent.payment_failed", Lost("pm_card_chargeDeclined"), "changed", "DECLINED", DECLINED),
    ("payment_intent.payment_failed", Acted(false), "changed", "ACTION_REQUIRED", &[]),
    ("payment_intent.canceled", Held("cancel"), "changed", "RELEASED", &["PAYMENT_RELEASED dashboard"]),
    ("payment_intent.canceled", GivenUp, "changed", "CANCELED", &["PAYMENT_CANCELED dashboard"]),
    ("payment_intent.canceled", Lapsed, "changed", "EXPIRED", &["PAYMENT_EXPIRED webhook"]),
    // The sandbox never funds in part: the payment is read, and has no change.
    ("payment_intent.partially_funded", Waiting, "echo", "ACTION_REQUIRED", &[]),
    ("charge.succeeded", Lost("pm_card_visa"), "changed", "AUTHORIZED", HELD),
    ("charge.pending", Debited, "changed", "PENDING", RESOLVED),
    ("charge.failed", Lost("pm_card_chargeDeclined"), "changed", "DECLINED", DECLINED),
    ("charge.captured", Held("capture"), "changed", "CAPTURED", CAPTURED),
    ("charge.expired", Lapsed, "changed", "EXPIRED", &["PAYMENT_EXPIRED webhook"]),
    ("charge.updated", Held("capture"), "changed", "CAPTURED", CAPTURED),
    ("charge.refunded", Refunded, "changed", "CAPTURED", REFUNDED),
    ("charge.refund.updated", Refunded, "changed", "CAPTURED", REFUNDED),
    ("refund.created", Refunded, "changed", "CAPTURED", REFUNDED),
    ("refund.updated", Refunded, "changed", "CAPTURED", REFUNDED),
    ("refund.failed", ComesBack, "changed", "CAPTURED", &["REFUND_FAILED webhook"]),
    ("charge.dispute.created", Disputed(""), "changed", "CAPTURED", OPENED),
    ("charge.dispute.funds_withdrawn", Disputed(""), "changed", "CAPTURED", OPENED),
    ("charge.dispute.updated", Disputed("escalate"), "changed", "CAPTURED", ANSWERED),
    ("charge.dispute.closed", Disputed("winning_evidence"), "changed", "CAPTURED", CLOSED),
    ("charge.dispute.closed", Disputed("losing_evidence"), "changed", "CAPTURED", CLOSED),
    ("charge.dispute.funds_reinstated", Disputed("winning_evidence"), "changed", "CAPTURED", CLOSED),
    // The sandbox has no reviews and no fraud warnings: the event still causes a read of the payment.
    ("review.opened", Held(""), "echo", "AUTHORIZED", &[]),
    ("review.closed", Held(""), "echo", "AUTHORIZED", &[]),
    ("review.closed", Refunded, "changed", "CAPTURED", REFUNDED),
    ("radar.early_fraud_warning.created", Held(""), "echo", "AUTHORIZED", &[]),
];

/// J7, J8, J9: each fixture causes the change once, with each event emitted once; a repetition is an echo.
#[tokio::test(flavor = "multi_thread")]
async fn each_stripe_payment_event_applies_its_change_once() {
    let (stage, webhook) = Stage::with_webhooks(without_retries).await;
    stage.lose_webhooks();
    let billing = stage.billing().await;
    for (number, row) in ROWS.iter().enumerate() {
        check(&stage, &webhook, &billing, number, row).await;
    }
}

async fn check(stage: &Stage, webhook: &WebhookEndpoint, billing: &Billing, number: usize, row: &Row) {
    let (fixture, state, disposition, status, expected_events) = row;
    let payment = prepare(stage, billing, number, *state).await;
    let known = billing.events(0).await.len();
    let names = names(stage, &payment).await;
    let names: Vec<_> = names.iter().map(|(from, to)| (*from, to.as_str())).collect();
    let calls = stage.calls();
    for (again, disposition) in [(0, *disposition), (1, "echo")] {
        let event = fixture_with_ids(fixture, 2 * number + again, &names);
        assert_eq!(stage.post_event(webhook, &event).await, 200);
        stage.wait_until_handled().await;
        assert_eq!(outcome(stage, &event), disposition, "{number} {fixture}");
    }
    assert!(stage.calls() > calls, "{number} {fixture}: an event is a hint, and was not looked at");
    let after = billing.payment(&payment).await;
    assert_eq!(after.status().as_str_name(), format!("PAYMENT_STATUS_{status}"), "{number} {fixture}");
    let booked = after.processor_ids.unwrap().balance_transaction;
    assert_eq!(booked.starts_with("txn_"), *status == "CAPTURED", "{number} {fixture}: {booked}");
    let more = billing.event_lines(u64::try_from(known).unwrap()).await;
    assert_eq!(more, *expected_events, "{number} {fixture}");
}

/// Ids at the sandbox in place of the ids in a fixture. The payment is the newest.
async fn names(stage: &Stage, payment: &str) -> Vec<(&'static str, String)> {
    let newest_object = async |path: &str| {
        let listed = list(stage, ACME_KEY, &format!("{path}limit=1")).await;
        listed.first().map(|object| object["id"].as_str().unwrap().to_owned())
    };
    let intent = newest_object("/v1/payment_intents?").await.unwrap();
    let charge = newest_object(&format!("/v1/charges?payment_intent={intent}&")).await;
    let refund = newest_object(&format!("/v1/refunds?payment_intent={intent}&")).await;
    let dispute = newest_object(&format!("/v1/disputes?payment_intent={intent}&")).await;
    let found = [
        ("01997b1c-8f4e-7d3a-9c55-6f1d2a3b4c5d", Some(payment.to_owned())),
        ("pi_fixture", Some(intent)),
        ("ch_fixture", charge.clone()),
        ("py_fixture", charge),
        ("re_fixture", refund),
        ("du_fixture", dispute),
    ];
    found.into_iter().filter_map(|(from, to)| Some((from, to?))).collect()
}

/// Plays a scene; returns the payment's id.
async fn prepare(stage: &Stage, billing: &Billing, number: usize, state: PaymentState) -> String {
    let request = format!("r-{number}");
    let with = |card: &str| v1::AuthorizeRequest { instrument: method(card), ..order(&request, "12.50 USD") };
    let lost = async |card: &str, fault: Fault| {
        stage.sandbox.arm_rule(post_fault(fault, 1));
        billing.authorize(with(card)).await.unknown().payment.unwrap()
    };
    let held = async |card: &str| billing.authorize(with(card)).await.held_payment();
    let taken = async |card: &str| {
        let held = held(card).await;
        billing.capture(&format!("{request}-c"), &held.id, None).await.captured_payment()
    };
    let payment = match state {
        Lost(card) => lost(card, Fault::LoseAnswer).await,
        Debited => lost("pm_card_visa", Fault::RefuseBefore).await,
        Waiting | Acted(_) | GivenUp => {
            let answer = billing.authorize(with("pm_card_authenticationRequired")).await;
            answer.action_required().payment.unwrap()
        }
        Held(_) | Lapsed => held("pm_card_visa").await,
        Refunded => taken("pm_card_visa").await,
        ComesBack => taken("pm_card_refundFail").await,
        Disputed(_) => taken("pm_card_createDispute").await,
    };
    change_at_stripe(stage, billing, &payment, state).await;
    payment.id
}

/// Changes Stripe's side; the webhooks about the change are lost.
async fn change_at_stripe(stage: &Stage, billing: &Billing, payment: &v1::Payment, state: PaymentState) {
    match state {
        Lost(_) | Waiting | Held("") => {}
        Debited => {
            drop(stage.post_as_dashboard("/v1/payment_intents", &format!("{DEBIT}{}", payment.id)).await)
        }
        Acted(passes) => assert!(stage.sandbox.authenticate(&intent(payment), passes)),
        GivenUp => drop(
            stage.post_as_dashboard(&format!("/v1/payment_intents/{}/cancel", intent(payment)), "").await,
        ),
        Held(action) => drop(
            stage.post_as_dashboard(&format!("/v1/payment_intents/{}/{action}", intent(payment)), "").await,
        ),
        Lapsed => stage.advance_clocks(SignedDuration::from_hours(8 * 24)).await,
        Refunded => {
            drop(stage.post_as_dashboard("/v1/refunds", &format!("payment_intent={}", intent(payment))).await)
        }
        ComesBack => {
            billing.refund(&format!("{}-r", payment.id), &payment.id, None).await.result();
            stage.advance_clocks(SignedDuration::from_mins(31)).await;
        }
        Disputed(evidence) => {
            let path = format!("/v1/disputes?payment_intent={}", intent(payment));
            let listed = list(stage, ACME_KEY, &path).await;
            let dispute = listed[0]["id"].as_str().unwrap();
            if !evidence.is_empty() {
                let form = format!("submit=true&evidence[uncategorized_text]={evidence}");
                stage.post_as_dashboard(&format!("/v1/disputes/{dispute}"), &form).await;
            }
            if evidence.ends_with("_evidence") {
                stage.advance_clocks(SignedDuration::from_secs(10)).await;
            }
        }
    }
}
