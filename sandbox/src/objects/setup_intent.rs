//! A SetupIntent: the setup of a card for later payments, without a payment.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::StripeError;
use crate::metadata::Metadata;
use crate::objects::intents::{FutureUsage, MethodTypes, NextAction};
use crate::objects::options::Options;
use crate::objects::{Object, RenderContext};
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// The caller's reason for a cancellation.
    SetupCancellationReason {
        /// The customer left before the end.
        Abandoned = "abandoned",
        /// The customer asked for the cancellation.
        RequestedByCustomer = "requested_by_customer",
        /// The SetupIntent was created twice.
        Duplicate = "duplicate",
    }
}

/// The states, each with the data of that state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SetupIntentStatus {
    /// There is no card, or the last attempt failed.
    RequiresPaymentMethod,
    /// There is a card, and no confirmation yet.
    RequiresConfirmation,
    /// The customer has to act.
    RequiresAction(NextAction),
    /// The card is set up.
    Succeeded,
    /// The SetupIntent was canceled, with an optional reason of the caller.
    Canceled(Option<SetupCancellationReason>),
}

impl SetupIntentStatus {
    /// Stripe's name of the state, the field `status`.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction(_) => "requires_action",
            Self::Succeeded => "succeeded",
            Self::Canceled(_) => "canceled",
        }
    }
}

impl SetupIntentStatus {
    /// The pending authentication of the customer at the bank. Microdeposits do not count.
    pub(crate) fn pending_authentication(self) -> Option<NextAction> {
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SetupIntent {
    /// Id of the SetupIntent, `seti_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// The secret for the customer's browser, `seti_…_secret_…`.
    pub(crate) client_secret: String,
    /// Id of the owner of the card, `cus_…`.
    pub(crate) customer: Option<String>,
    /// A description of the setup.
    pub(crate) description: Option<String>,
    /// The metadata that the caller attached.
    pub(crate) metadata: Metadata,
    /// The types of PaymentMethods that can be set up.
    pub(crate) method_types: MethodTypes,
    /// The later payments that the card is set up for.
    pub(crate) usage: FutureUsage,
    /// The current state of the setup.
    pub(crate) status: SetupIntentStatus,
    /// Id of the PaymentMethod, unless the last attempt failed.
    pub(crate) payment_method: Option<String>,
    /// Id of the last SetupAttempt.
    pub(crate) latest_attempt: Option<String>,
    /// The error of the last attempt.
    pub(crate) last_error: Option<StripeError>,
    /// The options for each type of PaymentMethod.
    pub(crate) options: Options,
    /// Id of the mandate of the account that was set up.
    pub(crate) mandate: Option<String>,
}

impl Object for SetupIntent {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn indexed(&self, add: &mut dyn FnMut(&str, &str)) {
        self.customer.iter().for_each(|value| add("customer", value));
        self.payment_method.iter().for_each(|value| add("payment_method", value));
    }

    fn show(&self, context: RenderContext) -> Value {
        let types = self.method_types.types(None);
        let (next, reason) = match &self.status {
            SetupIntentStatus::RequiresAction(next) => (Some(next.show()), None),
            SetupIntentStatus::Canceled(reason) => (None, reason.map(SetupCancellationReason::as_str)),
            SetupIntentStatus::RequiresPaymentMethod
            | SetupIntentStatus::RequiresConfirmation
            | SetupIntentStatus::Succeeded => (None, None),
        };
        json!({
            "id": self.id,
            "object": "setup_intent",
            "allowed_payment_method_types": self.method_types.allowed(),
            "application": null,
            "automatic_payment_methods": self.method_types.automatic(),
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
            "livemode": context.livemode,
            "managed_payments": { "enabled": false },
            "mandate": self.mandate,
            "metadata": *self.metadata,
            "next_action": next,
            "on_behalf_of": null,
            "payment_method": self.payment_method,
            "payment_method_configuration_details": self.method_types.configuration(),
            "payment_method_options": self.options.of_setup(&types),
            "payment_method_types": types,
            "single_use_mandate": null,
            "status": self.status.as_str(),
            "usage": self.usage.as_str(),
        })
    }
}
