//! Types of payment methods.

use std::fmt;

/// A type of payment method, in Stripe's words. A card in a wallet is a type of its own here:
/// Stripe calls it a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MethodType {
    /// A card.
    Card,
    /// A card in Apple Pay.
    ApplePay,
    /// A card in Google Pay.
    GooglePay,
    /// Stripe's wallet.
    Link,
    /// Klarna.
    Klarna,
    /// PayPal.
    Paypal,
    /// SEPA direct debit.
    SepaDebit,
    /// ACH direct debit.
    UsBankAccount,
}

impl MethodType {
    /// All of them.
    pub const ALL: [MethodType; 8] = [
        MethodType::Card,
        MethodType::ApplePay,
        MethodType::GooglePay,
        MethodType::Link,
        MethodType::Klarna,
        MethodType::Paypal,
        MethodType::SepaDebit,
        MethodType::UsBankAccount,
    ];

    /// The name in settings and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            MethodType::Card => "card",
            MethodType::ApplePay => "apple_pay",
            MethodType::GooglePay => "google_pay",
            MethodType::Link => "link",
            MethodType::Klarna => "klarna",
            MethodType::Paypal => "paypal",
            MethodType::SepaDebit => "sepa_debit",
            MethodType::UsBankAccount => "us_bank_account",
        }
    }

    /// Stripe's `payment_method_types` value.
    pub fn at_stripe(self) -> &'static str {
        match self {
            MethodType::Card | MethodType::ApplePay | MethodType::GooglePay => "card",
            MethodType::Link
            | MethodType::Klarna
            | MethodType::Paypal
            | MethodType::SepaDebit
            | MethodType::UsBankAccount => self.as_str(),
        }
    }

    /// Whether it is a card to Stripe, in a wallet or not.
    pub fn is_card(self) -> bool {
        matches!(self, MethodType::Card | MethodType::ApplePay | MethodType::GooglePay)
    }

    /// Whether an amount can be held with it (docs.stripe.com/payments/place-a-hold-on-a-payment-method).
    pub fn can_be_held(self) -> bool {
        !matches!(self, MethodType::SepaDebit | MethodType::UsBankAccount)
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<MethodType> {
        MethodType::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for MethodType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Names, separated by commas; "none" where there are none.
pub fn spoken<'a, T: fmt::Display + 'a>(all: impl IntoIterator<Item = &'a T>) -> String {
    let names: Vec<_> = all.into_iter().map(ToString::to_string).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
