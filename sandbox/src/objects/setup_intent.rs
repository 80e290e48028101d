//! A SetupIntent: setting up a card for later, without money.

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::metadata::Metadata;
use crate::objects::intents::{FutureUsage, NextAction, Ways};
use crate::objects::options::Options;
use crate::objects::{Object, Seen};
use crate::words::{Word, words};

words! {
    /// Why a caller gives up.
    Reason {
        /// The customer went away.
        Abandoned = "abandoned",
        /// The customer asked for it.
        RequestedByCustomer = "requested_by_customer",
        /// It was made twice.
        Duplicate = "duplicate",
    }
}

/// The states, each with what is true in it only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SetupStage {
    /// There is no card, or the last one was refused.
    RequiresPaymentMethod,
    /// There is a card, and nobody has said go.
    RequiresConfirmation,
    /// The customer has to do something.
    RequiresAction(NextAction),
    /// The card is set up.
    Succeeded,
    /// It is over, and the caller may have said why.
    Canceled(Option<Reason>),
}

impl SetupStage {
    /// The word that Stripe has for the state.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction(_) => "requires_action",
            Self::Succeeded => "succeeded",
            Self::Canceled(_) => "canceled",
        }
    }
}

impl SetupStage {
    /// Where the customer was sent to authenticate, if that is what is waited for.
    pub(crate) fn waits_for_bank(self) -> Option<NextAction> {
        match self {
            Self::RequiresAction(NextAction::Microdeposits { .. }) => None,
            Self::RequiresAction(next) => Some(next),
            Self::RequiresPaymentMethod
            | Self::RequiresConfirmation
            | Self::Succeeded
            | Self::Canceled(_) => None,
        }
    }
}

/// The state of a SetupIntent.
#[derive(Clone, Debug)]
pub(crate) struct SetupIntent {
    /// `seti_…`
    pub(crate) id: String,
    /// When it was created.
    pub(crate) created: i64,
    /// `seti_…_secret_…`
    pub(crate) client_secret: String,
    /// Whose card it is.
    pub(crate) customer: Option<String>,
    /// What for.
    pub(crate) description: Option<String>,
    /// What the caller attached.
    pub(crate) metadata: Metadata,
    /// What may be set up.
    pub(crate) ways: Ways,
    /// What the card is set up for.
    pub(crate) usage: FutureUsage,
    /// Where it is.
    pub(crate) stage: SetupStage,
    /// The PaymentMethod, unless it was refused.
    pub(crate) payment_method: Option<String>,
    /// The last attempt.
    pub(crate) latest_attempt: Option<String>,
    /// Why the last attempt was refused.
    pub(crate) last_error: Option<StripeError>,
    /// What was said for each type of PaymentMethod.
    pub(crate) options: Options,
    /// The mandate of the account that was set up.
    pub(crate) mandate: Option<String>,
}

impl Object for SetupIntent {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, seen: Seen) -> Value {
        let types = self.ways.types(None);
        let (next, reason) = match &self.stage {
            SetupStage::RequiresAction(next) => (Some(next.show()), None),
            SetupStage::Canceled(said) => (None, said.map(Reason::word)),
            SetupStage::RequiresPaymentMethod | SetupStage::RequiresConfirmation | SetupStage::Succeeded => {
                (None, None)
            }
        };
        json!({
            "id": self.id,
            "object": "setup_intent",
            "allowed_payment_method_types": self.ways.allowed(),
            "application": null,
            "automatic_payment_methods": self.ways.automatic(),
            "cancellation_reason": reason,
            "client_secret": self.client_secret,
            "created": self.created,
            "customer": self.customer,
            "customer_account": null,
            "description": self.description,
            "excluded_payment_method_types": null,
            "flow_directions": null,
            "last_setup_error": self.last_error.as_ref().map(StripeError::as_last_error),
            "latest_attempt": self.latest_attempt,
            "livemode": seen.livemode,
            "managed_payments": { "enabled": false },
            "mandate": self.mandate,
            "metadata": *self.metadata,
            "next_action": next,
            "on_behalf_of": null,
            "payment_method": self.payment_method,
            "payment_method_configuration_details": self.ways.configuration(),
            "payment_method_options": self.options.of_setup(&types),
            "payment_method_types": types,
            "single_use_mandate": null,
            "status": self.stage.word(),
            "usage": self.usage.word(),
        })
    }
}
