//! The meaning of an error answer for money: one exhaustive table.
//!
//! Sources: docs.stripe.com/api/errors, docs.stripe.com/error-low-level and
//! docs.stripe.com/api/idempotent_requests. Only a definite refusal of Stripe is definitive; an outcome
//! that Stripe could not determine is never a failure.

use super::error::ErrorBody;

/// The meaning of an answer with an error status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// The call had no effect and will have none: a decline, a wrong parameter or state, a secret key
    /// without permission.
    Definitive,
    /// The call may be repeated with the same key, after a pause.
    RetrySameKey,
    /// The outcome is unknown. A repetition would bring the same answer: look up the object, never use
    /// a new key.
    Unknown,
}

/// Classifies an answer that is not a success.
///
/// `should_retry` is Stripe's header `Stripe-Should-Retry` and takes precedence wherever a repetition
/// is safe.
pub(crate) fn classify(status: u16, error: &ErrorBody, should_retry: Option<bool>) -> Class {
    let class = by_status(status, error);
    match (class, should_retry) {
        (Class::Definitive, _) => Class::Definitive,
        (Class::RetrySameKey | Class::Unknown, Some(true)) => Class::RetrySameKey,
        (Class::RetrySameKey | Class::Unknown, Some(false)) => Class::Unknown,
        (class @ (Class::RetrySameKey | Class::Unknown), None) => class,
    }
}

fn by_status(status: u16, error: &ErrorBody) -> Class {
    match status {
        // The idempotency key was used with other parameters: a defect of the relay, and the first use
        // may have moved money.
        400 if error.kind.as_str() == "idempotency_error" => Class::Unknown,
        // Codes that Stripe also sends with 400 and that mean "not now".
        400 if matches!(error.code(), "lock_timeout" | "idempotency_key_in_use" | "rate_limit") => {
            Class::RetrySameKey
        }
        // Refused without any effect.
        400..=404 => Class::Definitive,
        // The key is in use, an object is locked, a system behind Stripe failed, or the rate is too
        // high. Stripe keeps none of these answers under the key.
        409 | 421 | 423 | 424 | 425 | 429 => Class::RetrySameKey,
        // A timeout on the way; the call may have had an effect.
        408 | 499 => Class::RetrySameKey,
        // Kept under the key, with an indeterminate outcome.
        500 => Class::Unknown,
        // An answer from in front of Stripe's application, not kept under the key.
        502..=504 => Class::RetrySameKey,
        // The remaining 4xx of HTTP are about a malformed request.
        405..=498 => Class::Definitive,
        // A redirect, an informational status or a success in place of an error, and every undefined status.
        _ => Class::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Word;

    fn error(kind: &str, code: &str) -> ErrorBody {
        let code = (!code.is_empty()).then(|| Word::cut(code));
        ErrorBody { kind: Word::cut(kind), code, ..ErrorBody::default() }
    }

    #[track_caller]
    fn check(status: u16, kind: &str, codes: &[&str], class: Class) {
        for code in codes {
            assert_eq!(classify(status, &error(kind, code), None), class, "{status} {kind} {code}");
        }
    }

    #[rustfmt::skip]
    const REQUEST_CODES: &[&str] = &[
            "",
            "amount_too_small",
            "amount_too_large",
            "parameter_missing",
            "parameter_unknown",
            "parameter_invalid_integer",
            "parameter_invalid_empty",
            "parameters_exclusive",
            "payment_intent_unexpected_state",
            "setup_intent_unexpected_state",
            "payment_method_unexpected_state",
            "intent_invalid_state",
            "payment_intent_authentication_failure",
            "setup_intent_authentication_failure",
            "payment_method_not_available",
            "payment_method_currency_mismatch",
            "charge_already_refunded",
            "charge_disputed",
            "refund_disputed_payment",
            "charge_already_captured",
            "charge_expired_for_capture",
            "capture_charge_authorization_expired",
            "account_invalid",
            "token_already_used",
            "url_invalid",
            "email_invalid",
            "balance_insufficient",
            "status_transition_invalid",
            "tls_version_unsupported",
            "livemode_mismatch",
            "resource_missing",
            "a_code_of_tomorrow",
        ];

    #[rustfmt::skip]
    const DECLINE_CODES: &[&str] = &[
            "card_declined",
            "expired_card",
            "incorrect_cvc",
            "incorrect_number",
            "incorrect_zip",
            "processing_error",
            "invalid_cvc",
            "invalid_expiry_month",
            "invalid_expiry_year",
            "invalid_number",
            "card_decline_rate_limit_exceeded",
            "authentication_required",
            "payment_method_provider_decline",
            "payment_method_customer_decline",
            "a_code_of_tomorrow",
        ];

    /// Every status and code of Stripe's documentation that a payment can receive.
    #[test]
    fn every_status_and_code_has_its_class() {
        use Class::{Definitive, RetrySameKey, Unknown};
        check(400, "invalid_request_error", REQUEST_CODES, Definitive);
        check(402, "card_error", DECLINE_CODES, Definitive);
        // Raw card numbers from an account without permission to send them.
        check(402, "invalid_request_error", &[""], Definitive);
        check(
            401,
            "invalid_request_error",
            &["", "api_key_expired", "platform_api_key_expired", "secret_key_required"],
            Definitive,
        );
        check(
            403,
            "invalid_request_error",
            &["", "testmode_charges_only", "livemode_mismatch", "account_invalid"],
            Definitive,
        );
        check(404, "invalid_request_error", &["resource_missing", ""], Definitive);
        check(405, "invalid_request_error", &[""], Definitive);
        check(413, "", &[""], Definitive);
        check(400, "idempotency_error", &[""], Unknown);
        check(409, "invalid_request_error", &["idempotency_key_in_use", "lock_timeout", ""], RetrySameKey);
        check(424, "api_error", &[""], RetrySameKey);
        check(429, "invalid_request_error", &["rate_limit", "lock_timeout", ""], RetrySameKey);
        for status in [408, 421, 423, 425, 499] {
            check(status, "api_error", &[""], RetrySameKey);
        }
        check(500, "api_error", &["", "rate_limit"], Unknown);
        for status in [502, 503, 504] {
            check(status, "api_error", &[""], RetrySameKey);
        }
        for status in [100, 101, 200, 204, 301, 302, 307, 308, 501, 505, 520, 599, 0, u16::MAX] {
            check(status, "", &[""], Unknown);
        }
    }

    /// Only a 4xx can be a definitive refusal.
    #[test]
    fn only_a_4xx_is_definitive() {
        for status in 0..=999_u16 {
            let definitive = classify(status, &error("", ""), None) == Class::Definitive;
            assert!(!definitive || (400..500).contains(&status), "{status}");
        }
    }

    #[test]
    fn the_should_retry_header_decides_where_safe() {
        let any = error("api_error", "");
        assert_eq!(classify(500, &any, Some(true)), Class::RetrySameKey);
        assert_eq!(classify(503, &any, Some(false)), Class::Unknown);
        assert_eq!(classify(409, &any, Some(false)), Class::Unknown);
        assert_eq!(classify(402, &error("card_error", "card_declined"), Some(true)), Class::Definitive);
    }
}
