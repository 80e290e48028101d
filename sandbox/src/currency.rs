//! Stripe's currencies: the number of decimals, the least and the greatest amount of a charge,
//! and the smallest coin.

use crate::error::{StripeError, StripeResult};

/// The currencies that Stripe supports for charges, in Stripe's order.
const SUPPORTED: &str = "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl \
                         bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd \
                         fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes \
                         kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr \
                         mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd \
                         rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs \
                         uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw usdc btn ghs eek lvl svc \
                         vef ltl sll mro";

/// The currencies without decimals.
const ZERO_DECIMAL: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";

/// The currencies with three decimals, the last of which has to be zero.
const THREE_DECIMAL: &str = "bhd jod kwd omr tnd";

/// The currencies without a smaller coin that are sent with two decimals, both of which have to be zero.
const ZERO_DECIMAL_TIMES_HUNDRED: &str = "isk ugx";

/// The least charge, in the smallest unit, for an account that settles in the same currency. The amount
/// for CHF is the worth of 0.50 USD, for an account that settles in dollars. A currency without a row
/// has no least charge.
const MINIMUM_AMOUNTS: &[(&str, u64)] = &[
    ("usd", 50),
    ("aed", 200),
    ("ars", 50),
    ("aud", 50),
    ("brl", 50),
    ("cad", 50),
    ("chf", 46),
    ("cop", 50),
    ("czk", 1500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17500),
    ("idr", 50),
    ("ils", 50),
    ("inr", 50),
    ("jpy", 50),
    ("krw", 50),
    ("mxn", 1000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("php", 50),
    ("pln", 200),
    ("ron", 200),
    ("rub", 50),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1000),
    ("zar", 50),
];

/// The greatest charge while no card is known to pay.
const MAX: u64 = 99_999_999;
/// The greatest charge of most card networks.
pub(crate) const MAX_BY_CARD: u64 = 999_999_999_999;
/// The greatest charges while no card is known to pay, in currencies with small units.
const MAX_IN_SMALL_UNITS: &[(&str, u64)] =
    &[("idr", MAX_BY_CARD), ("cop", 9_999_999_999), ("inr", 999_999_999)];
/// The greatest charge of American Express.
pub(crate) const MAX_BY_AMEX: u64 = 999_999_999;

/// The greatest charge in a currency, by a card or by another PaymentMethod.
pub(crate) fn max_amount(currency: &str, by_card: bool) -> u64 {
    let larger = MAX_IN_SMALL_UNITS.iter().find(|(code, _)| *code == currency).map(|(_, max)| *max);
    if by_card { MAX_BY_CARD } else { larger.unwrap_or(MAX) }
}

/// Parses a currency in any case into the lower-case code that Stripe keeps.
pub(crate) fn parse(text: &str) -> StripeResult<String> {
    let code = text.to_ascii_lowercase();
    if contains(SUPPORTED, &code) {
        return Ok(code);
    }
    let all = SUPPORTED.split_whitespace().collect::<Vec<_>>().join(", ");
    Err(StripeError::invalid(format!(
        "Invalid currency: {code}. Stripe currently supports these currencies: {all}"
    ))
    .param("currency"))
}

/// Refuses a charge below the least amount, above the greatest amount, or with a fraction
/// of the smallest coin.
pub(crate) fn check_charge(amount: u64, currency: &str, max: u64) -> StripeResult<()> {
    if amount > max {
        return Err(too_large(max, currency));
    }
    check_smallest_unit(amount, currency, "amount")?;
    match MINIMUM_AMOUNTS.iter().find(|(code, _)| *code == currency) {
        Some((_, minimum)) if amount < *minimum => {
            let minimum = format!("Amount must be at least {} {currency}", without_code(*minimum, currency));
            Err(StripeError::invalid(minimum).code("amount_too_small").param("amount"))
        }
        _ => Ok(()),
    }
}

/// The refusal of an amount above the greatest charge.
pub(crate) fn too_large(max: u64, currency: &str) -> StripeError {
    StripeError::invalid(format!("Amount must be no more than {}", formatted(max, currency)))
        .code("amount_too_large")
        .param("amount")
}

/// The smallest coin of a currency, in Stripe's units.
fn smallest_coin(currency: &str) -> u64 {
    if contains(ZERO_DECIMAL_TIMES_HUNDRED, currency) {
        100
    } else if contains(THREE_DECIMAL, currency) {
        10
    } else {
        1
    }
}

/// Seventy percent of an amount, without a fraction of the smallest coin.
pub(crate) fn seventy_percent(amount: u64, currency: &str) -> u64 {
    let part = amount.saturating_mul(7) / 10;
    part.saturating_sub(part.checked_rem(smallest_coin(currency)).unwrap_or(0))
}

/// Refuses an amount with a fraction of the smallest coin.
pub(crate) fn check_smallest_unit(amount: u64, currency: &str, param: &str) -> StripeResult<()> {
    let step = smallest_coin(currency);
    if amount.is_multiple_of(step) {
        return Ok(());
    }
    let message = format!("Invalid amount: {amount} {currency} is not a multiple of {step}");
    Err(StripeError::invalid(message).code("invalid_charge_amount").param(param))
}

/// An amount in the form of Stripe's messages: `$50.00`, `¥500`, `5.120 KWD`.
pub(crate) fn formatted(amount: u64, currency: &str) -> String {
    let number = number_text(amount, currency, grouped);
    match currency {
        "usd" => format!("${number}"),
        "eur" => format!("€{number}"),
        "gbp" => format!("£{number}"),
        "jpy" => format!("¥{number}"),
        other => format!("{number} {}", other.to_ascii_uppercase()),
    }
}

/// An amount as a plain number: `1250.00`.
pub(crate) fn decimal(amount: u64, currency: &str) -> String {
    number_text(amount, currency, |whole| whole.to_string())
}

/// An amount as a number with the decimals of the currency.
fn number_text(amount: u64, currency: &str, show_whole: fn(u64) -> String) -> String {
    let (scale, decimals) = match () {
        () if contains(ZERO_DECIMAL, currency) => (1_u64, 0),
        () if contains(THREE_DECIMAL, currency) => (1_000, 3),
        () => (100, 2),
    };
    let whole = show_whole(amount.checked_div(scale).unwrap_or(0));
    let fraction = amount.checked_rem(scale).unwrap_or(0);
    if decimals == 0 { whole } else { format!("{whole}.{fraction:0decimals$}") }
}

/// An amount for messages that name the currency separately: `$0.50`, `2.00`.
fn without_code(amount: u64, currency: &str) -> String {
    let formatted = formatted(amount, currency);
    formatted
        .strip_suffix(&format!(" {}", currency.to_ascii_uppercase()))
        .map(str::to_owned)
        .unwrap_or(formatted)
}

/// A number with a comma before each group of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    let groups: Vec<_> = groups.iter().map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}

fn contains(list: &str, code: &str) -> bool {
    list.split_whitespace().any(|entry| entry == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(amount: u64, currency: &str, expected: &str) {
        let code = match check_charge(amount, currency, max_amount(currency, false)) {
            Ok(()) => "charged".to_owned(),
            Err(error) => error.as_last_error()["code"].as_str().unwrap().to_owned(),
        };
        assert_eq!(code, expected, "{amount} {currency}");
    }

    #[test]
    fn amounts_outside_stripes_limits_are_refused() {
        check(49, "usd", "amount_too_small");
        check(50, "usd", "charged");
        check(29, "gbp", "amount_too_small");
        check(30, "gbp", "charged");
        check(17_499, "huf", "amount_too_small");
        check(17_500, "huf", "charged");
        check(49, "jpy", "amount_too_small");
        check(50, "jpy", "charged");
        check(1, "mga", "charged");
        check(500, "isk", "charged");
        check(550, "isk", "invalid_charge_amount");
        check(500, "ugx", "charged");
        check(501, "ugx", "invalid_charge_amount");
        check(5_120, "kwd", "charged");
        check(5_124, "kwd", "invalid_charge_amount");
        check(99_999_999, "usd", "charged");
        check(100_000_000, "usd", "amount_too_large");
        check(999_999_999_999, "idr", "charged");
        check(1_000_000_000_000, "idr", "amount_too_large");
        check(9_999_999_999, "cop", "charged");
        check(1_000_000_000, "inr", "amount_too_large");
    }

    #[test]
    fn amounts_are_formatted_like_stripes_messages() {
        for (amount, currency, text) in [
            (5_000, "usd", "$50.00"),
            (99_999_999, "usd", "$999,999.99"),
            (1_250, "eur", "€12.50"),
            (500, "jpy", "¥500"),
            (5_120, "kwd", "5.120 KWD"),
            (1_205, "chf", "12.05 CHF"),
            (500, "ugx", "5.00 UGX"),
        ] {
            assert_eq!(formatted(amount, currency), text);
        }
        assert_eq!(parse("EUR").unwrap(), "eur");
        assert!(parse("xyz").is_err());
    }
}
