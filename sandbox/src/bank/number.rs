//! Card numbers: validation, and the network of a number. A number is read and never stored.

use std::fmt;

use crate::error::{StripeError, StripeResult};

/// A valid card number: 12 to 19 digits that pass the Luhn check.
pub(crate) struct CardNumber(String);

/// The networks, by the range of the first four digits, both ends included.
const NETWORKS: &[(u32, u32, &str)] = &[
    (2221, 2720, "mastercard"),
    (3000, 3059, "diners"),
    (3095, 3095, "diners"),
    (3400, 3499, "amex"),
    (3528, 3589, "jcb"),
    (3600, 3699, "diners"),
    (3700, 3799, "amex"),
    (3800, 3999, "diners"),
    (4000, 4999, "visa"),
    (5100, 5599, "mastercard"),
    (6011, 6011, "discover"),
    (6200, 6299, "unionpay"),
    (6440, 6599, "discover"),
    (8100, 8199, "unionpay"),
];

impl CardNumber {
    /// Parses a card number, and refuses a text of a wrong form or with a wrong check digit.
    pub(crate) fn parse(text: &str) -> StripeResult<Self> {
        let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if !only_digits || !(12..=19).contains(&text.len()) {
            let message = "The card number is not a valid credit card number.";
            return Err(StripeError::card(message).code("invalid_number").param("number"));
        }
        if !passes_luhn_check(text) {
            let message = "Your card number is incorrect.";
            return Err(StripeError::card(message).code("incorrect_number").param("number"));
        }
        Ok(Self(text.to_owned()))
    }

    /// All digits of the number, unmasked.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }

    /// The network, as Stripe names the network.
    pub(crate) fn brand(&self) -> &'static str {
        let start = self.0.get(..4).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or_default();
        let found = NETWORKS.iter().find(|(from, to, _)| (*from..=*to).contains(&start));
        found.map_or("unknown", |(_, _, brand)| brand)
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&masked(&self.0))
    }
}

/// The last four digits of a number.
pub(crate) fn last4(number: &str) -> &str {
    let start = number.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    number.get(start..).unwrap_or_default()
}

/// The masked number, with only the last four digits visible. A text of fewer than eight
/// characters is masked whole.
pub(crate) fn masked(number: &str) -> String {
    let length = number.chars().count();
    if length < 8 {
        return "*".repeat(length);
    }
    format!("{}{}", "*".repeat(length.saturating_sub(4)), last4(number))
}

/// Whether the digits pass the Luhn check.
fn passes_luhn_check(digits: &str) -> bool {
    let numbers = digits.chars().rev().filter_map(|digit| digit.to_digit(10));
    let sum = numbers.enumerate().fold(0_u32, |sum, (at, digit)| {
        let doubled = if at % 2 == 0 { digit } else { digit.saturating_mul(2) };
        sum.saturating_add(if doubled > 9 { doubled.saturating_sub(9) } else { doubled })
    });
    sum % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::card_table::CARDS;

    #[test]
    fn test_card_numbers_are_valid_and_match_the_brand() {
        for card in CARDS {
            let number = CardNumber::parse(card.number).unwrap();
            assert_eq!(number.brand(), card.brand, "{card:?}");
        }
    }

    #[test]
    fn the_first_digits_give_the_network() {
        for (number, brand) in [
            ("4111111111111111", "visa"),
            ("5105105105105100", "mastercard"),
            ("2221000000000009", "mastercard"),
            ("2720990000000007", "mastercard"),
            ("371449635398431", "amex"),
            ("341111111111111", "amex"),
            ("6011000990139424", "discover"),
            ("6441111111111117", "discover"),
            ("6511111111111119", "discover"),
            ("30569309025904", "diners"),
            ("36227206271667", "diners"),
            ("38520000023237", "diners"),
            ("3530111333300000", "jcb"),
            ("6205500000000000004", "unionpay"),
            ("8100000000000009", "unionpay"),
            ("9000000000000001", "unknown"),
        ] {
            assert_eq!(CardNumber(number.to_owned()).brand(), brand, "{number}");
        }
    }

    #[test]
    fn invalid_card_numbers_are_refused() {
        for (number, message) in [
            ("4242424242424242", None),
            ("4242424242424241", Some("incorrect_number")),
            ("42424242424", Some("invalid_number")),
            ("42424242424242424242", Some("invalid_number")),
            ("4242x24242424242", Some("invalid_number")),
        ] {
            let refused = CardNumber::parse(number).err().map(|error| error.as_last_error());
            assert_eq!(refused.as_ref().and_then(|error| error["code"].as_str()), message, "{number}");
        }
    }

    #[test]
    fn a_card_number_is_masked_in_debug_output() {
        assert_eq!(masked("4242424242424242"), "************4242");
        assert_eq!(masked("378282246310005"), "***********0005");
        assert_eq!(masked("4242"), "****");
        assert_eq!(format!("{:?}", CardNumber("4242424242424242".to_owned())), "************4242");
    }
}
