//! Converts payments and cards to the contract's messages.

use causeway::{
    money::SumError,
    refusal::Refusal,
    request::{ListCards, Listing, Lookup, lookup::moment_to_wire},
    tenant::TenantName,
    v1,
};
use causeway_domain::{payment::Payment, timeline::TimelineEntry};
use causeway_engine::queries::Queries;

pub(super) async fn get(
    queries: &Queries<'_>,
    tenant: &TenantName,
    lookup: &Lookup,
) -> Result<v1::GetPaymentResponse, Refusal> {
    let found = queries.payment(tenant, lookup).await?;
    Ok(v1::GetPaymentResponse {
        payment: Some(on_wire(&found.payment)?),
        timeline: found.timeline.iter().map(entry).collect(),
    })
}

pub(super) async fn list(
    queries: &Queries<'_>,
    tenant: &TenantName,
    listing: &Listing,
) -> Result<v1::ListPaymentsResponse, Refusal> {
    let mut payments = queries.payments(tenant, listing).await?;
    let page = usize::try_from(listing.page_size).unwrap_or(usize::MAX);
    let more = payments.len() > page;
    payments.truncate(page);
    let last = payments.last().filter(|_| more);
    Ok(v1::ListPaymentsResponse {
        next_page_token: last.map(|payment| payment.id.to_string()).unwrap_or_default(),
        // A list never contains the data for the payer's browser.
        payments: payments.iter().map(without_action).collect::<Result<_, _>>()?,
    })
}

/// A payment as a message. Amounts without a sum are a damaged row of the journal.
pub(super) fn on_wire(payment: &Payment) -> Result<v1::Payment, Refusal> {
    payment.to_wire().map_err(|error| damaged(payment, error))
}

/// A payment as a message, without the data for the payer's browser.
pub(super) fn without_action(payment: &Payment) -> Result<v1::Payment, Refusal> {
    Ok(v1::Payment { action: None, ..on_wire(payment)? })
}

pub(super) fn damaged(payment: &Payment, error: SumError) -> Refusal {
    let (tenant, id) = (&payment.tenant, &payment.id);
    tracing::error!(%tenant, payment = %id, %error, "the amounts of a payment have no sum, so its row in the journal is damaged; compare it with Stripe's dashboard");
    Refusal::JournalDamaged
}

pub(super) async fn cards(
    queries: &Queries<'_>,
    tenant: &TenantName,
    asked: &ListCards,
) -> Result<v1::ListCardsResponse, Refusal> {
    let list = queries.cards(tenant, asked).await?;
    Ok(v1::ListCardsResponse {
        cards: list.cards,
        as_of: Some(moment_to_wire(list.as_of)),
        unconfirmed: list.unconfirmed,
    })
}

pub(super) fn entry(entry: &TimelineEntry) -> v1::TimelineEntry {
    let operation = entry.operation.as_ref();
    v1::TimelineEntry {
        at: Some(moment_to_wire(entry.at)),
        from: entry.from.unwrap_or_default().into(),
        to: entry.to.into(),
        operation: operation.map(|(command, _)| command.as_str().to_owned()).unwrap_or_default(),
        source: entry.source.as_str().to_owned(),
        note: entry.note.clone(),
        request_id: operation.map(|(_, id)| id.to_string()).unwrap_or_default(),
        processor_reference: entry.reference.clone().unwrap_or_default(),
    }
}
