//! Changes of payments and customers, each with the events that follow from the change. A journal
//! writes a change unaltered and applies no business rule.

use causeway::{
    money::SumError, request::PaymentId, tenant::TenantName, text::BillingReference, v1, v1::PaymentStatus,
};

use crate::{
    customer::Customer,
    event,
    operation::Source,
    payment::{AlarmKind, EmittedEvents, Payment},
    timeline::TimelineEntry,
};

/// A payment or a customer with the version that a change of the aggregate has to name.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    /// The aggregate, a payment or a customer.
    pub value: T,
    /// Version of the aggregate, raised by every change.
    pub version: u64,
}

/// A new or changed payment with the timeline entry of the change.
#[derive(Debug, Clone)]
pub struct PaymentChange {
    /// The payment after the change.
    pub payment: Payment,
    /// Version of the payment before the change; `None` for a new payment.
    pub basis: Option<u64>,
    /// The entry that the change adds to the payment's timeline.
    pub entry: TimelineEntry,
}

/// A new or changed customer with the source of the change.
#[derive(Debug, Clone)]
pub struct CustomerChange {
    /// The customer after the change.
    pub customer: Customer,
    /// Version of the customer before the change; `None` for a new customer.
    pub basis: Option<u64>,
    /// Source of the change: a request, an answer, a webhook or recovery.
    pub source: Source,
}

/// The changes of one transaction: a journal writes all of them or none. The events are derived here,
/// once for every journal.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    payment: Option<PaymentChange>,
    customer: Option<CustomerChange>,
    /// Events that follow from the change of the payment.
    payment_events: Vec<v1::Event>,
    /// Events that follow from the change of the customer.
    customer_events: Vec<v1::Event>,
    /// The billing reference that must have no second success, with the payment's emitted events as
    /// they were before the events were derived; `None` where no such check is needed.
    alone: Option<OnlySuccess>,
}

/// Condition of a success: no other payment of the same billing reference went through. Where the
/// condition fails, the events are derived again from `emitted_before`.
#[derive(Debug, Clone)]
struct OnlySuccess {
    reference: BillingReference,
    emitted_before: EmittedEvents,
}

impl Changes {
    /// Derives the events of the changes.
    pub fn new(
        payment: Option<PaymentChange>,
        customer: Option<CustomerChange>,
    ) -> Result<Changes, SumError> {
        let (mut payment, mut customer) = (payment, customer);
        let alone = payment.as_ref().and_then(|change| {
            let reference = guarded_reference(change)?.clone();
            Some(OnlySuccess { reference, emitted_before: change.payment.emitted.clone() })
        });
        let payment_events = payment.as_mut().map(event::of_payment).transpose()?.unwrap_or_default();
        let customer_events = customer.as_mut().map(event::of_customer).unwrap_or_default();
        Ok(Changes { payment, customer, payment_events, customer_events, alone })
    }

    /// The changes for a payment only.
    pub fn of_payment(change: PaymentChange) -> Result<Changes, SumError> {
        Changes::new(Some(change), None)
    }

    /// The changes for a customer only.
    pub fn of_customer(mut change: CustomerChange) -> Changes {
        let customer_events = event::of_customer(&mut change);
        Changes { customer: Some(change), customer_events, ..Changes::default() }
    }

    /// The change of a payment.
    pub fn payment(&self) -> Option<&PaymentChange> {
        self.payment.as_ref()
    }

    /// The change of a customer.
    pub fn customer(&self) -> Option<&CustomerChange> {
        self.customer.as_ref()
    }

    /// The tenant whose payment or customer changes; `None` without a change.
    pub fn tenant(&self) -> Option<&TenantName> {
        let customer = || self.customer.as_ref().map(|change| &change.customer.tenant);
        self.payment.as_ref().map(|change| &change.payment.tenant).or_else(customer)
    }

    /// The events of the changes in order, without sequence and id: the journal assigns both.
    pub fn events(&self) -> impl Iterator<Item = &v1::Event> {
        self.payment_events.iter().chain(&self.customer_events)
    }

    /// The billing reference of which no other payment may have gone through when the changes are
    /// written. If another payment did, a journal refuses the write and names that payment.
    pub fn only_success_of(&self) -> Option<&BillingReference> {
        self.alone.as_ref().map(|alone| &alone.reference)
    }

    /// The same changes after payment `other` of the same billing reference went through: an alarm is
    /// added to the changes.
    pub fn beside(mut self, other: PaymentId) -> Result<Changes, SumError> {
        if let (Some(alone), Some(change)) = (self.alone.take(), &mut self.payment) {
            let what = format!(
                "its outcome was not known, and it went through; so did payment {other} of the same billing reference; give one of them back if both are for the same"
            );
            change.payment.emitted = alone.emitted_before;
            change.payment.contradict(AlarmKind::SecondSuccess, what);
            self.payment_events = event::of_payment(change)?;
        }
        Ok(self)
    }
}

/// The billing reference of a payment that goes through after an unknown outcome: billing may have
/// started a second payment for the same purchase meanwhile. Parts of one purchase are not affected,
/// because billing knows the outcome of each part.
fn guarded_reference(change: &PaymentChange) -> Option<&BillingReference> {
    let entry = &change.entry;
    let through = matches!(entry.to, PaymentStatus::Authorized | PaymentStatus::Captured);
    let was_unknown = match entry.from {
        Some(PaymentStatus::Unknown) => true,
        Some(PaymentStatus::Started) => entry.source != Source::Api,
        _ => false,
    };
    change.payment.order.reference.as_ref().filter(|_| through && was_unknown)
}
