//! Tell the processor of a customer.

use async_trait::async_trait;
use causeway::{order::PutCustomer, refusal::Refusal, text::RequestId};

use super::{Caller, Desk, Order, Prepared, cards::Next};
use crate::{
    customer::Customer,
    journal::{CustomerChange, Kind, Versioned},
    payment::observe::Outcome,
    policy::{self, route},
    stripe::decline::{self, Wanted},
};

#[async_trait]
impl Order for PutCustomer {
    const KIND: Kind = Kind::PutCustomer;
    type About = Customer;

    fn request_id(&self) -> &RequestId {
        &self.request_id
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
        let (found, outcome) = match desk.register(&caller.tenant, system, &self.customer, &turn).await? {
            Ok(customer) => (customer, Outcome::Approved),
            Err(error) => {
                let found = desk.customer_at(&caller.tenant, system, &self.customer).await?;
                let outcome = Outcome::Declined(decline::failure(&error, Wanted::FollowUp));
                (found.ok_or(Refusal::Internal)?, outcome)
            }
        };
        let Versioned { it: customer, version } = found;
        let change = CustomerChange { customer, basis: Some(version) };
        let begin = desk.begin_cards(caller, self, change, None, Next::Settled(outcome));
        Ok(Prepared { begin, turn: Some(turn) })
    }
}
