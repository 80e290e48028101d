//! Cards as they are printed. They pass through the memory of adapter and relay
//! and reach nothing else: the types here cannot be printed, compared or written,
//! and what they held is overwritten when they go.
//!
//! A card number can be made and asked for its brand:
//!
//! ```
//! let number = causeway::card::CardNumber::parse("4242424242424242").map_err(|e| e.to_string());
//! assert_eq!(number.map(|number| number.brand()), Ok(Some(causeway::card::Brand::Visa)));
//! ```
//!
//! It cannot be printed, and neither can what holds it:
//!
//! ```compile_fail,E0277
//! let number = causeway::card::CardNumber::parse("4242424242424242").map_err(|e| e.to_string());
//! println!("{number:?}");
//! ```
//!
//! ```compile_fail,E0277
//! fn print(card: causeway::card::RawCard) { println!("{card:?}") }
//! ```
//!
//! ```compile_fail,E0277
//! fn print(cvc: causeway::card::Cvc) -> String { cvc.to_string() }
//! ```
//!
//! It cannot be written as JSON or as anything else of serde's:
//!
//! ```compile_fail,E0277
//! fn write(number: &causeway::card::CardNumber) -> impl serde::Serialize { number }
//! ```
//!
//! ```compile_fail,E0277
//! fn write(cvc: &causeway::card::Cvc) -> impl serde::Serialize { cvc }
//! ```

use std::fmt;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::{pan::passes_luhn, text::PersonName, v1};

/// Which network a number belongs to.
pub mod brand;

pub use brand::Brand;

/// Why something is not what is printed on a card. Never tells what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Something other than digits.
    #[error("it has to be digits and nothing else, without spaces")]
    NotDigits,
    /// Too short or too long.
    #[error("it has {0} digits, and card numbers have 12 to 19")]
    Length(usize),
    /// The check digit is wrong.
    #[error("its check digit is wrong, so at least one digit is mistyped")]
    CheckDigit,
    /// Fewer or more digits than the brand has.
    #[error("it has {digits} digits, and {brand} does not issue such numbers")]
    BrandLength {
        /// Whose first digits these are.
        brand: Brand,
        /// How many there were.
        digits: usize,
    },
    /// No month.
    #[error("it is not a month; they are 1 to 12")]
    Month,
    /// No year, or not one of a card.
    #[error("it is not a year of expiry; write it with four digits, as in 2034")]
    Year,
    /// Not a security code.
    #[error("it has to be {0} digits, as printed on the card")]
    Cvc(usize),
}

/// The number of a card, 12 to 19 digits with a valid check digit.
#[derive(Clone)]
pub struct CardNumber(Zeroizing<String>);

impl CardNumber {
    /// The only door in.
    pub fn parse(text: &str) -> Result<CardNumber, CardError> {
        let digits = text.len();
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CardError::NotDigits);
        }
        if !(12..=19).contains(&digits) {
            return Err(CardError::Length(digits));
        }
        if let (None, Some(brand)) = (Brand::of(text), Brand::of_prefix(text)) {
            return Err(CardError::BrandLength { brand, digits });
        }
        if !passes_luhn(text.bytes().map(|b| b.wrapping_sub(b'0'))) {
            return Err(CardError::CheckDigit);
        }
        Ok(CardNumber(Zeroizing::new(text.to_owned())))
    }

    /// Which network it belongs to; `None` where no range of ours holds it.
    pub fn brand(&self) -> Option<Brand> {
        Brand::of(&self.0)
    }

    /// The digits, for the processor and for a keyed hash. For nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A security code, 3 or 4 digits. Not to be kept by anybody (PCI DSS 3.3.1).
#[derive(Clone)]
pub struct Cvc(Zeroizing<String>);

impl Cvc {
    /// The only door in. American Express has four digits, all others three.
    pub fn parse(text: &str, brand: Option<Brand>) -> Result<Cvc, CardError> {
        let digits = if brand == Some(Brand::Amex) { 4 } else { 3 };
        if text.len() != digits || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CardError::Cvc(digits));
        }
        Ok(Cvc(Zeroizing::new(text.to_owned())))
    }

    /// The digits, for the processor. For nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Month and year until which a card is good.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    month: u8,
    year: u16,
}

impl Expiry {
    /// Reads a month, 1 to 12.
    pub fn month(month: i32) -> Result<u8, CardError> {
        u8::try_from(month).ok().filter(|month| (1..=12).contains(month)).ok_or(CardError::Month)
    }

    /// Reads a year with four digits. Cards are good for 20 years at most.
    pub fn year(year: i32) -> Result<u16, CardError> {
        u16::try_from(year).ok().filter(|year| (2000..=2099).contains(year)).ok_or(CardError::Year)
    }

    /// Of a month and a year.
    pub fn new(month: i32, year: i32) -> Result<Expiry, CardError> {
        Ok(Expiry { month: Expiry::month(month)?, year: Expiry::year(year)? })
    }

    /// Whether the last day of the month is over everywhere on earth.
    pub fn is_past(self, now: Timestamp) -> bool {
        let westernmost = jiff::tz::Offset::constant(-12).to_datetime(now);
        let year = i32::from(westernmost.year());
        (year, i32::from(westernmost.month())) > (i32::from(self.year), i32::from(self.month))
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}/{}", self.month, self.year)
    }
}

/// All that is printed on a card.
#[derive(Clone)]
pub struct RawCard {
    /// Its number.
    pub number: CardNumber,
    /// Until when it is good.
    pub expiry: Expiry,
    /// Its security code.
    pub cvc: Option<Cvc>,
    /// Whose name is on it.
    pub holder: Option<PersonName>,
}

impl RawCard {
    /// Month of expiry, 1 to 12.
    pub fn exp_month(&self) -> u8 {
        self.expiry.month
    }

    /// Year of expiry, four digits.
    pub fn exp_year(&self) -> u16 {
        self.expiry.year
    }
}

/// Tells nothing of the card, whoever prints a request.
impl fmt::Debug for v1::CardData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardData(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: &str, reads_as: &str) {
        let seen = match CardNumber::parse(number) {
            Ok(number) => number.brand().map_or("of no network", Brand::as_str).to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(seen, reads_as);
    }

    #[test]
    fn a_number_is_digits_of_a_length_with_a_check_digit() {
        check("4242424242424242", "visa");
        check("5555555555554444", "mastercard");
        check("2223003122003222", "mastercard");
        check("378282246310005", "amex");
        check("6011111111111117", "discover");
        check("3056930009020004", "diners");
        check("30569309025904", "diners");
        check("3566002020360505", "jcb");
        check("6200000000000005", "unionpay");
        check("9999999999999995", "of no network");
        check("4242424242424241", "its check digit is wrong, so at least one digit is mistyped");
        check("37828224631000", "it has 14 digits, and AMEX does not issue such numbers");
        check("42424242424", "it has 11 digits, and card numbers have 12 to 19");
        check("42424242424242424242", "it has 20 digits, and card numbers have 12 to 19");
        for not_digits in
            ["", "4242 4242 4242 4242", "4242-4242", "４２４２４２４２４２４２４２４２", "4242\0", "٤٢٤٢"]
        {
            check(not_digits, "it has to be digits and nothing else, without spaces");
        }
    }

    #[test]
    fn a_card_is_good_until_the_end_of_its_month_wherever_the_payer_is() {
        let expiry = Expiry::new(11, 2026).map_err(|error| error.to_string()).unwrap();
        let past = |moment: &str| expiry.is_past(moment.parse().unwrap());
        assert!(!past("2026-11-30T23:59:59Z"));
        assert!(!past("2026-12-01T11:59:59Z"));
        assert!(past("2026-12-01T12:00:00Z"));
        assert!(past("2027-01-01T12:00:00Z"));
        assert!(!past("2025-12-31T12:00:00Z"));
    }

    #[test]
    fn a_security_code_has_the_length_of_its_brand() {
        assert!(Cvc::parse("123", Some(Brand::Visa)).is_ok());
        assert!(Cvc::parse("1234", Some(Brand::Amex)).is_ok());
        for (cvc, brand) in
            [("1234", Brand::Visa), ("123", Brand::Amex), ("12a", Brand::Visa), ("", Brand::Jcb)]
        {
            assert!(Cvc::parse(cvc, Some(brand)).is_err(), "{brand}");
        }
    }

    #[test]
    fn a_request_with_a_card_prints_without_it() {
        let card = v1::CardData {
            number: "4242424242424242".to_owned(),
            exp_month: 12,
            exp_year: 2034,
            cvc: "737".to_owned(),
            holder_name: String::new(),
        };
        let request = v1::TokenizeRequest {
            instrument: Some(v1::tokenize_request::Instrument::Card(card)),
            ..Default::default()
        };
        let printed = format!("{request:?} {request:#?}");
        assert!(printed.contains("CardData(hidden)"));
        assert!(!printed.contains("4242") && !printed.contains("737"), "{printed}");
    }
}
