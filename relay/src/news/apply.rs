//! What an event leads to.

use std::sync::Arc;

use causeway::{
    order::{Lookup, PaymentId},
    refusal::Refusal,
    text::ProcessorId,
};

use super::{
    cards,
    subject::Subject,
    types::{About, named},
};
use crate::{
    journal::incoming::{Handled, Incoming},
    operation::{Desk, unwritable},
    payment::{
        Payment,
        observation::{Observation, Way},
        observe,
    },
    stripe::view,
};

/// What came of an event.
pub enum Came {
    /// It was worked on.
    To(Handled),
    /// It carries our marks, and nobody here knows it: it may have come too early.
    Unmatched {
        /// Stripe's id of what it is about.
        id: String,
    },
}

/// Works on an event. It is a hint: what it tells is looked at, unless it is known.
pub async fn apply(desk: &Arc<Desk>, incoming: &Incoming) -> Result<Came, Refusal> {
    let Some(known) = named(&incoming.kind) else { return Ok(Came::To(Handled::UnknownType)) };
    let Ok(event) = serde_json::from_str::<view::Event>(&incoming.body) else {
        return Ok(Came::To(Handled::Unreadable));
    };
    let object = &event.data.object;
    match known.about {
        About::Payment => of_payment(desk, incoming, object).await,
        About::Setup => cards::verified(desk, incoming, object).await.map(Came::To),
        About::Method => cards::changed(desk, incoming, Subject::own_id(object)).await.map(Came::To),
        About::Customer => cards::left(desk, incoming, Subject::own_id(object)).await.map(Came::To),
        About::Nothing => Ok(Came::To(Handled::NoEffect)),
    }
}

/// The way by which an event came.
pub(super) fn way(incoming: &Incoming) -> Way {
    Way { source: incoming.source, reference: Some(incoming.id.clone()) }
}

async fn of_payment(
    desk: &Arc<Desk>,
    incoming: &Incoming,
    object: &serde_json::Value,
) -> Result<Came, Refusal> {
    let subject = Subject::of(object);
    let Some(payment) = find(desk, incoming, &subject).await? else {
        return unmatched(desk, subject).await;
    };
    // What is known may still have to be done: the process may have died between the two.
    if observe::is_known(&payment, object) && !payment.owes_back() {
        return Ok(Came::To(Handled::Echo));
    }
    if causeway_runtime::bug!("webhook_without_rank")
        && incoming.kind.starts_with("payment_intent.")
        && let Ok(intent) = serde_json::from_value(object.clone())
    {
        let seen = Observation::Intent(Box::new(intent));
        drop(desk.observe(&incoming.tenant, payment.id, &seen, &way(incoming)).await);
        return Ok(Came::To(Handled::Changed));
    }
    let (payment, changed) = desk.sync(&incoming.tenant, payment.id, &way(incoming)).await?;
    if payment.owes_back() {
        desk.give_back_late(&incoming.tenant, payment.id).await?;
    }
    Ok(Came::To(if changed { Handled::Changed } else { Handled::Echo }))
}

/// The payment of this tenant and payment system that an event is about.
async fn find(desk: &Desk, incoming: &Incoming, subject: &Subject) -> Result<Option<Payment>, Refusal> {
    let ours = |payment: &Payment| payment.payment_system == incoming.payment_system;
    for id in &subject.ids {
        let Ok(id) = ProcessorId::parse(id) else { continue };
        let found =
            desk.journal.look_up(&incoming.tenant, &Lookup::Processor(id)).await.map_err(unwritable)?;
        if let Some(payment) = found.filter(ours) {
            return Ok(Some(payment));
        }
    }
    let Some(Ok(id)) = subject.payment.as_deref().map(PaymentId::parse) else { return Ok(None) };
    let found = desk.journal.payment(&incoming.tenant, id).await.map_err(unwritable)?;
    Ok(found.map(|found| found.it).filter(ours))
}

/// Without our marks it is somebody else's, and so it is when another tenant knows it.
async fn unmatched(desk: &Desk, subject: Subject) -> Result<Came, Refusal> {
    let foreign = Ok(Came::To(Handled::Foreign));
    let (Some(_), Some(id)) = (subject.payment, subject.ids.into_iter().next()) else { return foreign };
    if desk.journal.is_known(&id).await.map_err(unwritable)? {
        return foreign;
    }
    Ok(Came::Unmatched { id })
}
