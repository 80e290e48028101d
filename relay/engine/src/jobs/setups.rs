//! Looks up SetupIntents that wait for the payer, and cancels the abandoned ones.

use std::sync::Arc;

use causeway::{refusal::Refusal, tenant::TenantName};
use causeway_domain::{
    customer::{Customer, StoredCard},
    idempotency::IdempotencyKey,
    observation::Purpose,
    operation::{CommandKind, CustomerCommand, Operation, Source, Target},
};
use causeway_ports::{
    journal::{CustomerBy, Unfinished},
    processor::{Delivery, Effect, ProcessorReply, SetupCancellation},
};
use jiff::Timestamp;

use super::{Item, JobCounts, PAGE, open};
use crate::{engine::Engine, phase::before_begin, processors::request};

const TOKENIZE: CommandKind = CommandKind::Customer(CustomerCommand::Tokenize);

pub(super) async fn run(
    engine: &Arc<Engine>,
    only: Option<&TenantName>,
    counts: &mut JobCounts,
) -> Result<(), Refusal> {
    let now = engine.environment.now();
    let mut which = Unfinished {
        tenant: only.cloned(),
        kinds: vec![TOKENIZE],
        waiting: false,
        before: now.checked_sub(open::ABANDONED).unwrap_or_default(),
        after: Timestamp::MIN,
        most: PAGE,
    };
    loop {
        let found = engine.journal.unfinished(which.clone()).await.map_err(before_begin)?;
        let Some(last) = found.last() else { break };
        which.after = last.started;
        for operation in &found {
            counts.one("abandoned", &Item::of_operation(operation), abandon(engine, operation).await);
        }
    }
    open::operations(engine, only, &[TOKENIZE], counts).await
}

/// Cancels the SetupIntent at Stripe, and resumes the operation, which then records the
/// cancellation in the journal.
async fn abandon(engine: &Arc<Engine>, operation: &Operation) -> Result<bool, Refusal> {
    let Target::Customer { id, card: Some(token), .. } = &operation.target else { return Ok(false) };
    let by = CustomerBy::Id(*id);
    let found = engine.journal.customer(&operation.tenant, by).await.map_err(before_begin)?;
    let Some(customer) = found.map(|found| found.value) else { return Ok(false) };
    if let Some(setup) = customer.card(token).and_then(setup) {
        let key = IdempotencyKey::once(operation.id);
        let processor = engine.processor(&customer)?;
        let effect = Effect::CancelSetup { setup, reason: SetupCancellation::Abandoned };
        let request = request(processor, &customer.payment_system, &effect, &key)?;
        let reply = processor.send(&request, &key, Delivery::NotSent, Purpose::FollowUp).await;
        if let ProcessorReply::NoAnswer { why }
        | ProcessorReply::PersistedError { why }
        | ProcessorReply::KeyConflict { why } = reply
        {
            return Err(Refusal::ProcessorSilent { why });
        }
    }
    let answer = engine.resume::<Customer>(operation, Source::Recovery).await?;
    Ok(answer.is_some())
}

fn setup(card: &StoredCard) -> Option<&str> {
    card.setup_intent.as_deref()
}
