//! The query for a customer's stored cards, compared with the processor's list from time to time.

use causeway::{refusal::Refusal, request::ListCards, tenant::TenantName, v1};
use causeway_domain::{
    change::{Changes, CustomerChange, Versioned},
    customer::{self, Customer},
    operation::Source,
    policy::route,
};
use causeway_ports::{journal::Commit, processor::Capability};
use jiff::Timestamp;

use super::Queries;
use crate::phase::before_begin;

/// Maximum number of pages, of one hundred cards each, read for one customer.
const MAX_PAGES: usize = 10;

/// The answer to a query for a customer's cards.
#[derive(Debug)]
pub struct CardList {
    /// The stored cards, with the default card marked.
    pub cards: Vec<v1::StoredCard>,
    /// Time of the oldest processor list that the answer relies on.
    pub as_of: Timestamp,
    /// Whether the comparison with at least one processor failed.
    pub unconfirmed: bool,
}

impl Queries<'_> {
    /// The cards of a customer, at one payment system or at all payment systems.
    pub async fn cards(&self, tenant: &TenantName, asked: &ListCards) -> Result<CardList, Refusal> {
        let tenant = self.0.tenant(tenant)?;
        let only = asked.payment_system.as_ref().map(|name| route::system_named(tenant, name)).transpose()?;
        let now = self.0.environment.now();
        let (mut as_of, mut unconfirmed) = (now, false);
        let mut shown: Vec<Customer> = vec![];
        for customer in self.0.known(tenant, &asked.customer).await? {
            if only.is_some_and(|only| only.name != customer.value.payment_system) {
                continue;
            }
            let lives = tenant.system(&customer.value.payment_system).map(|system| system.card_list_lives);
            let believed =
                |at: &Timestamp| lives.is_some_and(|lives| now.duration_since(*at).unsigned_abs() < lives);
            let customer = match self.0.card_lists.asked(&customer).filter(believed) {
                Some(at) => {
                    as_of = as_of.min(at);
                    customer
                }
                None => {
                    let (customer, confirmed) = self.compare(customer, now).await?;
                    unconfirmed |= !confirmed;
                    customer
                }
            };
            shown.push(customer.value);
        }
        let active = |customer: &&Customer| {
            tenant.system(&customer.payment_system).is_some_and(|system| system.active)
        };
        let default =
            customer::default_among(shown.iter().filter(active)).map(|(_, card)| card.token.to_string());
        let kept = shown.iter().flat_map(Customer::kept);
        let cards =
            kept.map(|card| v1::StoredCard { is_default: default.as_ref() == Some(&card.token), ..card });
        Ok(CardList { cards: cards.collect(), as_of, unconfirmed })
    }

    /// Compares the customer's cards with the processor's list. Returns the customer and
    /// whether the comparison succeeded.
    async fn compare(
        &self,
        customer: Versioned<Customer>,
        now: Timestamp,
    ) -> Result<(Versioned<Customer>, bool), Refusal> {
        let Some(id) = customer.value.processor_id() else { return Ok((customer, true)) };
        let processor = self.0.processor(&customer.value)?;
        if !processor.can(Capability::List) {
            return Ok((customer, true));
        }
        let Some(methods) = processor.cards_of(id, MAX_PAGES).await else { return Ok((customer, false)) };
        let mut compared = customer.value.clone();
        compared.compare(&methods);
        if compared == customer.value {
            self.0.card_lists.remember(&customer, now);
            return Ok((customer, true));
        }
        compared.updated = now;
        let change = CustomerChange {
            customer: compared.clone(),
            basis: Some(customer.version),
            source: Source::Recovery,
        };
        let written = self.0.change(Changes::of_customer(change)).await.map_err(before_begin)?;
        if written != Commit::Committed {
            // A concurrent write has changed the cards, so the next query compares again.
            return Ok((customer, false));
        }
        let compared = Versioned { value: compared, version: customer.version.saturating_add(1) };
        self.0.card_lists.remember(&compared, now);
        Ok((compared, true))
    }
}
