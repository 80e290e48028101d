//! Handlers of events about a card or a customer.

use std::sync::Arc;

use causeway::{refusal::Refusal, text::CardToken};
use causeway_domain::{
    change::{Changes, CustomerChange, Versioned},
    customer::{CardState, Customer},
    observation::Purpose,
    operation::Source,
};
use causeway_ports::{
    journal::{
        Commit, CustomerBy,
        inbox::{Handled, InboundEvent},
    },
    processor::{Found, Object, ObjectRef},
};

use crate::{context::Context, engine::Engine, phase::before_begin};

/// A card's verification has succeeded or failed: resumes the operation that stores the card.
pub(super) async fn verified(
    engine: &Arc<Engine>,
    event: &InboundEvent,
    card: Option<String>,
) -> Result<Handled, Refusal> {
    let Some(token) = card.and_then(|card| CardToken::parse(&card).ok()) else {
        return Ok(Handled::Foreign);
    };
    let by = CustomerBy::Card(token.clone());
    let found = engine.journal.customer(&event.tenant, by).await.map_err(before_begin)?;
    let Some(customer) =
        found.map(|found| found.value).filter(|it| it.payment_system == event.payment_system)
    else {
        return Ok(Handled::Foreign);
    };
    let Some(card) = customer.card(&token) else { return Ok(Handled::Foreign) };
    if !matches!(
        card.state,
        CardState::Verifying | CardState::ActionRequired { .. } | CardState::Unknown { .. }
    ) {
        return Ok(Handled::Echo);
    }
    let operation = engine.journal.operation(&event.tenant, &card.request_id).await.map_err(before_begin)?;
    let Some(operation) = operation else { return Ok(Handled::Foreign) };
    let before = customer.clone();
    engine.resume_after_others::<Customer>(&operation, event.source).await?;
    let after =
        engine.journal.customer(&event.tenant, CustomerBy::Id(before.id)).await.map_err(before_begin)?;
    let changed = after.is_some_and(|after| after.value.cards != before.cards);
    Ok(if changed { Handled::Changed } else { Handled::Echo })
}

/// A PaymentMethod has changed: looks up the PaymentMethod of a stored card.
pub(super) async fn changed(context: &Context, event: &InboundEvent, id: &str) -> Result<Handled, Refusal> {
    let Some(customer) = owner(context, event, id).await? else { return Ok(Handled::Foreign) };
    let processor = context.processor(&customer)?;
    let found = processor.retrieve(ObjectRef::Method(id), Purpose::Card).await.found(Object::method);
    let (gone, shown) = match found {
        Found::Is(method) => (method.customer.as_deref() != customer.processor_id(), method.card),
        Found::Missing => (true, None),
        Found::Unreadable { .. } => return Ok(Handled::Unreadable),
        Found::Rejected(rejection) => {
            return Err(Refusal::ProcessorSilent { why: format!("HTTP {} to a look-up", rejection.status) });
        }
        Found::Silent { why } => return Err(Refusal::ProcessorSilent { why }),
    };
    write(context, &customer, |customer| {
        let own = customer.card_of_method(id).map(|card| card.token.clone());
        let Some(card) = own.and_then(|token| customer.card_mut(&token)) else { return };
        if gone && card.state == CardState::Active {
            card.state = CardState::Deleted;
        } else if let Some(shown) = shown.clone().filter(|_| !gone) {
            card.card = shown;
        }
    })
    .await
}

/// A customer may have been deleted at Stripe, together with the cards.
pub(super) async fn left(context: &Context, event: &InboundEvent, id: &str) -> Result<Handled, Refusal> {
    let Some(customer) = owner(context, event, id).await? else { return Ok(Handled::Foreign) };
    let processor = context.processor(&customer)?;
    let found = processor.retrieve(ObjectRef::Customer(id), Purpose::Card).await.found(Object::customer);
    let gone = match found {
        Found::Is(shown) => shown.deleted,
        Found::Missing => true,
        Found::Rejected(_) | Found::Unreadable { .. } => false,
        Found::Silent { why } => return Err(Refusal::ProcessorSilent { why }),
    };
    if !gone {
        return Ok(Handled::Echo);
    }
    write(context, &customer, |customer| {
        if customer.processor_id() == Some(id) {
            customer.forgotten();
        }
    })
    .await
}

/// The customer that owns an object, if the customer belongs to the event's tenant and payment system.
async fn owner(context: &Context, event: &InboundEvent, id: &str) -> Result<Option<Customer>, Refusal> {
    let found = context.journal.owner(id).await.map_err(before_begin)?;
    Ok(found.filter(|it| it.tenant == event.tenant && it.payment_system == event.payment_system))
}

/// Writes a change of a customer, and repeats the change after a version conflict.
async fn write(
    context: &Context,
    customer: &Customer,
    change: impl Fn(&mut Customer),
) -> Result<Handled, Refusal> {
    loop {
        let by = CustomerBy::Id(customer.id);
        let found = context.journal.customer(&customer.tenant, by).await.map_err(before_begin)?;
        let Some(Versioned { value: before, version }) = found else { return Ok(Handled::Foreign) };
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(Handled::Echo);
        }
        after.updated = context.environment.now();
        let change = CustomerChange { customer: after, basis: Some(version), source: Source::Dashboard };
        let written = context.change(Changes::of_customer(change)).await.map_err(before_begin)?;
        if written == Commit::Committed {
            return Ok(Handled::Changed);
        }
    }
}
