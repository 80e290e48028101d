//! A mandate: the owner of a bank account has agreed that it is debited.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::objects::means::Means;
use crate::objects::{Object, Seen};

/// How and when the owner agreed.
#[derive(Clone, Debug)]
pub(crate) struct Acceptance {
    /// In unix seconds, if that was said.
    pub(crate) at: Option<i64>,
    /// In a browser: the address on the network, and what the browser calls itself.
    pub(crate) online: Option<(Option<String>, Option<String>)>,
}

/// The state of a mandate.
#[derive(Clone, Debug)]
pub(crate) struct Mandate {
    /// `mandate_…`
    pub(crate) id: String,
    /// When it was made.
    pub(crate) created: i64,
    /// The PaymentMethod that may be debited.
    pub(crate) payment_method: String,
    /// The account behind it.
    pub(crate) means: Arc<Means>,
    /// How the owner agreed.
    pub(crate) acceptance: Acceptance,
    /// The text under which the owner finds it on statements.
    pub(crate) reference: String,
}

impl Object for Mandate {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, seen: Seen) -> Value {
        let acceptance = match &self.acceptance.online {
            Some((address, agent)) => json!({
                "accepted_at": self.acceptance.at,
                "online": { "ip_address": address, "user_agent": agent },
                "type": "online",
            }),
            None => json!({ "accepted_at": self.acceptance.at, "offline": {}, "type": "offline" }),
        };
        let details = match &*self.means {
            Means::Card(_) => json!({}),
            Means::SepaDebit(_) => json!({
                "reference": self.reference,
                "url": format!("https://hooks.stripe.com/adapter/sepa_debit/file/{}", self.reference),
            }),
            Means::UsBankAccount(_) => json!({ "collection_method": "paper" }),
        };
        json!({
            "id": self.id,
            "object": "mandate",
            "customer_acceptance": acceptance,
            "livemode": seen.livemode,
            "multi_use": {},
            "payment_method": self.payment_method,
            "payment_method_details": { (self.means.word()): details, "type": self.means.word() },
            "status": "active",
            "type": "multi_use",
        })
    }
}
