//! A PaymentMethod: a card or an account under an id of its own, which a customer may keep.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::metadata::Metadata;
use crate::objects::billing_details::BillingDetails;
use crate::objects::means::Means;
use crate::objects::{Object, Seen};
use crate::words::{Word, words};

words! {
    /// Whether the card may be shown to its owner again.
    AllowRedisplay {
        /// Always.
        Always = "always",
        /// Only where it was saved.
        Limited = "limited",
        /// Nobody has asked.
        Unspecified = "unspecified",
    }
}

/// Whom a PaymentMethod belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody yet.
    Free,
    /// This customer.
    Attached(String),
    /// Nobody any more: it was detached, or it has paid once without belonging to anybody. It may not be used
    /// again.
    Over,
}

/// The state of a PaymentMethod.
#[derive(Clone, Debug)]
pub(crate) struct PaymentMethod {
    /// `pm_…`
    pub(crate) id: String,
    /// When it was created.
    pub(crate) created: i64,
    /// What is behind it.
    pub(crate) means: Arc<Means>,
    /// What is known about the owner.
    pub(crate) billing: Arc<BillingDetails>,
    /// Whether the card may be shown to its owner again.
    pub(crate) allow_redisplay: AllowRedisplay,
    /// Whom it belongs to.
    pub(crate) standing: Standing,
    /// Whether it may be charged without the customer being there.
    pub(crate) set_up: bool,
    /// The newest mandate for it, if it is an account.
    pub(crate) mandate: Option<String>,
    /// Whether the bank has checked its data.
    pub(crate) checked: bool,
    /// What the caller attached.
    pub(crate) metadata: Metadata,
}

impl PaymentMethod {
    /// The customer to whom it is attached.
    pub(crate) fn customer(&self) -> Option<&str> {
        match &self.standing {
            Standing::Attached(customer) => Some(customer),
            Standing::Free | Standing::Over => None,
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

    fn show(&self, seen: Seen) -> Value {
        json!({
            "id": self.id,
            "object": "payment_method",
            "allow_redisplay": self.allow_redisplay.word(),
            "billing_details": self.billing.show(),
            (self.means.word()): self.means.in_method(&self.billing, self.checked),
            "created": self.created,
            "customer": self.customer(),
            "customer_account": null,
            "livemode": seen.livemode,
            "metadata": *self.metadata,
            "type": self.means.word(),
        })
    }
}
