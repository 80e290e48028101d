//! A mandate: the agreement of the owner of a bank account to debits.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::objects::billing_details::BillingDetails;
use crate::objects::instrument::Instrument;
use crate::objects::{Object, RenderContext};
use crate::stripe_enum::{StripeEnum, stripe_enum};

/// The time and the channel of the owner's agreement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Acceptance {
    /// The moment of the agreement in unix seconds, if the caller sent one.
    pub(crate) at: Option<i64>,
    /// For an agreement in a browser: the IP address and the user agent.
    pub(crate) online: Option<(Option<String>, Option<String>)>,
}

stripe_enum! {
    /// Whether an account can be debited under a mandate.
    MandateStatus {
        /// The account can be debited.
        Active = "active",
        /// The owner has revoked the agreement, and the account cannot be debited.
        Inactive = "inactive",
        /// The agreement is not complete yet.
        Pending = "pending",
    }
}

/// The state of a mandate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Mandate {
    /// Id of the mandate, `mandate_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// Id of the PaymentMethod that can be debited.
    pub(crate) payment_method: String,
    /// The account behind the PaymentMethod.
    pub(crate) instrument: Arc<Instrument>,
    /// The data of the owner.
    pub(crate) billing: Arc<BillingDetails>,
    /// The time and the channel of the owner's agreement.
    pub(crate) acceptance: Acceptance,
    /// The reference of the mandate on the owner's statements.
    pub(crate) reference: String,
    /// Whether the account can be debited under the mandate.
    pub(crate) status: MandateStatus,
}

impl Object for Mandate {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, context: RenderContext) -> Value {
        let acceptance = match &self.acceptance.online {
            Some((address, agent)) => json!({
                "accepted_at": self.acceptance.at,
                "online": { "ip_address": address, "user_agent": agent },
                "type": "online",
            }),
            None => json!({ "accepted_at": self.acceptance.at, "offline": {}, "type": "offline" }),
        };
        let details = match &*self.instrument {
            Instrument::Card(_) => json!({}),
            Instrument::Wallet(wallet) => wallet.in_mandate(&self.billing),
            Instrument::SepaDebit(_) => json!({
                "reference": self.reference,
                "url": format!("https://hooks.stripe.com/adapter/sepa_debit/file/{}", self.reference),
            }),
            Instrument::UsBankAccount(_) => json!({ "collection_method": "paper" }),
        };
        json!({
            "id": self.id,
            "object": "mandate",
            "customer_acceptance": acceptance,
            "livemode": context.livemode,
            "multi_use": {},
            "payment_method": self.payment_method,
            "payment_method_details": { (self.instrument.type_name()): details, "type": self.instrument.type_name() },
            "status": self.status.as_str(),
            "type": "multi_use",
        })
    }
}
