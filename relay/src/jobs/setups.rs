//! Looks at card set-ups that wait for their payers, and gives up those that nobody will
//! finish any more.

use std::sync::Arc;

use causeway::{refusal::Refusal, tenant::TenantName};
use jiff::Timestamp;

use super::{Counts, PAGE, open};
use crate::{
    customer::{Customer, StoredCard},
    journal::{About, CustomerBy, Kind, Operation, Source, Unfinished},
    operation::{Desk, unwritable},
    stripe::{
        client::{Asked, Heard},
        idempotency::IdempotencyKey,
        request::StripeRequest,
    },
};

pub(super) async fn run(
    desk: &Arc<Desk>,
    only: Option<&TenantName>,
    counts: &mut Counts,
) -> Result<(), Refusal> {
    let now = desk.surroundings.now();
    let mut which = Unfinished {
        tenant: only.cloned(),
        kinds: vec![Kind::Tokenize],
        waiting: false,
        before: now.checked_sub(open::ABANDONED).unwrap_or_default(),
        after: Timestamp::MIN,
        most: PAGE,
    };
    loop {
        let found = desk.journal.unfinished(which.clone()).await.map_err(unwritable)?;
        let Some(last) = found.last() else { break };
        which.after = last.started;
        for operation in &found {
            counts.one("abandoned", &operation.id.to_string(), abandon(desk, operation).await);
        }
    }
    open::operations(desk, only, &[Kind::Tokenize], counts).await
}

/// Gives the set-up up at Stripe; then looking at it closes it here.
async fn abandon(desk: &Arc<Desk>, operation: &Operation) -> Result<bool, Refusal> {
    let About::Customer { id, card: Some(token) } = &operation.about else { return Ok(false) };
    let by = CustomerBy::Id(*id);
    let found = desk.journal.customer(&operation.tenant, by).await.map_err(unwritable)?;
    let Some(customer) = found.map(|found| found.it) else { return Ok(false) };
    if let Some(setup) = customer.card(token).and_then(setup) {
        let key = IdempotencyKey::once(operation.id);
        let request = StripeRequest::cancel_setup(setup, "abandoned");
        let asked = desk.processor(&customer)?.ask(&request, &key, Heard::Nothing).await;
        if let Asked::Unknown { why } | Asked::Kept { why } | Asked::KeyReused { why } = asked {
            return Err(Refusal::ProcessorSilent { why });
        }
    }
    let answer = desk.resume::<Customer>(operation, Source::Recovery).await?;
    Ok(answer.is_some())
}

fn setup(card: &StoredCard) -> Option<&str> {
    card.setup_intent.as_deref()
}
