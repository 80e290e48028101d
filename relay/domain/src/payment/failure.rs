//! The reason why an operation is declined or unknown, with advice for the caller.

use causeway::v1;

/// The condition under which a new attempt has a chance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Advice {
    /// No new attempt has a chance.
    #[default]
    Never,
    /// The same card may work later; a retry needs a new request id.
    RetryLater,
    /// The payer has to correct the entered data.
    CorrectData,
    /// The payer has to use another card.
    NewCard,
    /// The payer has to be present and authenticate.
    BringPayer,
    /// The caller repeats the same request id to learn the outcome.
    SameRequest,
    /// The operator has to act first.
    Operator,
}

/// The reason why an operation is declined or unknown, for the caller, the operator and the payer.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Failure {
    /// The relay's own code, stable; docs/refusals.md explains the codes.
    pub code: String,
    /// Stripe's error code, verbatim; may be empty.
    pub processor_code: String,
    /// Decline code of the issuing bank, as Stripe passes the code on; may be empty.
    pub decline_code: String,
    /// Stripe's advice code, verbatim; may be empty.
    pub processor_advice: String,
    /// Decline code of the card network; may be empty.
    pub network_decline_code: String,
    /// Advice code of the card network; may be empty.
    pub network_advice_code: String,
    /// Name of the request parameter that Stripe rejects; may be empty.
    pub parameter: String,
    /// The condition for a new attempt.
    pub advice: Advice,
    /// Full explanation for the operator, with Stripe's own words where present.
    pub operator_message: String,
    /// Sentence for the payer, without sensitive reasons such as suspected fraud.
    pub payer_message: String,
}

impl Failure {
    /// The failure of a declined attempt for which the processor gives no reason.
    pub fn unexplained() -> Failure {
        Failure {
            code: "CARD_DECLINED".to_owned(),
            advice: Advice::RetryLater,
            operator_message: "Stripe refused it (HTTP 402): nothing".to_owned(),
            payer_message: "Your card was declined. Please use another card or contact your bank.".to_owned(),
            ..Failure::default()
        }
    }

    /// The failure of an unknown outcome: money may have moved. `why` is the observation.
    pub fn unknown(why: &str) -> Failure {
        Failure {
            code: "OUTCOME_UNKNOWN".to_owned(),
            advice: Advice::SameRequest,
            operator_message: format!(
                "the outcome is not known yet, and money may have moved; repeat the same request id to learn it. Seen: {why}"
            ),
            payer_message: "Your payment is being processed. Please do not pay again.".to_owned(),
            ..Failure::default()
        }
    }

    /// The failure of an unknown outcome of a call about a card: no money moves.
    pub fn unknown_card(why: &str) -> Failure {
        Failure {
            operator_message: format!(
                "the outcome is not known yet; no money is moved by it. Repeat the same request id to learn it. Seen: {why}"
            ),
            payer_message: "Your card is being updated. Please wait before you try again.".to_owned(),
            ..Failure::unknown("")
        }
    }

    /// The failure of an unknown outcome that a repetition of the request cannot resolve: an
    /// operator has to look.
    pub fn unresolved(self, what: &str) -> Failure {
        Failure {
            advice: Advice::Operator,
            operator_message: format!("the outcome is not known, and it may have been done: {what}"),
            ..self
        }
    }

    /// The failure as a message of the contract.
    pub fn to_wire(&self) -> v1::Failure {
        let advice = match self.advice {
            Advice::Never => v1::Advice::Never,
            Advice::RetryLater => v1::Advice::RetryLater,
            Advice::CorrectData => v1::Advice::CorrectData,
            Advice::NewCard => v1::Advice::NewCard,
            Advice::BringPayer => v1::Advice::BringPayer,
            Advice::SameRequest => v1::Advice::SameRequest,
            Advice::Operator => v1::Advice::Operator,
        };
        v1::Failure {
            code: self.code.clone(),
            processor_code: self.processor_code.clone(),
            decline_code: self.decline_code.clone(),
            processor_advice: self.processor_advice.clone(),
            network_decline_code: self.network_decline_code.clone(),
            network_advice_code: self.network_advice_code.clone(),
            parameter: self.parameter.clone(),
            advice: advice.into(),
            operator_message: self.operator_message.clone(),
            payer_message: self.payer_message.clone(),
        }
    }
}
