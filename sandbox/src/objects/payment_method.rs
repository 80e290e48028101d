//! A PaymentMethod: a card or an account with an id, which can be attached to a customer.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::metadata::Metadata;
use crate::objects::billing_details::BillingDetails;
use crate::objects::instrument::Instrument;
use crate::objects::{Object, RenderContext};
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// Whether the card can be shown to the owner again.
    AllowRedisplay {
        /// The card can be shown in every place.
        Always = "always",
        /// The card can be shown only where the card was saved.
        Limited = "limited",
        /// The owner was not asked.
        Unspecified = "unspecified",
    }
}

/// The relation of a PaymentMethod to a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Attachment {
    /// The PaymentMethod is not attached yet.
    Unattached,
    /// The PaymentMethod is attached to this customer, `cus_…`.
    Attached(String),
    /// The PaymentMethod was detached, or has paid once without a customer. A further use is refused.
    Unusable,
}

/// The state of a PaymentMethod.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PaymentMethod {
    /// Id of the PaymentMethod, `pm_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// The card or the account behind the PaymentMethod.
    pub(crate) instrument: Arc<Instrument>,
    /// The data of the owner.
    pub(crate) billing: Arc<BillingDetails>,
    /// Whether the card can be shown to the owner again.
    pub(crate) allow_redisplay: AllowRedisplay,
    /// The relation to a customer.
    pub(crate) attachment: Attachment,
    /// Whether charges without the customer are allowed.
    pub(crate) set_up: bool,
    /// Id of the newest mandate, for an account.
    pub(crate) mandate: Option<String>,
    /// Whether the bank has checked the card's data.
    pub(crate) checked: bool,
    /// The metadata that the caller attached.
    pub(crate) metadata: Metadata,
}

impl PaymentMethod {
    /// Id of the customer that the PaymentMethod is attached to.
    pub(crate) fn customer(&self) -> Option<&str> {
        match &self.attachment {
            Attachment::Attached(customer) => Some(customer),
            Attachment::Unattached | Attachment::Unusable => None,
        }
    }
}

impl Object for PaymentMethod {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn indexed(&self, add: &mut dyn FnMut(&str, &str)) {
        self.customer().into_iter().for_each(|value| add("customer", value));
    }

    fn show(&self, context: RenderContext) -> Value {
        json!({
            "id": self.id,
            "object": "payment_method",
            "allow_redisplay": self.allow_redisplay.as_str(),
            "billing_details": self.billing.show(),
            (self.instrument.type_name()): self.instrument.in_method(&self.billing, self.checked),
            "created": self.created,
            "customer": self.customer(),
            "customer_account": null,
            "livemode": context.livemode,
            "metadata": *self.metadata,
            "type": self.instrument.type_name(),
        })
    }
}
