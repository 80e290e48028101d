//! Amounts of money: exact decimals of a currency, never below zero, and the only place that
//! calculates with money.
#![deny(clippy::arithmetic_side_effects)]

use std::{cmp::Ordering, fmt};

use rust_decimal::Decimal;

use crate::{
    currency::{Currency, CurrencyError},
    v1,
};

/// Amounts above zero, as in requests.
mod positive;

pub use positive::PositiveMoney;

/// The maximum of one payment in minor units: twelve digits, the most that Stripe takes for any card
/// (docs.stripe.com/currencies).
pub const MAX_MINOR_UNITS: u64 = 999_999_999_999;

/// The maximum of a sum in minor units: the most that a column of the journal holds.
const MAX_SUM: i128 = 9_223_372_036_854_775_807;

/// An amount of a currency, zero or more, with exactly the decimals of the currency. Sums and
/// differences are checked, and no operation rounds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

/// Why a text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The currency code is invalid.
    #[error(transparent)]
    Currency(#[from] CurrencyError),
    /// The text of the amount is empty.
    #[error("the amount is empty; write it in major units, as in \"12.50\"")]
    Empty,
    /// A character other than digits and one point.
    #[error("an amount is digits with at most one point between them, as in \"12.50\"")]
    NotANumber,
    /// The amount has a sign.
    #[error("an amount has no sign; money only goes one way in each operation")]
    Signed,
    /// More decimals than the currency has.
    #[error("{currency} has {decimals} decimals and this amount has {given}; amounts are not rounded")]
    TooPrecise {
        /// The currency of the amount.
        currency: Currency,
        /// Number of decimals of the currency.
        decimals: u32,
        /// Number of decimals in the text.
        given: usize,
    },
    /// The amount is zero.
    #[error("the amount is zero")]
    Zero,
    /// The amount is more than [`MAX_MINOR_UNITS`].
    #[error("the amount is more than {most}, the most that one payment can be")]
    TooMuch {
        /// The limit, formatted with the currency.
        most: String,
    },
}

/// Why two amounts cannot be added, subtracted or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SumError {
    /// The amounts are in different currencies.
    #[error("{one} and {other} are in different currencies, so they have no sum and no order")]
    OtherCurrency {
        /// The first of the two amounts.
        one: Money,
        /// The second of the two amounts.
        other: Money,
    },
    /// The sum is more than an amount can be.
    #[error("{one} and {other} together are more than an amount can be")]
    Overflow {
        /// The first of the two amounts.
        one: Money,
        /// The second of the two amounts.
        other: Money,
    },
    /// The difference is below zero.
    #[error("{other} cannot be taken from {one}, because no amount is below zero")]
    BelowZero {
        /// The amount to subtract from.
        one: Money,
        /// The amount to subtract.
        other: Money,
    },
}

impl Money {
    /// The amount of zero in a currency.
    pub fn zero(currency: Currency) -> Money {
        let mut amount = Decimal::ZERO;
        amount.rescale(currency.decimals());
        Money { amount, currency }
    }

    /// Reads a decimal string in major units of a currency.
    pub fn parse_in(text: &str, currency: Currency) -> Result<Money, MoneyError> {
        let fraction = fraction_of(text)?;
        let decimals = currency.decimals();
        if usize::try_from(decimals).is_ok_and(|decimals| fraction.len() > decimals) {
            return Err(MoneyError::TooPrecise { currency, decimals, given: fraction.len() });
        }
        // Leading zeros count for nothing here, and among the digits of a `Decimal`.
        let digits = match text.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        let amount = Decimal::from_str_exact(digits).ok().and_then(|amount| Money::exact(amount, currency));
        amount.filter(|money| money.minor() <= u128::from(MAX_MINOR_UNITS)).ok_or_else(|| too_much(currency))
    }

    /// Builds an amount from a number of units of which each is a power of ten, as a processor counts
    /// them; `None` where the currency has no such amount.
    pub fn of_units(units: u64, decimals: u32, currency: Currency) -> Option<Money> {
        let amount = Decimal::try_from_i128_with_scale(i128::from(units), decimals).ok()?;
        Money::exact(amount, currency)
    }

    /// The number of units with so many decimals; `None` where the amount is no whole number of them.
    pub fn units(self, decimals: u32) -> Option<u64> {
        let factor = Decimal::try_new(10_i64.checked_pow(decimals)?, 0).ok()?;
        let units = self.amount.checked_mul(factor)?;
        units.is_integer().then(|| u64::try_from(units).ok()).flatten()
    }

    /// The amount with the decimals of the currency; `None` where it would have to be rounded, is below
    /// zero, or is above the maximum of a sum.
    fn exact(amount: Decimal, currency: Currency) -> Option<Money> {
        let mut scaled = amount;
        scaled.rescale(currency.decimals());
        let same = scaled == amount && scaled.scale() == currency.decimals();
        (same && (0..=MAX_SUM).contains(&scaled.mantissa())).then_some(Money { amount: scaled, currency })
    }

    /// The sum of two amounts of one currency.
    pub fn checked_add(self, other: impl Into<Money>) -> Result<Money, SumError> {
        let other = self.in_one_currency(other.into())?;
        let sum = self.amount.checked_add(other.amount).and_then(|sum| Money::exact(sum, self.currency));
        sum.ok_or(SumError::Overflow { one: self, other })
    }

    /// The difference of two amounts of one currency, where it is not below zero.
    pub fn checked_sub(self, other: impl Into<Money>) -> Result<Money, SumError> {
        let other = self.in_one_currency(other.into())?;
        let rest = self.amount.checked_sub(other.amount).and_then(|rest| Money::exact(rest, self.currency));
        rest.ok_or(SumError::BelowZero { one: self, other })
    }

    /// By how much an amount exceeds another one of its currency: zero where it is less or equal.
    pub fn excess_over(self, other: impl Into<Money>) -> Result<Money, SumError> {
        let other = self.in_one_currency(other.into())?;
        if self.amount > other.amount { self.checked_sub(other) } else { Ok(Money::zero(self.currency)) }
    }

    /// The sum of amounts of one currency; zero for none.
    pub fn sum<T: Into<Money>>(
        currency: Currency,
        amounts: impl IntoIterator<Item = T>,
    ) -> Result<Money, SumError> {
        amounts.into_iter().try_fold(Money::zero(currency), Money::checked_add)
    }

    /// The order of two amounts of one currency.
    pub fn compare(self, other: impl Into<Money>) -> Result<Ordering, SumError> {
        let other = self.in_one_currency(other.into())?;
        Ok(self.amount.cmp(&other.amount))
    }

    /// Whether an amount is a multiple of a step of its currency.
    pub fn is_multiple_of(self, step: PositiveMoney) -> Result<bool, SumError> {
        let step = self.in_one_currency(step.into())?;
        Ok(self.amount.checked_rem(step.amount).is_some_and(|rest| rest.is_zero()))
    }

    fn in_one_currency(self, other: Money) -> Result<Money, SumError> {
        let same = self.currency == other.currency;
        if same { Ok(other) } else { Err(SumError::OtherCurrency { one: self, other }) }
    }

    /// Whether the amount is zero.
    pub fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    /// The amount in ISO 4217 minor units.
    pub fn minor(self) -> u128 {
        self.amount.mantissa().unsigned_abs()
    }

    /// The currency of the amount.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The decimal string in major units, with every decimal of the currency.
    pub fn amount(self) -> String {
        self.amount.to_string()
    }

    /// Converts the amount to the protobuf message.
    pub fn to_wire(self) -> v1::Money {
        v1::Money { amount: self.amount(), currency: self.currency.code().to_owned() }
    }

    /// Converts the amount to the protobuf message; `None` for zero, because the contract omits zero
    /// amounts.
    pub fn to_wire_unless_zero(self) -> Option<v1::Money> {
        (!self.is_zero()).then(|| self.to_wire())
    }
}

/// The decimals of a text in the contract's grammar: digits with at most one point between them. The
/// grammar is narrower than that of [`Decimal`].
fn fraction_of(text: &str) -> Result<&str, MoneyError> {
    if text.is_empty() {
        return Err(MoneyError::Empty);
    }
    if text.starts_with(['-', '+']) {
        return Err(MoneyError::Signed);
    }
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(MoneyError::NotANumber),
        None => (text, ""),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(MoneyError::NotANumber);
    }
    Ok(fraction)
}

fn too_much(currency: Currency) -> MoneyError {
    let most = Money::of_units(MAX_MINOR_UNITS, currency.decimals(), currency);
    MoneyError::TooMuch { most: most.map(|most| most.to_string()).unwrap_or_default() }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
