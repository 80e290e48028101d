//! ISO 4217 currencies: the code and the number of decimals.

use std::fmt;

/// Currency in the current ISO 4217 list: no funds, no precious metals, no superseded codes.
/// [`Currency::parse`] is the only constructor.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

/// Why a text is not a currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyError {
    /// Not three upper-case ASCII letters.
    #[error("a currency is three upper-case letters, as in \"USD\"")]
    NotACode,
    /// Well formed, but missing from the ISO 4217 list.
    #[error("{0} is not a currency of ISO 4217")]
    Unknown(String),
}

impl Currency {
    /// Reads an ISO 4217 alphabetic code, upper case.
    pub fn parse(code: &str) -> Result<Currency, CurrencyError> {
        if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(CurrencyError::NotACode);
        }
        iso_currency::Currency::from_code(code)
            .filter(|known| !known.is_fund() && !known.is_special() && known.is_superseded().is_none())
            .filter(|known| known.exponent().is_some_and(|decimals| decimals <= 4))
            .map(Currency)
            .ok_or_else(|| CurrencyError::Unknown(code.to_owned()))
    }

    /// The alphabetic code, three upper-case letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// The English name, from ISO 4217.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Decimals of an amount in major units, by ISO 4217: 0 to 4.
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Currency::parse(&code).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, reads_as: &str) {
        let seen = match Currency::parse(code) {
            Ok(currency) => format!("{currency} {}", currency.decimals()),
            Err(error) => error.to_string(),
        };
        assert_eq!(seen, reads_as, "{code:?}");
    }

    #[test]
    fn a_currency_is_a_code_of_today() {
        check("USD", "USD 2");
        check("JPY", "JPY 0");
        check("KWD", "KWD 3");
        check("MGA", "MGA 2");
        check("UGX", "UGX 0");
        check("XXY", "XXY is not a currency of ISO 4217");
        check("XAU", "XAU is not a currency of ISO 4217");
        check("XXX", "XXX is not a currency of ISO 4217");
        check("CHW", "CHW is not a currency of ISO 4217");
        check("HRK", "HRK is not a currency of ISO 4217");
        for not_a_code in ["", "usd", "US", "USDD", "U$D", "ÜSD", "ＵＳＤ", " USD", "USD ", "US\0"] {
            check(not_a_code, "a currency is three upper-case letters, as in \"USD\"");
        }
    }
}
