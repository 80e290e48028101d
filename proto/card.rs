//! Raw card data. Card data passes through the memory of adapter and relay and is never stored: the
//! types here cannot be printed, compared or serialized, and card digits are overwritten in memory
//! on drop.
//!
//! A card number can be parsed and asked for the card brand:
//!
//! ```
//! let number = causeway::card::CardNumber::parse("4242424242424242").map_err(|e| e.to_string());
//! assert_eq!(number.map(|number| number.brand()), Ok(Some(causeway::card::Brand::Visa)));
//! ```
//!
//! A card number cannot be printed, and neither can a type that holds a card number:
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
//! A card number cannot be serialized as JSON or by any other serde format:
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

/// Card networks and their issuer ranges.
pub mod brand;

pub use brand::Brand;

/// Why a text is not a valid part of a card. The error never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// A character other than an ASCII digit.
    #[error("it has to be digits and nothing else, without spaces")]
    NotDigits,
    /// Too short or too long; the value is the number of digits.
    #[error("it has {0} digits, and card numbers have 12 to 19")]
    Length(usize),
    /// The Luhn check digit is wrong.
    #[error("its check digit is wrong, so at least one digit is mistyped")]
    CheckDigit,
    /// Fewer or more digits than the brand issues.
    #[error("it has {digits} digits, and {brand} does not issue such numbers")]
    BrandLength {
        /// The brand to which the first digits belong.
        brand: Brand,
        /// Number of digits in the rejected text.
        digits: usize,
    },
    /// The month is outside 1 to 12.
    #[error("it is not a month; they are 1 to 12")]
    Month,
    /// The year is outside 2000 to 2099.
    #[error("it is not a year of expiry; write it with four digits, as in 2034")]
    Year,
    /// Not a security code; the value is the number of digits required.
    #[error("it has to be {0} digits, as printed on the card")]
    Cvc(usize),
}

/// Card number, 12 to 19 digits with a valid check digit.
#[derive(Clone)]
pub struct CardNumber(Zeroizing<String>);

impl CardNumber {
    /// Parses a card number; the only constructor.
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

    /// The card network that issued the number; `None` where no known issuer range contains the
    /// number.
    pub fn brand(&self) -> Option<Brand> {
        Brand::of(&self.0)
    }

    /// The digits, only for the request to the processor and for a keyed hash.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Security code, 3 or 4 digits. A security code must never be stored (PCI DSS 3.3.1).
#[derive(Clone)]
pub struct Cvc(Zeroizing<String>);

impl Cvc {
    /// Parses a security code; the only constructor. American Express uses four digits, every other
    /// brand three.
    pub fn parse(text: &str, brand: Option<Brand>) -> Result<Cvc, CardError> {
        let digits = if brand == Some(Brand::Amex) { 4 } else { 3 };
        if text.len() != digits || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CardError::Cvc(digits));
        }
        Ok(Cvc(Zeroizing::new(text.to_owned())))
    }

    /// The digits, only for the request to the processor.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Month and year through which a card is valid.
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

    /// Reads a four-digit year, 2000 to 2099. Cards are valid for 20 years at most.
    pub fn year(year: i32) -> Result<u16, CardError> {
        u16::try_from(year).ok().filter(|year| (2000..=2099).contains(year)).ok_or(CardError::Year)
    }

    /// Builds an expiry from a month, 1 to 12, and a four-digit year.
    pub fn new(month: i32, year: i32) -> Result<Expiry, CardError> {
        Ok(Expiry { month: Expiry::month(month)?, year: Expiry::year(year)? })
    }

    /// Whether the last day of the month is over in every time zone on earth.
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

/// All card data of a request, unencrypted.
#[derive(Clone)]
pub struct RawCard {
    /// Card number with a valid check digit.
    pub number: CardNumber,
    /// Last month in which the card is valid.
    pub expiry: Expiry,
    /// Security code, if the caller sent one.
    pub cvc: Option<Cvc>,
    /// Cardholder name as printed on the card.
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

/// Prints no card data, so a logged request leaks no card number.
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
