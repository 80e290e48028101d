//! What is judged: an order, as far as it is known at the moment.

use causeway::{
    card::{Brand, Expiry},
    money::Money,
    order::{
        AskedCurrency, Authorize, Instrument, Reuse, Tokenize, authorize::CaptureMode, customer::EmailGiven,
    },
    refusal::{Refusal, Violation},
};

use jiff::Timestamp;

use super::route::{self, Route};
use crate::{
    change::Versioned,
    customer::{Customer, StoredCard},
    observation::MethodSnapshot,
    payment::Payment,
    tenant::{Assignment, MethodType, PaymentSystem, Tenant},
};

/// An order and what is known around it.
pub struct Case<'a> {
    /// Whose order.
    pub tenant: &'a Tenant,
    /// The method that was called.
    pub operation: Judged,
    /// The payment system that would take it.
    pub system: Option<&'a PaymentSystem>,
    /// How that takes the currency.
    pub assignment: Option<&'a Assignment>,
    /// The currency that was asked for.
    pub currency: Option<AskedCurrency>,
    /// The amount, if it is a payment in a currency that exists.
    pub amount: Option<Money>,
    /// What the invoice says.
    pub expected_total: Option<Money>,
    /// When it is to be captured, if it says so.
    pub capture_mode: Option<CaptureMode>,
    /// What pays.
    pub paying: Paying,
    /// Its type and brand.
    pub method: Method,
    /// Until when the card is good whose number was given.
    pub expiry: Option<Expiry>,
    /// The moment.
    pub now: Timestamp,
    /// Whether nobody is there to act.
    pub off_session: bool,
    /// Whether the card is to be kept.
    pub keeps: bool,
    /// The customer's email, given now or before.
    pub email: EmailGiven,
    /// Texts that Stripe would not take.
    pub beyond_limits: &'a [Violation],
}

/// The operation that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// A payment.
    Authorize,
    /// A card that is to be stored.
    Tokenize,
    /// Another payment method for a payment that was admitted before.
    Confirm,
    /// Always refused.
    Void,
}

impl Judged {
    /// The name of the method.
    pub fn name(self) -> &'static str {
        match self {
            Judged::Authorize => "Authorize",
            Judged::Tokenize => "Tokenize",
            Judged::Confirm => "Confirm",
            Judged::Void => "Void",
        }
    }
}

/// What pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paying {
    /// A card number.
    Number {
        /// Whether its security code is with it.
        cvc: bool,
    },
    /// A PaymentMethod.
    Method,
    /// A card that is kept, and how it may be used.
    Kept(Reuse),
}

/// Type and brand of what pays. A brand is Stripe's word or the number's own, never the
/// caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Only the processor can tell.
    Unknown,
    /// A card, also in a wallet.
    Card {
        /// Which type it counts as.
        kind: MethodType,
        /// Its brand, in Stripe's words or the number's; none of ours may be.
        brand: String,
    },
    /// Anything else, by Stripe's name of its type.
    Other(String),
}

impl Method {
    /// What the first digits of a number tell.
    pub fn of_number(brand: Option<Brand>) -> Method {
        let brand = brand.map_or("unknown", Brand::as_str).to_owned();
        Method::Card { kind: MethodType::Card, brand }
    }

    /// Of a PaymentMethod, as the processor shows it.
    pub fn of_snapshot(method: &MethodSnapshot) -> Method {
        if method.kind != MethodType::Card.as_str() {
            return Method::Other(method.kind.clone());
        }
        // A wallet that we do not know is on no allowlist.
        let Some(kind) = MethodType::parse(&method.allowlisted_as) else {
            return Method::Other(method.allowlisted_as.clone());
        };
        let brand = method.card.as_ref().map(|card| card.brand.clone());
        Method::Card { kind, brand: brand.unwrap_or_else(|| "unknown".to_owned()) }
    }

    /// Of a card that is kept.
    pub fn of_kept(card: &StoredCard) -> Method {
        match MethodType::parse(&card.kind) {
            Some(kind) => Method::Card { kind, brand: card.card.brand.clone() },
            None => Method::Other(card.kind.clone()),
        }
    }
}

impl<'a> Case<'a> {
    /// Of an Authorize. `payer` is what the journal has of the customer, and the card of
    /// theirs that pays.
    pub fn of_authorize(
        tenant: &'a Tenant,
        operation: Judged,
        order: &'a Authorize,
        payer: (&[Versioned<Customer>], Option<(&Customer, &StoredCard)>),
        now: Timestamp,
    ) -> Result<Case<'a>, Refusal> {
        let (known, kept) = payer;
        let keeper = kept.map(|(customer, _)| customer.payment_system.as_str());
        let kept = kept.map(|(_, card)| card);
        let method = method(&order.instrument, kept);
        let currency = order.amount.currency();
        let named = order.payment_system.as_ref();
        let Route { system, assignment } = route::of(tenant, named, keeper, Some(&currency), &method)?;
        let is_payment = operation == Judged::Authorize;
        Ok(Case {
            tenant,
            operation,
            system,
            assignment,
            currency: Some(currency),
            amount: order.amount.money().filter(|_| is_payment),
            expected_total: order.expected_total,
            capture_mode: order.capture_mode,
            paying: paying(&order.instrument, kept),
            method,
            expiry: order.instrument.card().map(|card| card.expiry),
            now,
            off_session: order.off_session,
            keeps: order.store_card.is_some() && kept.is_none(),
            email: email(order.customer.as_ref().map(|customer| &customer.email), known),
            beyond_limits: &order.beyond_limits,
        })
    }

    /// Of a Tokenize.
    pub fn of_tokenize(
        tenant: &'a Tenant,
        order: &'a Tokenize,
        known: &[Versioned<Customer>],
        now: Timestamp,
    ) -> Result<Case<'a>, Refusal> {
        let method = method(&order.instrument, None);
        let named = order.payment_system.as_ref();
        let Route { system, assignment } = route::of(tenant, named, None, order.currency.as_ref(), &method)?;
        Ok(Case {
            tenant,
            operation: Judged::Tokenize,
            system,
            assignment,
            currency: order.currency.clone(),
            amount: None,
            expected_total: None,
            capture_mode: None,
            paying: paying(&order.instrument, None),
            method,
            expiry: order.instrument.card().map(|card| card.expiry),
            now,
            off_session: false,
            keeps: true,
            email: email(Some(&order.customer.email), known),
            beyond_limits: &[],
        })
    }

    /// Of another payment method for a payment that was admitted before.
    pub fn of_method(
        tenant: &'a Tenant,
        system: &'a PaymentSystem,
        payment: &Payment,
        method: Method,
        now: Timestamp,
    ) -> Case<'a> {
        Case {
            tenant,
            operation: Judged::Confirm,
            system: Some(system),
            assignment: None,
            currency: None,
            amount: Some(payment.order.amount),
            expected_total: None,
            capture_mode: Some(payment.capture_mode),
            paying: Paying::Method,
            method,
            expiry: None,
            now,
            off_session: false,
            keeps: false,
            email: EmailGiven::Nothing,
            beyond_limits: &[],
        }
    }

    /// With what the processor has told of the method.
    pub fn with(self, method: Method) -> Case<'a> {
        Case { method, ..self }
    }

    /// When it is captured: as it says, as the payment system says, or at once where the
    /// method cannot be held and the operator lets it.
    pub fn capture_mode(&self, system: &PaymentSystem) -> CaptureMode {
        use crate::tenant::WithoutHold;
        let asked = self.capture_mode.unwrap_or(system.capture_mode);
        let at_once = self.has_no_hold() && system.method_without_hold == WithoutHold::Capture;
        if at_once { CaptureMode::Automatic } else { asked }
    }

    /// Whether the method is known to have no holds.
    pub fn has_no_hold(&self) -> bool {
        match &self.method {
            Method::Other(kind) => MethodType::parse(kind).is_some_and(|kind| !kind.can_be_held()),
            Method::Unknown | Method::Card { .. } => false,
        }
    }
}

fn method(instrument: &Instrument, kept: Option<&StoredCard>) -> Method {
    match (instrument, kept) {
        (_, Some(card)) => Method::of_kept(card),
        (Instrument::Card(card), None) => Method::of_number(card.number.brand()),
        (Instrument::PaymentMethod(_) | Instrument::Token(_) | Instrument::Default, None) => Method::Unknown,
    }
}

fn paying(instrument: &Instrument, kept: Option<&StoredCard>) -> Paying {
    match (instrument, kept) {
        (_, Some(card)) => Paying::Kept(card.reuse),
        (Instrument::Card(card), None) => Paying::Number { cvc: card.cvc.is_some() },
        (Instrument::PaymentMethod(_) | Instrument::Token(_) | Instrument::Default, None) => Paying::Method,
    }
}

/// The email that was given now, or the one that was given before.
fn email(given: Option<&EmailGiven>, known: &[Versioned<Customer>]) -> EmailGiven {
    match given {
        Some(given @ (EmailGiven::Valid(_) | EmailGiven::Invalid)) => given.clone(),
        Some(EmailGiven::Nothing) | None => {
            let before = known.iter().find_map(|customer| customer.value.profile.email.clone());
            before.map_or(EmailGiven::Nothing, EmailGiven::Valid)
        }
    }
}
