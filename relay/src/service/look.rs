//! Looking at payments: from the journal alone, or with a look at Stripe.

use std::sync::Arc;

use causeway::{
    order::{Listing, Lookup, lookup::moment_to_wire},
    refusal::Refusal,
    tenant::TenantName,
    v1,
};

use crate::{
    journal::{JournalError, Source, Step},
    operation::Desk,
    payment::observation::Way,
};

pub(super) async fn get(
    desk: &Desk,
    tenant: &TenantName,
    lookup: &Lookup,
) -> Result<v1::GetPaymentResponse, Refusal> {
    let found = desk.journal.look_up(tenant, lookup).await.map_err(unreadable)?;
    let payment = found.ok_or(Refusal::PaymentNotFound)?;
    let history = desk.journal.history(payment.id).await.map_err(unreadable)?;
    Ok(v1::GetPaymentResponse {
        payment: Some(payment.to_wire()),
        timeline: history.iter().map(entry).collect(),
    })
}

/// Asks Stripe how a payment stands.
pub(super) async fn sync(
    desk: &Arc<Desk>,
    tenant: &TenantName,
    lookup: &Lookup,
) -> Result<v1::SyncPaymentResponse, Refusal> {
    let found = desk.journal.look_up(tenant, lookup).await.map_err(unreadable)?;
    let id = found.ok_or(Refusal::PaymentNotFound)?.id;
    let way = Way { source: Source::Recovery, reference: None };
    let (payment, changed) = desk.sync(tenant, id, &way).await?;
    if payment.owes_back() {
        desk.give_back_late(tenant, id).await?;
    }
    let now = desk.journal.look_up(tenant, &Lookup::Payment(id)).await.map_err(unreadable)?;
    Ok(v1::SyncPaymentResponse { payment: now.map(|payment| payment.to_wire()), changed })
}

pub(super) async fn list(
    desk: &Desk,
    tenant: &TenantName,
    listing: &Listing,
) -> Result<v1::ListPaymentsResponse, Refusal> {
    let mut payments = desk.journal.list(tenant, listing).await.map_err(unreadable)?;
    let page = usize::try_from(listing.page_size).unwrap_or(usize::MAX);
    let more = payments.len() > page;
    payments.truncate(page);
    let last = payments.last().filter(|_| more);
    Ok(v1::ListPaymentsResponse {
        next_page_token: last.map(|payment| payment.id.to_string()).unwrap_or_default(),
        // What a payer's browser needs is not for lists.
        payments: payments.iter().map(|payment| v1::Payment { action: None, ..payment.to_wire() }).collect(),
    })
}

pub(super) fn entry(step: &Step) -> v1::TimelineEntry {
    v1::TimelineEntry {
        at: Some(moment_to_wire(step.at)),
        from: step.from.unwrap_or_default().into(),
        to: step.to.into(),
        operation: step.operation.as_ref().map(|(kind, _)| kind.as_str().to_owned()).unwrap_or_default(),
        source: step.source.as_str().to_owned(),
        note: step.note.clone(),
        request_id: step.operation.as_ref().map(|(_, id)| id.to_string()).unwrap_or_default(),
        processor_reference: step.reference.clone().unwrap_or_default(),
    }
}

pub(super) fn unreadable(error: JournalError) -> Refusal {
    tracing::error!(%error, "the journal could not be read");
    match error {
        JournalError::Unavailable(_) => Refusal::JournalUnavailable,
        JournalError::Full(_) => Refusal::JournalFull,
        JournalError::Corrupt(_) => Refusal::JournalDamaged,
    }
}
