//! What an event about a card or a customer leads to.

use std::sync::Arc;

use causeway::{refusal::Refusal, text::CardToken};

use super::subject::Subject;
use crate::{
    customer::{CardState, Customer},
    journal::{
        Changes, CustomerBy, CustomerChange, Source, Versioned, Written,
        incoming::{Handled, Incoming},
    },
    operation::{Desk, unwritable},
    stripe::{
        client::Asked,
        paths,
        view::{ObjectOrId, PaymentMethod},
    },
};

/// A card was verified, or was not: the operation that keeps it looks again.
pub(super) async fn verified(
    desk: &Arc<Desk>,
    incoming: &Incoming,
    object: &serde_json::Value,
) -> Result<Handled, Refusal> {
    let Some(token) = Subject::of(object).card.and_then(|card| CardToken::parse(&card).ok()) else {
        return Ok(Handled::Foreign);
    };
    let by = CustomerBy::Card(token.clone());
    let found = desk.journal.customer(&incoming.tenant, by).await.map_err(unwritable)?;
    let Some(customer) =
        found.map(|found| found.it).filter(|it| it.payment_system == incoming.payment_system)
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
    let operation = desk.journal.operation(&incoming.tenant, &card.request_id).await.map_err(unwritable)?;
    let Some(operation) = operation else { return Ok(Handled::Foreign) };
    let before = customer.clone();
    desk.resume_in_turn::<Customer>(&operation, incoming.source).await?;
    let after =
        desk.journal.customer(&incoming.tenant, CustomerBy::Id(before.id)).await.map_err(unwritable)?;
    let changed = after.is_some_and(|after| after.it.cards != before.cards);
    Ok(if changed { Handled::Changed } else { Handled::Echo })
}

/// A PaymentMethod changed: where it is a kept card, it is looked at.
pub(super) async fn changed(desk: &Desk, incoming: &Incoming, id: &str) -> Result<Handled, Refusal> {
    let Some(customer) = owner(desk, incoming, id).await? else { return Ok(Handled::Foreign) };
    let way = desk.processor(&customer)?;
    let (gone, shown) = match way.examine(&paths::method(id)).await {
        Asked::Done { object, .. } => {
            let Ok(method) = serde_json::from_value::<PaymentMethod>(object) else {
                return Ok(Handled::Unreadable);
            };
            let theirs = method.customer.as_ref().map(ObjectOrId::id) == customer.processor_id();
            (!theirs, method.card.map(|card| card.shown()))
        }
        Asked::Refused { error, .. } if error.body.code() == "resource_missing" => (true, None),
        Asked::Refused { error, .. } => {
            return Err(Refusal::ProcessorSilent { why: format!("HTTP {} to a look-up", error.status) });
        }
        Asked::Unknown { why } | Asked::Kept { why } | Asked::KeyReused { why } => {
            return Err(Refusal::ProcessorSilent { why });
        }
    };
    write(desk, &customer, |customer| {
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

/// A customer was deleted at Stripe, and the cards with them.
pub(super) async fn left(desk: &Desk, incoming: &Incoming, id: &str) -> Result<Handled, Refusal> {
    let Some(customer) = owner(desk, incoming, id).await? else { return Ok(Handled::Foreign) };
    let gone = match desk.processor(&customer)?.examine(&paths::customer(id)).await {
        Asked::Done { object, .. } => {
            object.get("deleted").and_then(serde_json::Value::as_bool).unwrap_or_default()
        }
        Asked::Refused { error, .. } => error.body.code() == "resource_missing",
        Asked::Unknown { why } | Asked::Kept { why } | Asked::KeyReused { why } => {
            return Err(Refusal::ProcessorSilent { why });
        }
    };
    if !gone {
        return Ok(Handled::Echo);
    }
    write(desk, &customer, |customer| {
        if customer.processor_id() == Some(id) {
            customer.forgotten();
        }
    })
    .await
}

/// Whose an object is, if it is one of this tenant at this payment system.
async fn owner(desk: &Desk, incoming: &Incoming, id: &str) -> Result<Option<Customer>, Refusal> {
    let found = desk.journal.owner(id).await.map_err(unwritable)?;
    Ok(found.filter(|it| it.tenant == incoming.tenant && it.payment_system == incoming.payment_system))
}

/// Changes a customer, whatever else changes them meanwhile.
async fn write(desk: &Desk, customer: &Customer, change: impl Fn(&mut Customer)) -> Result<Handled, Refusal> {
    loop {
        let by = CustomerBy::Id(customer.id);
        let found = desk.journal.customer(&customer.tenant, by).await.map_err(unwritable)?;
        let Some(Versioned { it: before, version }) = found else { return Ok(Handled::Foreign) };
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(Handled::Echo);
        }
        after.updated = desk.surroundings.now();
        let change = CustomerChange { customer: after, basis: Some(version), source: Source::Dashboard };
        let written = desk.journal.change(Changes::of_customer(change)).await.map_err(unwritable)?;
        if written == Written::Done {
            return Ok(Handled::Changed);
        }
    }
}
