//! A SetupAttempt: one attempt to set up a card, and what came of it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::objects::billing_details::BillingDetails;
use crate::objects::intents::FutureUsage;
use crate::objects::means::Means;
use crate::objects::{Object, Seen};
use crate::words::Word;

/// What came of an attempt.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The customer has to authenticate.
    RequiresAction,
    /// The card is set up.
    Succeeded,
    /// It is not.
    Failed(StripeError),
}

/// The state of a SetupAttempt.
#[derive(Clone, Debug)]
pub(crate) struct SetupAttempt {
    /// `setatt_…`
    pub(crate) id: String,
    /// When it was made.
    pub(crate) created: i64,
    /// The SetupIntent.
    pub(crate) setup_intent: String,
    /// The customer.
    pub(crate) customer: Option<String>,
    /// The PaymentMethod.
    pub(crate) payment_method: String,
    /// What is behind it.
    pub(crate) means: Arc<Means>,
    /// What was known about the owner.
    pub(crate) billing: Arc<BillingDetails>,
    /// What the card is set up for.
    pub(crate) usage: FutureUsage,
    /// What came of it.
    pub(crate) outcome: Outcome,
}

impl Object for SetupAttempt {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, seen: Seen) -> Value {
        let (status, error) = match &self.outcome {
            Outcome::RequiresAction => ("requires_action", None),
            Outcome::Succeeded => ("succeeded", None),
            Outcome::Failed(error) => ("failed", Some(error.as_last_error())),
        };
        json!({
            "id": self.id,
            "object": "setup_attempt",
            "application": null,
            "created": self.created,
            "customer": self.customer,
            "customer_account": null,
            "flow_directions": null,
            "livemode": seen.livemode,
            "on_behalf_of": null,
            "payment_method": self.payment_method,
            "payment_method_details": {
                (self.means.word()): self.means.in_attempt(&self.billing),
                "type": self.means.word(),
            },
            "setup_error": error,
            "setup_intent": self.setup_intent,
            "status": status,
            "usage": self.usage.word(),
        })
    }
}
