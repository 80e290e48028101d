//! Tables and properties of amounts, and of their sums.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(amount: &str, currency: &str, reads_as: &str) {
    let seen = match PositiveMoney::parse(amount, currency) {
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
        ".5", "5.", ".", "1,50", "1 000", " 1", "1 ", "1e3", "0x10", "NaN", "inf", "1.2.3", "1_000", "١٢",
        "１２", "1\0", "1\n", "$1", "1.5-", "1'000",
    ];
    for amount in not_numbers {
        check(amount, "USD", "an amount is digits with at most one point between them, as in \"12.50\"");
    }
}

#[test]
fn a_hundred_leading_zeros_change_nothing() {
    let zeros = "0".repeat(100);
    check(&format!("{zeros}12.50"), "USD", "12.50 USD = 1250");
    check(&format!("{zeros}.05"), "USD", "0.05 USD = 5");
    check(&zeros, "USD", "the amount is zero");
}

#[test]
fn more_digits_than_a_decimal_holds_are_refused_and_not_rounded() {
    for digits in [12, 27, 28, 29, 30, 100] {
        let most = "the amount is more than 9999999999.99 USD, the most that one payment can be";
        check(&"9".repeat(digits), "USD", most);
        check(&format!("{}.01", "9".repeat(digits)), "USD", most);
    }
}

fn money(text: &str) -> Money {
    let (amount, currency) = text.split_once(' ').unwrap();
    Money::parse_in(amount, Currency::parse(currency).unwrap()).unwrap()
}

#[test]
fn sums_and_differences_stay_in_one_currency_and_above_zero() {
    #[track_caller]
    fn check(result: Result<Money, SumError>, reads_as: &str) {
        assert_eq!(result.map_or_else(|error| error.to_string(), |money| money.to_string()), reads_as);
    }
    check(money("12.50 USD").checked_add(money("0.50 USD")), "13.00 USD");
    check(money("0 USD").checked_add(money("0 USD")), "0.00 USD");
    check(money("12.50 USD").checked_sub(money("12.50 USD")), "0.00 USD");
    check(money("500 JPY").checked_sub(money("1 JPY")), "499 JPY");
    check(money("5.125 KWD").checked_add(money("0.005 KWD")), "5.130 KWD");
    let below = "12.51 USD cannot be taken from 12.50 USD, because no amount is below zero";
    check(money("12.50 USD").checked_sub(money("12.51 USD")), below);
    let apart = "1.00 USD and 1.00 EUR are in different currencies, so they have no sum and no order";
    check(money("1 USD").checked_add(money("1 EUR")), apart);
    check(money("1 USD").checked_sub(money("1 EUR")), apart);
    check(money("1 USD").excess_over(money("1 EUR")), apart);
    check(money("12.50 USD").excess_over(money("2 USD")), "10.50 USD");
    check(money("2 USD").excess_over(money("12.50 USD")), "0.00 USD");
    let most = Money::of_units(9_223_372_036_854_775_807, 2, Currency::parse("USD").unwrap()).unwrap();
    let over = "92233720368547758.07 USD and 0.01 USD together are more than an amount can be";
    check(most.checked_add(money("0.01 USD")), over);
    check(Money::sum(most.currency(), [money("9999999999.99 USD"), money("0.01 USD")]), "10000000000.00 USD");
    check(Money::sum(most.currency(), Vec::<Money>::new()), "0.00 USD");
}

#[test]
fn amounts_are_ordered_inside_their_currency_only() {
    assert_eq!(money("0.99 USD").compare(money("1 USD")), Ok(Ordering::Less));
    assert_eq!(money("1 USD").compare(money("1 USD")), Ok(Ordering::Equal));
    assert!(money("0.99 USD").compare(money("1 EUR")).is_err());
    let step = PositiveMoney::parse("0.010", "KWD").unwrap();
    assert_eq!(money("5.120 KWD").is_multiple_of(step), Ok(true));
    assert_eq!(money("5.124 KWD").is_multiple_of(step), Ok(false));
    assert!(money("5.12 USD").is_multiple_of(step).is_err());
}

#[test]
fn units_are_whole_or_there_are_none() {
    assert_eq!(money("12.50 USD").units(2), Some(1250));
    assert_eq!(money("12.50 USD").units(1), Some(125));
    assert_eq!(money("12.50 USD").units(0), None);
    assert_eq!(money("500 JPY").units(2), Some(50_000));
    let back = |units, decimals, code| Money::of_units(units, decimals, Currency::parse(code).unwrap());
    assert_eq!(back(50_000, 2, "JPY"), Some(money("500 JPY")));
    assert_eq!(back(50_001, 2, "JPY"), None);
    assert_eq!(back(7, 0, "MGA"), Some(money("7.00 MGA")));
    assert_eq!(back(u64::MAX, 2, "USD"), None);
    assert_eq!(back(1, 29, "USD"), None);
}

/// The journal's rows and the fingerprints have these bytes.
#[test]
fn an_amount_is_written_in_minor_units() {
    for (amount, currency, written) in [
        ("12.50", "USD", r#"{"minor":1250,"currency":"USD"}"#),
        ("500", "JPY", r#"{"minor":500,"currency":"JPY"}"#),
        ("5.12", "KWD", r#"{"minor":5120,"currency":"KWD"}"#),
        ("9999999999.99", "EUR", r#"{"minor":999999999999,"currency":"EUR"}"#),
    ] {
        let money = PositiveMoney::parse(amount, currency).unwrap();
        assert_eq!(serde_json::to_string(&money).unwrap(), written);
        assert_eq!(serde_json::from_str::<PositiveMoney>(written).unwrap(), money);
    }
}

fn currencies() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["USD", "JPY", "KWD", "CLP", "MGA", "ISK", "UGX", "CHF"])
        .prop_map(|code| Currency::parse(code).unwrap())
}

proptest! {
    #[test]
    fn a_written_amount_equals_the_parsed_amount(minor in 1..=MAX_MINOR_UNITS, currency in currencies()) {
        let money = PositiveMoney::of_minor(minor, currency).unwrap();
        prop_assert_eq!(PositiveMoney::parse(&money.amount(), currency.code()), Ok(money));
        prop_assert_eq!(PositiveMoney::from_wire(&money.to_wire()), Ok(money));
    }

    #[test]
    fn no_input_panics_and_none_is_rounded(amount in ".{0,40}", currency in ".{0,5}") {
        if let Ok(money) = PositiveMoney::parse(&amount, &currency) {
            let trimmed = amount.trim_start_matches('0');
            prop_assert!(money.amount().ends_with(trimmed) || money.amount().starts_with(amount.trim_start_matches('0')) || trimmed.starts_with('.'));
        }
    }

    #[test]
    fn digits_are_kept(whole in "[1-9][0-9]{0,9}", fraction in "[0-9]{2}") {
        let written = format!("{whole}.{fraction}");
        prop_assert_eq!(PositiveMoney::parse(&written, "USD").unwrap().amount(), written);
    }

    #[test]
    fn a_sum_less_one_part_is_the_other(
        one in 0..=MAX_MINOR_UNITS, other in 0..=MAX_MINOR_UNITS, currency in currencies()
    ) {
        let money = |minor| Money::of_units(minor, currency.decimals(), currency).unwrap();
        let (one, other) = (money(one), money(other));
        let sum = one.checked_add(other).unwrap();
        prop_assert_eq!(Some(sum.minor()), one.minor().checked_add(other.minor()));
        prop_assert_eq!(sum.checked_sub(other), Ok(one));
        prop_assert_eq!(one.checked_sub(other).is_ok(), one.minor() >= other.minor());
        prop_assert_eq!(sum.amount().split_once('.').map_or(0, |(_, fraction)| fraction.len()),
            usize::try_from(currency.decimals()).unwrap());
    }
}
