//! Converts payments and cards to the contract's messages.

use std::collections::VecDeque;

use causeway::{
    bounds::{self, Page},
    money::SumError,
    refusal::Refusal,
    request::{ListCards, Listing, ListingPage, Lookup, PageToken, PaymentId, lookup::moment_to_wire},
    tenant::TenantName,
    text::CardToken,
    v1,
};
use causeway_domain::{payment::Payment, timeline::TimelineEntry};
use causeway_engine::queries::{CardList, Queries};

use super::page::{ListMask, not_of_this_list, too_large};

/// Payments that are read from the journal at a time. A payment may have many records.
const CHUNK: u32 = 20;

pub(super) async fn get(
    queries: &Queries<'_>,
    tenant: &TenantName,
    (lookup, after): (&Lookup, u32),
) -> Result<v1::GetPaymentResponse, Refusal> {
    let found = queries.payment(tenant, lookup).await?;
    let mut timeline = Page::of_timeline();
    let rest = found.timeline.iter().zip(1_u128..).skip(usize::try_from(after).unwrap_or(usize::MAX));
    for (step, number) in rest {
        let step = entry(step);
        if !timeline.add(number, bounds::size_of(&step), step) {
            break;
        }
    }
    let next = timeline.next().and_then(|number| u32::try_from(number).ok());
    Ok(v1::GetPaymentResponse {
        payment: Some(on_wire(&found.payment)?),
        next_timeline_after: next.unwrap_or_default(),
        timeline: timeline.into_items(),
    })
}

/// The payment before the first one of a page, as the token of the page says.
pub(super) async fn place_of(
    queries: &Queries<'_>,
    tenant: &TenantName,
    list: ListMask,
    token: Option<PageToken>,
) -> Result<Option<PaymentId>, Refusal> {
    let Some(token) = token else { return Ok(None) };
    let id = PaymentId(uuid::Uuid::from_u128(list.open(token)));
    if queries.has_payment(tenant, id).await? { Ok(Some(id)) } else { Err(not_of_this_list()) }
}

pub(super) async fn list(
    queries: &Queries<'_>,
    tenant: &TenantName,
    asked: ListingPage,
    list: ListMask,
) -> Result<v1::ListPaymentsResponse, Refusal> {
    let ListingPage { mut listing, token } = asked;
    listing.after = place_of(queries, tenant, list, token).await?;
    let mut page = Page::of(listing.page_size);
    let mut payments = Payments::of(queries, tenant, listing);
    while let Some(payment) = payments.next().await? {
        // A list never contains the data for the payer's browser.
        let wire = without_action(&payment)?;
        if !page.add(payment.id.0.as_u128(), bounds::size_of(&wire), wire) {
            break;
        }
    }
    Ok(v1::ListPaymentsResponse { next_page_token: list.next(&page), payments: page.into_items() })
}

/// Payments of a list, newest first, read from the journal a few at a time.
pub(super) struct Payments<'a> {
    queries: &'a Queries<'a>,
    tenant: &'a TenantName,
    listing: Listing,
    read: VecDeque<Payment>,
    more: bool,
}

impl<'a> Payments<'a> {
    pub(super) fn of(queries: &'a Queries<'a>, tenant: &'a TenantName, listing: Listing) -> Payments<'a> {
        let listing = Listing { page_size: listing.page_size.min(CHUNK), ..listing };
        Payments { queries, tenant, listing, read: VecDeque::new(), more: true }
    }

    /// The next payment; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Payment>, Refusal> {
        if self.read.is_empty() && self.more {
            // The journal reads one payment more than the page size, where there is one.
            self.read = self.queries.payments(self.tenant, &self.listing).await?.into();
            self.more = self.read.len() > usize::try_from(self.listing.page_size).unwrap_or(usize::MAX);
            self.listing.after = self.read.back().map(|payment| payment.id);
        }
        Ok(self.read.pop_front())
    }
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
    list: ListMask,
) -> Result<v1::ListCardsResponse, Refusal> {
    let CardList { cards, as_of, unconfirmed } = queries.cards(tenant, asked).await?;
    let from = match asked.token.map(|token| CardToken::of_bits(list.open(token))) {
        None => 0,
        Some(last) => {
            let place = cards.iter().position(|card| card.token == last.as_str());
            place.ok_or_else(not_of_this_list)?.saturating_add(1)
        }
    };
    let mut page = asked.page_size.map_or_else(Page::whole, Page::of);
    for card in cards.into_iter().skip(from) {
        // Every token in the journal was made of bits.
        let id = CardToken::kept(card.token.clone()).bits().unwrap_or_default();
        if !page.add(id, bounds::size_of(&card), card) {
            break;
        }
    }
    if asked.page_size.is_none() && page.next().is_some() {
        return Err(too_large());
    }
    Ok(v1::ListCardsResponse {
        next_page_token: list.next(&page),
        cards: page.into_items(),
        as_of: Some(moment_to_wire(as_of)),
        unconfirmed,
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
