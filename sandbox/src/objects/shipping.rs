//! The destination of goods: an address with the carrier and the recipient.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::objects::billing_details::Address;

/// The destination of goods, `shipping`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shipping {
    pub(crate) address: Address,
    pub(crate) carrier: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) tracking_number: Option<String>,
}

impl Shipping {
    /// The shipping details as JSON, in the form of a PaymentIntent.
    pub(crate) fn show(&self) -> Value {
        json!({
            "address": self.address.show(),
            "carrier": self.carrier,
            "name": self.name,
            "phone": self.phone,
            "tracking_number": self.tracking_number,
        })
    }
}
