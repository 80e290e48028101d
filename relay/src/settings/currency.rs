//! Which payment system takes a currency, and how much.

use std::collections::BTreeMap;

use causeway::{currency::Currency, money::Money, settings::Section};

use super::PaymentSystem;
use crate::stripe::currency as stripe;

/// A currency assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Name of the payment system that takes it.
    pub payment_system: String,
    /// The least that one payment may be.
    pub minimum: Money,
    /// The most that one payment may be.
    pub maximum: Money,
}

impl Assignment {
    pub(super) fn read(
        section: &mut Section,
        currency: Currency,
        systems: Option<&BTreeMap<String, PaymentSystem>>,
    ) -> Option<Assignment> {
        let payment_system = section.parse("payment_system", "main", |text| match systems {
            Some(systems) if !systems.contains_key(text) => {
                let known: Vec<_> = systems.keys().map(String::as_str).collect();
                Err(format!("there is no payment system {text}; there are: {}", known.join(", ")))
            }
            _ => Ok(text.to_owned()),
        });
        let amount = |text: &str| {
            let money = Money::parse_in(text, currency).map_err(|error| error.to_string())?;
            stripe::units(money).map_err(|error| error.to_string()).map(|_| money)
        };
        let minimum = section.parse_optional("minimum", amount);
        let maximum = section.parse_optional("maximum", amount);
        let Some(limits) = stripe::limits(currency) else {
            section.wrong("payment_system", format!("Stripe takes no payments in {currency}"));
            return None;
        };
        let (minimum, maximum) = (minimum?.unwrap_or(limits.minimum), maximum?.unwrap_or(limits.maximum));
        if minimum.minor() > maximum.minor() {
            section.wrong(
                "minimum",
                format!("{minimum} is above the maximum of {maximum}, so nothing could be paid"),
            );
            return None;
        }
        Some(Assignment { payment_system: payment_system?, minimum, maximum })
    }
}
