//! A customer, to whom cards can be attached.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::ids::derived;
use crate::metadata::Metadata;
use crate::objects::billing_details::Address;
use crate::objects::shipping::Shipping;
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
    /// Where it lives.
    pub(crate) address: Address,
    /// The languages it prefers.
    pub(crate) preferred_locales: Vec<String>,
    /// The PaymentMethod that pays its invoices.
    pub(crate) default_payment_method: Option<String>,
    /// What the caller attached.
    pub(crate) metadata: Metadata,
    /// Where goods go.
    pub(crate) shipping: Option<Arc<Shipping>>,
    /// Whether it was deleted. Nothing but its id is known of it then.
    pub(crate) deleted: bool,
}

impl Customer {
    /// A customer of whom nothing is known.
    pub(crate) fn new(id: String, created: i64) -> Self {
        Self {
            id,
            created,
            email: None,
            name: None,
            phone: None,
            description: None,
            address: Address::default(),
            preferred_locales: vec![],
            default_payment_method: None,
            metadata: Metadata::default(),
            shipping: None,
            deleted: false,
        }
    }
}

impl Object for Customer {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, seen: Seen) -> Value {
        if self.deleted {
            return json!({ "id": self.id, "object": "customer", "deleted": true });
        }
        let address = (self.address != Address::default()).then(|| self.address.show());
        json!({
            "id": self.id,
            "object": "customer",
            "address": address,
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
                "default_payment_method": self.default_payment_method,
                "footer": null,
                "rendering_options": null,
            },
            "livemode": seen.livemode,
            "metadata": *self.metadata,
            "name": self.name,
            "next_invoice_sequence": 1,
            "phone": self.phone,
            "preferred_locales": self.preferred_locales,
            "shipping": self.shipping.as_deref().map(Shipping::show),
            "tax_exempt": "none",
            "test_clock": null,
        })
    }
}
