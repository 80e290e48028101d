//! A customer, to whom cards can be attached.

use serde_json::{Value, json};

use crate::ids::derived;
use crate::metadata::Metadata;
use crate::objects::{Object, Seen};

/// The state of a customer.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    /// `cus_…`
    pub(crate) id: String,
    /// When it was created.
    pub(crate) created: i64,
    /// The address of mail.
    pub(crate) email: Option<String>,
    /// The name.
    pub(crate) name: Option<String>,
    /// The number of the telephone.
    pub(crate) phone: Option<String>,
    /// What the caller wants to remember about it.
    pub(crate) description: Option<String>,
    /// What the caller attached.
    pub(crate) metadata: Metadata,
}

impl Object for Customer {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, seen: Seen) -> Value {
        json!({
            "id": self.id,
            "object": "customer",
            "address": null,
            "balance": 0,
            "created": self.created,
            "currency": null,
            "customer_account": null,
            "default_source": null,
            "delinquent": false,
            "description": self.description,
            "discount": null,
            "email": self.email,
            "invoice_prefix": derived(&self.id).to_ascii_uppercase().chars().take(8).collect::<String>(),
            "invoice_settings": {
                "custom_fields": null,
                "default_payment_method": null,
                "footer": null,
                "rendering_options": null,
            },
            "livemode": seen.livemode,
            "metadata": self.metadata,
            "name": self.name,
            "next_invoice_sequence": 1,
            "phone": self.phone,
            "preferred_locales": [],
            "shipping": null,
            "tax_exempt": "none",
            "test_clock": null,
        })
    }
}
