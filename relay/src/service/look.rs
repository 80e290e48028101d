//! Looking at payments: from the journal alone.

use causeway::{
    link::credential::TenantName,
    order::{Listing, Lookup, lookup::moment_to_wire},
    refusal::Refusal,
    v1,
};

use crate::{
    journal::{JournalError, Step},
    operation::Desk,
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

fn entry(step: &Step) -> v1::TimelineEntry {
    v1::TimelineEntry {
        at: Some(moment_to_wire(step.at)),
        from: step.from.unwrap_or_default().into(),
        to: step.to.into(),
        operation: step.kind.as_str().to_owned(),
        source: step.source.as_str().to_owned(),
        note: step.note.clone(),
        request_id: step.request_id.to_string(),
    }
}

pub(super) fn unreadable(error: JournalError) -> Refusal {
    tracing::error!(%error, "the journal could not be read");
    match error {
        JournalError::Unavailable(_) => Refusal::JournalUnavailable,
        JournalError::Corrupt(_) => Refusal::Internal,
    }
}
