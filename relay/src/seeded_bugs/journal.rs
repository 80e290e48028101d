//! Seeded bugs of the journal.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway::{
    request::{Job, Listing, Lookup, PaymentId},
    tenant::TenantName,
    text::{CustomerId, RequestId},
    v1,
};
use causeway_domain::{
    change::{Changes, Versioned},
    customer::Customer,
    event::Alarm,
    observation::Purpose,
    operation::Operation,
    payment::Payment,
    timeline::TimelineEntry,
};
use causeway_engine::Processors;
use causeway_ports::{
    journal::{
        Begin, Commit, CustomerBy, Journal, JournalError, Page, Record, SpentNonce, Unfinished,
        inbox::{Disposition, InboundEvent, InboxEntry, PollPosition},
        lease::{Claim, Recoverable},
    },
    processor::Delivery,
};
use jiff::Timestamp;

/// The journal, wrapped if a seeded bug is active.
pub(super) fn seeded(inner: Arc<dyn Journal>, processors: &Processors) -> Arc<dyn Journal> {
    let send_first = causeway_runtime::bug!("stripe_before_begin").then(|| processors.clone());
    let record_late = causeway_runtime::bug!("reply_before_record");
    if send_first.is_none() && !record_late {
        return inner;
    }
    Arc::new(Seeded { inner, send_first, record_late })
}

struct Seeded {
    inner: Arc<dyn Journal>,
    /// The request is sent to the processor before the operation is in the journal.
    send_first: Option<Processors>,
    /// The caller is answered before the outcome is in the journal.
    record_late: bool,
}

#[async_trait]
impl Journal for Seeded {
    async fn begin(&self, begin: Begin) -> Result<Commit, JournalError> {
        if let (Some(processors), Some(change), Some(request)) =
            (&self.send_first, begin.changes.payment(), &begin.operation.request)
            && let Some(processor) = processors.named(&change.payment.tenant, &change.payment.payment_system)
        {
            let (key, purpose) =
                (&begin.operation.idempotency_key, Purpose::Payment(change.payment.order.amount));
            drop(processor.send(request, key, Delivery::NotSent, purpose).await);
        }
        self.inner.begin(begin).await
    }

    async fn record(&self, record: Record) -> Result<Commit, JournalError> {
        if !self.record_late {
            return self.inner.record(record).await;
        }
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(250)).await;
            drop(inner.record(record).await);
        });
        Ok(Commit::Committed)
    }

    async fn operation(
        &self,
        tenant: &TenantName,
        request_id: &RequestId,
    ) -> Result<Option<Operation>, JournalError> {
        self.inner.operation(tenant, request_id).await
    }

    async fn payment(
        &self,
        tenant: &TenantName,
        id: PaymentId,
    ) -> Result<Option<Versioned<Payment>>, JournalError> {
        self.inner.payment(tenant, id).await
    }

    async fn customer(
        &self,
        tenant: &TenantName,
        by: CustomerBy,
    ) -> Result<Option<Versioned<Customer>>, JournalError> {
        self.inner.customer(tenant, by).await
    }

    async fn customers(
        &self,
        tenant: &TenantName,
        reference: &CustomerId,
    ) -> Result<Vec<Versioned<Customer>>, JournalError> {
        self.inner.customers(tenant, reference).await
    }

    async fn owner(&self, processor_id: &str) -> Result<Option<Customer>, JournalError> {
        self.inner.owner(processor_id).await
    }

    async fn is_known(&self, processor_id: &str) -> Result<bool, JournalError> {
        self.inner.is_known(processor_id).await
    }

    async fn change(&self, changes: Changes) -> Result<Commit, JournalError> {
        self.inner.change(changes).await
    }

    async fn look_up(&self, tenant: &TenantName, lookup: &Lookup) -> Result<Option<Payment>, JournalError> {
        self.inner.look_up(tenant, lookup).await
    }

    async fn history(&self, id: PaymentId) -> Result<Vec<TimelineEntry>, JournalError> {
        self.inner.history(id).await
    }

    async fn list(&self, tenant: &TenantName, listing: &Listing) -> Result<Vec<Payment>, JournalError> {
        self.inner.list(tenant, listing).await
    }

    fn admits(&self) -> Result<(), JournalError> {
        self.inner.admits()
    }

    fn is_scarce(&self) -> bool {
        self.inner.is_scarce()
    }

    async fn claim(&self, claim: Claim) -> Result<bool, JournalError> {
        self.inner.claim(claim).await
    }

    async fn renew(
        &self,
        owner: uuid::Uuid,
        operations: Vec<uuid::Uuid>,
        until: Timestamp,
    ) -> Result<(), JournalError> {
        self.inner.renew(owner, operations, until).await
    }

    async fn recoverable(&self, which: Recoverable) -> Result<Vec<Operation>, JournalError> {
        self.inner.recoverable(which).await
    }

    async fn unfinished(&self, which: Unfinished) -> Result<Vec<Operation>, JournalError> {
        self.inner.unfinished(which).await
    }

    async fn open_payments(&self, page: Page) -> Result<Vec<Payment>, JournalError> {
        self.inner.open_payments(page).await
    }

    async fn holds_ending(&self, before: Timestamp, page: Page) -> Result<Vec<Payment>, JournalError> {
        self.inner.holds_ending(before, page).await
    }

    async fn customers_pending_sync(&self, page: Page) -> Result<Vec<Versioned<Customer>>, JournalError> {
        self.inner.customers_pending_sync(page).await
    }

    async fn enqueue(
        &self,
        arrivals: Vec<InboundEvent>,
        position: Option<PollPosition>,
    ) -> Result<usize, JournalError> {
        self.inner.enqueue(arrivals, position).await
    }

    async fn due_entries(&self, now: Timestamp, most: u32) -> Result<Vec<InboxEntry>, JournalError> {
        self.inner.due_entries(now, most).await
    }

    async fn handled(&self, seq: i64, fate: Disposition) -> Result<(), JournalError> {
        self.inner.handled(seq, fate).await
    }

    async fn inbox_counts(&self, tenant: &TenantName) -> Result<Vec<(String, u64)>, JournalError> {
        self.inner.inbox_counts(tenant).await
    }

    async fn forget_entries(&self, before: Timestamp) -> Result<usize, JournalError> {
        self.inner.forget_entries(before).await
    }

    async fn position(
        &self,
        tenant: &TenantName,
        system: &str,
    ) -> Result<Option<PollPosition>, JournalError> {
        self.inner.position(tenant, system).await
    }

    async fn raise(&self, alarm: Alarm) -> Result<bool, JournalError> {
        self.inner.raise(alarm).await
    }

    async fn events(
        &self,
        tenant: &TenantName,
        after: u64,
        most: u32,
    ) -> Result<Vec<v1::Event>, JournalError> {
        self.inner.events(tenant, after, most).await
    }

    fn last_event(&self, tenant: &TenantName) -> u64 {
        self.inner.last_event(tenant)
    }

    async fn event_after(&self, tenant: &TenantName, after: u64) {
        self.inner.event_after(tenant, after).await
    }

    async fn last_run(&self, job: Job) -> Result<Option<Timestamp>, JournalError> {
        self.inner.last_run(job).await
    }

    async fn ran(&self, job: Job, at: Timestamp) -> Result<(), JournalError> {
        self.inner.ran(job, at).await
    }

    async fn spend(&self, nonce: SpentNonce) -> Result<Commit, JournalError> {
        self.inner.spend(nonce).await
    }

    async fn nonces(&self, now: Timestamp) -> Result<Vec<SpentNonce>, JournalError> {
        self.inner.nonces(now).await
    }

    async fn writable(&self, now: Timestamp) -> Result<(), JournalError> {
        self.inner.writable(now).await
    }

    async fn heartbeat(&self) -> Result<Option<Timestamp>, JournalError> {
        self.inner.heartbeat().await
    }
}
