//! The card of a new PaymentMethod or token: the token of a card, or a raw card number, which
//! Stripe refuses by default.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::bank::cards::{self, Bank, TestBehaviour};
use crate::bank::decline::Decline;
use crate::bank::number::{CardNumber, last4};
use crate::endpoints::CallSettings;
use crate::endpoints::payment_methods::new::nested_name;
use crate::error::{StripeError, StripeResult};
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
const MAX_YEARS: i16 = 50;

/// Refuses raw card numbers, as Stripe does for every account without access to the raw card data APIs.
pub(crate) fn refuse_numbers(form: &Form, raw_cards: RawCards) -> StripeResult<()> {
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
pub(crate) fn read_card(form: &Form, at: &str, settings: CallSettings<'_>) -> StripeResult<CardSource> {
    let Some(token) = form.text(&nested_name(at, "card[token]"))? else {
        return read_raw(form, at, settings).map(CardSource::Card);
    };
    if form.last(&nested_name(at, "card[number]")).is_some() {
        return Err(StripeError::invalid("You may only specify one of these parameters: token, number.")
            .code("parameters_exclusive"));
    }
    Ok(CardSource::Token(token.to_owned()))
}

/// Reads a card from the number, the expiry date and the security code.
pub(crate) fn read_raw(form: &Form, at: &str, settings: CallSettings<'_>) -> StripeResult<Card> {
    let number = form.required(&nested_name(at, "card[number]"))?;
    for name in ["card[exp_month]", "card[exp_year]"] {
        form.required(&nested_name(at, name))?;
    }
    let number = CardNumber::parse(number)?;
    let expires = read_expiry(form, at, settings.now)?.after(Expiry::default())?;
    let has_cvc = read_cvc(form, &nested_name(at, "card[cvc]"), number.brand())?;
    let card = match cards::by_number(number.digits()) {
        Some(card) => card.issued(settings.account),
        None => unknown(&number, settings),
    };
    Ok(Card { expires, has_cvc, ..card }.with_cvc_check())
}

/// A card that is not a test card: declined, unless the account accepts any number.
fn unknown(number: &CardNumber, settings: CallSettings<'_>) -> Card {
    let bank = match settings.raw_cards {
        RawCards::AnyNumber => Bank::Approves,
        RawCards::TestNumbers | RawCards::Refused => Bank::Declines(Decline::TestModeLiveCard),
    };
    Card {
        brand: number.brand(),
        last4: last4(number.digits()).to_owned(),
        funding: "credit",
        country: "US",
        expires: Expiry::default(),
        fingerprint: fingerprint(settings.account, number.digits()),
        has_cvc: true,
        bank,
        behaviour: TestBehaviour::Plain,
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
pub(crate) fn read_expiry(form: &Form, at: &str, now: Timestamp) -> StripeResult<ExpiryChange> {
    Ok(ExpiryChange {
        month: form.integer(&nested_name(at, "card[exp_month]"))?,
        year: form.integer(&nested_name(at, "card[exp_year]"))?,
        today: now.to_zoned(TimeZone::UTC).date(),
    })
}

impl ExpiryChange {
    /// The expiry date after a change. A missing part stays as before; the date is checked only if the
    /// call has a part.
    pub(crate) fn after(self, before: Expiry) -> StripeResult<Expiry> {
        if self.month.is_none() && self.year.is_none() {
            return Ok(before);
        }
        let month = self.month.map_or(Ok(before.month), i8::try_from).ok();
        let month = month.filter(|month| (1..=12).contains(month)).ok_or_else(|| invalid_expiry("month"))?;
        let year = self.year.map_or(Ok(before.year), i16::try_from).ok().map(four_digit_year);
        let current_year = self.today.year();
        let allowed_years = current_year..=current_year.saturating_add(MAX_YEARS);
        let year = year.filter(|year| allowed_years.contains(year)).ok_or_else(|| invalid_expiry("year"))?;
        if year == current_year && month < self.today.month() {
            return Err(invalid_expiry("month"));
        }
        Ok(Expiry { month, year })
    }
}

/// The year in full, for a year of two or four digits.
fn four_digit_year(year: i16) -> i16 {
    if (0..100).contains(&year) { year.saturating_add(2000) } else { year }
}

fn invalid_expiry(part: &str) -> StripeError {
    let message = format!("Your card's expiration {part} is invalid.");
    StripeError::card(message).code(&format!("invalid_expiry_{part}")).param(format!("exp_{part}"))
}

/// Reads whether a valid security code is present, and discards the code.
fn read_cvc(form: &Form, name: &str, brand: &str) -> StripeResult<bool> {
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
    fn with_cvc_check(mut self) -> Self {
        if !self.has_cvc && self.bank == Bank::Declines(Decline::IncorrectCvc) {
            self.bank = Bank::Approves;
        }
        self
    }
}
