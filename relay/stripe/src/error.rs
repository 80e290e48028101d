//! Errors in Stripe's format (docs.stripe.com/api/errors).

use causeway_domain::observation::{Purpose, Rejection, RejectionReason};
use serde::Deserialize;

use crate::{
    decline,
    json::StripeJson,
    texts::{Sentence, Word},
    view::{CardDetails, Intent, PaymentMethod, SetupIntent},
};

/// The body of an answer with an error status.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct ErrorAnswer {
    /// The only field of the body.
    pub error: ErrorBody,
}

/// An error, and the `last_payment_error` of a PaymentIntent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct ErrorBody {
    /// Type of the error: api_error, card_error, idempotency_error, invalid_request_error.
    #[serde(rename = "type", default)]
    pub kind: Word,
    /// Open enum of about 200 values.
    #[serde(default)]
    pub code: Option<Word>,
    /// The issuer's reason, an open enum.
    #[serde(default)]
    pub decline_code: Option<Word>,
    /// Message for a developer, sometimes for a payer.
    #[serde(default)]
    pub message: Option<Sentence>,
    /// Name of the wrong parameter.
    #[serde(default)]
    pub param: Option<Word>,
    /// Stripe's advice: do_not_try_again, try_again_later, confirm_card_data.
    #[serde(default)]
    pub advice_code: Option<Word>,
    /// Advice code of the card network.
    #[serde(default)]
    pub network_advice_code: Option<Word>,
    /// Decline code of the card network.
    #[serde(default)]
    pub network_decline_code: Option<Word>,
    /// The PaymentMethod of the failed attempt.
    #[serde(default)]
    pub payment_method: Option<Box<PaymentMethod>>,
    /// The PaymentIntent that the refused call left behind.
    #[serde(default)]
    pub payment_intent: Option<Box<Intent>>,
    /// The SetupIntent that the refused call left behind.
    #[serde(default)]
    pub setup_intent: Option<Box<SetupIntent>>,
}

impl ErrorAnswer {
    /// Reads a body; `None` for a body that is no error in Stripe's format.
    pub(crate) fn read(body: &[u8]) -> Option<(ErrorAnswer, StripeJson)> {
        let answer = StripeJson::read(body).ok()?;
        // Serde would also read a list of values in the right order.
        answer.value().get("error").filter(|error| error.is_object())?;
        let whole = answer.clone();
        Some((answer.parse().ok()?, whole))
    }
}

impl ErrorBody {
    /// Whether the type is one of Stripe's; a proxy's error has another.
    pub(crate) fn is_stripes(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "api_error" | "card_error" | "idempotency_error" | "invalid_request_error"
        )
    }

    /// The code, or an empty text.
    pub(crate) fn code(&self) -> &str {
        self.code.as_ref().map(Word::as_str).unwrap_or_default()
    }
}

/// A definitive refusal of Stripe: the call moved no money.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StripeError {
    /// HTTP status of the answer.
    pub status: u16,
    /// The error in the body.
    pub body: ErrorBody,
    /// The whole body, for the comparison with the request.
    pub whole: StripeJson,
}

impl StripeError {
    /// The error as a rejection of the port. `customer`: id of the customer in the request, where the
    /// request names one.
    pub(crate) fn into_rejection(self, purpose: Purpose, customer: Option<&str>) -> Rejection {
        let card = self.body.payment_method.as_ref().and_then(|tried| tried.card.as_ref());
        Rejection {
            status: self.status,
            reason: self.reason(customer),
            failure: decline::failure(&self, purpose),
            card: card.map(CardDetails::shown),
            message: self.body.message.unwrap_or_default().into(),
            intent: self.body.payment_intent.map(|intent| Box::new((*intent).into())),
            setup: self.body.setup_intent.map(|setup| Box::new((*setup).into())),
        }
    }

    fn reason(&self, customer: Option<&str>) -> RejectionReason {
        match self.body.code() {
            "resource_missing"
                if self.body.param.as_ref().is_some_and(|param| param.as_str() == "customer") =>
            {
                RejectionReason::MissingCustomer(customer.map(str::to_owned))
            }
            "resource_missing" => RejectionReason::Missing,
            _ if self.is_raw_card_refused() => RejectionReason::RawCardsNotEnabled,
            _ => RejectionReason::Other,
        }
    }

    /// Whether Stripe accepts no card numbers from this account: HTTP 402 with a type other than
    /// card_error and without a code, or the message about raw card data.
    fn is_raw_card_refused(&self) -> bool {
        let said = self.body.message.as_ref().map(Sentence::as_str).unwrap_or_default();
        self.body.kind.as_str() == "invalid_request_error"
            && self.body.code.is_none()
            && (self.status == 402 || said.starts_with("Sending credit card numbers directly"))
    }

    /// Whether Stripe checked the idempotency key before this answer, so that Stripe would have
    /// repeated an earlier answer. A refused secret key (401, 403) is answered before the check, and an
    /// object may be missing because the secret key now belongs to another account.
    pub(crate) fn is_behind_the_key(&self) -> bool {
        matches!(self.status, 400 | 402) && self.body.code() != "resource_missing"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, code: &str, behind: bool) {
        let body = ErrorBody { code: Some(Word::cut(code)), ..ErrorBody::default() };
        assert_eq!(
            StripeError { status, body, whole: StripeJson::default() }.is_behind_the_key(),
            behind,
            "{status} {code}"
        );
    }

    #[test]
    fn an_error_before_the_key_check_says_nothing_about_an_earlier_attempt() {
        check(402, "card_declined", true);
        check(400, "amount_too_small", true);
        check(400, "resource_missing", false);
        check(404, "resource_missing", false);
        check(401, "api_key_expired", false);
        check(403, "", false);
        check(405, "", false);
    }
}
