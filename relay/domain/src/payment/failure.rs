//! Why something was not approved.

use causeway::v1;

/// What a new attempt needs to have a chance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Advice {
    /// Nothing is to be tried again.
    #[default]
    Never,
    /// Time.
    RetryLater,
    /// Corrected data.
    CorrectData,
    /// Another card.
    NewCard,
    /// The payer.
    BringPayer,
    /// The same request id.
    SameRequest,
    /// The operator.
    Operator,
}

/// Why something was not approved, for every reader.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Failure {
    /// Ours, stable.
    pub code: String,
    /// Stripe's.
    pub processor_code: String,
    /// The issuer's, as Stripe passes it on.
    pub decline_code: String,
    /// Stripe's advice.
    pub processor_advice: String,
    /// The network's.
    pub network_decline_code: String,
    /// The network's advice.
    pub network_advice_code: String,
    /// Which parameter was wrong.
    pub parameter: String,
    /// What a new attempt needs.
    pub advice: Advice,
    /// All there is to know.
    pub operator_message: String,
    /// What the payer may know.
    pub payer_message: String,
}

impl Failure {
    /// An attempt failed, and the processor does not say why.
    pub fn unexplained() -> Failure {
        Failure {
            code: "CARD_DECLINED".to_owned(),
            advice: Advice::RetryLater,
            operator_message: "Stripe refused it (HTTP 402): nothing".to_owned(),
            payer_message: "Your card was declined. Please use another card or contact your bank.".to_owned(),
            ..Failure::default()
        }
    }

    /// Nobody knows the outcome yet.
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

    /// Nobody knows the outcome of a call about a card yet.
    pub fn unknown_card(why: &str) -> Failure {
        Failure {
            operator_message: format!(
                "the outcome is not known yet; no money is moved by it. Repeat the same request id to learn it. Seen: {why}"
            ),
            payer_message: "Your card is being updated. Please wait before you try again.".to_owned(),
            ..Failure::unknown("")
        }
    }

    /// Nobody knows, and repeating the request does not find it out.
    pub fn unresolved(self, what: &str) -> Failure {
        Failure {
            advice: Advice::Operator,
            operator_message: format!("the outcome is not known, and it may have been done: {what}"),
            ..self
        }
    }

    /// For the wire.
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
