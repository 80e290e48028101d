//! The plans of all payments, from the seed alone.

use causeway::v1::{self, AnswerMode, CaptureMode, CardReuse};

use crate::{
    config::{CURRENCIES, Scale, SeededRng, TENANTS},
    leaks::{self, canary::Deck},
};

/// The further course of an authorized payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// The amount stays on hold.
    Held,
    /// The billing platform sends a void, which is always refused.
    VoidRefused,
    Released,
    Captured,
    /// Captured, and then partly refunded.
    Refunded,
    /// Captured at once, with the authorization.
    CapturedAtOnce,
    /// The bank declines the payment.
    Declined,
    /// The payer passes the bank's check.
    Authenticated,
    /// The payer does not pass the check.
    Unauthenticated,
}

/// The plan of one payment.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) number: u64,
    pub(crate) tenant: usize,
    pub(crate) course: Course,
    /// Amount in the smallest unit of the currency.
    pub(crate) minor_units: u64,
    pub(crate) currency: &'static str,
    /// Index of the card for a payment by card number; `None` for a PaymentMethod.
    pub(crate) card: Option<usize>,
    pub(crate) keeps_card: bool,
    pub(crate) asynchronous: bool,
    /// The billing platform sends each request once, and does not wait for the outcome.
    pub(crate) impatient: bool,
    /// The billing platform looks the payment up after the first answer.
    pub(crate) looks_up: bool,
    /// Copies that are sent at the same time.
    pub(crate) at_once: u64,
    /// Copies that are sent once there is an answer.
    pub(crate) again: u64,
    /// Whether another request uses the same request id.
    pub(crate) changed: bool,
    pub(crate) rng: SeededRng,
}

/// The plans of all payments, in the order in which they begin.
pub(crate) fn all(scale: &Scale) -> Vec<Plan> {
    let mut courses = vec![];
    for (course, per_mille) in [
        (Course::Refunded, 200),
        (Course::Captured, 200),
        (Course::Released, 150),
        (Course::VoidRefused, 20),
        (Course::CapturedAtOnce, 100),
        (Course::Declined, 50),
        (Course::Authenticated, 20),
        (Course::Unauthenticated, 10),
    ] {
        let count = usize::try_from((scale.payments * per_mille).div_ceil(1000)).unwrap();
        courses.extend(std::iter::repeat_n(course, count));
    }
    courses.resize(usize::try_from(scale.payments).unwrap(), Course::Held);
    SeededRng::of(scale.seed, "lives", 0).shuffle(&mut courses);
    (0..).zip(courses).map(|(number, course)| plan(scale.seed, number, course)).collect()
}

fn plan(seed: u64, number: u64, course: Course) -> Plan {
    let mut rng = SeededRng::of(seed, "plan", number);
    let numbers_may_pay =
        !matches!(course, Course::Declined | Course::Authenticated | Course::Unauthenticated);
    let card = (rng.percent(32) && numbers_may_pay).then(|| rng.place(leaks::CARDS));
    Plan {
        number,
        tenant: rng.place(TENANTS),
        course,
        minor_units: 500 + rng.below(99_500),
        currency: CURRENCIES[rng.place(CURRENCIES.len())],
        card,
        keeps_card: numbers_may_pay && rng.percent(12),
        asynchronous: rng.percent(8),
        impatient: rng.percent(10),
        looks_up: rng.percent(30),
        at_once: if rng.percent(2) { 1 + rng.below(2) } else { 0 },
        again: if rng.percent(15) { 1 + rng.below(4) } else { 0 },
        changed: rng.percent(1),
        rng,
    }
}

/// An amount as the contract writes amounts.
pub(crate) fn money(minor_units: u64, currency: &str) -> v1::Money {
    let amount = if currency == "JPY" {
        minor_units.to_string()
    } else {
        format!("{}.{:02}", minor_units / 100, minor_units % 100)
    };
    v1::Money { amount, currency: currency.to_owned() }
}

impl Plan {
    /// The first message, Authorize.
    pub(crate) fn order(&self, deck: &Deck) -> v1::AuthorizeRequest {
        use v1::authorize_request::Instrument;
        let method = match self.course {
            Course::Declined => "pm_card_visa_chargeDeclined",
            Course::Authenticated | Course::Unauthenticated => "pm_card_threeDSecure2Required",
            Course::Held | Course::VoidRefused | Course::Released | Course::Captured => "pm_card_visa",
            Course::Refunded | Course::CapturedAtOnce => "pm_card_mastercard",
        };
        let instrument = match self.card {
            Some(place) => Instrument::Card(deck.all[place].wire()),
            None => Instrument::PaymentMethod(method.to_owned()),
        };
        let capture_mode =
            if self.course == Course::CapturedAtOnce { CaptureMode::Automatic } else { CaptureMode::Manual };
        let customer = self.keeps_card.then(|| v1::Customer {
            id: format!("customer-{}", self.number),
            email: format!("customer-{}@example.com", self.number),
            ..Default::default()
        });
        let store_card = if self.keeps_card { CardReuse::OnSession } else { CardReuse::Unspecified };
        v1::AuthorizeRequest {
            request_id: self.request("pay"),
            amount: Some(money(self.minor_units, self.currency)),
            capture_mode: capture_mode.into(),
            instrument: Some(instrument),
            billing_reference: format!("invoice-{}", self.number),
            metadata: [("chaos_request".to_owned(), self.request("pay"))].into(),
            return_url: "https://shop.example/back".to_owned(),
            customer,
            store_card: store_card.into(),
            answer_mode: self.answer_mode().into(),
            ..Default::default()
        }
    }

    pub(crate) fn answer_mode(&self) -> AnswerMode {
        if self.asynchronous { AnswerMode::Async } else { AnswerMode::Unspecified }
    }

    /// The id of one of the payment's requests.
    pub(crate) fn request(&self, name: &str) -> String {
        format!("{name}-{}", self.number)
    }
}
