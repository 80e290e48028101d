//! A customer's cards: ours, compared with the processor's now and then.

use causeway::{order::ListCards, refusal::Refusal, tenant::TenantName, v1};
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

/// Pages of a hundred cards that are read of one customer.
const MAX_PAGES: usize = 10;

/// The cards of a customer.
#[derive(Debug)]
pub struct CardList {
    /// The cards.
    pub cards: Vec<v1::StoredCard>,
    /// When the processor was last asked for the list that is oldest.
    pub as_of: Timestamp,
    /// Whether some processor could not be asked.
    pub unconfirmed: bool,
}

impl Queries<'_> {
    /// The cards of a customer, at one payment system or at all.
    pub async fn cards(&self, tenant: &TenantName, asked: &ListCards) -> Result<CardList, Refusal> {
        let tenant = self.0.tenant(tenant)?;
        let only = asked.payment_system.as_ref().map(|name| route::system_named(tenant, name)).transpose()?;
        let now = self.0.surroundings.now();
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

    /// The customer with what the processor shows of their cards, and whether it could be asked.
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
            // The cards were changed meanwhile; the processor is asked again next time.
            return Ok((customer, false));
        }
        let compared = Versioned { value: compared, version: customer.version.saturating_add(1) };
        self.0.card_lists.remember(&compared, now);
        Ok((compared, true))
    }
}
