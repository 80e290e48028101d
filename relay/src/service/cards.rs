//! Listing a customer's cards: ours, compared with the processor's now and then.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use causeway::{
    order::{ListCards, lookup::moment_to_wire},
    refusal::Refusal,
    tenant::TenantName,
    v1,
};
use jiff::Timestamp;

use super::look::unreadable;
use crate::{
    customer::{self, Customer},
    journal::{Changes, CustomerChange, Source, Versioned, Written},
    operation::Desk,
    policy::route,
    stripe::{lists, paths, view},
};

/// Lists that are remembered; more, and all are asked for anew.
const MOST_LISTS: usize = 100_000;
/// Pages of a hundred cards that are read of one customer.
const MOST_PAGES: usize = 10;

/// When the processor was last asked for each customer's cards, and which version of
/// the customer that was. Any change of the customer ends what was believed.
#[derive(Default)]
pub struct Lists(Mutex<HashMap<uuid::Uuid, (Timestamp, u64)>>);

impl Lists {
    fn asked(&self, customer: &Versioned<Customer>) -> Option<Timestamp> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, version) = lists.get(&customer.it.id)?;
        (*version == customer.version).then_some(*at)
    }

    fn remember(&self, customer: &Versioned<Customer>, now: Timestamp) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= MOST_LISTS {
            lists.clear();
        }
        lists.insert(customer.it.id, (now, customer.version));
    }
}

pub(super) async fn list(
    desk: &Desk,
    tenant: &TenantName,
    order: &ListCards,
) -> Result<v1::ListCardsResponse, Refusal> {
    let settings = desk.tenant(tenant)?;
    let only = order.payment_system.as_ref().map(|name| route::system_named(settings, name)).transpose()?;
    let now = desk.surroundings.now();
    let mut response = v1::ListCardsResponse { cards: vec![], as_of: None, unconfirmed: false };
    let mut oldest = now;
    let mut shown: Vec<Customer> = vec![];
    for customer in desk.known(settings, &order.customer).await? {
        if only.is_some_and(|only| only.name != customer.it.payment_system) {
            continue;
        }
        let lives = settings.system(&customer.it.payment_system).map(|system| system.card_list_lives);
        let asked = desk
            .lists
            .asked(&customer)
            .filter(|asked| lives.is_some_and(|lives| now.duration_since(*asked).unsigned_abs() < lives));
        let customer = match asked {
            Some(asked) => {
                oldest = oldest.min(asked);
                customer
            }
            None => {
                let (customer, confirmed) = refresh(desk, customer, now).await?;
                response.unconfirmed |= !confirmed;
                customer
            }
        };
        shown.push(customer.it);
    }
    let active =
        |customer: &&Customer| settings.system(&customer.payment_system).is_some_and(|system| system.active);
    let default =
        customer::default_among(shown.iter().filter(active)).map(|(_, card)| card.token.to_string());
    let kept = shown.iter().flat_map(Customer::kept);
    response.cards = kept
        .map(|card| v1::StoredCard { is_default: default.as_ref() == Some(&card.token), ..card })
        .collect();
    response.as_of = Some(moment_to_wire(oldest));
    Ok(response)
}

/// The customer with what the processor shows of their cards, and whether it could be
/// asked.
async fn refresh(
    desk: &Desk,
    customer: Versioned<Customer>,
    now: Timestamp,
) -> Result<(Versioned<Customer>, bool), Refusal> {
    let Some(id) = customer.it.processor_id() else { return Ok((customer, true)) };
    let processor = desk.processor(&customer.it)?;
    if !processor.keeps_lists() {
        return Ok((customer, true));
    }
    let Some(methods) = lists::all::<view::PaymentMethod>(processor, &paths::cards_of(id), MOST_PAGES).await
    else {
        return Ok((customer, false));
    };
    let mut compared = customer.it.clone();
    compared.compare(&methods);
    if compared == customer.it {
        desk.lists.remember(&customer, now);
        return Ok((customer, true));
    }
    compared.updated = now;
    let basis = Some(customer.version);
    let change = CustomerChange { customer: compared.clone(), basis, source: Source::Recovery };
    let written = desk.journal.change(Changes::of_customer(change)).await.map_err(unreadable)?;
    if written != Written::Done {
        // Somebody changed the cards meanwhile; what they did is asked for next time.
        return Ok((customer, false));
    }
    let compared = Versioned { it: compared, version: customer.version.saturating_add(1) };
    desk.lists.remember(&compared, now);
    Ok((compared, true))
}
