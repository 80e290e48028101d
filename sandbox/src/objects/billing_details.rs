//! Addresses, and what is known about the owner of a card.

use serde_json::{Value, json};

/// An address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) city: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) line1: Option<String>,
    pub(crate) line2: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) state: Option<String>,
}

impl Address {
    /// The JSON.
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

/// What is known about the owner of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BillingDetails {
    /// Where the statements go.
    pub(crate) address: Address,
    /// The address of mail.
    pub(crate) email: Option<String>,
    /// The name.
    pub(crate) name: Option<String>,
    /// The number of the telephone.
    pub(crate) phone: Option<String>,
}

impl BillingDetails {
    /// The JSON.
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
