//! The whole content of a small journal, to show that a refused write changes no row.

use std::sync::Arc;

use causeway::{request::Listing, text::CustomerId, v1};
use causeway_domain::{
    change::Versioned, customer::Customer, operation::Operation, payment::Payment, timeline::TimelineEntry,
};
use causeway_ports::journal::{Commit, Journal, SpentNonce};

use super::{
    Stage,
    samples::{at, request_id},
};
use crate::report::{Checked, Fault, ensure_eq, present};

/// The highest number of a sample in a snapshot.
const HIGHEST: u128 = 12;

/// All values that a reader can see of both tenants, for samples up to a number.
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot {
    operations: Vec<Operation>,
    payments: Vec<(Versioned<Payment>, Vec<TimelineEntry>)>,
    customers: Vec<Versioned<Customer>>,
    events: Vec<Vec<v1::Event>>,
    last_events: Vec<u64>,
    nonces: Vec<SpentNonce>,
}

/// Every payment, newest first.
pub(super) fn every_payment() -> Listing {
    Listing {
        reference: None,
        status: None,
        created_from: None,
        created_before: None,
        page_size: 100,
        after: None,
    }
}

impl Stage<'_> {
    pub(super) async fn snapshot(&self) -> Result<Snapshot, Fault> {
        let journal: &Arc<dyn Journal> = &self.journal;
        let mut all = Snapshot {
            operations: vec![],
            payments: vec![],
            customers: vec![],
            events: vec![],
            last_events: vec![],
            nonces: journal.nonces(at(0)).await?,
        };
        for tenant in [&self.samples.tenant, &self.samples.other] {
            for number in 0..=HIGHEST {
                all.operations.extend(journal.operation(tenant, &request_id(number)).await?);
                let reference = CustomerId::kept(format!("c-{number}"));
                all.customers.extend(journal.customers(tenant, &reference).await?);
            }
            for payment in journal.list(tenant, &every_payment()).await? {
                let id = payment.id;
                let found = journal.payment(tenant, id).await?;
                let found = present(found, "a listed payment is found by its id")?;
                all.payments.push((found, journal.history(id).await?));
            }
            all.events.push(journal.events(tenant, 0, 1000).await?);
            all.last_events.push(journal.last_event(tenant));
        }
        Ok(all)
    }

    /// A payment of the first tenant, with the version.
    pub(super) async fn payment(&self, number: u128) -> Result<Versioned<Payment>, Fault> {
        let found = self.journal.payment(&self.samples.tenant, super::samples::payment_id(number)).await?;
        present(found, "a written payment is there")
    }

    /// An operation of the first tenant.
    pub(super) async fn operation(&self, number: u128) -> Result<Operation, Fault> {
        let found = self.journal.operation(&self.samples.tenant, &request_id(number)).await?;
        present(found, "a written operation is there")
    }
}

/// A fault unless the write was committed.
pub(super) fn committed(commit: Commit, write: &str) -> Checked {
    ensure_eq(&commit, &Commit::Committed, &format!("{write} is committed"))
}
