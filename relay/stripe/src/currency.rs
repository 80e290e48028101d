//! Stripe's currencies, with units and limits. Stripe's minor units are not always those of ISO 4217,
//! and Stripe has minimum and maximum amounts. Source: docs.stripe.com/currencies.
#![deny(clippy::arithmetic_side_effects)]

use causeway::{
    currency::Currency,
    money::{MAX_MINOR_UNITS, Money, MoneyError, PositiveMoney},
};
use causeway_domain::tenant::AmountStep;
use causeway_ports::processor::NotChargeable;

/// The unit in which Stripe counts a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StripeUnit {
    /// In hundredths, without further rules.
    Hundredths,
    /// In whole units, also where ISO 4217 has decimals (MGA has two).
    Whole,
    /// In thousandths, with 0 as the last digit.
    ThousandthsByTen,
    /// In hundredths that have to be whole units, for compatibility: ISK and UGX.
    WholeTimesHundred,
}

impl StripeUnit {
    /// Decimals of Stripe's unit, and the smallest step in units.
    fn decimals_and_step(self) -> (u32, u64) {
        match self {
            StripeUnit::Hundredths => (2, 1),
            StripeUnit::Whole => (0, 1),
            StripeUnit::ThousandthsByTen => (3, 10),
            StripeUnit::WholeTimesHundred => (2, 100),
        }
    }

    fn rule(self) -> &'static str {
        match self {
            StripeUnit::Hundredths => "it counts this currency in hundredths",
            StripeUnit::Whole => "it takes this currency in whole units only",
            StripeUnit::ThousandthsByTen => "the third decimal of this currency has to be 0",
            StripeUnit::WholeTimesHundred => "it takes this currency in whole units only",
        }
    }
}

const WHOLE: &str = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF";
const THOUSANDTHS_BY_TEN: &str = "BHD JOD KWD OMR TND";
const WHOLE_TIMES_HUNDRED: &str = "ISK UGX";
const HUNDREDTHS: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY \
    COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS \
    INR JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN \
    NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS \
    SRD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD XCG YER ZAR ZMW";

/// The minimum of a payment, by the settlement currency of the account.
const MINIMUM: [(&str, &str); 31] = [
    ("USD", "0.50"),
    ("AED", "2.00"),
    ("ARS", "0.50"),
    ("AUD", "0.50"),
    ("BRL", "0.50"),
    ("CAD", "0.50"),
    ("CHF", "0.50"),
    ("COP", "0.50"),
    ("CZK", "15.00"),
    ("DKK", "2.50"),
    ("EUR", "0.50"),
    ("GBP", "0.30"),
    ("HKD", "4.00"),
    ("HUF", "175.00"),
    ("IDR", "0.50"),
    ("ILS", "0.50"),
    ("INR", "0.50"),
    ("JPY", "50"),
    ("KRW", "50"),
    ("MXN", "10.00"),
    ("MYR", "2.00"),
    ("NOK", "3.00"),
    ("NZD", "0.50"),
    ("PHP", "0.50"),
    ("PLN", "2.00"),
    ("RON", "2.00"),
    ("RUB", "0.50"),
    ("SEK", "3.00"),
    ("SGD", "0.50"),
    ("THB", "10.00"),
    ("ZAR", "0.50"),
];

/// The maximum of a payment in Stripe's units, where the operator sets no maximum. The card networks
/// allow up to twelve digits; every method allows eight.
const MAXIMUM_UNITS: u64 = 99_999_999;

fn counted(currency: Currency) -> Option<StripeUnit> {
    let among = |list: &str| list.split_whitespace().any(|code| code == currency.code());
    [
        (HUNDREDTHS, StripeUnit::Hundredths),
        (WHOLE, StripeUnit::Whole),
        (THOUSANDTHS_BY_TEN, StripeUnit::ThousandthsByTen),
        (WHOLE_TIMES_HUNDRED, StripeUnit::WholeTimesHundred),
    ]
    .into_iter()
    .find_map(|(list, counted)| among(list).then_some(counted))
}

/// Every currency that Stripe supports, by code.
pub fn all() -> impl Iterator<Item = Currency> {
    [HUNDREDTHS, WHOLE, THOUSANDTHS_BY_TEN, WHOLE_TIMES_HUNDRED]
        .into_iter()
        .flat_map(str::split_whitespace)
        .filter_map(|code| Currency::parse(code).ok())
}

/// An amount in Stripe's units. Refuses amounts that would have to be rounded.
pub fn units(money: PositiveMoney) -> Result<u64, NotChargeable> {
    let counted = counted(money.currency()).ok_or(NotChargeable("it takes no payments in this currency"))?;
    let wrong = NotChargeable(counted.rule());
    let (decimals, step) = counted.decimals_and_step();
    let units = money.money().units(decimals).ok_or(wrong)?;
    if units.checked_rem(step) == Some(0) && units <= MAX_MINOR_UNITS { Ok(units) } else { Err(wrong) }
}

/// The amount of a number of Stripe's units; `None` for zero units.
pub fn money(units: u64, currency: Currency) -> Result<Option<PositiveMoney>, NotChargeable> {
    let counted = counted(currency).ok_or(NotChargeable("it takes no payments in this currency"))?;
    let wrong = NotChargeable(counted.rule());
    let (decimals, _) = counted.decimals_and_step();
    let money = Money::of_units(units, decimals, currency).ok_or(wrong)?;
    match PositiveMoney::try_from(money) {
        Ok(money) => Ok(Some(money)),
        Err(MoneyError::Zero) => Ok(None),
        Err(_) => Err(wrong),
    }
}

/// The amounts that Stripe can express in a currency, with the rule for a refusal; `None` for a
/// currency that Stripe does not support.
pub fn step_rule(currency: Currency) -> Option<AmountStep> {
    let counted = counted(currency)?;
    let (_, step) = counted.decimals_and_step();
    let least = money(step, currency).ok().flatten()?;
    Some(AmountStep { least, rule: counted.rule() })
}

/// Stripe's minimum and maximum of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The amount in Stripe's table, or the smallest unit for a currency without a row: there the
    /// equivalent in the account's settlement currency decides.
    pub minimum: PositiveMoney,
    /// The largest amount with eight digits of Stripe's units.
    pub maximum: PositiveMoney,
}

/// The limits of a currency; `None` for a currency that Stripe does not support.
pub fn limits(currency: Currency) -> Option<Limits> {
    let (_, step) = counted(currency)?.decimals_and_step();
    let tabled = MINIMUM.iter().find(|(code, _)| *code == currency.code());
    let minimum = match tabled {
        Some((_, amount)) => PositiveMoney::parse_in(amount, currency).ok(),
        None => money(step, currency).ok().flatten(),
    };
    let largest = MAXIMUM_UNITS.checked_sub(MAXIMUM_UNITS.checked_rem(step)?)?;
    Some(Limits { minimum: minimum?, maximum: money(largest, currency).ok().flatten()? })
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    #[track_caller]
    fn check(amount: &str, currency: &str, sent_as: &str) {
        let money = PositiveMoney::parse(amount, currency).unwrap();
        let seen = match units(money) {
            Ok(units) => {
                assert_eq!(super::money(units, money.currency()), Ok(Some(money)), "the way back");
                units.to_string()
            }
            Err(refused) => refused.to_string(),
        };
        assert_eq!(seen, sent_as, "{money}");
    }

    #[test]
    fn amounts_are_sent_in_stripes_units_or_not_at_all() {
        check("12.50", "USD", "1250");
        check("500", "JPY", "500");
        check("5.12", "KWD", "5120");
        check("5.120", "KWD", "5120");
        check("5.124", "KWD", "the third decimal of this currency has to be 0");
        check("5", "ISK", "500");
        check("5", "UGX", "500");
        check("7.00", "MGA", "7");
        check("7.20", "MGA", "it takes this currency in whole units only");
        check("0.01", "HUF", "1");
        check("1.234", "IQD", "it takes no payments in this currency");
    }

    /// The units as Stripe's page lists them, as a second source.
    fn listed_units(code: &str) -> u64 {
        match code {
            "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "VND" | "VUV"
            | "XAF" | "XOF" | "XPF" => 1,
            "BHD" | "JOD" | "KWD" | "OMR" | "TND" => 1000,
            _ => 100,
        }
    }

    /// One unit of each currency, and the limits of the currency. The list is Stripe's, without the
    /// codes that ISO 4217 has withdrawn (ANG, BGN, HRK, STD).
    #[test]
    fn every_currency_of_stripe_goes_both_ways() {
        let all: Vec<_> = all().collect();
        assert_eq!(all.len(), 137, "a code in the lists is not one of ISO 4217");
        for currency in all {
            let one = PositiveMoney::parse_in("1", currency).unwrap();
            let expected = listed_units(currency.code());
            assert_eq!(units(one), Ok(expected), "{currency}");
            assert_eq!(money(expected, currency), Ok(Some(one)), "{currency}");
            assert_eq!(money(0, currency), Ok(None), "{currency}");
            let limits = limits(currency).unwrap();
            assert!(units(limits.minimum).unwrap() >= 1, "{currency}");
            assert!(units(limits.maximum).unwrap() <= MAXIMUM_UNITS, "{currency}");
            assert_eq!(limits.minimum.compare(limits.maximum), Ok(Ordering::Less), "{currency}");
        }
    }

    proptest::proptest! {
        /// The step of the rules refuses exactly the amounts without a number of units.
        #[test]
        fn the_step_counts_as_the_units_do(minor in 1..=9_999_999_u64, place in 0_usize..137) {
            let currency = all().nth(place).unwrap();
            let asked = PositiveMoney::of_minor(minor, currency).unwrap();
            let step = step_rule(currency).unwrap();
            match units(asked) {
                Ok(_) => proptest::prop_assert!(step.counts(asked)),
                Err(NotChargeable(rule)) => proptest::prop_assert_eq!((step.counts(asked), step.rule), (false, rule)),
            }
        }

        #[test]
        fn the_sent_amount_equals_the_requested_amount(minor in 1..=MAX_MINOR_UNITS, place in 0_usize..137) {
            let currency = all().nth(place).unwrap();
            let asked = PositiveMoney::of_minor(minor, currency).unwrap();
            if let Ok(units) = units(asked) {
                proptest::prop_assert_eq!(money(units, currency), Ok(Some(asked)));
            }
        }
    }
}
