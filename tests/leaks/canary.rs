//! Canaries: cards and keys that exist nowhere else, so that each find is a leak.

use std::collections::VecDeque;

use base64::{Engine, engine::general_purpose::STANDARD};
use causeway::{card::CardNumber, v1};

/// First digits, length and brand of the generated numbers. No test number of Stripe's
/// starts with these digits.
const KINDS: &[(&str, usize, &str)] = &[
    ("47", 16, "visa"),
    ("53", 16, "mastercard"),
    ("371", 15, "amex"),
    ("645", 16, "discover"),
    ("36", 14, "diners"),
    ("357", 16, "jcb"),
    ("622", 16, "unionpay"),
    ("48", 19, "visa"),
    ("2421", 16, "mastercard"),
    ("625", 19, "unionpay"),
    ("49", 16, "visa"),
    ("389", 16, "diners"),
];

/// A card that the leak test searches for.
#[derive(Clone)]
pub(crate) struct Card {
    /// The name of the card in a report.
    pub(crate) name: String,
    pub(crate) brand: &'static str,
    pub(crate) number: String,
    pub(crate) cvc: String,
    pub(crate) month: i32,
    pub(crate) year: i32,
}

impl Card {
    /// One of Stripe's test numbers, which determine the outcome.
    pub(crate) fn of_test_number(number: &str, cvc: &str) -> Card {
        let name = format!("the test number {number}");
        let (number, cvc) = (number.to_owned(), cvc.to_owned());
        Card { name, brand: "visa", number, cvc, month: 12, year: 2041 }
    }

    pub(crate) fn wire(&self) -> v1::CardData {
        v1::CardData {
            number: self.number.clone(),
            exp_month: self.month,
            exp_year: self.year,
            cvc: self.cvc.clone(),
            holder_name: "Ann Example".to_owned(),
        }
    }

    pub(crate) fn last4(&self) -> &str {
        &self.number[self.number.len() - 4..]
    }

    /// The digits in groups, as printed on the card.
    pub(crate) fn grouped(&self, between: &str) -> String {
        grouped(&self.number, between)
    }
}

/// Digits in groups, as cards of this length are printed.
pub(crate) fn grouped(digits: &str, between: &str) -> String {
    let sizes = match digits.len() {
        15 => [4, 6, 5, 0],
        14 => [4, 6, 4, 0],
        _ => [4, 4, 4, 7],
    };
    let mut groups = vec![];
    let mut rest = digits;
    for size in sizes {
        let (group, behind) = rest.split_at(size.min(rest.len()));
        groups.push(group);
        rest = behind;
    }
    groups.retain(|group| !group.is_empty());
    groups.join(between)
}

/// A stock of cards; each card is dealt once.
pub(crate) struct Deck {
    left: VecDeque<Card>,
    /// All cards, dealt or not.
    pub(crate) all: Vec<Card>,
}

impl Deck {
    /// The same seed makes the same cards.
    pub(crate) fn of(seed: u64, count: usize) -> Deck {
        let mut rng = SeededRng(seed);
        let mut all: Vec<Card> = vec![];
        while all.len() < count {
            let card = draw(&mut rng, all.len());
            // A finding has to identify one card, so last digits and codes are unique.
            let known = |other: &Card| other.last4() == card.last4() || other.cvc == card.cvc;
            if !all.iter().any(known) {
                all.push(card);
            }
        }
        Deck { left: all.iter().cloned().collect(), all }
    }

    pub(crate) fn deal(&mut self, count: usize) -> Vec<Card> {
        self.left.drain(..count).collect()
    }

    pub(crate) fn one(&mut self) -> Card {
        self.left.pop_front().expect("a card is left")
    }

    pub(crate) fn one_of(&mut self, fits: impl Fn(&Card) -> bool) -> Card {
        let place = self.left.iter().position(fits).expect("such a card is left");
        self.left.remove(place).unwrap()
    }

    pub(crate) fn left(&self) -> usize {
        self.left.len()
    }
}

fn draw(rng: &mut SeededRng, place: usize) -> Card {
    let (start, length, brand) = KINDS[place % KINDS.len()];
    let mut number = start.to_owned();
    while number.len() < length - 1 {
        number.push(rng.digit());
    }
    let check = ('0'..='9').find(|check| CardNumber::parse(&format!("{number}{check}")).is_ok());
    number.push(check.expect("one of ten digits is the check digit"));
    // Not a year and not an HTTP status code, because every log holds such numbers.
    let cvc = if brand == "amex" { 5000 + rng.below(5000) } else { 610 + rng.below(390) };
    Card {
        name: format!("card {place} ({brand})"),
        brand,
        number,
        cvc: cvc.to_string(),
        month: i32::try_from(1 + rng.below(12)).unwrap(),
        year: i32::try_from(2036 + rng.below(9)).unwrap(),
    }
}

/// SplitMix64, seeded for repeatable cards.
pub(crate) struct SeededRng(pub(crate) u64);

impl SeededRng {
    fn next_random(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next_random() % end
    }

    fn digit(&mut self) -> char {
        char::from(b'0' + u8::try_from(self.below(10)).unwrap())
    }

    /// Random letters and digits, impossible to guess.
    fn word(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let end = u64::try_from(LETTERS.len()).unwrap();
        (0..length).map(|_| char::from(LETTERS[usize::try_from(self.below(end)).unwrap()])).collect()
    }

    fn base64(&mut self, bytes: usize) -> String {
        let bytes: Vec<u8> = (0..bytes).map(|_| u8::try_from(self.below(256)).unwrap()).collect();
        STANDARD.encode(bytes)
    }
}

/// The keys that stand in the settings files, and nowhere else.
pub(crate) struct Keys {
    /// Secret keys of the payment systems, in their order.
    pub(crate) stripe: Vec<String>,
    pub(crate) link: String,
    pub(crate) fingerprint: String,
    pub(crate) billing: String,
    pub(crate) desk: String,
    /// The token of a caller that the adapter does not know.
    pub(crate) stranger: String,
    /// The secret of Stripe's webhook signatures.
    pub(crate) webhook: String,
    /// The secret of the adapter's event signatures.
    pub(crate) events: String,
}

impl Keys {
    pub(crate) fn of(seed: u64, systems: usize) -> Keys {
        let mut rng = SeededRng(seed);
        Keys {
            stripe: (0..systems).map(|_| format!("sk_test_{}", rng.word(40))).collect(),
            link: rng.base64(32),
            fingerprint: rng.base64(32),
            billing: rng.word(40),
            desk: rng.word(40),
            stranger: rng.word(40),
            webhook: format!("whsec_{}", rng.word(32)),
            events: format!("whsec_{}", rng.base64(32)),
        }
    }

    /// Each key with a name.
    pub(crate) fn all(&self) -> Vec<(String, &str)> {
        let stripe = self.stripe.iter().enumerate();
        let stripe = stripe.map(|(place, key)| (format!("Stripe key {place}"), key.as_str()));
        let others = [
            ("link secret", &self.link),
            ("fingerprint key", &self.fingerprint),
            ("token of billing", &self.billing),
            ("token of the desk", &self.desk),
            ("token of a stranger", &self.stranger),
            ("webhook secret", &self.webhook),
            ("secret of posted events", &self.events),
        ];
        stripe.chain(others.map(|(name, key)| (name.to_owned(), key.as_str()))).collect()
    }
}
