//! An early fraud warning: the bank of a card reports that a charge may be fraudulent.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::objects::{Object, RenderContext};
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The type of fraud that the bank reports.
    FraudType {
        /// The owner never received the card.
        CardNeverReceived = "card_never_received",
        /// The card was applied for with a false name.
        FraudulentCardApplication = "fraudulent_card_application",
        /// The card was counterfeited.
        MadeWithCounterfeitCard = "made_with_counterfeit_card",
        /// The card was lost.
        MadeWithLostCard = "made_with_lost_card",
        /// The card was stolen.
        MadeWithStolenCard = "made_with_stolen_card",
        /// The bank reports no type.
        Misc = "misc",
        /// The number of the card was used without the owner.
        UnauthorizedUseOfCard = "unauthorized_use_of_card",
    }
}

/// The state of an early fraud warning.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EarlyFraudWarning {
    /// Id of the warning, `issfr_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// Id of the charge, `ch_…`.
    pub(crate) charge: String,
    /// Id of the PaymentIntent of the charge.
    pub(crate) payment_intent: String,
    /// The type of fraud that the bank reports.
    pub(crate) fraud_type: FraudType,
    /// Whether a refund can still prevent a dispute.
    pub(crate) actionable: bool,
}

impl Object for EarlyFraudWarning {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, context: RenderContext) -> Value {
        json!({
            "id": self.id,
            "object": "radar.early_fraud_warning",
            "actionable": self.actionable,
            "charge": self.charge,
            "created": self.created,
            "fraud_type": self.fraud_type.as_str(),
            "livemode": context.livemode,
            "payment_intent": self.payment_intent,
        })
    }
}
