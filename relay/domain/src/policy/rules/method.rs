//! Rules about payment methods: accepted types, and types that support holds.

use causeway::{refusal::Fix, request::authorize::CaptureMode};

use super::not_made;
use crate::{
    policy::{Finding, Method, Rule},
    tenant::{MethodType, spoken},
};

const OTHER_METHOD: &str = "This payment method is not accepted. Please choose another one.";

/// The type is on the allowlist.
pub const TYPE: Rule = Rule {
    id: "method.type",
    reason: "METHOD_TYPE_REFUSED",
    fix: Fix::Payer,
    examine: |input| {
        let Some(system) = input.system else { return Finding::not_applicable() };
        let allowed = spoken(&system.method_types);
        let (kind, actual) = match &input.method {
            Method::Unknown => return Finding::of(allowed, "").undecided(),
            Method::Card { kind, .. } => (Some(*kind), kind.to_string()),
            Method::Other(name) => (MethodType::parse(name), name.clone()),
        };
        Finding::of(&allowed, &actual).unless(
            kind.is_some_and(|kind| system.method_types.contains(&kind)),
            format!(
                "the payment system {} does not take payment methods of the type {actual}; its method_types are: {allowed}",
                system.name
            ),
            OTHER_METHOD,
        )
    },
};

/// The method supports holds, where the payment is to be held.
pub const HOLD: Rule = Rule {
    id: "method.hold",
    reason: "METHOD_WITHOUT_HOLD",
    fix: Fix::Operator,
    examine: |input| {
        let Some(system) = input.system.filter(|_| input.amount.is_some()) else {
            return Finding::not_applicable();
        };
        let capture = match input.capture_mode(system) {
            CaptureMode::Manual => "manual",
            CaptureMode::Automatic => "automatic",
        };
        let finding = Finding::of("", capture);
        if input.method == Method::Unknown && capture == "manual" {
            return finding.undecided();
        }
        finding.unless(
            capture == "automatic" || !input.has_no_hold(),
            format!(
                "an amount cannot be held with this payment method: ask for CAPTURE_MODE_AUTOMATIC, or set method_without_hold = \"capture\" for the payment system {}",
                system.name
            ),
            not_made(input),
        )
    },
};
