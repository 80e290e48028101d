//! A PaymentMethod: one of the test cards, under an id of its own.

use serde_json::{Value, json};

use crate::bank::cards::{Card, Habit};
use crate::ids::derived;
use crate::metadata::Metadata;
use crate::objects::{Object, Seen, no_billing_details};

/// The month and the year in which every test card expires.
pub(crate) const EXPIRES: (u8, u16) = (12, 2034);

/// The state of a PaymentMethod.
#[derive(Clone, Debug)]
pub(crate) struct PaymentMethod {
    /// `pm_…`
    pub(crate) id: String,
    /// When it was created.
    pub(crate) created: i64,
    /// The card behind it.
    pub(crate) card: &'static Card,
    /// The customer to whom it is attached.
    pub(crate) customer: Option<String>,
    /// Whether it may be charged without the customer being there.
    pub(crate) set_up: bool,
    /// Whether it has paid once without being attached, after which it may not be used again.
    pub(crate) used_up: bool,
    /// What the caller attached.
    pub(crate) metadata: Metadata,
}

impl Object for PaymentMethod {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn show(&self, seen: Seen) -> Value {
        let (exp_month, exp_year) = EXPIRES;
        json!({
            "id": self.id,
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": no_billing_details(),
            "card": {
                "brand": self.card.brand,
                "checks": checks(self.card, self.customer.is_some()),
                "country": self.card.country,
                "display_brand": self.card.display_brand(),
                "exp_month": exp_month,
                "exp_year": exp_year,
                "fingerprint": self.card.fingerprint(),
                "funding": self.card.funding,
                "generated_from": null,
                "last4": self.card.last4,
                "networks": { "available": [self.card.brand], "preferred": null },
                "regulated_status": "unregulated",
                "three_d_secure_usage": { "supported": true },
                "wallet": null,
            },
            "created": self.created,
            "customer": self.customer,
            "customer_account": null,
            "livemode": seen.livemode,
            "metadata": self.metadata,
            "type": "card",
        })
    }
}

impl Card {
    /// The same text for the same card number.
    pub(crate) fn fingerprint(&self) -> String {
        derived(&format!("{}{}{}", self.brand, self.country, self.last4))
    }

    /// The brand as it is shown to people.
    fn display_brand(&self) -> &'static str {
        if self.brand == "amex" { "american_express" } else { self.brand }
    }
}

/// What the bank found when it checked the card's data. Nothing is checked before the card was used.
pub(crate) fn checks(card: &Card, used: bool) -> Value {
    let found = |fails: bool| match (used, fails) {
        (false, _) => "unchecked",
        (true, true) => "fail",
        (true, false) => "pass",
    };
    let address = card.habit == Habit::AddressFails;
    let postal_code = address || card.habit == Habit::PostalCodeFails;
    json!({
        "address_line1_check": address.then(|| found(true)),
        "address_postal_code_check": postal_code.then(|| found(true)),
        "cvc_check": found(card.habit == Habit::CvcFails),
    })
}
