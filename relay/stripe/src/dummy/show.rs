//! Objects and refusals as JSON in Stripe's format.

use std::time::Duration;

use causeway::card::Brand;
use serde_json::{Value, json};

use super::{
    memory::{Answer, Payment, Setup, State},
    names::number,
};
use crate::{
    error::ErrorBody,
    texts::{Sentence, Word},
};

/// The duration of the dummy's holds.
const HOLD: Duration = Duration::from_hours(7 * 24);

/// A PaymentIntent as JSON.
pub(super) fn payment(id: &str, payment: &Payment) -> Value {
    let waits = payment.state == State::Waiting;
    let has_charge = matches!(payment.state, State::Held | State::Taken);
    json!({
        "id": id,
        "object": "payment_intent",
        "status": payment.state.as_str(),
        "amount": payment.units,
        "amount_received": payment.captured,
        "currency": payment.currency,
        "capture_method": if payment.is_manual { "manual" } else { "automatic" },
        "customer": payment.customer,
        "created": payment.created,
        "livemode": false,
        "metadata": payment.metadata,
        "client_secret": waits.then(|| format!("{id}_secret_dummy")),
        "next_action": waits.then(|| json!({ "type": "use_stripe_sdk" })),
        "cancellation_reason": null,
        "payment_method": (!payment.method.is_empty()).then_some(&payment.method),
        "latest_charge": has_charge.then(|| charge(id, payment)),
    })
}

fn charge(id: &str, payment: &Payment) -> Value {
    let held = payment.state == State::Held;
    let mut card = card(&payment.method);
    if let Some(card) = card.as_object_mut().filter(|_| held) {
        let lasts = i64::try_from(HOLD.as_secs()).unwrap_or_default();
        card.insert("capture_before".to_owned(), payment.created.saturating_add(lasts).into());
    }
    json!({
        "id": id.replacen("pi_", "ch_", 1),
        "paid": true,
        "balance_transaction": (!held).then(|| id.replacen("pi_", "txn_", 1)),
        "payment_method_details": (!payment.method.is_empty()).then(|| json!({ "card": card })),
    })
}

/// A SetupIntent as JSON.
pub(super) fn setup(id: &str, setup: &Setup) -> Value {
    let waits = setup.status == "requires_action";
    json!({
        "id": id,
        "object": "setup_intent",
        "status": setup.status,
        "client_secret": format!("{id}_secret_dummy"),
        "next_action": waits.then(|| json!({ "type": "use_stripe_sdk" })),
        "customer": setup.customer,
        "payment_method": setup.method,
    })
}

/// A PaymentMethod as JSON, read from the name.
pub(super) fn method(id: &str, customer: Option<&str>) -> Value {
    if id.contains("sepa") {
        json!({ "id": id, "type": "sepa_debit", "customer": customer })
    } else {
        json!({ "id": id, "type": "card", "card": card(id), "customer": customer })
    }
}

/// A card as JSON, read from the name of the PaymentMethod.
fn card(method: &str) -> Value {
    let method = method.to_lowercase();
    let named = |brand: &Brand| method.split('_').any(|part| part == brand.as_str());
    let brand = Brand::ALL.iter().copied().find(named).unwrap_or(Brand::Visa);
    let digits_after = |letter: char| {
        method
            .split('_')
            .filter_map(|part| part.strip_prefix(letter))
            .find(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    json!({
        "brand": brand.as_str(),
        "last4": digits_after('l').unwrap_or("4242"),
        "exp_month": digits_after('m').map_or(12, number),
        "exp_year": digits_after('y').map_or(2034, number),
        "checks": { "cvc_check": "pass" },
    })
}

/// A decline of the issuer, HTTP 402.
pub(super) fn declined(decline_code: &str) -> Answer {
    let body = ErrorBody {
        kind: Word::cut("card_error"),
        code: Some(Word::cut("card_declined")),
        decline_code: Some(Word::cut(decline_code)),
        message: Some(Sentence::cut("The dummy declines this card.")),
        ..ErrorBody::default()
    };
    Answer::Refused { status: 402, body: Box::new(body) }
}

/// A refusal of a request, HTTP 400.
pub(super) fn refused(code: &str, message: String) -> Answer {
    Answer::Refused { status: 400, body: Box::new(wrong(code, message)) }
}

fn wrong(code: &str, message: String) -> ErrorBody {
    ErrorBody {
        kind: Word::cut("invalid_request_error"),
        code: (!code.is_empty()).then(|| Word::cut(code)),
        message: Some(Sentence::cut(&message)),
        ..ErrorBody::default()
    }
}

/// The refusal for a missing object. `parameter`: the parameter of the request with the id.
pub(super) fn missing(parameter: &str, id: &str) -> Answer {
    let body = wrong("resource_missing", format!("The dummy has no such {parameter}: {id}"));
    Answer::Refused { status: 404, body: Box::new(ErrorBody { param: Some(Word::cut(parameter)), ..body }) }
}

/// The refusal of a call that the payment's state does not allow.
pub(super) fn payment_in_wrong_state(id: &str, payment: &Payment) -> Answer {
    let message = format!("The payment {id} is {}.", payment.state.as_str());
    let body = wrong("payment_intent_unexpected_state", message);
    let payment_intent = serde_json::from_value(self::payment(id, payment)).ok();
    Answer::Refused { status: 400, body: Box::new(ErrorBody { payment_intent, ..body }) }
}

/// The refusal of a call that the verification's state does not allow.
pub(super) fn setup_in_wrong_state(id: &str, setup: &Setup) -> Answer {
    let message = format!("The verification {id} is {}.", setup.status);
    let body = wrong("setup_intent_unexpected_state", message);
    let setup_intent = serde_json::from_value(self::setup(id, setup)).ok();
    Answer::Refused { status: 400, body: Box::new(ErrorBody { setup_intent, ..body }) }
}
