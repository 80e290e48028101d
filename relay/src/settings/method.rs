//! Which payment methods a payment system takes: card brands, and types beside
//! the card.

use std::{collections::BTreeSet, fmt};

use causeway::card::Brand;
use causeway_runtime::settings::Section;

/// A type of payment method, in Stripe's words. A card in a wallet is a type of its
/// own here: Stripe calls it a card.
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

    /// Its name in settings and on the wire.
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

/// Brands where the operator names none.
const USUAL_BRANDS: [Brand; 4] = [Brand::Visa, Brand::Mastercard, Brand::Amex, Brand::Discover];

pub(super) fn read_brands(section: &mut Section) -> Option<BTreeSet<Brand>> {
    read(section, "payment_methods", &USUAL_BRANDS, &Brand::ALL, Brand::parse)
}

pub(super) fn read_types(section: &mut Section) -> Option<BTreeSet<MethodType>> {
    read(section, "method_types", &[MethodType::Card], &MethodType::ALL, MethodType::parse)
}

/// Reads a list of names; `usual` where there is none.
fn read<T: Copy + Ord + fmt::Display>(
    section: &mut Section,
    setting: &str,
    usual: &[T],
    all: &[T],
    parse: impl Fn(&str) -> Option<T>,
) -> Option<BTreeSet<T>> {
    let Some(names) = section.list_optional(setting)? else {
        return Some(usual.iter().copied().collect());
    };
    let mut read = BTreeSet::new();
    let mut all_good = true;
    for name in &names {
        match parse(name) {
            Some(known) => {
                read.insert(known);
            }
            None => {
                section.wrong(setting, format!("there is no {name}; there are: {}", spoken(all)));
                all_good = false;
            }
        }
    }
    if names.is_empty() {
        section.wrong(setting, format!("it is empty, so nothing could pay; choose from: {}", spoken(all)));
        return None;
    }
    all_good.then_some(read)
}

/// Names, one after the other.
pub fn spoken<'a, T: fmt::Display + 'a>(all: impl IntoIterator<Item = &'a T>) -> String {
    let names: Vec<_> = all.into_iter().map(ToString::to_string).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
