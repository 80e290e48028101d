//! Amounts of money: at least one minor unit of a currency, exact.
#![deny(clippy::arithmetic_side_effects)]

use std::{fmt, num::NonZeroU64};

use crate::{
    currency::{Currency, CurrencyError},
    v1,
};

/// The maximum of an amount in minor units: twelve digits, the most that Stripe takes for any card
/// (docs.stripe.com/currencies).
pub const MOST_MINOR_UNITS: u64 = 999_999_999_999;

/// A positive amount of a currency. [`Money::parse`] and [`Money::of_minor`] are the only
/// constructors; neither rounds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Money {
    minor: NonZeroU64,
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
    /// The amount is more than [`MOST_MINOR_UNITS`].
    #[error("the amount is more than {most}, the most that one payment can be")]
    TooMuch {
        /// The limit, formatted with the currency.
        most: String,
    },
}

impl Money {
    /// Reads a decimal string in major units and an ISO 4217 code.
    pub fn parse(amount: &str, currency: &str) -> Result<Money, MoneyError> {
        let currency = Currency::parse(currency)?;
        Money::parse_in(amount, currency)
    }

    /// Reads a decimal string in major units of a currency.
    pub fn parse_in(amount: &str, currency: Currency) -> Result<Money, MoneyError> {
        if amount.is_empty() {
            return Err(MoneyError::Empty);
        }
        if amount.starts_with(['-', '+']) {
            return Err(MoneyError::Signed);
        }
        let (whole, fraction) = match amount.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(MoneyError::NotANumber),
            None => (amount, ""),
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(MoneyError::NotANumber);
        }
        let decimals = currency.decimals();
        let missing = usize::try_from(decimals)
            .ok()
            .and_then(|decimals| decimals.checked_sub(fraction.len()))
            .ok_or(MoneyError::TooPrecise { currency, decimals, given: fraction.len() })?;
        let padding = std::iter::repeat_n(b'0', missing);
        let minor = (whole.bytes().chain(fraction.bytes()).chain(padding))
            .try_fold(0_u64, |sum, digit| {
                let digit = u64::from(digit).checked_sub(u64::from(b'0'))?;
                sum.checked_mul(10)?.checked_add(digit).filter(|sum| *sum <= MOST_MINOR_UNITS)
            })
            .ok_or_else(|| Money::too_much(currency))?;
        Money::of_minor(minor, currency)
    }

    /// Builds an amount from ISO 4217 minor units.
    pub fn of_minor(minor: u64, currency: Currency) -> Result<Money, MoneyError> {
        let minor = NonZeroU64::new(minor).ok_or(MoneyError::Zero)?;
        if minor.get() > MOST_MINOR_UNITS {
            return Err(Money::too_much(currency));
        }
        Ok(Money { minor, currency })
    }

    fn too_much(currency: Currency) -> MoneyError {
        let most =
            Money { minor: NonZeroU64::MIN.saturating_add(MOST_MINOR_UNITS.saturating_sub(1)), currency };
        MoneyError::TooMuch { most: most.to_string() }
    }

    /// The amount in ISO 4217 minor units, at least 1.
    pub fn minor(self) -> u64 {
        self.minor.get()
    }

    /// The currency of the amount.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The decimal string in major units, with every decimal of the currency.
    pub fn amount(self) -> String {
        let decimals = usize::try_from(self.currency.decimals()).unwrap_or_default();
        let digits = format!("{:0>width$}", self.minor, width = decimals.saturating_add(1));
        match digits.len().checked_sub(decimals).map(|at| digits.split_at(at)) {
            Some((whole, fraction)) if !fraction.is_empty() => format!("{whole}.{fraction}"),
            _ => digits,
        }
    }

    /// Reads an amount from the protobuf message.
    pub fn from_wire(wire: &v1::Money) -> Result<Money, MoneyError> {
        Money::parse(&wire.amount, &wire.currency)
    }

    /// Converts the amount to the protobuf message.
    pub fn to_wire(self) -> v1::Money {
        v1::Money { amount: self.amount(), currency: self.currency.code().to_owned() }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Money as stored in the journal, in minor units.
#[derive(serde::Serialize, serde::Deserialize)]
struct Written {
    minor: u64,
    currency: Currency,
}

impl From<Money> for Written {
    fn from(money: Money) -> Written {
        Written { minor: money.minor(), currency: money.currency }
    }
}

impl TryFrom<Written> for Money {
    type Error = MoneyError;

    fn try_from(written: Written) -> Result<Money, MoneyError> {
        Money::of_minor(written.minor, written.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(amount: &str, currency: &str, reads_as: &str) {
        let seen = match Money::parse(amount, currency) {
            Ok(money) => format!("{money} = {}", money.minor()),
            Err(error) => error.to_string(),
        };
        assert_eq!(seen, reads_as, "{amount:?} {currency:?}");
    }

    #[test]
    fn an_amount_is_read_exactly_or_refused() {
        check("12.50", "EUR", "12.50 EUR = 1250");
        check("12.5", "EUR", "12.50 EUR = 1250");
        check("0012", "EUR", "12.00 EUR = 1200");
        check("0.01", "EUR", "0.01 EUR = 1");
        check("500", "JPY", "500 JPY = 500");
        check("0.001", "BHD", "0.001 BHD = 1");
        check("9999999999.99", "USD", "9999999999.99 USD = 999999999999");
        check("0.46", "CHF", "0.46 CHF = 46");
        check("12.505", "EUR", "EUR has 2 decimals and this amount has 3; amounts are not rounded");
        check("12.500", "EUR", "EUR has 2 decimals and this amount has 3; amounts are not rounded");
        check("5.0", "JPY", "JPY has 0 decimals and this amount has 1; amounts are not rounded");
        check("0", "EUR", "the amount is zero");
        check("0.00", "EUR", "the amount is zero");
        check(
            "10000000000.00",
            "USD",
            "the amount is more than 9999999999.99 USD, the most that one payment can be",
        );
        check(
            "79228162514264337593543950336",
            "USD",
            "the amount is more than 9999999999.99 USD, the most that one payment can be",
        );
        check("", "USD", "the amount is empty; write it in major units, as in \"12.50\"");
        check("-1", "USD", "an amount has no sign; money only goes one way in each operation");
        check("+1", "USD", "an amount has no sign; money only goes one way in each operation");
        check("1", "usd", "a currency is three upper-case letters, as in \"USD\"");
        check("1", "XXY", "XXY is not a currency of ISO 4217");
        let not_numbers = [
            ".5", "5.", ".", "1,50", "1 000", " 1", "1 ", "1e3", "0x10", "NaN", "inf", "1.2.3", "1_000",
            "١٢", "１２", "1\0", "1\n", "$1", "1.5-", "1'000",
        ];
        for amount in not_numbers {
            check(amount, "USD", "an amount is digits with at most one point between them, as in \"12.50\"");
        }
    }

    fn currencies() -> impl Strategy<Value = Currency> {
        prop::sample::select(vec!["USD", "JPY", "KWD", "CLP", "MGA", "ISK", "UGX", "CHF"])
            .prop_map(|code| Currency::parse(code).unwrap())
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_was_read(minor in 1..=MOST_MINOR_UNITS, currency in currencies()) {
            let money = Money::of_minor(minor, currency).unwrap();
            prop_assert_eq!(Money::parse(&money.amount(), currency.code()), Ok(money));
            prop_assert_eq!(Money::from_wire(&money.to_wire()), Ok(money));
        }

        #[test]
        fn no_input_panics_and_none_is_rounded(amount in ".{0,40}", currency in ".{0,5}") {
            if let Ok(money) = Money::parse(&amount, &currency) {
                let trimmed = amount.trim_start_matches('0');
                prop_assert!(money.amount().ends_with(trimmed) || money.amount().starts_with(amount.trim_start_matches('0')) || trimmed.starts_with('.'));
            }
        }

        #[test]
        fn digits_are_kept(whole in "[1-9][0-9]{0,9}", fraction in "[0-9]{2}") {
            let written = format!("{whole}.{fraction}");
            prop_assert_eq!(Money::parse(&written, "USD").unwrap().amount(), written);
        }
    }
}
