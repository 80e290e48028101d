//! The two inner parts of a charge that say the most: the card that was charged, and the bank's outcome.

use serde_json::{Value, json};

use crate::bank::cards::Habit;
use crate::bank::decline::Decline;
use crate::objects::charge::{Charge, Fate};

/// `payment_method_details.card`.
pub(crate) fn card_details(charge: &Charge) -> Value {
    let card = &charge.card;
    let approved = !matches!(charge.fate, Fate::Failed(_));
    let asked = !matches!(charge.fate, Fate::Failed(Decline::Blocked));
    let mut details = json!({
        "amount_authorized": approved.then_some(charge.amount),
        "authorization_code": approved.then_some(&charge.network.authorization_code),
        "brand": card.brand,
        "checks": card.checks(&charge.billing, true),
        "country": card.country,
        "exp_month": card.expires.month,
        "exp_year": card.expires.year,
        "extended_authorization": { "status": "disabled" },
        "fingerprint": card.fingerprint,
        "funding": card.funding,
        "incremental_authorization": { "status": "unavailable" },
        "installments": null,
        "last4": card.last4,
        "mandate": null,
        "multicapture": { "status": "unavailable" },
        "network": card.brand,
        "network_token": { "used": false },
        "network_transaction_id": asked.then_some(&charge.network.transaction_id),
        "overcapture": { "maximum_amount_capturable": charge.amount, "status": "unavailable" },
        "regulated_status": "unregulated",
        "three_d_secure": null,
        "wallet": null,
    });
    if let (Fate::Held { until } | Fate::Released { until }, Some(fields)) =
        (charge.fate, details.as_object_mut())
    {
        fields.insert("capture_before".to_owned(), json!(until));
    }
    details
}

/// What the bank said, or why it was not asked.
pub(crate) fn outcome(charge: &Charge) -> Value {
    let Fate::Failed(decline) = charge.fate else {
        let (risk_level, risk_score) =
            if charge.card.habit == Habit::ElevatedRisk { ("elevated", 72) } else { ("normal", 20) };
        return json!({
            "advice_code": null,
            "network_advice_code": null,
            "network_decline_code": null,
            "network_status": "approved_by_network",
            "reason": null,
            "risk_level": risk_level,
            "risk_score": risk_score,
            "seller_message": "Payment complete.",
            "type": "authorized",
        });
    };
    let said = decline.said();
    if decline == Decline::Blocked {
        return json!({
            "advice_code": null,
            "network_advice_code": null,
            "network_decline_code": null,
            "network_status": "not_sent_to_network",
            "reason": "highest_risk_level",
            "risk_level": "highest",
            "risk_score": 90,
            "seller_message": "Stripe blocked this payment as too risky.",
            "type": "blocked",
        });
    }
    json!({
        "advice_code": said.advice_code,
        "network_advice_code": null,
        "network_decline_code": null,
        "network_status": "declined_by_network",
        "reason": said.decline_code,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "The bank did not approve this charge.",
        "type": "issuer_declined",
    })
}
