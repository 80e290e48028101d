//! What Stripe told of a payment beside its state: ids, card, marks of the bank.

use jiff::Timestamp;

/// What the payer has to do.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Action {
    /// Stripe's name of it.
    pub kind: String,
    /// For the payer's browser.
    pub client_secret: String,
    /// Where to go, if it is a redirect.
    pub redirect_url: String,
}

/// What Stripe told of a payment: ids, card, marks of the bank.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// "pi_…"
    pub payment_intent: Option<String>,
    /// The payment that its marks name, where that was lost with a journal.
    #[serde(default)]
    pub marked_as: Option<String>,
    /// "pm_…", as Stripe took it.
    #[serde(default)]
    pub payment_method: Option<String>,
    /// "ch_…"
    pub charge: Option<String>,
    /// "txn_…" of the capture.
    pub balance_transaction: Option<String>,
    /// `Request-Id` of the last answer.
    pub request: Option<String>,
    /// Brand, last four digits, month and year of expiry.
    pub card: Option<Card>,
    /// When the hold lapses, kept after it was captured or has lapsed.
    pub hold_expires: Option<Timestamp>,
    /// The issuer's code.
    pub authorization_code: Option<String>,
    /// Result of the address check.
    pub avs_line1: Option<String>,
    /// Result of the postal code check.
    pub avs_postal_code: Option<String>,
    /// Result of the security code check.
    pub cvc: Option<String>,
    /// The network's id.
    pub network_transaction_id: Option<String>,
}

/// A card, as far as it may be kept.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Card {
    /// Stripe's name of the brand.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// 1 to 12; 0 when Stripe did not say.
    pub exp_month: i32,
    /// Four digits; 0 when Stripe did not say.
    pub exp_year: i32,
}
