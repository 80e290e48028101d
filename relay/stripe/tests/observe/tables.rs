//! Observations and their effect on a payment, as tables and properties.

use causeway::{money::PositiveMoney, request::PaymentId, text::RequestId, v1};
use causeway_domain::{
    observation::{Observation, Purpose},
    payment::{
        EmittedEvents, Facts, OpenCapture, Origin, Payment, State, Terms,
        observe::{RequestedEffect, apply},
    },
    transition::{Outcome, Transition},
};
use causeway_stripe::snapshot;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::json;

fn authorized(payment: Payment, seen: Observation) -> Transition<Payment> {
    apply(payment, RequestedEffect::Authorize, seen, Timestamp::UNIX_EPOCH)
}

fn captured(payment: Payment, seen: Observation, now: Timestamp) -> Transition<Payment> {
    apply(payment, RequestedEffect::Capture, seen, now)
}

pub(crate) fn started() -> Payment {
    let order = Terms {
        request_id: RequestId::parse("r").unwrap(),
        amount: PositiveMoney::parse("12.50", "USD").unwrap(),
        capture_mode: None,
        payment_method: None,
        customer: None,
        reference: None,
        description: None,
        metadata: Default::default(),
        receipt_email: None,
        descriptor_suffix: None,
        return_url: None,
        off_session: false,
        payer: None,
        card_token: None,
        store_card: None,
        method_type: None,
        method_kind: None,
        amount_due: None,
        expected_total: None,
    };
    Payment {
        id: PaymentId(uuid::Uuid::nil()),
        tenant: causeway::tenant::TenantName::parse("acme").unwrap(),
        payment_system: "main".to_owned(),
        account: String::new(),
        test_mode: true,
        order,
        capture_mode: causeway::request::authorize::CaptureMode::Manual,
        created: Timestamp::UNIX_EPOCH,
        updated: Timestamp::UNIX_EPOCH,
        state: State::Started,
        facts: Facts::default(),
        open_capture: None,
        open_release: None,
        refunds: vec![],
        disputes: vec![],
        origin: Origin::Internal,
        limits: Default::default(),
        accepted_rules: Default::default(),
        given_up: None,
        contradictions: vec![],
        former_intents: vec![],
        former_hold_open: false,
        warned: false,
        first_not_found_at: None,
        emitted: EmittedEvents::default(),
    }
}

/// A PaymentIntent in a status, as Stripe returns the object.
fn intent(status: &str) -> Observation {
    intent_about(status, 1250, "usd", 1250)
}

fn intent_about(status: &str, amount: u64, currency: &str, received: u64) -> Observation {
    let object = json!({
        "id": "pi_1", "object": "payment_intent", "status": status, "amount": amount, "currency": currency,
        "amount_received": received, "client_secret": "pi_1_secret_2", "a_field_of_tomorrow": {"x": [1]},
        "metadata": {"causeway_payment": uuid::Uuid::nil()},
        "latest_charge": {"id": "ch_1", "paid": true, "balance_transaction": null, "payment_method_details": {
            "card": {"brand": "visa", "last4": "4242", "exp_month": 1, "exp_year": 2030, "capture_before": 1_800_000_000}}},
    });
    shown(object)
}

/// An answer with an object; an object that does not parse as a PaymentIntent is a lost answer.
fn shown(object: serde_json::Value) -> Observation {
    match snapshot::read_intent(object) {
        Ok(intent) => Observation::Intent(Box::new(intent)),
        Err(error) => Observation::Lost { why: error.to_string() },
    }
}

/// A refusal of a call with a purpose; a follow-up has a separate wording.
fn refused_for(purpose: Purpose, status: u16, error: serde_json::Value) -> Observation {
    let body = json!({ "error": error }).to_string();
    let rejection = snapshot::read_rejection(status, body.as_bytes(), purpose).unwrap();
    Observation::Refused(Box::new(rejection))
}

fn refused(status: u16, error: serde_json::Value) -> Observation {
    let asked = PositiveMoney::parse("12.50", "USD").unwrap();
    refused_for(Purpose::Payment(asked), status, error)
}

fn lost() -> Observation {
    Observation::Lost { why: "connection reset".to_owned() }
}

/// Status and outcome after an observation of an authorization.
#[track_caller]
fn check(seen: Observation, after: &str) {
    let moved = authorized(started(), seen);
    let outcome = match moved.outcome {
        Outcome::Approved => "approved".to_owned(),
        Outcome::Declined(failure) => format!("declined {}", failure.code),
        Outcome::ActionRequired(_) => "action required".to_owned(),
        Outcome::Pending => "pending".to_owned(),
        Outcome::Unknown(failure) => format!("unknown {}", failure.code),
    };
    assert_eq!(format!("{:?} {outcome}", moved.aggregate.status()), after);
}

#[test]
fn each_status_of_stripes_is_one_of_ours() {
    check(intent("requires_capture"), "Authorized approved");
    check(intent("succeeded"), "Captured approved");
    check(intent("requires_action"), "ActionRequired action required");
    check(intent("processing"), "Pending pending");
    check(intent("requires_confirmation"), "Pending pending");
    check(intent("a_status_of_tomorrow"), "Pending pending");
    check(intent("requires_payment_method"), "Declined declined CARD_DECLINED");
    check(intent("canceled"), "Released declined RELEASED");
    check(lost(), "Unknown unknown OUTCOME_UNKNOWN");
    check(
        refused(402, json!({"type": "card_error", "code": "card_declined"})),
        "Declined declined CARD_DECLINED",
    );
    check(refused(401, json!({"type": "invalid_request_error"})), "Declined declined PROCESSOR_KEY_REFUSED");
}

/// F39: an answer about another object or amount is neither success nor failure.
#[test]
fn an_answer_about_another_amount_is_not_believed() {
    check(intent_about("succeeded", 1251, "usd", 1251), "Unknown unknown OUTCOME_UNKNOWN");
    check(intent_about("requires_capture", 1250, "eur", 0), "Unknown unknown OUTCOME_UNKNOWN");
    check(intent_about("succeeded", 1250, "usd", 0), "Unknown unknown OUTCOME_UNKNOWN");
    for object in [
        json!({}),
        json!({"id": "pi_1"}),
        json!({"id": "pi_1", "status": null, "amount": 1250, "currency": "usd"}),
        json!({"id": 5, "status": "succeeded", "amount": "1250", "currency": "usd"}),
        json!({"error": {"message": "maintenance"}}),
    ] {
        check(shown(object), "Unknown unknown OUTCOME_UNKNOWN");
    }
}

pub(super) fn held_with_open_capture() -> Payment {
    let mut payment = authorized(started(), intent("requires_capture")).aggregate;
    let request_id = RequestId::parse("c").unwrap();
    let (amount, asked) = (payment.order.amount, Some(Timestamp::UNIX_EPOCH));
    payment.open_capture = Some(OpenCapture { request_id, amount, unknown: false, asked });
    payment
}

#[test]
fn a_capture_counts_only_when_the_amount_agrees() {
    let now = Timestamp::UNIX_EPOCH;
    let done = captured(held_with_open_capture(), intent("succeeded"), now);
    assert_eq!((done.outcome, done.aggregate.open_capture), (Outcome::Approved, None));
    let wrong = [
        intent_about("succeeded", 1250, "usd", 1000),
        intent("requires_capture"),
        intent("processing"),
        lost(),
    ];
    for wrong in wrong {
        let moved = captured(held_with_open_capture(), wrong, now);
        assert!(matches!(moved.outcome, Outcome::Unknown(_)), "{moved:?}");
        assert_eq!(moved.aggregate.status(), v1::PaymentStatus::Authorized);
        assert!(moved.aggregate.open_capture.unwrap().unknown);
    }
}

/// Stripe may keep a 500 for a capture without effect. While the capture may still take effect, the
/// outcome is unknown.
#[test]
fn a_capture_that_never_was_is_closed_after_a_day() {
    let after = |hours| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
    let early = captured(held_with_open_capture(), intent("requires_capture"), after(24));
    assert!(matches!(early.outcome, Outcome::Unknown(_)), "{early:?}");
    let late = captured(held_with_open_capture(), intent("requires_capture"), after(25));
    assert!(
        matches!(&late.outcome, Outcome::Declined(failure) if failure.code == "NOT_CAPTURED"),
        "{late:?}"
    );
    assert_eq!((late.aggregate.status(), late.aggregate.open_capture), (v1::PaymentStatus::Authorized, None));
    let unheard = captured(held_with_open_capture(), lost(), after(25));
    assert!(matches!(unheard.outcome, Outcome::Unknown(_)), "nobody has looked: {unheard:?}");
    let done = captured(held_with_open_capture(), intent("succeeded"), after(25));
    assert_eq!(done.outcome, Outcome::Approved);
}

/// J13: a success counts, whatever status was emitted before.
#[test]
fn a_success_after_a_decline_counts_and_stays() {
    let declined = authorized(started(), intent("requires_payment_method")).aggregate;
    for later in [intent("processing"), intent("requires_action"), intent("canceled"), lost()] {
        assert_eq!(authorized(declined.clone(), later).aggregate.state, declined.state);
    }
    let paid = authorized(declined, intent("succeeded")).aggregate;
    assert_eq!(paid.status(), v1::PaymentStatus::Captured);
    for later in [intent("requires_capture"), intent("canceled"), lost(), intent("requires_payment_method")] {
        assert_eq!(authorized(paid.clone(), later).aggregate.state, paid.state);
    }
}

fn anything() -> impl Strategy<Value = Observation> {
    let statuses = [
        "requires_capture",
        "succeeded",
        "requires_action",
        "processing",
        "canceled",
        "requires_payment_method",
        "new",
    ];
    prop_oneof![
        prop::sample::select(statuses.to_vec()).prop_map(intent),
        Just(lost()),
        Just(refused(402, json!({"type": "card_error", "code": "card_declined"}))),
        (0_u64..2000, 0_u64..2000).prop_map(|(amount, received)| intent_about(
            "succeeded",
            amount,
            "usd",
            received
        )),
    ]
}

fn is_final(state: &State) -> bool {
    use v1::PaymentStatus::{Canceled, Captured, Expired, Released};
    [Captured, Released, Expired, Canceled].contains(&state.status())
}

/// A capture that meets a lapsed hold, and a lapse that does not revert a capture.
#[test]
fn a_hold_that_lapsed_is_expired_and_money_that_was_taken_is_taken() {
    let error = json!({"type": "invalid_request_error", "code": "charge_expired_for_capture"});
    let lapsed = || refused_for(Purpose::FollowUp, 400, error.clone());
    let expired = captured(held_with_open_capture(), lapsed(), Timestamp::UNIX_EPOCH).aggregate;
    assert_eq!(expired.status(), v1::PaymentStatus::Expired);
    let paid = captured(held_with_open_capture(), intent("succeeded"), Timestamp::UNIX_EPOCH).aggregate;
    assert_eq!(captured(paid.clone(), lapsed(), Timestamp::UNIX_EPOCH).aggregate.state, paid.state);
}

/// The payment after an observation of the authorization or, while the payment is held, of the capture.
fn reported(mut payment: Payment, seen: &Observation, capturing: bool) -> Payment {
    if capturing && payment.status() == v1::PaymentStatus::Authorized {
        payment.open_capture = held_with_open_capture().open_capture;
        return captured(payment, seen.clone(), Timestamp::UNIX_EPOCH).aggregate;
    }
    authorized(payment, seen.clone()).aggregate
}

proptest! {
    /// For all observations in any order: a final state stays, a known outcome never becomes unknown,
    /// and a repeated observation changes no field.
    #[test]
    fn a_payment_moves_forward_only(news in prop::collection::vec(anything(), 1..12), capturing: bool) {
        let mut payment = started();
        for seen in news {
            let before = payment.clone();
            payment = reported(payment, &seen, capturing);
            if is_final(&before.state) {
                prop_assert_eq!(&payment.state, &before.state);
            }
            let known = !matches!(before.state, State::Started | State::Unknown { .. });
            let unknown = matches!(payment.state, State::Unknown { .. } | State::Started);
            prop_assert!(!known || !unknown);
            let held = before.status() == v1::PaymentStatus::Authorized;
            prop_assert!(!held || payment.status() != v1::PaymentStatus::Pending);
            let echoed = reported(payment.clone(), &seen, capturing);
            prop_assert_eq!(&echoed.state, &payment.state);
        }
    }
}
