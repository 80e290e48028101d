//! A card as a PaymentMethod holds it: all that is shown of it, and how its bank answers. Of its number only
//! the last digits are left.

use serde_json::{Value, json};

use crate::bank::cards::{Bank, Habit, TestCard};
use crate::bank::number::last4;
use crate::ids::derived;
use crate::objects::billing_details::BillingDetails;

/// The last month in which a card is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expiry {
    /// From one to twelve.
    pub(crate) month: i8,
    /// In full.
    pub(crate) year: i16,
}

impl Default for Expiry {
    /// When every test card expires of which nothing else is said.
    fn default() -> Self {
        Self { month: 12, year: 2034 }
    }
}

/// A card.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    /// The network, as Stripe names it.
    pub(crate) brand: &'static str,
    /// The last four digits.
    pub(crate) last4: String,
    /// Credit, debit or prepaid.
    pub(crate) funding: &'static str,
    /// The country of the bank.
    pub(crate) country: &'static str,
    /// When it expires.
    pub(crate) expires: Expiry,
    /// The same text for the same number in the same account.
    pub(crate) fingerprint: String,
    /// Whether its security code was given.
    pub(crate) has_cvc: bool,
    /// How the bank answers a charge.
    pub(crate) bank: Bank,
    /// What is special about it otherwise.
    pub(crate) habit: Habit,
}

impl TestCard {
    /// The card as an account comes to hold it.
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
            habit: self.habit,
        }
    }
}

impl Card {
    /// The brand as it is shown to people.
    pub(crate) fn display_brand(&self) -> &'static str {
        match self.brand {
            "amex" => "american_express",
            "diners" => "diners_club",
            "unionpay" => "union_pay",
            "unknown" => "other",
            other => other,
        }
    }

    /// The brand as tokens name it.
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

    /// The part of a PaymentMethod.
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
            "networks": { "available": [self.brand], "preferred": null },
            "regulated_status": "unregulated",
            "three_d_secure_usage": { "supported": true },
            "wallet": null,
        })
    }

    /// The part of a SetupAttempt.
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

    /// What the bank found when it checked the card's data. Nothing is checked before the card was used.
    pub(crate) fn checks(&self, billing: &BillingDetails, used: bool) -> Value {
        let found = |fails: bool| match (used, fails) {
            (false, _) => "unchecked",
            (true, true) => "fail",
            (true, false) => "pass",
        };
        let wrong_line = self.habit == Habit::AddressFails;
        let wrong_code = wrong_line || self.habit == Habit::PostalCodeFails;
        let line = wrong_line || billing.address.line1.is_some();
        let code = wrong_code || billing.address.postal_code.is_some();
        json!({
            "address_line1_check": line.then(|| found(wrong_line)),
            "address_postal_code_check": code.then(|| found(wrong_code)),
            "cvc_check": self.has_cvc.then(|| found(self.habit == Habit::CvcFails)),
        })
    }
}

/// The same text for the same number in the same account, from which the number cannot be read.
pub(crate) fn fingerprint(account: &str, number: &str) -> String {
    derived(&format!("card of {account}: {number}"))
}
