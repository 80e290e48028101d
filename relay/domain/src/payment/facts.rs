//! Facts that Stripe's objects show beside the state of a payment: ids, card data, bank checks.

use jiff::Timestamp;

/// The next step of the payer.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Action {
    /// Type of the step: Stripe's `next_action.type`, or "authentication_required" or
    /// "payment_method_required" from the relay.
    pub kind: String,
    /// Client secret for Stripe.js in the payer's browser.
    pub client_secret: String,
    /// Redirect target; empty unless the step is a redirect.
    pub redirect_url: String,
}

/// Facts of a payment that Stripe's objects show: ids, card data, bank checks.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// Id of the PaymentIntent, "pi_…"
    pub payment_intent: Option<String>,
    /// Payment id in the correlation metadata of an adopted PaymentIntent: the payment with that id was
    /// lost with a journal.
    #[serde(default)]
    pub marked_as: Option<String>,
    /// Id of the PaymentMethod that Stripe used, "pm_…"
    #[serde(default)]
    pub payment_method: Option<String>,
    /// Id of the latest charge, "ch_…"
    pub charge: Option<String>,
    /// Id of the capture's balance transaction, "txn_…"
    pub balance_transaction: Option<String>,
    /// `Request-Id` header of Stripe's latest answer.
    pub request: Option<String>,
    /// Brand, last four digits, month and year of expiry.
    pub card: Option<Card>,
    /// Time at which the hold lapses; kept after a capture and after the lapse.
    pub hold_expires: Option<Timestamp>,
    /// Authorization code of the issuing bank.
    pub authorization_code: Option<String>,
    /// Result of the address check (AVS): pass, fail, unavailable, unchecked.
    pub avs_line1: Option<String>,
    /// Result of the postal code check (AVS); same words as the address check.
    pub avs_postal_code: Option<String>,
    /// Result of the security code check; same words as the address check.
    pub cvc: Option<String>,
    /// Id of the transaction at the card network.
    pub network_transaction_id: Option<String>,
}

/// The data of a card that may be stored: no card number and no security code.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Card {
    /// Brand of the card in Stripe's word.
    pub brand: String,
    /// The last four digits of the card number.
    pub last4: String,
    /// Month of expiry, 1 to 12; 0 when Stripe shows none.
    pub exp_month: i32,
    /// Year of expiry, four digits; 0 when Stripe shows none.
    pub exp_year: i32,
}
