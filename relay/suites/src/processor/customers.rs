//! The promises about customers: created, updated, deleted.

use causeway::text::ProcessorCustomerId;
use causeway_domain::observation::{CustomerSnapshot, Purpose, RejectionReason};
use causeway_ports::processor::{Capability, Effect, Found, Object, ObjectRef, ProcessorReply};

use super::{
    reply::{done_customer, missing},
    stage::{Stage, profile},
};
use crate::report::{Checked, Fault, ensure, ensure_eq};

async fn look_up(stage: &Stage<'_>, id: &str) -> Found<CustomerSnapshot> {
    stage.processor.retrieve(ObjectRef::Customer(id), Purpose::Card).await.found(Object::customer)
}

/// The customer exists and is not deleted.
async fn is_there(stage: &Stage<'_>, id: &str) -> Checked {
    let there = Found::Is(CustomerSnapshot { id: id.to_owned(), deleted: false });
    ensure_eq(&look_up(stage, id).await, &there, "a look-up shows the customer")
}

pub(super) async fn a_customer_is_made(stage: &Stage<'_>) -> Checked {
    let (one, other) = (stage.customer().await?, stage.customer().await?);
    ensure(one != other, "two customers have two ids")?;
    is_there(stage, &one).await?;
    is_there(stage, &other).await
}

pub(super) async fn a_customer_is_made_once(stage: &Stage<'_>) -> Checked {
    let (reference, profile, key) = (stage.reference(), profile("Ada Lovelace"), stage.key());
    let effect = Effect::CreateCustomer { reference: &reference, tenant: "acme", profile: &profile };
    let ask = async || {
        let reply = stage.ask_under(&key, &effect, Purpose::Card).await?;
        done_customer(reply, "a customer is made")
    };
    ensure_eq(&ask().await?, &ask().await?, "a customer is made once under one key")
}

async fn update(stage: &Stage<'_>, id: &str) -> Result<ProcessorReply, Fault> {
    let (before, now) = (profile("Ada Lovelace"), profile("Ada King"));
    stage.ask(&Effect::UpdateCustomer { id, before: &before, now: &now }, Purpose::Card).await
}

pub(super) async fn a_customer_is_updated(stage: &Stage<'_>) -> Checked {
    let id = stage.customer().await?;
    let updated = done_customer(update(stage, &id).await?, "a customer is updated")?;
    ensure(updated.id == id && !updated.deleted, "the customer that was named is updated")?;
    is_there(stage, &id).await
}

pub(super) async fn an_unknown_customer_is_not_updated(stage: &Stage<'_>) -> Checked {
    missing(update(stage, &stage.samples.unknown.customer).await?, "an unknown customer is missing")?;
    Ok(())
}

/// A deleted customer is missing from then on: for a second deletion, an update and a payment. A
/// look-up may show the customer as deleted.
pub(super) async fn a_deleted_customer_is_missing(stage: &Stage<'_>) -> Checked {
    let id = stage.customer().await?;
    let deleted = done_customer(stage.processor.delete_customer(&id).await, "a customer is deleted")?;
    ensure_eq(&deleted, &CustomerSnapshot { id: id.clone(), deleted: true }, "the customer is deleted")?;
    let found = look_up(stage, &id).await;
    let gone = found == Found::Missing || found == Found::Is(deleted);
    ensure(gone, "a look-up shows that the customer is deleted")?;
    let again = stage.processor.delete_customer(&id).await;
    missing(again, "a deleted customer is missing the second time")?;
    if stage.can(Capability::UpdateCustomer) {
        missing(update(stage, &id).await?, "a deleted customer is not updated")?;
    }
    if stage.can(Capability::Authorize) {
        let mut order = stage.hold();
        order.terms.customer = Some(ProcessorCustomerId::kept(id.clone()));
        let rejection = missing(stage.pay(&order).await?, "a deleted customer does not pay")?;
        let named = RejectionReason::MissingCustomer(Some(id));
        ensure_eq(&rejection.reason, &named, "the rejection names the customer that is missing")?;
    }
    Ok(())
}

pub(super) async fn an_unknown_customer_is_not_deleted(stage: &Stage<'_>) -> Checked {
    let reply = stage.processor.delete_customer(&stage.samples.unknown.customer).await;
    missing(reply, "an unknown customer is missing")?;
    Ok(())
}
