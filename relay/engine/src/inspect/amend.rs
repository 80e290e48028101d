//! Changes of a payment, by an observation or by facts that the processor does not show. After a
//! version conflict, the change is applied to the current version.

use causeway::{request::PaymentId, tenant::TenantName};
use causeway_domain::{
    change::{Changes, CustomerChange, PaymentChange, Versioned},
    observation::{Observation, Provenance},
    operation::Source,
    payment::{
        Payment,
        observe::{self, RequestedEffect},
    },
    timeline::TimelineEntry,
    transition::{Outcome, Transition},
};
use causeway_ports::journal::{Commit, JournalError};
use jiff::Timestamp;

use super::Synced;
use crate::{
    aggregate::payment::{customer_after, log_contradictions},
    context::Context,
};

/// Applies an observation to a payment. An observation without new facts writes no journal row.
pub(crate) async fn observe(
    context: &Context,
    tenant: &TenantName,
    id: PaymentId,
    seen: &Observation,
    provenance: &Provenance,
) -> Result<Synced, JournalError> {
    loop {
        let Versioned { value: before, version } = read(context, tenant, id).await?;
        let now = context.environment.now();
        let Transition { aggregate: mut payment, outcome, note, foreign } =
            observe::apply(before.clone(), RequestedEffect::Nothing, seen.clone(), now);
        if payment == before {
            return Ok(Synced { payment, changed: false });
        }
        log_contradictions(&before, &payment);
        payment.updated = now;
        let customer = customer_change(context, &payment, &outcome).await?;
        let source = if foreign { Source::Dashboard } else { provenance.source };
        let entry = TimelineEntry {
            at: now,
            from: Some(before.status()),
            to: payment.status(),
            operation: None,
            source,
            note,
            reference: provenance.reference.clone(),
        };
        let change = PaymentChange { payment: payment.clone(), basis: Some(version), entry };
        causeway_runtime::failpoint!("relay.news.before_write");
        if context.change(Changes::new(Some(change), customer)?).await? == Commit::Committed {
            causeway_runtime::failpoint!("relay.news.written");
            tracing::info!(
                tenant = %tenant,
                payment_system = payment.payment_system,
                payment = %id,
                source = source.as_str(),
                "an observation of a payment was recorded"
            );
            return Ok(Synced { payment, changed: true });
        }
    }
}

/// Changes a payment without an observation. `change` returns the note for the timeline.
pub(crate) async fn amend(
    context: &Context,
    tenant: &TenantName,
    id: PaymentId,
    source: Source,
    change: impl Fn(&mut Payment, Timestamp) -> String,
) -> Result<Synced, JournalError> {
    loop {
        let Versioned { value: before, version } = read(context, tenant, id).await?;
        let now = context.environment.now();
        let mut payment = before.clone();
        let note = change(&mut payment, now);
        if payment == before {
            return Ok(Synced { payment, changed: false });
        }
        payment.updated = now;
        let entry = TimelineEntry {
            at: now,
            from: Some(before.status()),
            to: payment.status(),
            operation: None,
            source,
            note,
            reference: None,
        };
        let change = PaymentChange { payment: payment.clone(), basis: Some(version), entry };
        if context.change(Changes::of_payment(change)?).await? == Commit::Committed {
            return Ok(Synced { payment, changed: true });
        }
    }
}

async fn read(
    context: &Context,
    tenant: &TenantName,
    id: PaymentId,
) -> Result<Versioned<Payment>, JournalError> {
    let found = context.journal.payment(tenant, id).await?;
    found.ok_or_else(|| JournalError::Corrupt(format!("payment {id} has gone")))
}

async fn customer_change(
    context: &Context,
    payment: &Payment,
    outcome: &Outcome,
) -> Result<Option<CustomerChange>, JournalError> {
    if !payment.keeps_card() {
        return Ok(None);
    }
    customer_after(context.journal.as_ref(), payment, outcome, context.environment.now()).await
}
