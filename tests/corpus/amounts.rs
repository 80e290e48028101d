//! Amounts and currencies: no amount is rounded or guessed.

use causeway::v1;

use super::{ACCEPTED, Case, MALFORMED, next, play_class, texts::PAYMENT};
use crate::stage::{
    Stage,
    billing::{money, order},
    cards::store_card_request,
};

const UNKNOWN: &str = "InvalidArgument CURRENCY_UNKNOWN";
const UNASSIGNED: &str = "FailedPrecondition CURRENCY_UNASSIGNED";
const BELOW_MINIMUM: &str = "FailedPrecondition AMOUNT_BELOW_MINIMUM";
const ABOVE_MAXIMUM: &str = "FailedPrecondition AMOUNT_ABOVE_MAXIMUM";
const NOT_CHARGEABLE: &str = "FailedPrecondition AMOUNT_NOT_CHARGEABLE";
const NOT_EXPECTED: &str = "FailedPrecondition AMOUNT_NOT_EXPECTED";

/// Invalid amounts of dollars: signs, other number formats, too many decimals, edges of integer
/// types, digits of other scripts, and texts without a number.
#[rustfmt::skip]
const NOT_AMOUNTS: &[&str] = &[
    "", "0", "0.00", "00", "0.0", "-0", "-1", "-0.50", "+5", "--1", "\u{2212}5", "1-", "5.00-", "(5.00)",
    "1e3", "1E3", "1e-2", "0x10", "0b11", "0o7", "NaN", "nan", "inf", "-inf", "Infinity", "null", "true",
    "1,00", "1.000,00", "1,000.00", "1'000", "1 000", "1_000", "1\u{a0}000", "1\u{202f}000", " 1", "1 ",
    "1.", ".", ".5", "..", "1.2.3", "1..2", "1. 5", "12.505", "0.001", "0.005", "1.000", "1.00000000000",
    "$1", "1$", "\u{20ac}1", "1%", "1.00 USD", "USD 1.00", "\u{bc}", "\u{bd}", "\u{b2}", "\u{216b}", "\u{5341}",
    "\u{661}\u{662}", "\u{6f1}\u{6f2}", "\u{967}\u{968}", "\u{ff11}\u{ff12}", "12\u{66b}50", "12\u{b7}50", "12\u{ff0e}50",
    "1\0", "\0", "\x001", "1\n", "\n1", "1\r\n", "1\t", "1\u{b}", "\u{feff}1", "1\u{200b}", "\u{202e}05.21", "1\u{301}",
    "'; DROP TABLE payment; --", "1' OR '1'='1", "1; SELECT 1", "<b>1</b>", "<script>alert(1)</script>", "${7*7}",
    "{{7*7}}", "%00", "%31", "1%00", "../../etc/passwd", "[1]", "{\"amount\":1}", "1\\n", "\\u0031",
    "4242424242424242", "4242 4242 4242 4242", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "18446744073709551615", "18446744073709551616", "340282366920938463463374607431768211456", "10000000000",
    "10000000000.00", "9999999999.999", "99999999999", "92233720368547758.07", "184467440737095516.16",
];

/// Amounts with more decimals than their currency has.
const TOO_PRECISE: &[&str] = &[
    "5.0 JPY",
    "5.00 JPY",
    "0.5 JPY",
    "100.1 JPY",
    "1.2345 KWD",
    "0.0001 KWD",
    "1.0000 KWD",
    "1.005 CHF",
    "1.000 CHF",
    "0.999 EUR",
    "1.0 KRW",
    "5.0 UGX",
    "1.001 ISK",
    "1.0 CLP",
    "1.001 MGA",
    "1.00001 BHD",
];

/// Texts that are not three upper-case letters.
#[rustfmt::skip]
const NOT_CODES: &[&str] = &[
    "", "usd", "Usd", "uSD", "US", "U", "USDT", "USDUSD", "U$D", "US$", "$", "\u{20ac}", "USD ", " USD", "US D", "USD\0",
    "US\0", "\0\0\0", "USD\n", "US\r", "\u{ff35}\u{ff33}\u{ff24}", "U\u{405}D", "\u{ff35}SD", "\u{dc}SD", "US\u{200b}D",
    "\u{202e}DSU", "840", "978", "U5D", "us$", "EUR,USD", "USD;", "*", "%55SD", "'--", "<b>", "../", "null",
    "4242424242424242",
];

/// Three letters that ISO 4217 does not list today: never, not any more, or not as money.
#[rustfmt::skip]
const UNKNOWN_CODES: &[&str] = &[
    "XXX", "XTS", "XAU", "XAG", "XPT", "XPD", "XDR", "XUA", "XSU", "XBA", "CHW", "CHE", "USN", "CLF", "COU", "MXV",
    "UYI", "BOV", "DEM", "FRF", "ITL", "HRK", "VEF", "TRL", "AAA", "ZZZ", "QQQ", "BTC", "ETH", "XBT", "UDS", "NUL",
];

/// Currencies that no payment system of the tenant accepts.
const UNASSIGNED_CODES: &[&str] = &[
    "GBP", "CAD", "AUD", "SEK", "NOK", "PLN", "BHD", "KRW", "ISK", "UGX", "MGA", "MRU", "IQD", "CLP", "HUF",
    "XOF",
];

/// Amounts outside the limits, and amounts that Stripe cannot represent: in
/// KWD, fractions of 0.010.
const OUTSIDE_LIMITS: &[(&str, &str)] = &[
    ("0.49 USD", BELOW_MINIMUM),
    ("0.4 USD", BELOW_MINIMUM),
    ("0.01 USD", BELOW_MINIMUM),
    ("5000.01 USD", ABOVE_MAXIMUM),
    ("5001 USD", ABOVE_MAXIMUM),
    ("9999999999.99 USD", ABOVE_MAXIMUM),
    ("0.45 CHF", BELOW_MINIMUM),
    ("0.01 CHF", BELOW_MINIMUM),
    ("1000000.00 CHF", ABOVE_MAXIMUM),
    ("49 JPY", BELOW_MINIMUM),
    ("1 JPY", BELOW_MINIMUM),
    ("100000000 JPY", ABOVE_MAXIMUM),
    ("999999999999 JPY", ABOVE_MAXIMUM),
    ("0.001 KWD", BELOW_MINIMUM),
    ("0.009 KWD", BELOW_MINIMUM),
    ("0.011 KWD", NOT_CHARGEABLE),
    ("1.234 KWD", NOT_CHARGEABLE),
    ("99999.989 KWD", NOT_CHARGEABLE),
    ("99999.999 KWD", ABOVE_MAXIMUM),
    ("100000 KWD", ABOVE_MAXIMUM),
    ("0.49 EUR", BELOW_MINIMUM),
    ("1000000.00 EUR", ABOVE_MAXIMUM),
];

/// A field for an amount: the method, the field's name, and the message around the amount.
struct Place(&'static str, &'static str, fn(Option<v1::Money>) -> Vec<u8>);

/// Every field that takes an amount.
const PLACES: [Place; 5] = [
    Place("Authorize", "amount", |amount| {
        encoded(&v1::AuthorizeRequest { amount, ..order(&next(), "1.00 USD") })
    }),
    Place("Authorize", "expected_total", |expected_total| {
        encoded(&v1::AuthorizeRequest { expected_total, ..order(&next(), "1.00 USD") })
    }),
    Place("CheckPolicy", "amount", |amount| {
        let payment = Some(v1::AuthorizeRequest { amount, ..order(&next(), "1.00 USD") });
        encoded(&v1::CheckPolicyRequest { payment, ..Default::default() })
    }),
    Place("Capture", "amount", |amount| {
        encoded(&v1::CaptureRequest {
            request_id: next(),
            payment_id: PAYMENT.to_owned(),
            amount,
            ..Default::default()
        })
    }),
    Place("Refund", "amount", |amount| {
        let (request_id, payment_id) = (next(), PAYMENT.to_owned());
        encoded(&v1::RefundRequest { request_id, payment_id, amount, ..Default::default() })
    }),
];

fn encoded(message: &impl prost::Message) -> Vec<u8> {
    message.encode_to_vec()
}

impl Place {
    fn case(&self, amount: &str, currency: &str, verdict: &'static str) -> Case {
        let Place(method, name, message) = self;
        let money = v1::Money { amount: amount.to_owned(), currency: currency.to_owned() };
        let label = format!("{name} {amount:?} {currency:?}");
        Case::of_bytes(method, label, message(Some(money)), verdict)
            .non_repeatable(amount)
            .non_repeatable(currency)
    }

    /// Every malformed amount and currency.
    fn malformed(&self) -> Vec<Case> {
        let (ones, nines, zeros) = ("1".repeat(50), "9".repeat(1000), "0".repeat(5000));
        let long = [ones.as_str(), &nines, &zeros];
        let amounts = NOT_AMOUNTS.iter().copied().chain(long).map(|amount| (amount, "USD"));
        let precise = TOO_PRECISE.iter().map(|money| money.split_once(' ').unwrap());
        let amounts = amounts
            .chain(precise)
            .map(|(amount, currency)| self.case(amount, currency, MALFORMED).field(self.1));
        let long = "U".repeat(300);
        let codes = NOT_CODES.iter().copied().chain([long.as_str()]);
        let codes =
            codes.map(|code| self.case("5.00", code, MALFORMED).field(format!("{}.currency", self.1)));
        amounts.chain(codes).collect()
    }
}

/// Currencies without an amount.
fn currencies() -> Vec<Case> {
    let tokenize = |code: &str, verdict| {
        let message = v1::TokenizeRequest {
            currency: code.to_owned(),
            payment_system: String::new(),
            ..store_card_request(&next(), "c-1", "pm_card_visa")
        };
        Case::new("Tokenize", format!("currency {code:?}"), &message, verdict).non_repeatable(code)
    };
    let options = |code: &str, verdict| {
        let message = v1::ListPaymentOptionsRequest { currency: code.to_owned(), ..Default::default() };
        Case::new("ListPaymentOptions", format!("currency {code:?}"), &message, verdict).non_repeatable(code)
    };
    let mut cases = vec![];
    for code in NOT_CODES.iter().filter(|code| !code.is_empty()) {
        cases.extend([
            tokenize(code, MALFORMED).field("currency"),
            options(code, MALFORMED).field("currency"),
        ]);
    }
    for code in UNKNOWN_CODES {
        cases.extend([tokenize(code, UNKNOWN), options(code, UNKNOWN)]);
    }
    cases.extend(UNASSIGNED_CODES.iter().map(|code| tokenize(code, UNASSIGNED)));
    cases
}

/// Well-formed amounts that break a policy rule.
fn against_the_rules() -> Vec<Case> {
    let pays = |label: String, message: &v1::AuthorizeRequest, verdict| {
        Case::new("Authorize", label, message, verdict)
    };
    let mut cases = vec![];
    for (amount, verdict) in OUTSIDE_LIMITS {
        cases.push(pays((*amount).to_owned(), &order(&next(), amount), verdict));
    }
    for code in UNASSIGNED_CODES {
        cases.push(pays(format!("unassigned {code}"), &order(&next(), &format!("5 {code}")), UNASSIGNED));
    }
    for place in PLACES.iter().filter(|place| place.0 != "CheckPolicy") {
        cases.extend(UNKNOWN_CODES.iter().map(|code| place.case("5", code, UNKNOWN)));
    }
    for total in
        ["1.01 USD", "0.99 USD", "100.00 USD", "1.00 EUR", "1 JPY", "1.00 CHF", "1.000 KWD", "1.00 GBP"]
    {
        let message =
            v1::AuthorizeRequest { expected_total: Some(money(total)), ..order(&next(), "1.00 USD") };
        cases.push(pays(format!("a total of {total}"), &message, NOT_EXPECTED));
    }
    for (system, amount) in [("second", "1.00 USD"), ("main", "1.00 EUR"), ("second", "500 JPY")] {
        let message = v1::AuthorizeRequest { payment_system: system.to_owned(), ..order(&next(), amount) };
        cases.push(pays(format!("{amount} through {system}"), &message, UNASSIGNED));
    }
    cases
}

/// Unusual amounts that are valid.
fn good() -> Vec<Case> {
    let amounts = ["0.50 USD", "5000.00 USD", "00012.5 USD", "0.46 CHF", "50 JPY", "0.010 KWD"];
    let pays = |(number, amount): (usize, &&str)| {
        Case::new("Authorize", *amount, &order(&format!("good-{number}"), amount), ACCEPTED)
    };
    amounts.iter().enumerate().map(pays).collect()
}

#[tokio::test]
async fn inexact_amounts_are_refused() {
    let stage = Stage::open().await;
    let mut refused: Vec<_> = PLACES.iter().flat_map(Place::malformed).collect();
    for Place(method, name, message) in [&PLACES[0], &PLACES[2]] {
        refused.push(Case::of_bytes(method, "no amount", message(None), MALFORMED).field(*name));
    }
    refused.extend(currencies());
    refused.extend(against_the_rules());
    play_class("amounts and currencies", &stage, refused, good(), (1170, 6)).await;
}
