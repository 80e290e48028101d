//! Changes of payments and customers, each with the events that follow from it. A journal
//! writes a change as it is and decides nothing.

use causeway::{order::PaymentId, text::BillingReference, v1, v1::PaymentStatus};

use crate::{
    customer::Customer,
    event,
    operation::Source,
    payment::{AlarmKind, EmittedEvents, Payment},
    timeline::TimelineEntry,
};

/// A payment or a customer with the version that a change of it has to name.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    /// The aggregate.
    pub value: T,
    /// Its version.
    pub version: u64,
}

/// A change of a payment.
#[derive(Debug, Clone)]
pub struct PaymentChange {
    /// The payment after it.
    pub payment: Payment,
    /// The version that this moves from; `None` for a new payment.
    pub basis: Option<u64>,
    /// The history row.
    pub entry: TimelineEntry,
}

/// A change of a customer.
#[derive(Debug, Clone)]
pub struct CustomerChange {
    /// The customer after it.
    pub customer: Customer,
    /// The version that this moves from; `None` for a new customer.
    pub basis: Option<u64>,
    /// Where it came from.
    pub source: Source,
}

/// What one transaction changes: all of it, or nothing. Events are derived here, once for
/// every journal.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    payment: Option<PaymentChange>,
    customer: Option<CustomerChange>,
    /// Events that follow from the payment.
    payment_events: Vec<v1::Event>,
    /// Events that follow from the customer.
    customer_events: Vec<v1::Event>,
    /// Before the events of the payment were derived, where they may have to be derived anew.
    alone: Option<Alone>,
}

/// A success that is only written as it is while no other payment of the same billing reference
/// went through.
#[derive(Debug, Clone)]
struct Alone {
    reference: BillingReference,
    emitted_before: EmittedEvents,
}

impl Changes {
    /// The changes with their events.
    pub fn new(payment: Option<PaymentChange>, customer: Option<CustomerChange>) -> Changes {
        let (mut payment, mut customer) = (payment, customer);
        let alone = payment.as_ref().and_then(|change| {
            let reference = guarded_reference(change)?.clone();
            Some(Alone { reference, emitted_before: change.payment.emitted.clone() })
        });
        let payment_events = payment.as_mut().map(event::of_payment).unwrap_or_default();
        let customer_events = customer.as_mut().map(event::of_customer).unwrap_or_default();
        Changes { payment, customer, payment_events, customer_events, alone }
    }

    /// Of a payment only.
    pub fn of_payment(change: PaymentChange) -> Changes {
        Changes::new(Some(change), None)
    }

    /// Of a customer only.
    pub fn of_customer(change: CustomerChange) -> Changes {
        Changes::new(None, Some(change))
    }

    /// The change of a payment.
    pub fn payment(&self) -> Option<&PaymentChange> {
        self.payment.as_ref()
    }

    /// The change of a customer.
    pub fn customer(&self) -> Option<&CustomerChange> {
        self.customer.as_ref()
    }

    /// Events that follow, in order, without sequence and id: a journal gives these.
    pub fn events(&self) -> impl Iterator<Item = &v1::Event> {
        self.payment_events.iter().chain(&self.customer_events)
    }

    /// The billing reference of which no other payment may have gone through when this is
    /// written. Where one has, a journal refuses the write and names that payment.
    pub fn only_success_of(&self) -> Option<&BillingReference> {
        self.alone.as_ref().map(|alone| &alone.reference)
    }

    /// The same changes, where another payment of the same billing reference went through: an
    /// alarm is raised with them.
    pub fn beside(mut self, other: PaymentId) -> Changes {
        if let (Some(alone), Some(change)) = (self.alone.take(), &mut self.payment) {
            let what = format!(
                "its outcome was not known, and it went through; so did payment {other} of the same billing reference; give one of them back if both are for the same"
            );
            change.payment.emitted = alone.emitted_before;
            change.payment.contradict(AlarmKind::SecondSuccess, what);
            self.payment_events = event::of_payment(change);
        }
        self
    }
}

/// The reference of a payment that goes through after its outcome was not known: billing has
/// perhaps asked for the same once more. What billing pays in parts is not meant: it knows of
/// each part.
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
