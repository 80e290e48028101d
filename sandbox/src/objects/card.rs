//! The card inside a PaymentMethod: the fields that are shown, and the behaviour of the bank. Only
//! the last digits of the number are stored.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bank::cards::{Bank, TestBehaviour, TestCard};
use crate::bank::number::last4;
use crate::ids::derived;
use crate::objects::billing_details::BillingDetails;
use crate::static_text::{self, StaticText};

/// The last month in which a card is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Expiry {
    /// The month, from one to twelve.
    pub(crate) month: i8,
    /// The year with four digits.
    pub(crate) year: i16,
}

impl Default for Expiry {
    /// The expiry of a test card without another expiry: December 2034.
    fn default() -> Self {
        Self { month: 12, year: 2034 }
    }
}

/// A card as stored by the sandbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Card {
    /// Stripe's name of the card network.
    #[serde(deserialize_with = "static_text::read")]
    pub(crate) brand: StaticText,
    /// The last four digits of the number.
    pub(crate) last4: String,
    /// The funding: credit, debit or prepaid.
    #[serde(deserialize_with = "static_text::read")]
    pub(crate) funding: StaticText,
    /// The country of the bank, as an ISO 3166 code.
    #[serde(deserialize_with = "static_text::read")]
    pub(crate) country: StaticText,
    /// The month in which the card expires.
    pub(crate) expires: Expiry,
    /// A text that is the same for the same number in the same account.
    pub(crate) fingerprint: String,
    /// Whether the security code was given.
    pub(crate) has_cvc: bool,
    /// The bank's answer to a charge.
    pub(crate) bank: Bank,
    /// The other special behaviour of the test card.
    pub(crate) behaviour: TestBehaviour,
}

impl TestCard {
    /// The card as stored in an account, with a fingerprint of the account's own.
    pub(crate) fn issued(&self, account: &str) -> Card {
        Card {
            brand: self.brand,
            last4: last4(self.number).to_owned(),
            funding: self.funding,
            country: self.country,
            expires: Expiry::default(),
            fingerprint: fingerprint(account, self.number),
            has_cvc: true,
            bank: self.bank,
            behaviour: self.behaviour,
        }
    }
}

impl Card {
    /// The brand as shown to people, `display_brand`.
    pub(crate) fn display_brand(&self) -> &'static str {
        match self.brand {
            "amex" => "american_express",
            "diners" => "diners_club",
            "unionpay" => "union_pay",
            "unknown" => "other",
            other => other,
        }
    }

    /// The brand with the spelling of tokens.
    pub(crate) fn token_brand(&self) -> &'static str {
        match self.brand {
            "visa" => "Visa",
            "mastercard" => "MasterCard",
            "amex" => "American Express",
            "discover" => "Discover",
            "diners" => "Diners Club",
            "jcb" => "JCB",
            "unionpay" => "UnionPay",
            _ => "Unknown",
        }
    }

    /// The field `card` of a PaymentMethod.
    pub(crate) fn in_method(&self, billing: &BillingDetails, used: bool) -> Value {
        json!({
            "brand": self.brand,
            "checks": self.checks(billing, used),
            "country": self.country,
            "display_brand": self.display_brand(),
            "exp_month": self.expires.month,
            "exp_year": self.expires.year,
            "fingerprint": self.fingerprint,
            "funding": self.funding,
            "generated_from": null,
            "last4": self.last4,
            "networks": { "available": self.networks(), "preferred": null },
            "regulated_status": "unregulated",
            "three_d_secure_usage": { "supported": true },
            "wallet": null,
        })
    }

    /// The networks over which the card can be charged.
    fn networks(&self) -> Vec<&str> {
        let other = (self.behaviour == TestBehaviour::CoBranded).then_some("cartes_bancaires");
        [Some(self.brand), other].into_iter().flatten().collect()
    }

    /// The field `card` of a SetupAttempt's `payment_method_details`.
    pub(crate) fn in_attempt(&self, billing: &BillingDetails) -> Value {
        json!({
            "brand": self.brand,
            "checks": self.checks(billing, true),
            "country": self.country,
            "exp_month": self.expires.month,
            "exp_year": self.expires.year,
            "fingerprint": self.fingerprint,
            "funding": self.funding,
            "last4": self.last4,
            "network": self.brand,
            "three_d_secure": null,
            "wallet": null,
        })
    }

    /// The results of the bank's checks of the card's data. Every result is `unchecked` before the card
    /// was used.
    pub(crate) fn checks(&self, billing: &BillingDetails, used: bool) -> Value {
        let found = |fails: bool| match (used, fails) {
            (false, _) => "unchecked",
            (true, true) => "fail",
            (true, false) => "pass",
        };
        let wrong_line = self.behaviour == TestBehaviour::AddressFails;
        let wrong_code = wrong_line || self.behaviour == TestBehaviour::PostalCodeFails;
        let line = wrong_line || billing.address.line1.is_some();
        let code = wrong_code || billing.address.postal_code.is_some();
        json!({
            "address_line1_check": line.then(|| found(wrong_line)),
            "address_postal_code_check": code.then(|| found(wrong_code)),
            "cvc_check": self.has_cvc.then(|| found(self.behaviour == TestBehaviour::CvcFails)),
        })
    }
}

/// A text that is the same for the same number in the same account, and from which the number cannot be
/// read.
pub(crate) fn fingerprint(account: &str, number: &str) -> String {
    derived(&format!("card of {account}: {number}"))
}
