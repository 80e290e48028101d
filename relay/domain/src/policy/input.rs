//! The input of the rules: an order, as far as the order is known at the moment.

use causeway::{
    card::{Brand, Expiry},
    money::PositiveMoney,
    refusal::{Refusal, Violation},
    request::{
        AskedCurrency, Authorize, Instrument, Reuse, Tokenize, authorize::CaptureMode, customer::EmailGiven,
    },
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

/// An order and the known data around the order.
pub struct PolicyInput<'a> {
    /// The tenant of the order.
    pub tenant: &'a Tenant,
    /// The method that was called.
    pub operation: JudgedOperation,
    /// The payment system that would take the order; `None` where no system takes the currency.
    pub system: Option<&'a PaymentSystem>,
    /// Assignment of the currency to that payment system.
    pub assignment: Option<&'a Assignment>,
    /// The requested currency, also one that does not exist.
    pub currency: Option<AskedCurrency>,
    /// The amount of a payment in an existing currency; otherwise `None`.
    pub amount: Option<PositiveMoney>,
    /// The total of the invoice, where billing sent one.
    pub expected_total: Option<PositiveMoney>,
    /// The requested capture mode, where the order names one.
    pub capture_mode: Option<CaptureMode>,
    /// The instrument: a card number, a PaymentMethod or a stored card.
    pub instrument: InstrumentKind,
    /// Type and brand of the instrument, as far as known.
    pub method: Method,
    /// Expiry of a card given by number.
    pub expiry: Option<Expiry>,
    /// The moment at which the rules are applied.
    pub now: Timestamp,
    /// Whether the payer is absent and cannot act.
    pub off_session: bool,
    /// Whether the card is to be stored.
    pub stores_card: bool,
    /// The customer's email, from this order or an earlier one.
    pub email: EmailGiven,
    /// Fields with text beyond Stripe's limits.
    pub beyond_limits: &'a [Violation],
}

/// The operation that the rules judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JudgedOperation {
    /// A new payment, with a hold or captured at once.
    Authorize,
    /// A card that is to be verified and stored.
    Tokenize,
    /// Another payment method for a payment that was admitted before.
    Confirm,
    /// A void, which the rules always refuse.
    Void,
}

impl JudgedOperation {
    /// The name of the contract's method.
    pub fn name(self) -> &'static str {
        match self {
            JudgedOperation::Authorize => "Authorize",
            JudgedOperation::Tokenize => "Tokenize",
            JudgedOperation::Confirm => "Confirm",
            JudgedOperation::Void => "Void",
        }
    }
}

/// The kind of the instrument that pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstrumentKind {
    /// A card given by number.
    Number {
        /// Whether the security code was given too.
        cvc: bool,
    },
    /// A PaymentMethod of the processor.
    Method,
    /// A stored card, with the reuse to which the payer agreed.
    Kept(Reuse),
}

/// Type and brand of the instrument. The brand comes from Stripe or from the digits of the number,
/// never from the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Unknown until the processor shows the PaymentMethod.
    Unknown,
    /// A card, plain or in a wallet.
    Card {
        /// The type that the allowlist has to contain: card, or the wallet.
        kind: MethodType,
        /// The brand as Stripe or the card number shows it. The brand may be unknown to the relay.
        brand: String,
    },
    /// Any other method, by Stripe's name of the type.
    Other(String),
}

impl Method {
    /// The method of a card number: the first digits determine the brand.
    pub fn of_number(brand: Option<Brand>) -> Method {
        let brand = brand.map_or("unknown", Brand::as_str).to_owned();
        Method::Card { kind: MethodType::Card, brand }
    }

    /// The method of a PaymentMethod, as the processor shows the object.
    pub fn of_snapshot(method: &MethodSnapshot) -> Method {
        if method.kind != MethodType::Card.as_str() {
            return Method::Other(method.kind.clone());
        }
        // A wallet that the relay does not know is on no allowlist.
        let Some(kind) = MethodType::parse(&method.allowlisted_as) else {
            return Method::Other(method.allowlisted_as.clone());
        };
        let brand = method.card.as_ref().map(|card| card.brand.clone());
        Method::Card { kind, brand: brand.unwrap_or_else(|| "unknown".to_owned()) }
    }

    /// The method of a stored card.
    pub fn of_kept(card: &StoredCard) -> Method {
        match MethodType::parse(&card.kind) {
            Some(kind) => Method::Card { kind, brand: card.card.brand.clone() },
            None => Method::Other(card.kind.clone()),
        }
    }
}

impl<'a> PolicyInput<'a> {
    /// The case of an Authorize. `payer` has the customer's records in the journal, and the stored card
    /// that pays with the owner of the card.
    pub fn of_authorize(
        tenant: &'a Tenant,
        operation: JudgedOperation,
        order: &'a Authorize,
        payer: (&[Versioned<Customer>], Option<(&Customer, &StoredCard)>),
        now: Timestamp,
    ) -> Result<PolicyInput<'a>, Refusal> {
        let (known, kept) = payer;
        let keeper = kept.map(|(customer, _)| customer.payment_system.as_str());
        let kept = kept.map(|(_, card)| card);
        let method = method(&order.instrument, kept);
        let currency = order.amount.currency();
        let named = order.payment_system.as_ref();
        let Route { system, assignment } = route::of(tenant, named, keeper, Some(&currency), &method)?;
        let is_payment = operation == JudgedOperation::Authorize;
        Ok(PolicyInput {
            tenant,
            operation,
            system,
            assignment,
            currency: Some(currency),
            amount: order.amount.money().filter(|_| is_payment),
            expected_total: order.expected_total,
            capture_mode: order.capture_mode,
            instrument: instrument(&order.instrument, kept),
            method,
            expiry: order.instrument.card().map(|card| card.expiry),
            now,
            off_session: order.off_session,
            stores_card: order.store_card.is_some() && kept.is_none(),
            email: email(order.customer.as_ref().map(|customer| &customer.email), known),
            beyond_limits: &order.beyond_limits,
        })
    }

    /// The case of a Tokenize.
    pub fn of_tokenize(
        tenant: &'a Tenant,
        order: &'a Tokenize,
        known: &[Versioned<Customer>],
        now: Timestamp,
    ) -> Result<PolicyInput<'a>, Refusal> {
        let method = method(&order.instrument, None);
        let named = order.payment_system.as_ref();
        let Route { system, assignment } = route::of(tenant, named, None, order.currency.as_ref(), &method)?;
        Ok(PolicyInput {
            tenant,
            operation: JudgedOperation::Tokenize,
            system,
            assignment,
            currency: order.currency.clone(),
            amount: None,
            expected_total: None,
            capture_mode: None,
            instrument: instrument(&order.instrument, None),
            method,
            expiry: order.instrument.card().map(|card| card.expiry),
            now,
            off_session: false,
            stores_card: true,
            email: email(Some(&order.customer.email), known),
            beyond_limits: &[],
        })
    }

    /// The case of another payment method for a payment that was admitted before.
    pub fn of_method(
        tenant: &'a Tenant,
        system: &'a PaymentSystem,
        payment: &Payment,
        method: Method,
        now: Timestamp,
    ) -> PolicyInput<'a> {
        PolicyInput {
            tenant,
            operation: JudgedOperation::Confirm,
            system: Some(system),
            assignment: None,
            currency: None,
            amount: Some(payment.order.amount),
            expected_total: None,
            capture_mode: Some(payment.capture_mode),
            instrument: InstrumentKind::Method,
            method,
            expiry: None,
            now,
            off_session: false,
            stores_card: false,
            email: EmailGiven::Nothing,
            beyond_limits: &[],
        }
    }

    /// The case with the method as the processor shows it.
    pub fn with(self, method: Method) -> PolicyInput<'a> {
        PolicyInput { method, ..self }
    }

    /// The effective capture mode: of the order, or else of the payment system. A method without holds
    /// is captured at once where the operator's settings allow that.
    pub fn capture_mode(&self, system: &PaymentSystem) -> CaptureMode {
        use crate::tenant::WithoutHold;
        let asked = self.capture_mode.unwrap_or(system.capture_mode);
        let at_once = self.has_no_hold() && system.method_without_hold == WithoutHold::Capture;
        if at_once { CaptureMode::Automatic } else { asked }
    }

    /// Whether the method is known to support no holds.
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

fn instrument(instrument: &Instrument, kept: Option<&StoredCard>) -> InstrumentKind {
    match (instrument, kept) {
        (_, Some(card)) => InstrumentKind::Kept(card.reuse),
        (Instrument::Card(card), None) => InstrumentKind::Number { cvc: card.cvc.is_some() },
        (Instrument::PaymentMethod(_) | Instrument::Token(_) | Instrument::Default, None) => {
            InstrumentKind::Method
        }
    }
}

/// The email of this order, or else the email of an earlier order.
fn email(given: Option<&EmailGiven>, known: &[Versioned<Customer>]) -> EmailGiven {
    match given {
        Some(given @ (EmailGiven::Valid(_) | EmailGiven::Invalid)) => given.clone(),
        Some(EmailGiven::Nothing) | None => {
            let before = known.iter().find_map(|customer| customer.value.profile.email.clone());
            before.map_or(EmailGiven::Nothing, EmailGiven::Valid)
        }
    }
}
