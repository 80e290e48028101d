//! Handler of a single event, by the event's kind.

use std::sync::Arc;

use causeway::{
    refusal::Refusal,
    request::{Lookup, PaymentId},
    text::ProcessorId,
};
use causeway_domain::{
    observation::Provenance,
    payment::{Payment, observe},
};
use causeway_ports::{
    events::{EventReading, PaymentEvent},
    journal::inbox::{Handled, InboundEvent},
};

use super::cards;
use crate::{
    context::Context,
    engine::Engine,
    inspect::amend,
    phase::{before_begin, damaged},
    reconcile::sync,
    seeded_bugs,
};

/// The result of handling an event.
pub(super) enum HandlerResult {
    /// The event was handled, with this result.
    Handled(Handled),
    /// The object carries the relay's correlation metadata, and the journal has no such payment:
    /// the event may be early.
    Unmatched {
        /// Stripe's id of the event's object.
        id: String,
    },
}

/// Handles an event. An event is only a hint: the object is looked up, unless the journal already
/// has the event's content.
pub(super) async fn handle(engine: &Arc<Engine>, event: &InboundEvent) -> Result<HandlerResult, Refusal> {
    let handled = match engine.events.read(&event.kind, &event.body) {
        EventReading::UnknownType => Handled::UnknownType,
        EventReading::Unreadable => Handled::Unreadable,
        EventReading::NoEffect => Handled::NoEffect,
        EventReading::Payment(about) => return of_payment(engine, event, *about).await,
        EventReading::Setup { card } => cards::verified(engine, event, card).await?,
        EventReading::Method { id } => cards::changed(engine, event, &id).await?,
        EventReading::Customer { id } => cards::left(engine, event, &id).await?,
    };
    Ok(HandlerResult::Handled(handled))
}

/// The provenance of a change: the source and id of the event.
fn provenance(event: &InboundEvent) -> Provenance {
    Provenance { source: event.source, reference: Some(event.id.clone()) }
}

async fn of_payment(
    engine: &Arc<Engine>,
    event: &InboundEvent,
    about: PaymentEvent,
) -> Result<HandlerResult, Refusal> {
    let Some(payment) = find(engine, event, &about).await? else {
        return unmatched(engine, about).await;
    };
    if seeded_bugs::without_rank(&about) {
        let moved = |payment: &mut Payment, now| seeded_bugs::move_without_rank(&about, payment, now);
        let written = amend(engine, &event.tenant, payment.id, event.source, moved).await;
        return written.map(|_| HandlerResult::Handled(Handled::Changed)).map_err(before_begin);
    }
    // A known event may still require a compensation, because the process may have died before
    // compensating.
    if observe::is_known(&payment, &about.object) && !payment.must_compensate().map_err(damaged)? {
        return Ok(HandlerResult::Handled(Handled::Echo));
    }
    let synced = sync(engine, &event.tenant, payment.id, &provenance(event)).await?;
    Ok(HandlerResult::Handled(if synced.changed { Handled::Changed } else { Handled::Echo }))
}

/// The payment of the event's tenant and payment system, by processor id or by correlation metadata.
async fn find(
    context: &Context,
    event: &InboundEvent,
    about: &PaymentEvent,
) -> Result<Option<Payment>, Refusal> {
    let ours = |payment: &Payment| payment.payment_system == event.payment_system;
    for id in &about.ids {
        let Ok(id) = ProcessorId::parse(id) else { continue };
        let found =
            context.journal.look_up(&event.tenant, &Lookup::Processor(id)).await.map_err(before_begin)?;
        if let Some(payment) = found.filter(ours) {
            return Ok(Some(payment));
        }
    }
    let Some(Ok(id)) = about.payment.as_deref().map(PaymentId::parse) else { return Ok(None) };
    let found = context.journal.payment(&event.tenant, id).await.map_err(before_begin)?;
    Ok(found.map(|found| found.value).filter(ours))
}

/// An object without the relay's correlation metadata is foreign, and so is an object of a payment
/// that belongs to another tenant or payment system.
async fn unmatched(context: &Context, about: PaymentEvent) -> Result<HandlerResult, Refusal> {
    let foreign = Ok(HandlerResult::Handled(Handled::Foreign));
    let (Some(_), Some(id)) = (about.payment, about.ids.into_iter().next()) else { return foreign };
    if context.journal.is_known(&id).await.map_err(before_begin)? {
        return foreign;
    }
    Ok(HandlerResult::Unmatched { id })
}
