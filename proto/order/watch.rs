//! Watch what happens, pull a payment, see an order, run a job.

use super::{Form, Lookup};
use crate::{money::Money, refusal::Refusal, text::BillingReference, v1};

/// Which order somebody wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    /// Billing's reference.
    pub reference: BillingReference,
    /// What the order comes to.
    pub expected_total: Option<Money>,
}

impl OrderView {
    /// Reads the message, or tells everything that is wrong with it.
    pub fn read(message: &v1::GetOrderRequest) -> Result<OrderView, Refusal> {
        let mut form = Form::default();
        let reference = form.field("billing_reference", BillingReference::parse(&message.billing_reference));
        let expected_total = form.optional_money("expected_total", message.expected_total.as_ref());
        let parts = (|| Some(OrderView { reference: reference?, expected_total: expected_total? }))();
        form.finish(parts)
    }
}

/// Reads which payment is to be pulled, or tells what is wrong with it.
pub fn read_sync(message: &v1::SyncPaymentRequest) -> Result<Lookup, Refusal> {
    use v1::{get_payment_request::By, sync_payment_request::By as Wire};
    let by = message.by.clone().map(|by| match by {
        Wire::PaymentId(id) => By::PaymentId(id),
        Wire::BillingReference(reference) => By::BillingReference(reference),
        Wire::ProcessorId(id) => By::ProcessorId(id),
        Wire::RequestId(id) => By::RequestId(id),
    });
    Lookup::read(&v1::GetPaymentRequest { by })
}

/// What the relay does by itself, now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Job {
    /// Works on events that have come in.
    Inbox,
    /// Finds out how operations ended that broke off.
    Recovery,
    /// Asks Stripe for new events.
    Poll,
    /// Compares recent payments and refunds with Stripe's, both ways.
    Sweep,
    /// Looks at what is still open.
    Open,
    /// Makes and deletes customers at Stripe.
    Customers,
    /// Looks at card set-ups, and gives up abandoned ones.
    Setups,
    /// Warns of holds that end, sees those that have ended, renews them if that is on.
    Holds,
}

impl Job {
    /// All of them, in the order in which they are run when all are asked for.
    pub const ALL: [Job; 8] = [
        Job::Inbox,
        Job::Recovery,
        Job::Poll,
        Job::Sweep,
        Job::Open,
        Job::Customers,
        Job::Setups,
        Job::Holds,
    ];

    /// Its name in requests and settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Job::Inbox => "inbox",
            Job::Recovery => "recovery",
            Job::Poll => "poll",
            Job::Sweep => "sweep",
            Job::Open => "open",
            Job::Customers => "customers",
            Job::Setups => "setups",
            Job::Holds => "holds",
        }
    }

    /// Reads which jobs are to be run, or tells what is wrong with it.
    pub fn read(message: &v1::RunJobRequest) -> Result<Vec<Job>, Refusal> {
        if message.job.is_empty() {
            return Ok(Job::ALL.to_vec());
        }
        let mut form = Form::default();
        let found = Job::ALL.into_iter().find(|job| job.as_str() == message.job);
        let named = found.ok_or_else(|| {
            let all: Vec<_> = Job::ALL.iter().map(|job| job.as_str()).collect();
            format!("there is no such job; there are: {}", all.join(", "))
        });
        let parts = form.field("job", named).map(|job| vec![job]);
        form.finish(parts)
    }
}
