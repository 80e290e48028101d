//! A customer, to whom cards can be attached.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::ids::derived;
use crate::metadata::Metadata;
use crate::objects::billing_details::Address;
use crate::objects::shipping::Shipping;
use crate::objects::{Object, Seen};
use crate::words::{Word, words};

words! {
    /// Whether a customer pays taxes.
    TaxExempt {
        /// As everybody does.
        None = "none",
        /// To the authorities directly.
        Reverse = "reverse",
        /// Not at all.
        Exempt = "exempt",
    }
}

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
    /// Whether it pays taxes.
    pub(crate) tax_exempt: TaxExempt,
    /// What it has paid beforehand, if negative, and what it owes, in the currency of the account.
    pub(crate) balance: i64,
    /// What the numbers of its invoices begin with, if that was said.
    pub(crate) invoice_prefix: Option<String>,
    /// The number of its next invoice.
    pub(crate) next_invoice_sequence: i64,
    /// What stands at the end of its invoices.
    pub(crate) footer: Option<String>,
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
            tax_exempt: TaxExempt::None,
            balance: 0,
            invoice_prefix: None,
            next_invoice_sequence: 1,
            footer: None,
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

    fn metadata(&self) -> Option<&Metadata> {
        Some(&self.metadata)
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
            "balance": self.balance,
            "created": self.created,
            "currency": (self.balance != 0).then_some("usd"),
            "customer_account": null,
            "default_source": null,
            "delinquent": false,
            "description": self.description,
            "discount": null,
            "email": self.email,
            "invoice_prefix": self.invoice_prefix.clone().unwrap_or_else(|| prefix_of(&self.id)),
            "invoice_settings": {
                "custom_fields": null,
                "default_payment_method": self.default_payment_method,
                "footer": self.footer,
                "rendering_options": null,
            },
            "livemode": seen.livemode,
            "metadata": *self.metadata,
            "name": self.name,
            "next_invoice_sequence": self.next_invoice_sequence,
            "phone": self.phone,
            "preferred_locales": self.preferred_locales,
            "shipping": self.shipping.as_deref().map(Shipping::show),
            "tax_exempt": self.tax_exempt.word(),
            "test_clock": null,
        })
    }
}

/// What the numbers of a customer's invoices begin with unless something else was said.
fn prefix_of(id: &str) -> String {
    derived(id).to_ascii_uppercase().chars().take(8).collect()
}
