//! A customer, the owner of attached PaymentMethods.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids::derived;
use crate::metadata::Metadata;
use crate::objects::billing_details::Address;
use crate::objects::shipping::Shipping;
use crate::objects::{Object, RenderContext};
use crate::stripe_enum::{StripeEnum, stripe_enum};

stripe_enum! {
    /// Whether a customer pays taxes.
    TaxExempt {
        /// The customer pays taxes as usual.
        None = "none",
        /// The customer pays taxes to the authorities directly.
        Reverse = "reverse",
        /// The customer pays no taxes.
        Exempt = "exempt",
    }
}

/// The state of a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Customer {
    /// Id of the customer, `cus_…`.
    pub(crate) id: String,
    /// The moment of creation, in unix seconds.
    pub(crate) created: i64,
    /// The email address of the customer.
    pub(crate) email: Option<String>,
    /// The full name of the customer.
    pub(crate) name: Option<String>,
    /// The phone number of the customer.
    pub(crate) phone: Option<String>,
    /// The caller's note about the customer.
    pub(crate) description: Option<String>,
    /// The postal address of the customer.
    pub(crate) address: Address,
    /// The preferred languages of the customer.
    pub(crate) preferred_locales: Vec<String>,
    /// Id of the PaymentMethod that pays the customer's invoices.
    pub(crate) default_payment_method: Option<String>,
    /// The metadata that the caller attached.
    pub(crate) metadata: Metadata,
    /// The address for the customer's goods.
    pub(crate) shipping: Option<Arc<Shipping>>,
    /// Whether the customer pays taxes.
    pub(crate) tax_exempt: TaxExempt,
    /// The balance in the currency of the account: a credit if negative, a debt if positive.
    pub(crate) balance: i64,
    /// The prefix of the customer's invoice numbers, if the caller set one.
    pub(crate) invoice_prefix: Option<String>,
    /// The number of the customer's next invoice.
    pub(crate) next_invoice_sequence: i64,
    /// The text at the end of the customer's invoices.
    pub(crate) footer: Option<String>,
    /// Whether the customer was deleted. Only the id is shown then.
    pub(crate) deleted: bool,
}

impl Customer {
    /// A customer without any data.
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

    fn indexed(&self, add: &mut dyn FnMut(&str, &str)) {
        self.email.iter().for_each(|value| add("email", value));
        self.name.iter().for_each(|value| add("name", value));
        self.phone.iter().for_each(|value| add("phone", value));
    }

    fn show(&self, context: RenderContext) -> Value {
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
            "livemode": context.livemode,
            "metadata": *self.metadata,
            "name": self.name,
            "next_invoice_sequence": self.next_invoice_sequence,
            "phone": self.phone,
            "preferred_locales": self.preferred_locales,
            "shipping": self.shipping.as_deref().map(Shipping::show),
            "tax_exempt": self.tax_exempt.as_str(),
            "test_clock": null,
        })
    }
}

/// The prefix of a customer's invoice numbers, if the caller set none.
fn prefix_of(id: &str) -> String {
    derived(id).to_ascii_uppercase().chars().take(8).collect()
}
