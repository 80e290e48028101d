//! Amounts above zero and within the maximum of one payment: what requests and captures are about.

use std::{cmp::Ordering, fmt};

use super::{MAX_MINOR_UNITS, Money, MoneyError, SumError, too_much};
use crate::{currency::Currency, v1};

/// An amount of at least one minor unit, and at most [`MAX_MINOR_UNITS`]. No constructor rounds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "Written")]
pub struct PositiveMoney(Money);

impl PositiveMoney {
    /// Reads a decimal string in major units and an ISO 4217 code.
    pub fn parse(amount: &str, currency: &str) -> Result<PositiveMoney, MoneyError> {
        PositiveMoney::parse_in(amount, Currency::parse(currency)?)
    }

    /// Reads a decimal string in major units of a currency.
    pub fn parse_in(amount: &str, currency: Currency) -> Result<PositiveMoney, MoneyError> {
        Money::parse_in(amount, currency)?.try_into()
    }

    /// Builds an amount from ISO 4217 minor units.
    pub fn of_minor(minor: u64, currency: Currency) -> Result<PositiveMoney, MoneyError> {
        let money = Money::of_units(minor, currency.decimals(), currency);
        money.ok_or_else(|| too_much(currency))?.try_into()
    }

    /// Reads an amount from the protobuf message.
    pub fn from_wire(wire: &v1::Money) -> Result<PositiveMoney, MoneyError> {
        PositiveMoney::parse(&wire.amount, &wire.currency)
    }

    /// Converts the amount to the protobuf message.
    pub fn to_wire(self) -> v1::Money {
        self.0.to_wire()
    }

    /// The amount as a term of sums and differences.
    pub fn money(self) -> Money {
        self.0
    }

    /// The currency of the amount.
    pub fn currency(self) -> Currency {
        self.0.currency()
    }

    /// The amount in ISO 4217 minor units, at least 1.
    pub fn minor(self) -> u128 {
        self.0.minor()
    }

    /// The decimal string in major units, with every decimal of the currency.
    pub fn amount(self) -> String {
        self.0.amount()
    }

    /// The order of two amounts of one currency.
    pub fn compare(self, other: impl Into<Money>) -> Result<Ordering, SumError> {
        self.0.compare(other)
    }
}

impl TryFrom<Money> for PositiveMoney {
    type Error = MoneyError;

    fn try_from(money: Money) -> Result<PositiveMoney, MoneyError> {
        if money.is_zero() {
            return Err(MoneyError::Zero);
        }
        if money.minor() > u128::from(MAX_MINOR_UNITS) {
            return Err(too_much(money.currency()));
        }
        Ok(PositiveMoney(money))
    }
}

impl From<PositiveMoney> for Money {
    fn from(positive: PositiveMoney) -> Money {
        positive.0
    }
}

impl fmt::Display for PositiveMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for PositiveMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// An amount in the journal's rows and in the content of fingerprints. Stored rows and stored
/// fingerprints have this form, so it never changes.
#[derive(serde::Serialize, serde::Deserialize)]
struct Written {
    minor: u64,
    currency: Currency,
}

impl serde::Serialize for PositiveMoney {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let minor = u64::try_from(self.minor()).map_err(serde::ser::Error::custom)?;
        Written { minor, currency: self.currency() }.serialize(serializer)
    }
}

impl TryFrom<Written> for PositiveMoney {
    type Error = MoneyError;

    fn try_from(written: Written) -> Result<PositiveMoney, MoneyError> {
        PositiveMoney::of_minor(written.minor, written.currency)
    }
}
