//! The brand of the card that was charged, compared with the allowlist that admitted the payment.

use causeway::card::Brand;
use causeway_domain::{
    observation::Observation,
    payment::{
        AlarmKind, Limits, Payment,
        observe::{self, RequestedEffect},
    },
};
use causeway_stripe::snapshot;
use jiff::Timestamp;
use serde_json::json;

use super::started;

/// A PaymentIntent whose charge shows a card of this brand.
fn charged(id: &str, status: &str, brand: serde_json::Value) -> Observation {
    let object = json!({
        "id": id, "object": "payment_intent", "status": status, "amount": 1250, "currency": "usd",
        "amount_received": if status == "succeeded" { 1250 } else { 0 },
        "metadata": {"causeway_payment": uuid::Uuid::nil()},
        "latest_charge": {"id": "ch_1", "paid": true, "balance_transaction": null,
            "payment_method_details": {"card": {"brand": brand, "last4": "4242"}}},
    });
    Observation::Intent(Box::new(snapshot::read_intent(object).unwrap()))
}

fn seen(payment: Payment, object: Observation) -> Payment {
    observe::apply(payment, RequestedEffect::Authorize, object, Timestamp::UNIX_EPOCH).aggregate
}

/// A payment that was admitted by an allowlist of Visa alone.
fn admitted() -> Payment {
    let limits = Limits { minimum: None, brands: Some([Brand::Visa].into()) };
    Payment { limits: Box::new(limits), ..started() }
}

fn alarms(payment: &Payment) -> Vec<String> {
    let off_list = payment.contradictions.iter().filter(|one| one.code == AlarmKind::BrandOffList);
    off_list.map(|one| one.what.clone()).collect()
}

#[test]
fn money_of_a_brand_off_the_list_raises_one_alarm() {
    for status in ["requires_capture", "succeeded"] {
        let payment = seen(admitted(), charged("pi_1", status, json!("amex")));
        let once = alarms(&payment);
        assert_eq!(once.len(), 1, "{status}");
        assert!(once[0].contains("AMEX") && once[0].contains(&payment.id.to_string()), "{once:?}");
        let payment = seen(payment, charged("pi_1", "succeeded", json!("amex")));
        assert_eq!(alarms(&payment), once, "{status}: the same brand raises no second alarm");
    }
}

#[test]
fn a_brand_that_is_not_known_is_off_the_list_and_is_not_repeated() {
    for brand in [json!("4242424242424242"), json!("cartes_bancaires"), json!(null)] {
        let off_list = alarms(&seen(admitted(), charged("pi_1", "requires_capture", brand.clone())));
        assert_eq!(off_list.len(), 1, "{brand}");
        assert!(!off_list[0].contains("4242") && !off_list[0].contains("cartes"), "{off_list:?}");
    }
}

#[test]
fn a_brand_on_the_list_raises_none_and_neither_does_a_charge_without_money() {
    let quiet = [
        (admitted(), "requires_capture", "visa"),
        (admitted(), "requires_action", "amex"),
        (admitted(), "requires_payment_method", "amex"),
        (admitted(), "canceled", "amex"),
        // A payment of an earlier version, and an import that accepts every brand.
        (started(), "succeeded", "amex"),
    ];
    for (payment, status, brand) in quiet {
        assert_eq!(
            alarms(&seen(payment, charged("pi_1", status, json!(brand)))).len(),
            0,
            "{status} {brand}"
        );
    }
}

#[test]
fn a_renewed_hold_keeps_the_alarm_about_its_card() {
    let held = seen(admitted(), charged("pi_1", "requires_capture", json!("visa")));
    let request_id = held.order.request_id.clone();
    let renewed =
        observe::renewed(held, &request_id, charged("pi_2", "requires_capture", json!("amex"))).aggregate;
    assert_eq!(renewed.facts.payment_intent.as_deref(), Some("pi_2"));
    assert_eq!(alarms(&renewed).len(), 1);
}
