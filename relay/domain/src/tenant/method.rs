//! Types of payment methods, as allowlists name them.

use std::fmt;

/// A type of payment method, in Stripe's words. A card in a wallet is a separate type here, while
/// Stripe's type of such a method is "card".
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case", ascii_case_insensitive)]
pub enum MethodType {
    /// A card outside a wallet.
    Card,
    /// A card in Apple Pay.
    ApplePay,
    /// A card in Google Pay.
    GooglePay,
    /// Link, the wallet of Stripe.
    Link,
    /// Klarna, with payment in instalments or later.
    Klarna,
    /// A PayPal account, through Stripe.
    Paypal,
    /// SEPA direct debit, without holds.
    SepaDebit,
    /// ACH direct debit, without holds.
    UsBankAccount,
}

impl MethodType {
    /// Every variant, in the order of declaration.
    pub const ALL: &'static [MethodType] = <MethodType as strum::VariantArray>::VARIANTS;

    /// The name in settings and on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
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

    /// Whether Stripe's type of the method is "card", in a wallet or not.
    pub fn is_card(self) -> bool {
        matches!(self, MethodType::Card | MethodType::ApplePay | MethodType::GooglePay)
    }

    /// Whether the method supports holds (docs.stripe.com/payments/place-a-hold-on-a-payment-method).
    pub fn can_be_held(self) -> bool {
        !matches!(self, MethodType::SepaDebit | MethodType::UsBankAccount)
    }

    /// Reads a name in upper or lower case; `None` for an unknown name.
    pub fn parse(name: &str) -> Option<MethodType> {
        name.parse().ok()
    }
}

impl fmt::Display for MethodType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The names, separated by commas; "none" for an empty list.
pub fn spoken<'a, T: fmt::Display + 'a>(all: impl IntoIterator<Item = &'a T>) -> String {
    let names: Vec<_> = all.into_iter().map(ToString::to_string).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
