//! The banks behind debited accounts: the answer of each bank, and the delay of the answer.

use serde::{Deserialize, Serialize};

use crate::bank::decline::Decline;

/// The answer of a bank to a debit. Each number is the delay in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DebitBank {
    /// The bank pays after the delay.
    Pays(i64),
    /// The bank returns the debit after the delay.
    Fails(i64, Decline),
    /// The bank never answers, and the debit stays in processing.
    NeverAnswers,
    /// The bank pays after the delay, and the owner disputes the charge at once.
    Disputes(i64),
}

/// The shorter delay of a debit in test mode, in seconds.
pub(crate) const SHORT_DELAY: i64 = 15;
const LONG_DELAY: i64 = 180;

/// The last digits of the IBANs of European test accounts, with the answer of each bank. The digits before
/// them depend on the country.
const EUROPEAN: &[(&str, DebitBank)] = &[
    ("3003", DebitBank::Pays(LONG_DELAY)),
    ("3001", DebitBank::Fails(SHORT_DELAY, Decline::DebitNotAuthorized)),
    ("3202", DebitBank::Fails(SHORT_DELAY, Decline::DebitNotAuthorized)),
    ("3004", DebitBank::Fails(LONG_DELAY, Decline::DebitNotAuthorized)),
    ("3205", DebitBank::Fails(LONG_DELAY, Decline::DebitNotAuthorized)),
    ("3002", DebitBank::Disputes(SHORT_DELAY)),
    ("3203", DebitBank::Disputes(SHORT_DELAY)),
    ("2227", DebitBank::Fails(SHORT_DELAY, Decline::DebitInsufficientFunds)),
];

/// The numbers of test accounts in the United States, with the name in the id and the answer of each bank.
const AMERICAN: &[(&str, &str, DebitBank)] = &[
    ("000123456789", "success", DebitBank::Pays(SHORT_DELAY)),
    ("000111111113", "accountClosed", DebitBank::Fails(SHORT_DELAY, Decline::AccountClosed)),
    ("000111111116", "noAccount", DebitBank::Fails(SHORT_DELAY, Decline::NoAccount)),
    ("000222222227", "insufficientFunds", DebitBank::Fails(SHORT_DELAY, Decline::DebitInsufficientFunds)),
    ("000333333335", "debitNotAuthorized", DebitBank::Fails(SHORT_DELAY, Decline::DebitNotAuthorized)),
    ("000444444440", "invalidCurrency", DebitBank::Fails(SHORT_DELAY, Decline::InvalidAccountCurrency)),
    ("000555555559", "dispute", DebitBank::Disputes(SHORT_DELAY)),
    ("000000000009", "processing", DebitBank::NeverAnswers),
];

/// The answer of the bank of a European account; an unlisted IBAN pays.
pub(crate) fn european(iban: &str) -> DebitBank {
    let found = EUROPEAN.iter().find(|(end, _)| iban.ends_with(end));
    found.map_or(DebitBank::Pays(SHORT_DELAY), |(_, bank)| *bank)
}

/// The answer of the bank of an American account; an unlisted number pays.
pub(crate) fn american(number: &str) -> DebitBank {
    let found = AMERICAN.iter().find(|(known, _, _)| *known == number);
    found.map_or(DebitBank::Pays(SHORT_DELAY), |(_, _, bank)| *bank)
}

/// The account number of an id such as `pm_usBankAccount_success`.
pub(crate) fn american_by_id(id: &str) -> Option<&'static str> {
    let name = id.strip_prefix("pm_usBankAccount")?;
    let name = if name.is_empty() { "success" } else { name.strip_prefix('_')? };
    AMERICAN.iter().find(|(_, known, _)| *known == name).map(|(number, _, _)| *number)
}

/// Parses an IBAN, and returns the IBAN in upper case without spaces, if the check digits are right.
pub(crate) fn parse_iban(text: &str) -> Option<String> {
    let iban: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let (start, rest) = iban.split_at_checked(4)?;
    let is_well_formed = (15..=34).contains(&iban.len())
        && iban.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && start.bytes().take(2).all(|byte| byte.is_ascii_uppercase());
    let digits = rest.chars().chain(start.chars()).filter_map(|letter| letter.to_digit(36));
    let remainder = digits.fold(0_u32, |sum, digit| {
        let shifted = if digit > 9 { sum.saturating_mul(100) } else { sum.saturating_mul(10) };
        shifted.saturating_add(digit) % 97
    });
    (is_well_formed && remainder == 1).then_some(iban)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digits_of_an_iban_are_checked() {
        for (iban, good) in [
            ("DE89 3704 0044 0532 0130 00", true),
            ("de89370400440532013000", true),
            ("DE62370400440532013001", true),
            ("AT321904300235473204", true),
            ("DE89370400440532013001", false),
            ("DE89", false),
            ("", false),
        ] {
            assert_eq!(parse_iban(iban).is_some(), good, "{iban}");
        }
    }

    #[test]
    fn test_accounts_have_the_documented_outcomes() {
        assert_eq!(european("DE89370400440532013000"), DebitBank::Pays(SHORT_DELAY));
        assert_eq!(
            european("DE62370400440532013001"),
            DebitBank::Fails(SHORT_DELAY, Decline::DebitNotAuthorized)
        );
        assert_eq!(american("000123456789"), DebitBank::Pays(SHORT_DELAY));
        assert_eq!(american_by_id("pm_usBankAccount_accountClosed"), Some("000111111113"));
        assert_eq!(american_by_id("pm_usBankAccount_x"), None);
    }
}
