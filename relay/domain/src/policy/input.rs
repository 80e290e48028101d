//! The input of the rules: an order, as far as the order is known at the moment.

use std::collections::BTreeSet;

use causeway::{
    card::Expiry,
    money::PositiveMoney,
    refusal::{Refusal, Violation},
    request::{AskedCurrency, Authorize, ImportRule, Tokenize, authorize::CaptureMode, customer::EmailGiven},
};

use jiff::Timestamp;

use super::{
    InstrumentKind, Method, OF_CARD, OF_PAYMENT, RULES, Rule,
    instrument::{instrument, method},
    route::{self, Route},
    rules,
};
use crate::{
    change::Versioned,
    customer::{Customer, StoredCard},
    payment::{Limits, Payment},
    tenant::{Assignment, MethodType, PaymentSystem, Tenant},
};

/// An order and the known data around the order.
pub struct PolicyInput<'a> {
    /// The tenant of the order.
    pub(super) tenant: &'a Tenant,
    /// The method that was called.
    pub(super) operation: JudgedOperation,
    /// The payment system that would take the order; `None` where no system takes the currency.
    pub(super) system: Option<&'a PaymentSystem>,
    /// Assignment of the currency to that payment system.
    pub(super) assignment: Option<&'a Assignment>,
    /// The requested currency, also one that does not exist.
    pub(super) currency: Option<AskedCurrency>,
    /// The amount of a payment in an existing currency; otherwise `None`.
    pub(super) amount: Option<PositiveMoney>,
    /// The total of the invoice, where billing sent one.
    pub(super) expected_total: Option<PositiveMoney>,
    /// The requested capture mode, where the order names one.
    pub(super) capture_mode: Option<CaptureMode>,
    /// The instrument: a card number, a PaymentMethod or a stored card.
    pub(super) instrument: InstrumentKind,
    /// Type and brand of the instrument, as far as known.
    pub(super) method: Method,
    /// Expiry of a card given by number.
    pub(super) expiry: Option<Expiry>,
    /// The moment at which the rules are applied.
    pub(super) now: Timestamp,
    /// Whether the payer is absent and cannot act.
    pub(super) off_session: bool,
    /// Whether the card is to be stored.
    pub(super) stores_card: bool,
    /// The customer's email, from this order or an earlier one.
    pub(super) email: EmailGiven,
    /// Fields with text beyond Stripe's limits.
    pub(super) beyond_limits: &'a [Violation],
    /// Rules that do not judge the case, because an import has set them aside.
    pub(super) accepted: BTreeSet<ImportRule>,
}

/// The operation that the rules judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JudgedOperation {
    /// A new payment, with a hold or captured at once.
    Authorize,
    /// A card that is to be verified and stored.
    Tokenize,
    /// An instrument that continues a payment.
    Confirm,
    /// A hold that is made anew.
    RenewHold,
    /// A payment of another system.
    ImportPayment,
    /// A stored card that becomes the default card.
    SetDefaultCard,
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
            JudgedOperation::RenewHold => "RenewHold",
            JudgedOperation::ImportPayment => "ImportPayment",
            JudgedOperation::SetDefaultCard => "SetDefaultCard",
            JudgedOperation::Void => "Void",
        }
    }

    /// The rules that judge the operation, in the order of precedence.
    pub(super) fn rules(self) -> &'static [Rule] {
        match self {
            JudgedOperation::Authorize | JudgedOperation::Tokenize | JudgedOperation::Void => RULES,
            JudgedOperation::Confirm | JudgedOperation::RenewHold | JudgedOperation::ImportPayment => {
                OF_PAYMENT
            }
            JudgedOperation::SetDefaultCard => OF_CARD,
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
            accepted: BTreeSet::new(),
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
            accepted: BTreeSet::new(),
        })
    }

    /// The case of an instrument for a payment that was begun before: an instrument that continues the
    /// payment, or the instrument that renews the hold. What an import set aside about the amount and
    /// the currency stays set aside; an instrument that the import did not show is judged in full.
    pub fn of_payment(
        tenant: &'a Tenant,
        system: &'a PaymentSystem,
        operation: JudgedOperation,
        payment: &Payment,
        now: Timestamp,
    ) -> PolicyInput<'a> {
        let mut accepted = payment.accepted_rules.clone();
        if operation == JudgedOperation::Confirm {
            accepted.retain(|rule| !is_about_instrument(*rule));
        }
        let capture_mode = payment.capture_mode;
        PolicyInput { accepted, ..later(tenant, system, operation, payment.order.amount, capture_mode, now) }
    }

    /// The case of a payment of another system, with the rules that the import sets aside.
    pub fn of_import(
        tenant: &'a Tenant,
        system: &'a PaymentSystem,
        amount: PositiveMoney,
        capture_mode: CaptureMode,
        accepted: BTreeSet<ImportRule>,
        now: Timestamp,
    ) -> PolicyInput<'a> {
        let import = JudgedOperation::ImportPayment;
        PolicyInput { accepted, ..later(tenant, system, import, amount, capture_mode, now) }
    }

    /// The case of a stored card that becomes the default card.
    pub fn of_card(tenant: &'a Tenant, system: &'a PaymentSystem, now: Timestamp) -> PolicyInput<'a> {
        bare(tenant, system, JudgedOperation::SetDefaultCard, now)
    }

    /// The payment system that would take the order; `None` where no system takes the currency.
    pub fn system(&self) -> Option<&'a PaymentSystem> {
        self.system
    }

    /// The limits that admit the payment. A rule that was set aside leaves no limit.
    pub(super) fn limits(&self) -> Limits {
        let minimum = self.assignment.filter(|_| !self.sets_aside(&rules::amount::MINIMUM));
        let brands = self.system.filter(|_| !self.sets_aside(&rules::card::BRAND));
        Limits {
            minimum: minimum.map(|assignment| assignment.minimum),
            brands: brands.map(|system| system.brands.clone()),
        }
    }

    /// Whether an import has set the rule aside.
    pub(super) fn sets_aside(&self, rule: &Rule) -> bool {
        self.accepted.iter().any(|accepted| accepted.id() == rule.id)
    }

    /// The case with the method as the processor shows it.
    pub(super) fn with(self, method: Method) -> PolicyInput<'a> {
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
            Method::Card { kind, .. } => !kind.can_be_held(),
            Method::Unknown => false,
        }
    }
}

/// A case about an instrument alone, without a payment.
fn bare<'a>(
    tenant: &'a Tenant,
    system: &'a PaymentSystem,
    operation: JudgedOperation,
    now: Timestamp,
) -> PolicyInput<'a> {
    PolicyInput {
        tenant,
        operation,
        system: Some(system),
        assignment: None,
        currency: None,
        amount: None,
        expected_total: None,
        capture_mode: None,
        instrument: InstrumentKind::Method,
        method: Method::Unknown,
        expiry: None,
        now,
        off_session: false,
        stores_card: false,
        email: EmailGiven::Nothing,
        beyond_limits: &[],
        accepted: BTreeSet::new(),
    }
}

/// A case about a payment that was begun before, at the payment system of the payment.
fn later<'a>(
    tenant: &'a Tenant,
    system: &'a PaymentSystem,
    operation: JudgedOperation,
    amount: PositiveMoney,
    capture_mode: CaptureMode,
    now: Timestamp,
) -> PolicyInput<'a> {
    let currency = amount.currency();
    let assignments = tenant.currencies.get(&currency).map(Vec::as_slice).unwrap_or_default();
    PolicyInput {
        assignment: assignments.iter().find(|assignment| assignment.payment_system == system.name),
        currency: Some(AskedCurrency::Known(currency)),
        amount: Some(amount),
        capture_mode: Some(capture_mode),
        ..bare(tenant, system, operation, now)
    }
}

/// Whether a rule is about the instrument, and not about the money.
fn is_about_instrument(rule: ImportRule) -> bool {
    match rule {
        ImportRule::CardBrand | ImportRule::MethodType | ImportRule::MethodHold => true,
        ImportRule::CurrencyAssigned | ImportRule::AmountMinimum | ImportRule::AmountMaximum => false,
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
