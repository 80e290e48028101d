//! A mandate: the owner of a bank account has agreed that it is debited.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::objects::means::Means;
use crate::objects::{Object, Seen};

/// How and when the owner agreed.
#[derive(Clone, Debug)]
pub(crate) struct Acceptance {
    /// In unix seconds.
    pub(crate) at: i64,
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
    /// For one debit only: how much, and in what.
    pub(crate) single_use: Option<(u64, String)>,
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
        let mut shown = json!({
            "id": self.id,
            "object": "mandate",
            "customer_acceptance": acceptance,
            "livemode": seen.livemode,
            "payment_method": self.payment_method,
            "payment_method_details": { (self.means.word()): details, "type": self.means.word() },
            "status": "active",
            "type": if self.single_use.is_some() { "single_use" } else { "multi_use" },
        });
        if let Some(fields) = shown.as_object_mut() {
            match &self.single_use {
                Some((amount, currency)) => {
                    fields.insert("single_use".to_owned(), json!({ "amount": amount, "currency": currency }))
                }
                None => fields.insert("multi_use".to_owned(), json!({})),
            };
        }
        shown
    }
}
