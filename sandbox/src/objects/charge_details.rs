//! The two largest inner parts of a charge: the card that was charged, and the bank's outcome.

use serde_json::{Value, json};

use crate::bank::cards::TestBehaviour;
use crate::bank::decline::Decline;
use crate::ids::derived;
use crate::objects::card::Card;
use crate::objects::charge::{Charge, ChargeState};
use crate::objects::options::CardNetwork;
use crate::stripe_enum::StripeEnum;

/// The field `payment_method_details.card` of a charge.
pub(crate) fn card_details(charge: &Charge, card: &Card) -> Value {
    let approved = !matches!(charge.charge_state, ChargeState::Failed(_));
    let reached_bank = !matches!(charge.charge_state, ChargeState::Failed(Decline::Blocked));
    let features = &charge.features;
    let available = |requested: bool| if requested && approved { "available" } else { "unavailable" };
    let max_capturable = if charge.allows_overcapture() {
        charge.amount.saturating_add(charge.amount / 5)
    } else {
        charge.amount
    };
    let mut details = json!({
        "amount_authorized": approved.then_some(charge.amount),
        "authorization_code": reached_bank.then_some(&charge.network.authorization_code),
        "brand": card.brand,
        "checks": checks(charge, card),
        "country": card.country,
        "exp_month": card.expires.month,
        "exp_year": card.expires.year,
        "extended_authorization": {
            "status": if features.extended_authorization && approved { "enabled" } else { "disabled" },
        },
        "fingerprint": card.fingerprint,
        "funding": card.funding,
        "incremental_authorization": { "status": available(features.incremental_authorization) },
        "installments": null,
        "last4": card.last4,
        "mandate": null,
        "multicapture": { "status": available(features.multicapture) },
        "network": features.network.map_or(card.brand, CardNetwork::as_str),
        "network_token": { "used": false },
        "network_transaction_id": reached_bank.then_some(&charge.network.transaction_id),
        "overcapture": { "maximum_amount_capturable": max_capturable, "status": available(charge.allows_overcapture()) },
        "regulated_status": "unregulated",
        "three_d_secure": charge.authenticated.then(|| three_d_secure(charge)),
        "transaction_link_id": null,
        "wallet": null,
    });
    if let (true, Some(fields)) = (features.partial_authorization, details.as_object_mut()) {
        fields.insert("amount_requested".to_owned(), json!(charge.requested));
        let status = partial_authorization_status(charge, approved);
        fields.insert("partial_authorization".to_owned(), json!({ "status": status }));
    }
    let until = match charge.charge_state {
        ChargeState::Held { until }
        | ChargeState::Released { until }
        | ChargeState::Captured { until: Some(until) } => Some(until),
        ChargeState::Captured { until: None } | ChargeState::Failed(_) | ChargeState::Pending => None,
    };
    if let (Some(until), Some(fields)) = (until, details.as_object_mut()) {
        fields.insert("capture_before".to_owned(), json!(until));
    }
    details
}

/// The outcome of a requested partial authorization.
fn partial_authorization_status(charge: &Charge, approved: bool) -> &'static str {
    match (approved, charge.is_partial()) {
        (false, _) => "declined",
        (true, true) => "partially_authorized",
        (true, false) => "fully_authorized",
    }
}

/// The bank's checks. The security code check fails if the charge was declined for a wrong security
/// code.
fn checks(charge: &Charge, card: &Card) -> Value {
    let mut checks = card.checks(&charge.billing, true);
    if let (ChargeState::Failed(Decline::IncorrectCvc), Some(fields)) =
        (charge.charge_state, checks.as_object_mut())
    {
        fields.insert("cvc_check".to_owned(), json!("fail"));
    }
    checks
}

/// The result of the customer's authentication with 3-D Secure.
fn three_d_secure(charge: &Charge) -> Value {
    json!({
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": null,
        "result": "authenticated",
        "result_reason": null,
        "transaction_id": derived(&charge.network.transaction_id),
        "version": "2.1.0",
    })
}

/// The outcome of a charge that the bank approved and that Radar placed under review.
fn elevated_risk(risk_score: i32) -> Value {
    json!({
        "advice_code": null,
        "network_advice_code": null,
        "network_decline_code": null,
        "network_status": "approved_by_network",
        "reason": "elevated_risk_level",
        "risk_level": "elevated",
        "risk_score": risk_score,
        "rule": "manual_review_if_elevated_risk",
        "seller_message": "Stripe evaluated this payment as having elevated risk, and placed it in your manual review \
                           queue.",
        "type": "manual_review",
    })
}

/// The field `outcome`: the bank's answer, or the reason why the bank was not asked.
pub(crate) fn outcome(charge: &Charge) -> Value {
    let elevated = charge.instrument.card().is_some_and(|card| card.behaviour == TestBehaviour::ElevatedRisk);
    let (risk_level, risk_score) = if elevated { ("elevated", 72) } else { ("normal", 20) };
    let ChargeState::Failed(decline) = charge.charge_state else {
        if elevated {
            return elevated_risk(risk_score);
        }
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
    let fields = decline.error_fields();
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
    let seller_message = match fields.decline_code {
        Some("generic_decline") | None => {
            "The bank did not return any further details with this decline.".to_owned()
        }
        Some(code) => format!("The bank returned the decline code `{code}`."),
    };
    json!({
        "advice_code": fields.advice_code,
        "network_advice_code": fields.network_advice_code,
        "network_decline_code": fields.network_decline_code,
        "network_status": "declined_by_network",
        "reason": fields.decline_code,
        "risk_level": risk_level,
        "risk_score": risk_score,
        "seller_message": seller_message,
        "type": "issuer_declined",
    })
}
