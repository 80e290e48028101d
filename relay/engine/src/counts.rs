//! The counters of a job's run.

use std::{borrow::Cow, collections::BTreeMap};

use causeway::{refusal::Refusal, tenant::TenantName};
use causeway_domain::{customer::Customer, operation::Operation, payment::Payment};

/// One item of a job's run, for the log.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    tenant: &'a TenantName,
    /// Name of the payment system; `None` if the journal row of the item has no such column.
    payment_system: Option<&'a str>,
    /// Id of the payment, the customer, the operation or Stripe's object.
    id: Cow<'a, str>,
}

impl<'a> Item<'a> {
    /// A payment of the journal.
    pub(crate) fn of_payment(payment: &'a Payment) -> Item<'a> {
        let id = Cow::Owned(payment.id.to_string());
        Item { tenant: &payment.tenant, payment_system: Some(&payment.payment_system), id }
    }

    /// A customer of the journal, by the billing platform's id.
    pub(crate) fn of_customer(customer: &'a Customer) -> Item<'a> {
        let id = Cow::Borrowed(customer.reference.as_str());
        Item { tenant: &customer.tenant, payment_system: Some(&customer.payment_system), id }
    }

    /// An operation of the journal.
    pub(crate) fn of_operation(operation: &'a Operation) -> Item<'a> {
        let id = Cow::Owned(operation.id.to_string());
        Item { tenant: &operation.tenant, payment_system: None, id }
    }

    /// A payment system as a whole.
    pub(crate) fn of_system(tenant: &'a TenantName, payment_system: &'a str) -> Item<'a> {
        Item { tenant, payment_system: Some(payment_system), id: Cow::Borrowed(payment_system) }
    }

    /// An object of Stripe's account, by Stripe's id.
    pub(crate) fn at_stripe(tenant: &'a TenantName, payment_system: &'a str, id: &'a str) -> Item<'a> {
        Item { tenant, payment_system: Some(payment_system), id: Cow::Borrowed(id) }
    }
}

/// The counters of a job's run, by the name of the counted action.
#[derive(Debug, Default)]
pub struct JobCounts(pub BTreeMap<String, u64>);

impl JobCounts {
    pub(crate) fn add(&mut self, name: &str, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let entry = self.0.entry(name.to_owned()).or_default();
        *entry = entry.saturating_add(count);
    }

    /// Counts one item of a run. A failed item is logged and counted, and does not stop the run.
    pub(crate) fn one(&mut self, name: &str, item: &Item<'_>, result: Result<bool, Refusal>) {
        match result {
            Ok(true) => self.add(name, 1),
            Ok(false) => {}
            Err(refusal) => {
                tracing::warn!(
                    job = name,
                    tenant = %item.tenant,
                    payment_system = item.payment_system,
                    about = %item.id,
                    "a job's item failed and is retried by the next run: {refusal}"
                );
                self.add("failed", 1);
            }
        }
    }
}
