//! Read-only queries for billing. All answers come from the journal, except that card lists are
//! compared with the processor's list from time to time.

use causeway::{
    currency::Currency,
    refusal::Refusal,
    request::{Authorize, Check, Instrument, Listing, Lookup, PaymentId},
    tenant::TenantName,
    text::CustomerId,
    v1,
};
use causeway_domain::{
    payment::Payment,
    policy::{self, Finding, JudgedOperation, PolicyInput, Rule},
    tenant::{Assignment, PaymentSystem, Tenant},
    timeline::TimelineEntry,
};
use causeway_ports::processor::Capability;

use crate::{engine::Engine, phase::before_begin};

/// The query for a customer's stored cards.
mod cards;

pub use cards::CardList;

/// The read-only queries of an engine.
pub struct Queries<'a>(pub(crate) &'a Engine);

impl Engine {
    /// The read-only queries of this engine.
    pub fn queries(&self) -> Queries<'_> {
        Queries(self)
    }
}

/// A payment with the timeline, oldest entry first.
#[derive(Debug, Clone)]
pub struct PaymentHistory {
    /// The current state of the payment.
    pub payment: Payment,
    /// All recorded changes of the payment, oldest first.
    pub timeline: Vec<TimelineEntry>,
}

/// The result of the policy for a request that is only checked.
pub struct PolicyCheck {
    /// Each rule of the policy with the finding.
    pub findings: Vec<(&'static Rule, Finding)>,
    /// Name of the payment system that would take the payment; empty if no payment system fits.
    pub payment_system: String,
}

impl Queries<'_> {
    /// A payment with the timeline, by any of the payment's ids.
    pub async fn payment(&self, tenant: &TenantName, lookup: &Lookup) -> Result<PaymentHistory, Refusal> {
        let found = self.0.journal.look_up(tenant, lookup).await.map_err(before_begin)?;
        let payment = found.ok_or(Refusal::PaymentNotFound)?;
        let timeline = self.history(payment.id).await?;
        Ok(PaymentHistory { payment, timeline })
    }

    /// The timeline of a payment, oldest entry first.
    pub async fn history(&self, id: PaymentId) -> Result<Vec<TimelineEntry>, Refusal> {
        self.0.journal.history(id).await.map_err(before_begin)
    }

    /// Whether the tenant has a payment of this id.
    pub async fn has_payment(&self, tenant: &TenantName, id: PaymentId) -> Result<bool, Refusal> {
        let found = self.0.journal.look_up(tenant, &Lookup::Payment(id)).await.map_err(before_begin)?;
        Ok(found.is_some())
    }

    /// Payments, newest first. The list has one payment more than the page size if another page follows.
    pub async fn payments(&self, tenant: &TenantName, listing: &Listing) -> Result<Vec<Payment>, Refusal> {
        self.0.journal.list(tenant, listing).await.map_err(before_begin)
    }

    /// Whether the relay has a valid email of a customer.
    pub async fn has_email(&self, tenant: &TenantName, customer: &CustomerId) -> Result<bool, Refusal> {
        let known = self.0.known(self.0.tenant(tenant)?, customer).await?;
        Ok(known.iter().any(|known| known.value.profile.email.is_some()))
    }

    /// The active payment systems with the assigned currency, for all currencies or for `only`.
    pub fn offered(
        &self,
        tenant: &TenantName,
        only: Option<Currency>,
    ) -> Result<Vec<(&Assignment, &PaymentSystem)>, Refusal> {
        let tenant = self.0.tenant(tenant)?;
        let offered = |(assignment, system): &(&Assignment, &PaymentSystem)| {
            tenant.active
                && system.active
                && only.is_none_or(|currency| assignment.minimum.currency() == currency)
        };
        Ok(tenant.assignments().filter(offered).collect())
    }

    /// Whether the processor of a payment system has a capability.
    pub fn can(&self, tenant: &TenantName, system: &PaymentSystem, capability: Capability) -> bool {
        let processor = self.0.processor_of_system(tenant, system);
        processor.is_ok_and(|processor| processor.can(capability))
    }

    /// A dry run of the policy, without a journal write and without a processor call.
    pub async fn check(&self, tenant: &TenantName, asked: &Check) -> Result<PolicyCheck, Refusal> {
        let (now, tenant) = (self.0.environment.now(), self.0.tenant(tenant)?);
        match asked {
            Check::Tokenize(command) => {
                let known = self.0.known(tenant, &command.customer.id).await?;
                // Another customer's PaymentMethod is refused as not found, and so is a deleted card.
                if let Instrument::PaymentMethod(id) = &command.instrument {
                    self.0.kept_as(tenant, id, Some(&command.customer.id)).await?;
                }
                Ok(checked(&PolicyInput::of_tokenize(tenant, command, &known, now)?))
            }
            Check::Authorize(payment) => {
                self.check_payment(tenant, JudgedOperation::Authorize, payment).await
            }
            Check::Void(payment) => self.check_payment(tenant, JudgedOperation::Void, payment).await,
        }
    }

    async fn check_payment(
        &self,
        tenant: &Tenant,
        operation: JudgedOperation,
        payment: &Authorize,
    ) -> Result<PolicyCheck, Refusal> {
        let payer = self.0.payer(tenant, payment).await?;
        let payer = (payer.known.as_slice(), payer.kept());
        let now = self.0.environment.now();
        Ok(checked(&PolicyInput::of_authorize(tenant, operation, payment, payer, now)?))
    }

    /// Events after a sequence number, oldest first.
    pub async fn events(
        &self,
        tenant: &TenantName,
        after: u64,
        most: u32,
    ) -> Result<Vec<v1::Event>, Refusal> {
        self.0.journal.events(tenant, after, most).await.map_err(before_begin)
    }

    /// The sequence number of the last event; 0 if the tenant has no event.
    pub fn last_event(&self, tenant: &TenantName) -> u64 {
        self.0.journal.last_event(tenant)
    }

    /// Waits until the tenant has an event after a sequence number.
    pub async fn event_after(&self, tenant: &TenantName, after: u64) {
        self.0.journal.event_after(tenant, after).await;
    }
}

fn checked(input: &PolicyInput<'_>) -> PolicyCheck {
    PolicyCheck {
        findings: policy::findings(input).collect(),
        payment_system: input.system().map(|system| system.name.clone()).unwrap_or_default(),
    }
}
