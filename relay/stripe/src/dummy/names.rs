//! Ids, with the object's data in the id.

use sha2::{Digest, Sha256};

/// Number of letters at the end of an id.
const LETTERS: usize = 24;

/// The behaviour of a PaymentMethod, by the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behaviour {
    Pays,
    Declines,
    LacksFunds,
    Authenticates,
    IsMissing,
}

impl Behaviour {
    pub(super) fn of(method: &str) -> Behaviour {
        let method = method.to_lowercase();
        let holds = |word: &str| method.contains(word);
        if holds("missing") {
            Behaviour::IsMissing
        } else if holds("insufficient") {
            Behaviour::LacksFunds
        } else if holds("decline") {
            Behaviour::Declines
        } else if holds("authenticat") {
            Behaviour::Authenticates
        } else {
            Behaviour::Pays
        }
    }

    /// The behaviour of Stripe's test numbers (docs.stripe.com/testing).
    pub(super) fn of_number(number: &str) -> &'static str {
        match number {
            "4000000000000002" => "decline",
            "4000000000009995" => "insufficient",
            "4000002760003184" | "4000002500003155" => "authenticate",
            _ => "pays",
        }
    }
}

/// Letters derived from a key, always the same. Digits are excluded, so that no id resembles a card number.
pub(super) fn letters(key: &str) -> String {
    let hash = Sha256::digest(key);
    let halves = hash.iter().take(LETTERS / 2).flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| char::from(b'a'.saturating_add(half))).collect()
}

fn are_letters(text: &str) -> bool {
    text.len() == LETTERS && text.bytes().all(|byte| (b'a'..=b'p').contains(&byte))
}

pub(super) fn number(text: &str) -> u64 {
    text.parse().unwrap_or_default()
}

/// The id of a payment, which holds amount, currency and capture mode.
pub(super) fn payment_id(units: &str, currency: &str, is_manual: bool, key: &str) -> String {
    let mode = if is_manual { "hold" } else { "take" };
    format!("pi_{units}_{currency}_{mode}_{}", letters(key))
}

/// Units, currency and manual capture, read from the id of a payment.
pub(super) fn payment(id: &str) -> Option<(u64, &str, bool)> {
    let mut parts = id.strip_prefix("pi_")?.split('_');
    let (units, currency) = (parts.next()?.parse().ok()?, parts.next()?);
    let is_manual = match parts.next()? {
        "hold" => true,
        "take" => false,
        _ => return None,
    };
    (are_letters(parts.next()?) && parts.next().is_none()).then_some((units, currency, is_manual))
}

/// The id of a refund, which holds amount and currency.
pub(super) fn refund_id(units: u64, currency: &str, key: &str) -> String {
    format!("re_{units}_{currency}_{}", letters(key))
}

/// Units and currency, read from the id of a refund.
pub(super) fn refund(id: &str) -> Option<(u64, &str)> {
    let mut parts = id.strip_prefix("re_")?.split('_');
    let (units, currency) = (parts.next()?.parse().ok()?, parts.next()?);
    (are_letters(parts.next()?) && parts.next().is_none()).then_some((units, currency))
}

/// The id of a verification, which holds the PaymentMethod.
pub(super) fn setup_id(method: &str, key: &str) -> String {
    format!("seti_{}_of_{method}", letters(key))
}

/// The PaymentMethod, read from the id of a verification.
pub(super) fn setup(id: &str) -> Option<&str> {
    let (made_of, method) = id.strip_prefix("seti_")?.split_once("_of_")?;
    are_letters(made_of).then_some(method)
}

/// The id of a new customer, derived from the key.
pub(super) fn customer_id(key: &str) -> String {
    format!("cus_{}", letters(key))
}

/// Whether the text is the id of a customer.
pub(super) fn is_customer(id: &str) -> bool {
    id.strip_prefix("cus_").is_some_and(are_letters)
}

/// The PaymentMethod of a payment or a verification. A shared PaymentMethod is copied under a new id,
/// as Stripe does with test ids.
pub(super) fn own_method(method: &str, of: &str) -> String {
    let is_own = method.rsplit('_').next().is_some_and(are_letters);
    if is_own { method.to_owned() } else { format!("{method}_{}", letters(of)) }
}
