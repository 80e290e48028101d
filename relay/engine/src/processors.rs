//! Processor accounts, by tenant and payment system.

use std::{collections::HashMap, sync::Arc};

use causeway::{
    refusal::{Broken, Fix, Refusal},
    tenant::TenantName,
};
use causeway_domain::{idempotency::IdempotencyKey, request::ProcessorRequest, tenant::PaymentSystem};
use causeway_ports::processor::{Capability, Effect, Processor};

use crate::aggregate::AccountRef;

/// All processor accounts, by tenant and payment system.
#[derive(Clone, Default)]
pub struct Processors(HashMap<(TenantName, String), Arc<dyn Processor>>);

impl Processors {
    /// Adds the processor account of a payment system.
    pub fn insert(&mut self, tenant: TenantName, payment_system: String, processor: Arc<dyn Processor>) {
        self.0.insert((tenant, payment_system), processor);
    }

    /// The processor of a payment system, by name.
    pub fn named(&self, tenant: &TenantName, payment_system: &str) -> Option<&dyn Processor> {
        self.0.get(&(tenant.clone(), payment_system.to_owned())).map(AsRef::as_ref)
    }

    /// The same accounts, each wrapped in a decorator.
    pub fn map(self, wrap: impl Fn(Arc<dyn Processor>) -> Arc<dyn Processor>) -> Processors {
        Processors(self.0.into_iter().map(|(name, processor)| (name, wrap(processor))).collect())
    }

    /// The processor of a payment system, for a new payment or customer.
    pub(crate) fn of_system(
        &self,
        tenant: &TenantName,
        system: &PaymentSystem,
    ) -> Result<&dyn Processor, Refusal> {
        let found = self.0.get(&(tenant.clone(), system.name.clone()));
        found.map(AsRef::as_ref).ok_or(Refusal::Internal)
    }

    /// The processor of a payment or a customer, if the settings have the same account as at the creation.
    pub(crate) fn of_account(&self, account: &AccountRef<'_>) -> Result<&dyn Processor, Refusal> {
        let found = self.0.get(&(account.tenant.clone(), account.payment_system.to_owned()));
        found
            .filter(|found| found.test_mode() == account.test_mode && found.account() == account.account)
            .map(AsRef::as_ref)
            .ok_or_else(|| {
                let payment_system = account.payment_system.to_owned();
                Refusal::PaymentSystemMissing { payment_system, began: false }
            })
    }
}

/// Refuses a call outside the processor's capabilities before a request is sent.
pub(crate) fn offered(
    processor: &dyn Processor,
    capability: Capability,
    payment_system: &str,
) -> Result<(), Refusal> {
    if processor.can(capability) {
        return Ok(());
    }
    Err(Refusal::Rule(Box::new(Broken {
        rule: "operation.supported",
        reason: "OPERATION_UNSUPPORTED",
        fix: Fix::Operator,
        configured: None,
        actual: Some(capability.as_str().to_owned()),
        problem: format!(
            "the processor of the payment system {payment_system} cannot {}; use a payment system whose processor can",
            capability.as_str()
        ),
        payer_message: "This could not be done. Nothing has been changed.".to_owned(),
    })))
}

/// The processor request for an effect, if the processor has the capability and can represent the amount.
pub(crate) fn request(
    processor: &dyn Processor,
    payment_system: &str,
    effect: &Effect<'_>,
    key: &IdempotencyKey,
) -> Result<ProcessorRequest, Refusal> {
    offered(processor, effect.capability(), payment_system)?;
    processor.request(effect, key).map_err(|refused| match effect {
        Effect::Authorize { terms, .. } => {
            Refusal::AmountNotChargeable { amount: terms.amount, why: refused.0 }
        }
        Effect::Capture { amount, .. } | Effect::Refund { amount, .. } => {
            Refusal::AmountNotChargeable { amount: *amount, why: refused.0 }
        }
        Effect::Confirm { .. }
        | Effect::Cancel { .. }
        | Effect::SetUpCard(_)
        | Effect::CancelSetup { .. }
        | Effect::DetachCard { .. }
        | Effect::SetDefaultCard { .. }
        | Effect::CreateCustomer { .. }
        | Effect::UpdateCustomer { .. } => Refusal::Internal,
    })
}
