//! The state that planning and recording of operations share.

use std::sync::Arc;

use causeway::{environment::Environment, refusal::Refusal, tenant::TenantName, text::CardToken};
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

/// The state that planning and recording of operations share.
pub struct Context {
    /// The operator's settings for the engine.
    pub(crate) config: EngineConfig,
    /// The journal, the store of all operations and aggregates.
    pub(crate) journal: Arc<dyn Journal>,
    /// The processor accounts by tenant and payment system.
    pub(crate) processors: Processors,
    /// The MAC keys for fingerprints of requests with card numbers.
    pub(crate) fingerprints: FingerprintKeys,
    /// Wall clock and randomness, replaceable in tests.
    pub(crate) environment: Environment,
    /// The monotonic clock for the age of operations.
    pub(crate) clock: Arc<MonotonicClock>,
    /// The limits for new operations.
    pub(crate) admission: Arc<Admission>,
    /// Locks by request id and by customer.
    pub(crate) locks: Arc<RequestLocks>,
    /// The leases of this relay process.
    pub(crate) leases: Arc<Leases>,
    /// Cached PaymentMethods from the processor's answers.
    pub(crate) methods: PaymentMethodCache,
}

impl Context {
    /// A tenant's settings. A signature is accepted only for a tenant in the settings.
    pub(crate) fn tenant(&self, name: &TenantName) -> Result<&Tenant, Refusal> {
        self.config.tenants.get(name).ok_or(Refusal::Internal)
    }

    /// The processor of a payment system, for a new payment or customer.
    pub(crate) fn processor_of_system(
        &self,
        tenant: &TenantName,
        system: &PaymentSystem,
    ) -> Result<&dyn Processor, Refusal> {
        self.processors.of_system(tenant, system)
    }

    /// The processor of a payment or a customer. Refused if the account in the settings has
    /// changed since the creation.
    pub(crate) fn processor<A: Aggregate>(&self, aggregate: &A) -> Result<&dyn Processor, Refusal> {
        self.processors.of_account(&aggregate.account())
    }

    /// The processor for an operation that began. The error is [`AfterBegin`], because a refusal
    /// would claim that no operation was started.
    pub(crate) fn processor_after_begin<A: Aggregate>(
        &self,
        aggregate: &A,
    ) -> Result<&dyn Processor, AfterBegin> {
        let missing = |_| AfterBegin::PaymentSystemMissing(aggregate.account().payment_system.to_owned());
        self.processor(aggregate).map_err(missing)
    }

    /// The current version of an operation's target.
    pub(crate) async fn current<A: Aggregate>(
        &self,
        operation: &Operation,
    ) -> Result<Versioned<A>, JournalError> {
        let found = A::read(self.journal.as_ref(), operation).await?;
        found.ok_or_else(|| JournalError::Corrupt(format!("operation {} has no target", operation.id)))
    }

    /// A new card token from 128 random bits.
    pub(crate) fn card_token(&self) -> CardToken {
        let mut bits = [0; 16];
        self.environment.random.fill(&mut bits);
        CardToken::of_bits(u128::from_be_bytes(bits))
    }

    /// Writes the beginning of an operation. A second success for the same billing reference is
    /// written together with an alarm.
    pub(crate) async fn begin(&self, begin: Begin) -> Result<Commit, JournalError> {
        let Some(again) = guarded(&begin.changes) else { return self.journal.begin(begin).await };
        let commit = self.journal.begin(begin.clone()).await?;
        let Commit::SecondSuccess(other) = commit else { return Ok(commit) };
        self.journal.begin(Begin { changes: again.beside(other)?, ..begin }).await
    }

    /// Writes the outcome of an operation, with the same alarm for a second success.
    pub(crate) async fn record(&self, record: Record) -> Result<Commit, JournalError> {
        let Some(again) = guarded(&record.changes) else { return self.journal.record(record).await };
        let commit = self.journal.record(record.clone()).await?;
        let Commit::SecondSuccess(other) = commit else { return Ok(commit) };
        self.journal.record(Record { changes: again.beside(other)?, ..record }).await
    }

    /// Writes a change outside any operation, with the same alarm for a second success.
    pub(crate) async fn change(&self, changes: Changes) -> Result<Commit, JournalError> {
        let Some(again) = guarded(&changes) else { return self.journal.change(changes).await };
        let commit = self.journal.change(changes).await?;
        let Commit::SecondSuccess(other) = commit else { return Ok(commit) };
        self.journal.change(again.beside(other)?).await
    }
}

/// A copy of the changes if the journal may refuse the changes as a second success.
fn guarded(changes: &Changes) -> Option<Changes> {
    changes.only_success_of().map(|_| changes.clone())
}
