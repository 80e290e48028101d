//! Registers or updates a customer at the processor, and deactivates a customer.

use async_trait::async_trait;
use causeway::{
    refusal::Refusal,
    request::{DeactivateCustomer, PutCustomer},
    text::{CustomerId, RequestId},
};
use causeway_domain::{
    change::{Changes, CustomerChange, Versioned},
    customer::{CardState, Customer, PendingSync, Registration},
    observation::Purpose,
    operation::{CustomerCommand, Source},
    policy::{self, route},
    tenant::PaymentSystem,
    transition::Outcome,
};
use causeway_ports::journal::Commit;

use super::{cards::Next, register::register};
use crate::{
    context::Context,
    execute::command::{Caller, Command, Plan},
    phase::before_begin,
    request_lock::RequestLock,
};

#[async_trait]
impl Command for PutCustomer {
    type Aggregate = Customer;
    const COMMAND: CustomerCommand = CustomerCommand::PutCustomer;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn is_asynchronous(&self) -> bool {
        self.asynchronous
    }

    /// Registers the customer during planning, because the calls move no money and are repeatable:
    /// one call where the profile has changed, and none where the profile is the same.
    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        let tenant = context.tenant(&caller.tenant)?;
        policy::active(tenant)?;
        let system = match &self.payment_system {
            Some(name) => route::system_named(tenant, name)?,
            None => route::only_system(tenant)?,
        };
        let lock = context.lock_customer(&caller.tenant, &system.name, self.customer.id.as_str()).await;
        if self.asynchronous {
            return later(context, caller, self, system, lock).await;
        }
        let given = &self.customer;
        let registered = register(context, &caller.tenant, system, given, &lock, Purpose::FollowUp).await?;
        let (found, outcome) = match registered {
            Ok(customer) => (customer, Outcome::Approved),
            Err(rejection) => {
                let found = context.customer_at(&caller.tenant, system, given).await?;
                (found.ok_or(Refusal::Internal)?, Outcome::Declined(rejection.failure))
            }
        };
        let Versioned { value: customer, version } = found;
        let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
        let begin = context.begin_cards(caller, self, change, None, Next::Settled(outcome));
        Ok(Plan { begin, lock: Some(lock) })
    }
}

/// Leaves the registration to the job `customers`. Fields that the request omits keep the
/// values from earlier requests.
async fn later(
    context: &Context,
    caller: &Caller,
    order: &PutCustomer,
    system: &PaymentSystem,
    lock: RequestLock,
) -> Result<Plan, Refusal> {
    let found = context.customer_at(&caller.tenant, system, &order.customer).await?;
    let (mut customer, basis) = match found {
        Some(Versioned { value, version }) => (value, Some(version)),
        None => (context.new_customer(&caller.tenant, system, &order.customer), None),
    };
    let before = match &customer.pending_sync {
        Some(PendingSync::Register { profile }) => profile.as_ref().clone(),
        Some(PendingSync::Delete) | None => customer.profile.clone(),
    };
    customer.pending_sync = Some(PendingSync::Register { profile: Box::new(before.with(&order.customer)) });
    customer.updated = context.environment.now();
    let change = CustomerChange { customer, basis, source: Source::Api };
    Ok(Plan { begin: context.begin_cards(caller, order, change, None, Next::Later), lock: Some(lock) })
}

#[async_trait]
impl Command for DeactivateCustomer {
    type Aggregate = Customer;
    const COMMAND: CustomerCommand = CustomerCommand::DeactivateCustomer;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// Deactivates the customer at every payment system that has a registration. The customer's
    /// cards cannot pay from now on; the job `customers` deletes the customer at the processor.
    async fn plan(&self, context: &Context, caller: &Caller) -> Result<Plan, Refusal> {
        policy::active(context.tenant(&caller.tenant)?)?;
        let reference = &self.customer;
        let known = context.journal.customers(&caller.tenant, reference).await.map_err(before_begin)?;
        let mut systems: Vec<_> = known.iter().map(|known| known.value.payment_system.clone()).collect();
        let last = systems.pop().ok_or(Refusal::CustomerNotFound)?;
        for system in &systems {
            let _lock = context.lock_customer(&caller.tenant, system, reference.as_str()).await;
            let Some(change) = leave(context, caller, reference, system).await? else { continue };
            if context.change(Changes::of_customer(change)).await.map_err(before_begin)? != Commit::Committed
            {
                return Err(Refusal::PaymentBusy);
            }
        }
        let lock = context.lock_customer(&caller.tenant, &last, reference.as_str()).await;
        let change = leave(context, caller, reference, &last).await?.ok_or(Refusal::CustomerNotFound)?;
        let next = match &change.customer.pending_sync {
            Some(PendingSync::Delete) => Next::Later,
            Some(PendingSync::Register { .. }) | None => Next::Settled(Outcome::Approved),
        };
        Ok(Plan { begin: context.begin_cards(caller, self, change, None, next), lock: Some(lock) })
    }
}

/// Deactivates the customer at one payment system. A customer without a registration at the
/// processor needs no deletion there.
async fn leave(
    context: &Context,
    caller: &Caller,
    reference: &CustomerId,
    system: &str,
) -> Result<Option<CustomerChange>, Refusal> {
    let known = context.journal.customers(&caller.tenant, reference).await.map_err(before_begin)?;
    let found = known.into_iter().find(|known| known.value.payment_system == system);
    let Some(Versioned { value: mut customer, version }) = found else { return Ok(None) };
    customer.pending_sync = match customer.registration {
        Registration::Unregistered => None,
        Registration::Requested { .. } | Registration::Known { .. } => Some(PendingSync::Delete),
    };
    for card in &mut customer.cards {
        card.state = CardState::Deleted;
    }
    customer.updated = context.environment.now();
    Ok(Some(CustomerChange { customer, basis: Some(version), source: Source::Api }))
}
