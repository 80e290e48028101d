//! The state that operations are planned and recorded with.

use std::sync::Arc;

use causeway::{refusal::Refusal, surroundings::Surroundings, tenant::TenantName, text::CardToken};
use causeway_domain::{
    change::{Changes, Versioned},
    operation::Operation,
    tenant::{PaymentSystem, Tenant},
};
use causeway_ports::{
    journal::{Begin, Commit, Journal, JournalError, Record},
    processor::Processor,
};

use crate::{
    admission::Admission, aggregate::Aggregate, caches::PaymentMethodCache, config::EngineConfig,
    fingerprint::FingerprintKeys, leases::Leases, monotonic_clock::MonotonicClock, phase::AfterBegin,
    processors::Processors, request_lock::RequestLocks,
};

/// The state that operations are planned and recorded with.
pub struct Context {
    /// The operator's settings.
    pub(crate) config: EngineConfig,
    /// The journal.
    pub(crate) journal: Arc<dyn Journal>,
    /// Processor accounts.
    pub(crate) processors: Processors,
    /// The keys for fingerprints of card numbers.
    pub(crate) fingerprints: FingerprintKeys,
    /// Clock and randomness.
    pub(crate) surroundings: Surroundings,
    /// The clock for the age of operations.
    pub(crate) clock: Arc<MonotonicClock>,
    /// Room for new operations.
    pub(crate) admission: Arc<Admission>,
    /// One at a time for each request id and for each customer.
    pub(crate) locks: Arc<RequestLocks>,
    /// The leases of this relay.
    pub(crate) leases: Arc<Leases>,
    /// PaymentMethods that were looked up.
    pub(crate) methods: PaymentMethodCache,
}

impl Context {
    /// A tenant's settings. A signature is only accepted for a tenant that has them.
    pub(crate) fn tenant(&self, name: &TenantName) -> Result<&Tenant, Refusal> {
        self.config.tenants.get(name).ok_or(Refusal::Internal)
    }

    /// The processor of a payment system, for something new.
    pub(crate) fn processor_of_system(
        &self,
        tenant: &TenantName,
        system: &PaymentSystem,
    ) -> Result<&dyn Processor, Refusal> {
        self.processors.of_system(tenant, system)
    }

    /// The processor of a payment or a customer, as long as it is the account that it was then.
    pub(crate) fn processor<A: Aggregate>(&self, aggregate: &A) -> Result<&dyn Processor, Refusal> {
        self.processors.of_account(&aggregate.account())
    }

    /// The same for an operation that began: a refusal would say that nothing was started.
    pub(crate) fn processor_after_begin<A: Aggregate>(
        &self,
        aggregate: &A,
    ) -> Result<&dyn Processor, AfterBegin> {
        let missing = |_| AfterBegin::PaymentSystemMissing(aggregate.account().payment_system.to_owned());
        self.processor(aggregate).map_err(missing)
    }

    /// The target of an operation, as it is now.
    pub(crate) async fn current<A: Aggregate>(
        &self,
        operation: &Operation,
    ) -> Result<Versioned<A>, JournalError> {
        let found = A::read(self.journal.as_ref(), operation).await?;
        found.ok_or_else(|| JournalError::Corrupt(format!("operation {} has no target", operation.id)))
    }

    /// A card token that cannot be guessed.
    pub(crate) fn card_token(&self) -> CardToken {
        let mut bits = [0; 16];
        self.surroundings.random.fill(&mut bits);
        CardToken::of_bits(u128::from_be_bytes(bits))
    }

    /// Writes the first phase. A success beside another payment of the same billing reference is
    /// written with an alarm.
    pub(crate) async fn begin(&self, begin: Begin) -> Result<Commit, JournalError> {
        let Some(again) = guarded(&begin.changes) else { return self.journal.begin(begin).await };
        let commit = self.journal.begin(begin.clone()).await?;
        let Commit::SecondSuccess(other) = commit else { return Ok(commit) };
        self.journal.begin(Begin { changes: again.beside(other), ..begin }).await
    }

    /// Writes the second phase, likewise.
    pub(crate) async fn record(&self, record: Record) -> Result<Commit, JournalError> {
        let Some(again) = guarded(&record.changes) else { return self.journal.record(record).await };
        let commit = self.journal.record(record.clone()).await?;
        let Commit::SecondSuccess(other) = commit else { return Ok(commit) };
        self.journal.record(Record { changes: again.beside(other), ..record }).await
    }

    /// Writes a change that is no operation of its own, likewise.
    pub(crate) async fn change(&self, changes: Changes) -> Result<Commit, JournalError> {
        let Some(again) = guarded(&changes) else { return self.journal.change(changes).await };
        let commit = self.journal.change(changes).await?;
        let Commit::SecondSuccess(other) = commit else { return Ok(commit) };
        self.journal.change(again.beside(other)).await
    }
}

/// A copy of the changes, where a journal may refuse them as a second success.
fn guarded(changes: &Changes) -> Option<Changes> {
    changes.only_success_of().map(|_| changes.clone())
}
