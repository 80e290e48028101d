//! A SetupAttempt: one attempt to set up a card, and the outcome.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::StripeError;
use crate::objects::billing_details::BillingDetails;
use crate::objects::instrument::Instrument;
use crate::objects::intents::FutureUsage;
use crate::objects::{Object, RenderContext};
use crate::stripe_enum::StripeEnum;

/// The outcome of an attempt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum SetupAttemptOutcome {
    /// The customer has to authenticate.
    RequiresAction,
    /// The card is set up.
    Succeeded,
    /// The attempt failed with this error.
    Failed(StripeError),
}

/// The state of a SetupAttempt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SetupAttempt {
    /// Id of the SetupAttempt, `setatt_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// Id of the SetupIntent, `seti_…`.
    pub(crate) setup_intent: String,
    /// Id of the customer, `cus_…`.
    pub(crate) customer: Option<String>,
    /// Id of the PaymentMethod, `pm_…`.
    pub(crate) payment_method: String,
    /// The card or the account behind the PaymentMethod.
    pub(crate) instrument: Arc<Instrument>,
    /// The data of the owner at the time of the attempt.
    pub(crate) billing: Arc<BillingDetails>,
    /// The later payments that the card is set up for.
    pub(crate) usage: FutureUsage,
    /// The outcome of the attempt.
    pub(crate) outcome: SetupAttemptOutcome,
}

impl Object for SetupAttempt {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn indexed(&self, add: &mut dyn FnMut(&str, &str)) {
        add("setup_intent", &self.setup_intent);
    }

    fn show(&self, context: RenderContext) -> Value {
        let (status, error) = match &self.outcome {
            SetupAttemptOutcome::RequiresAction => ("requires_action", None),
            SetupAttemptOutcome::Succeeded => ("succeeded", None),
            SetupAttemptOutcome::Failed(error) => ("failed", Some(error.as_last_error())),
        };
        json!({
            "id": self.id,
            "object": "setup_attempt",
            "application": null,
            "created": self.created,
            "customer": self.customer,
            "customer_account": null,
            "flow_directions": null,
            "livemode": context.livemode,
            "on_behalf_of": null,
            "payment_method": self.payment_method,
            "payment_method_details": {
                (self.instrument.type_name()): self.instrument.in_attempt(&self.billing),
                "type": self.instrument.type_name(),
            },
            "setup_error": error,
            "setup_intent": self.setup_intent,
            "status": status,
            "usage": self.usage.as_str(),
        })
    }
}
