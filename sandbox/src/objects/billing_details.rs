//! Addresses, and the data of the owner of a PaymentMethod.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A postal address with Stripe's field names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) city: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) line1: Option<String>,
    pub(crate) line2: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) state: Option<String>,
}

impl Address {
    /// The address as JSON, with null for missing parts.
    pub(crate) fn show(&self) -> Value {
        json!({
            "city": self.city,
            "country": self.country,
            "line1": self.line1,
            "line2": self.line2,
            "postal_code": self.postal_code,
            "state": self.state,
        })
    }
}

/// The data of the owner of a PaymentMethod, `billing_details`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BillingDetails {
    /// The address that statements are sent to.
    pub(crate) address: Address,
    /// The email address of the owner.
    pub(crate) email: Option<String>,
    /// The full name of the owner.
    pub(crate) name: Option<String>,
    /// The phone number of the owner.
    pub(crate) phone: Option<String>,
}

impl BillingDetails {
    /// The billing details as JSON, with null for missing parts.
    pub(crate) fn show(&self) -> Value {
        json!({
            "address": self.address.show(),
            "email": self.email,
            "name": self.name,
            "phone": self.phone,
            "tax_id": null,
        })
    }
}
