//! The card of a new PaymentMethod or token: the token of a card, or a raw card number, which
//! Stripe refuses by default.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::bank::cards::{self, Bank, TestBehaviour};
use crate::bank::decline::Decline;
use crate::bank::number::{CardNumber, last4};
use crate::endpoints::Rules;
use crate::endpoints::payment_methods::new::below;
use crate::error::{Answer, StripeError};
use crate::form::Form;
use crate::objects::card::{Card, Expiry, fingerprint};
use crate::settings::RawCards;

/// The parameters that contain a card number.
const NUMBERS: &[&str] = &["card[number]", "payment_method_data[card][number]", "source[number]"];

/// The source of a card in a call.
#[derive(Debug)]
pub(crate) enum CardSource {
    /// A card that was read from the number.
    Card(Card),
    /// The id of a card token, not yet spent.
    Token(String),
}

/// The greatest number of years until a card expires.
const LONGEST: i16 = 50;

/// Refuses raw card numbers, as Stripe does for every account without access to the raw card data APIs.
pub(crate) fn refuse_numbers(form: &Form, raw_cards: RawCards) -> Answer<()> {
    if raw_cards != RawCards::Refused || NUMBERS.iter().all(|name| form.last(name).is_none()) {
        return Ok(());
    }
    Err(StripeError::invalid(
        "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test \
         tokens that map to the test card you are using, see https://stripe.com/docs/testing. To enable \
         testing raw card data APIs, see \
         https://support.stripe.com/questions/enabling-access-to-raw-card-data-apis.",
    )
    .status(402))
}

/// Reads the card below the parameter `at`, or at the top level if `at` is empty.
pub(crate) fn read_card(form: &Form, at: &str, rules: Rules<'_>) -> Answer<CardSource> {
    let Some(token) = form.text(&below(at, "card[token]"))? else {
        return read_raw(form, at, rules).map(CardSource::Card);
    };
    if form.last(&below(at, "card[number]")).is_some() {
        return Err(StripeError::invalid("You may only specify one of these parameters: token, number.")
            .code("parameters_exclusive"));
    }
    Ok(CardSource::Token(token.to_owned()))
}

/// Reads a card from the number, the expiry date and the security code.
pub(crate) fn read_raw(form: &Form, at: &str, rules: Rules<'_>) -> Answer<Card> {
    let number = form.required(&below(at, "card[number]"))?;
    for name in ["card[exp_month]", "card[exp_year]"] {
        form.required(&below(at, name))?;
    }
    let number = CardNumber::parse(number)?;
    let expires = read_expiry(form, at, rules.now)?.after(Expiry::default())?;
    let has_cvc = read_cvc(form, &below(at, "card[cvc]"), number.brand())?;
    let card = match cards::by_number(number.digits()) {
        Some(card) => card.issued(rules.account),
        None => unknown(&number, rules),
    };
    Ok(Card { expires, has_cvc, ..card }.with_its_checks())
}

/// A card that is not a test card: declined, unless the account accepts any number.
fn unknown(number: &CardNumber, rules: Rules<'_>) -> Card {
    let bank = match rules.raw_cards {
        RawCards::AnyNumber => Bank::Approves,
        RawCards::TestNumbers | RawCards::Refused => Bank::Declines(Decline::TestModeLiveCard),
    };
    Card {
        brand: number.brand(),
        last4: last4(number.digits()).to_owned(),
        funding: "credit",
        country: "US",
        expires: Expiry::default(),
        fingerprint: fingerprint(rules.account, number.digits()),
        has_cvc: true,
        bank,
        habit: TestBehaviour::Plain,
    }
}

/// The expiry date in a call; month and year are both optional.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpiryChange {
    month: Option<i64>,
    year: Option<i64>,
    today: Date,
}

/// Reads the expiry date in a call.
pub(crate) fn read_expiry(form: &Form, at: &str, now: Timestamp) -> Answer<ExpiryChange> {
    Ok(ExpiryChange {
        month: form.moment(&below(at, "card[exp_month]"))?,
        year: form.moment(&below(at, "card[exp_year]"))?,
        today: now.to_zoned(TimeZone::UTC).date(),
    })
}

impl ExpiryChange {
    /// The expiry date after a change. A missing part stays as before; the date is checked only if the
    /// call has a part.
    pub(crate) fn after(self, before: Expiry) -> Answer<Expiry> {
        if self.month.is_none() && self.year.is_none() {
            return Ok(before);
        }
        let month = self.month.map_or(Ok(before.month), i8::try_from).ok();
        let month = month.filter(|month| (1..=12).contains(month)).ok_or_else(|| wrong_expiry("month"))?;
        let year = self.year.map_or(Ok(before.year), i16::try_from).ok().map(in_full);
        let this = self.today.year();
        let possible = this..=this.saturating_add(LONGEST);
        let year = year.filter(|year| possible.contains(year)).ok_or_else(|| wrong_expiry("year"))?;
        if year == this && month < self.today.month() {
            return Err(wrong_expiry("month"));
        }
        Ok(Expiry { month, year })
    }
}

/// The year in full, for a year of two or four digits.
fn in_full(year: i16) -> i16 {
    if (0..100).contains(&year) { year.saturating_add(2000) } else { year }
}

fn wrong_expiry(word: &str) -> StripeError {
    let message = format!("Your card's expiration {word} is invalid.");
    StripeError::card(message).code(&format!("invalid_expiry_{word}")).param(format!("exp_{word}"))
}

/// Reads whether a valid security code is present, and discards the code.
fn read_cvc(form: &Form, name: &str, brand: &str) -> Answer<bool> {
    let Some(code) = form.text(name)? else {
        return Ok(false);
    };
    let lengths = match brand {
        "amex" | "unknown" => 3..=4,
        _ => 3..=3,
    };
    if lengths.contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(true);
    }
    Err(StripeError::card("Your card's security code is invalid.").code("invalid_cvc").param("cvc"))
}

impl Card {
    /// The card after the check of the security code: a missing code cannot be wrong, so the bank approves.
    fn with_its_checks(mut self) -> Self {
        if !self.has_cvc && self.bank == Bank::Declines(Decline::IncorrectCvc) {
            self.bank = Bank::Approves;
        }
        self
    }
}
