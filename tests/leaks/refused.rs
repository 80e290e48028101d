//! Refusals and declines of every kind: by the bank, by Stripe, by the operator's rules, by the
//! adapter's access check.

use causeway::v1;

use super::{
    canary::{Card, Deck},
    requests::{pay, pay_and_store_card, tokenize},
    test_bed::{TestBed, with_long_deadline},
};
use crate::stage::billing::money;

/// Stripe's test numbers that the bank declines.
const DECLINED: [&str; 8] = [
    "4000000000000002",
    "4000000000009995",
    "4000000000009987",
    "4000000000009979",
    "4000000000000069",
    "4000000000000127",
    "4000000000000119",
    "4000000000006975",
];
/// A test number that needs the payer's authentication.
const AUTHENTICATION_REQUIRED: &str = "4000002760003184";

/// The test numbers, each with a unique security code.
pub(super) fn test_numbers() -> Vec<Card> {
    let codes = ["603", "604", "605", "606", "607", "608", "609", "601", "602"];
    let numbers = DECLINED.iter().chain([&AUTHENTICATION_REQUIRED]);
    numbers.zip(codes).map(|(number, code)| Card::of_test_number(number, code)).collect()
}

/// The bank declines test numbers and, where no other number is taken, canaries.
pub(super) async fn by_the_bank(test_bed: &TestBed, canaries: &[Card]) {
    for card in test_numbers() {
        let id = |how: &str| format!("{how}-{}", &card.number[8..]);
        let expected = if card.number == AUTHENTICATION_REQUIRED { "ACTION_REQUIRED" } else { "DECLINED" };
        assert_eq!(test_bed.authorize(pay(&id("pay"), "15.00 USD", &card)).await, expected, "{}", card.name);
        assert_eq!(
            test_bed.authorize(pay_and_store_card(&id("keep"), "15.00 EUR", &card)).await,
            expected,
            "{}",
            card.name
        );
        assert_eq!(test_bed.tokenize(tokenize(&id("make"), "full", &card)).await, expected, "{}", card.name);
    }
    for (place, card) in canaries.iter().enumerate() {
        let id = format!("declined-{place}");
        let answer = match place % 3 {
            0 => test_bed.authorize(pay(&id, "15.00 CAD", card)).await,
            1 => test_bed.authorize(pay_and_store_card(&id, "15.00 CAD", card)).await,
            _ => test_bed.tokenize(tokenize(&id, "declining", card)).await,
        };
        assert_eq!(answer, "DECLINED", "{}", card.name);
    }
}

/// Stripe takes no card numbers from the account, or does not know the account's key.
pub(super) async fn by_stripe(test_bed: &TestBed, deck: &mut Deck) {
    for place in 0..3 {
        let (one, other, third) = (deck.one(), deck.one(), deck.one());
        let id = |label: &str| format!("{label}-{place}");
        let answer = [
            test_bed.authorize(pay(&id("raw"), "15.00 GBP", &one)).await,
            test_bed.tokenize(tokenize(&id("raw-token"), "refusing", &other)).await,
            test_bed.authorize(pay(&id("key"), "15.00 NZD", &third)).await,
        ];
        let [raw, token, key] = answer.each_ref().map(String::as_str);
        assert_eq!([raw, token], ["RAW_CARDS_NOT_ENABLED"; 2]);
        // The first request shows that Stripe refuses the key; for a while later requests are
        // refused without a call.
        let later = place > 0 && key == "STRIPE_KEY_REFUSED";
        assert!(key == "DECLINED" || later, "{key}");
    }
}

/// A payment or a card that breaks a rule.
enum Breach {
    Payment(Box<v1::AuthorizeRequest>),
    Card(Box<v1::TokenizeRequest>),
}

/// Every rule that a request with a card number can break, with the expected answer.
fn breaches(deck: &mut Deck) -> Vec<(Breach, &'static str)> {
    let payment = |order| Breach::Payment(Box::new(order));
    let stored = |order| Breach::Card(Box::new(order));
    let visa = |deck: &mut Deck| deck.one_of(|card| card.brand == "visa");
    let mut without_code = visa(deck);
    without_code.cvc.clear();
    let mut expired = deck.one();
    (expired.month, expired.year) = (1, 2024);
    let mut nameless = pay_and_store_card("email-1", "15.00 EUR", &deck.one());
    nameless.customer.as_mut().unwrap().email.clear();
    let mut no_email = tokenize("email-2", "token", &deck.one());
    no_email.customer.as_mut().unwrap().email = "nobody".to_owned();
    let american = deck.one_of(|card| card.brand == "amex");
    let chinese = deck.one_of(|card| card.brand == "unionpay");
    vec![
        (payment(pay("brand-1", "15.00 CHF", &american)), "CARD_BRAND_REFUSED"),
        (stored(tokenize("brand-2", "strict", &chinese)), "CARD_BRAND_REFUSED"),
        (payment(pay("code-1", "15.00 CHF", &without_code)), "CVC_REQUIRED"),
        (
            payment(v1::AuthorizeRequest { off_session: true, ..pay("code-2", "15.00 CHF", &visa(deck)) }),
            "CVC_REQUIRED",
        ),
        (payment(pay("mode", "15.00 EUR", &deck.one())), "CARD_DATA_MODE"),
        (payment(pay("least", "4.99 USD", &deck.one())), "AMOUNT_BELOW_MINIMUM"),
        (payment(pay_and_store_card("most", "900.01 EUR", &deck.one())), "AMOUNT_ABOVE_MAXIMUM"),
        (
            payment(v1::AuthorizeRequest {
                expected_total: Some(money("15.01 USD")),
                ..pay("total", "15.00 USD", &deck.one())
            }),
            "AMOUNT_NOT_EXPECTED",
        ),
        (payment(pay("currency-1", "15.00 DKK", &deck.one())), "CURRENCY_UNASSIGNED"),
        (payment(pay("currency-2", "15.00 XXY", &deck.one())), "CURRENCY_UNKNOWN"),
        (payment(pay("idle", "15.00 SEK", &deck.one())), "PAYMENT_SYSTEM_INACTIVE"),
        (stored(tokenize("nobody", "no-such-system", &deck.one())), "PAYMENT_SYSTEM_UNKNOWN"),
        (stored(tokenize("unnamed", "", &deck.one())), "PAYMENT_SYSTEM_UNNAMED"),
        (payment(pay("expired-1", "15.00 USD", &expired)), "CARD_EXPIRED"),
        (stored(tokenize("expired-2", "full", &expired)), "CARD_EXPIRED"),
        (payment(nameless), "EMAIL_REQUIRED"),
        (stored(no_email), "EMAIL_REQUIRED"),
        (
            payment(v1::AuthorizeRequest {
                statement_descriptor_suffix: "<no>".to_owned(),
                ..pay("texts", "15.00 USD", &deck.one())
            }),
            "TEXTS_BEYOND_LIMITS",
        ),
    ]
}

/// The operator's rules refuse, each in a payment and in a policy check.
pub(super) async fn by_the_rules(test_bed: &TestBed, deck: &mut Deck) {
    let mut client = test_bed.client();
    for (breach, reason) in breaches(deck) {
        let answer = match breach {
            Breach::Card(order) => test_bed.tokenize(*order).await,
            Breach::Payment(order) => {
                let check =
                    v1::CheckPolicyRequest { operation: String::new(), payment: Some(*order.clone()) };
                let checked = client.check_policy(with_long_deadline(check)).await;
                test_bed.received.record(checked, |checked| format!("CHECKED {}", checked.admitted));
                test_bed.authorize(*order).await
            }
        };
        assert_eq!(answer, reason);
    }
}

/// The adapter refuses unknown callers, and callers without the right.
pub(super) async fn by_the_adapter(test_bed: &TestBed, deck: &mut Deck) {
    for (token, reason) in
        [(&test_bed.keys.stranger, "CALLER_UNKNOWN"), (&test_bed.keys.desk, "RIGHT_MISSING")]
    {
        let mut client = test_bed.client_with(token).await;
        let (one, other) = (deck.one(), deck.one());
        let paid = client.authorize(with_long_deadline(pay("guard-1", "15.00 USD", &one))).await;
        assert_eq!(test_bed.received.authorized("guard-1", paid), reason);
        let stored = client.tokenize(with_long_deadline(tokenize("guard-2", "full", &other))).await;
        assert_eq!(test_bed.received.tokenized("guard-2", stored), reason);
    }
}
