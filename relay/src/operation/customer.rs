//! Tell the processor of a customer; say that they are no more.

use async_trait::async_trait;
use causeway::{
    order::{DeactivateCustomer, PutCustomer},
    refusal::Refusal,
    text::{CustomerId, RequestId},
};

use super::{Caller, Desk, Order, Prepared, cards::Next, turn::Turn, unwritable};
use crate::{
    customer::{CardState, Customer, Registration, Wish},
    journal::{Changes, CustomerChange, Kind, Source, Versioned, Written},
    payment::observe::Outcome,
    policy::{self, route},
    settings::PaymentSystem,
    stripe::decline::{self, Wanted},
};

#[async_trait]
impl Order for PutCustomer {
    const KIND: Kind = Kind::PutCustomer;
    type About = Customer;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn is_asynchronous(&self) -> bool {
        self.asynchronous
    }

    /// All that is asked moves nothing and can be asked again, so it is done here: one
    /// call where something has changed, and none where nothing has.
    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        let tenant = desk.tenant(&caller.tenant)?;
        policy::active(tenant)?;
        let system = match &self.payment_system {
            Some(name) => route::system_named(tenant, name)?,
            None => route::only_system(tenant)?,
        };
        let turn = desk.turn_of(&caller.tenant, &system.name, self.customer.id.as_str()).await;
        if self.asynchronous {
            return later(desk, caller, self, system, turn).await;
        }
        let (found, outcome) = match desk.register(&caller.tenant, system, &self.customer, &turn).await? {
            Ok(customer) => (customer, Outcome::Approved),
            Err(error) => {
                let found = desk.customer_at(&caller.tenant, system, &self.customer).await?;
                let outcome = Outcome::Declined(decline::failure(&error, Wanted::FollowUp));
                (found.ok_or(Refusal::Internal)?, outcome)
            }
        };
        let Versioned { it: customer, version } = found;
        let change = CustomerChange { customer, basis: Some(version), source: Source::Api };
        let begin = desk.begin_cards(caller, self, change, None, Next::Settled(outcome));
        Ok(Prepared { begin, turn: Some(turn) })
    }
}

/// The hourly run tells the processor. What billing told before is laid under it.
async fn later(
    desk: &Desk,
    caller: &Caller,
    order: &PutCustomer,
    system: &PaymentSystem,
    turn: Turn,
) -> Result<Prepared, Refusal> {
    let found = desk.customer_at(&caller.tenant, system, &order.customer).await?;
    let (mut customer, basis) = match found {
        Some(Versioned { it, version }) => (it, Some(version)),
        None => (desk.new_customer(&caller.tenant, system, &order.customer), None),
    };
    let before = match &customer.wish {
        Some(Wish::Register { told }) => told.as_ref().clone(),
        Some(Wish::Delete) | None => customer.profile.clone(),
    };
    customer.wish = Some(Wish::Register { told: Box::new(before.with(&order.customer)) });
    customer.updated = desk.surroundings.now();
    let change = CustomerChange { customer, basis, source: Source::Api };
    Ok(Prepared { begin: desk.begin_cards(caller, order, change, None, Next::Later), turn: Some(turn) })
}

#[async_trait]
impl Order for DeactivateCustomer {
    const KIND: Kind = Kind::DeactivateCustomer;
    type About = Customer;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// At every payment system that knows them. From now on their cards pay nothing; the
    /// hourly run deletes them at the processor.
    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal> {
        policy::active(desk.tenant(&caller.tenant)?)?;
        let reference = &self.customer;
        let known = desk.journal.customers(&caller.tenant, reference).await.map_err(unwritable)?;
        let mut systems: Vec<_> = known.iter().map(|known| known.it.payment_system.clone()).collect();
        let last = systems.pop().ok_or(Refusal::CustomerNotFound)?;
        for system in &systems {
            let _turn = desk.turn_of(&caller.tenant, system, reference.as_str()).await;
            let Some(change) = leave(desk, caller, reference, system).await? else { continue };
            if desk.journal.change(Changes::of_customer(change)).await.map_err(unwritable)? != Written::Done {
                return Err(Refusal::PaymentBusy);
            }
        }
        let turn = desk.turn_of(&caller.tenant, &last, reference.as_str()).await;
        let change = leave(desk, caller, reference, &last).await?.ok_or(Refusal::CustomerNotFound)?;
        let next = match &change.customer.wish {
            Some(Wish::Delete) => Next::Later,
            Some(Wish::Register { .. }) | None => Next::Settled(Outcome::Approved),
        };
        Ok(Prepared { begin: desk.begin_cards(caller, self, change, None, next), turn: Some(turn) })
    }
}

/// A customer who leaves a payment system. One that its processor never heard of is gone
/// at once.
async fn leave(
    desk: &Desk,
    caller: &Caller,
    reference: &CustomerId,
    system: &str,
) -> Result<Option<CustomerChange>, Refusal> {
    let known = desk.journal.customers(&caller.tenant, reference).await.map_err(unwritable)?;
    let found = known.into_iter().find(|known| known.it.payment_system == system);
    let Some(Versioned { it: mut customer, version }) = found else { return Ok(None) };
    customer.wish = match customer.registration {
        Registration::Nowhere => None,
        Registration::Asked { .. } | Registration::Known { .. } => Some(Wish::Delete),
    };
    for card in &mut customer.cards {
        card.state = CardState::Deleted;
    }
    customer.updated = desk.surroundings.now();
    Ok(Some(CustomerChange { customer, basis: Some(version), source: Source::Api }))
}
