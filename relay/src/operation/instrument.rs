//! What pays: found in the journal, and what the processor says of it before money
//! moves.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use causeway::{
    card::RawCard,
    order::{Authorize, Instrument},
    refusal::Refusal,
    tenant::TenantName,
    text::{CardToken, CustomerId, PaymentMethodId},
};

use jiff::Timestamp;

use super::{Desk, unwritable};
use crate::{
    customer::{self, Customer, Profile, StoredCard},
    journal::{CustomerBy, Versioned},
    processor::Processor,
    settings::{PaymentSystem, Tenant},
    stripe::{client::Asked, error::StripeError, idempotency::IdempotencyKey, paths, view},
};

/// Who pays and with what, as the journal knows it.
#[derive(Default)]
pub(crate) struct Payer {
    /// The customer at all payment systems that know them.
    pub(crate) known: Vec<Versioned<Customer>>,
    /// The card that is kept and pays, and where.
    kept: Option<(Customer, StoredCard)>,
}

impl Payer {
    /// The card that is kept and pays.
    pub(crate) fn kept(&self) -> Option<(&Customer, &StoredCard)> {
        self.kept.as_ref().map(|(customer, card)| (customer, card))
    }

    /// The customer at a payment system.
    pub(super) fn at(&self, system: &PaymentSystem) -> Option<&Customer> {
        self.known.iter().map(|known| &known.it).find(|known| known.payment_system == system.name)
    }
}

/// Whose PaymentMethod: tenant, payment system, id.
type Key = (TenantName, String, PaymentMethodId);

/// PaymentMethods that were looked at, and when.
#[derive(Default)]
pub(super) struct LookedAt(Mutex<HashMap<Key, (Timestamp, view::PaymentMethod)>>);

/// How many of them are remembered; one more, and all are looked at anew.
const MOST_LOOKED_AT: usize = 10_000;

impl LookedAt {
    fn get(&self, key: &Key, now: Timestamp, lives: Duration) -> Option<view::PaymentMethod> {
        let looked_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, method) = looked_at.get(key)?;
        (now.duration_since(*at).unsigned_abs() < lives).then(|| method.clone())
    }

    fn forget(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn put(&self, key: Key, now: Timestamp, method: view::PaymentMethod) {
        let mut looked_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if looked_at.len() >= MOST_LOOKED_AT {
            looked_at.clear();
        }
        looked_at.insert(key, (now, method));
    }
}

/// What the processor says of a method, or its definitive no.
pub(super) type Told = Result<view::PaymentMethod, Box<StripeError>>;

impl Desk {
    /// Finds who pays and, if it is a kept card, with which. Asks nobody.
    pub(crate) async fn payer(&self, tenant: &Tenant, order: &Authorize) -> Result<Payer, Refusal> {
        let customer = order.customer.as_ref().map(|customer| &customer.id);
        let known = match customer {
            Some(id) => self.known(tenant, id).await?,
            None => vec![],
        };
        let kept = match (&order.instrument, customer) {
            (Instrument::Token(token), Some(id)) => {
                let found = self.card_of(&tenant.name, id, token).await?.it;
                self.processor(&found)?;
                let card = found.payable(token)?.clone();
                Some((found, card))
            }
            (Instrument::PaymentMethod(method), _) => self.kept_as(tenant, method, customer).await?,
            (Instrument::Default, _) => Some(default_card(tenant, order, &known)?),
            (Instrument::Card(_), _) => None,
            (Instrument::Token(_), None) => return Err(Refusal::CardNotFound),
        };
        Ok(Payer { known, kept })
    }

    /// A customer at all payment systems that know them and are what they were then.
    pub(crate) async fn known(
        &self,
        tenant: &Tenant,
        customer: &CustomerId,
    ) -> Result<Vec<Versioned<Customer>>, Refusal> {
        let found = self.journal.customers(&tenant.name, customer).await.map_err(unwritable)?;
        Ok(found.into_iter().filter(|found| self.processor(&found.it).is_ok()).collect())
    }

    /// The customer of a card. To anybody else there is no such card.
    pub(super) async fn card_of(
        &self,
        tenant: &TenantName,
        customer: &CustomerId,
        token: &CardToken,
    ) -> Result<Versioned<Customer>, Refusal> {
        let found =
            self.journal.customer(tenant, CustomerBy::Card(token.clone())).await.map_err(unwritable)?;
        found.filter(|found| found.it.reference == *customer).ok_or(Refusal::CardNotFound)
    }

    /// The kept card that a PaymentMethod is. Under this name it is that card all the same:
    /// its customer's, and good for what it was kept for. Stripe's test ids become
    /// PaymentMethods of their own.
    pub(crate) async fn kept_as(
        &self,
        tenant: &Tenant,
        method: &PaymentMethodId,
        asking: Option<&CustomerId>,
    ) -> Result<Option<(Customer, StoredCard)>, Refusal> {
        if method.as_str().starts_with("pm_card_") {
            return Ok(None);
        }
        let Some(owner) = self.owner(tenant, method.as_str(), asking).await? else { return Ok(None) };
        self.processor(&owner)?;
        let token = owner.card_of_method(method.as_str()).map(|card| card.token.clone());
        let card = owner.payable(&token.ok_or(Refusal::CardNotFound)?)?.clone();
        Ok(Some((owner, card)))
    }

    /// Whose a PaymentMethod or a customer of Stripe's is. If it is somebody's, nobody else
    /// may name it, of this tenant or of another one with the same account.
    async fn owner(
        &self,
        tenant: &Tenant,
        processor_id: &str,
        asking: Option<&CustomerId>,
    ) -> Result<Option<Customer>, Refusal> {
        match self.journal.owner(processor_id).await.map_err(unwritable)? {
            Some(owner) if owner.tenant != tenant.name || Some(&owner.reference) != asking => {
                Err(Refusal::CardNotFound)
            }
            owner => Ok(owner),
        }
    }

    /// The way to a payment system, for something new.
    pub(crate) fn way(&self, tenant: &TenantName, system: &PaymentSystem) -> Result<&dyn Processor, Refusal> {
        let found = self.processors.get(&(tenant.clone(), system.name.clone()));
        found.map(AsRef::as_ref).ok_or(Refusal::Internal)
    }

    /// Asks the processor what a PaymentMethod is, and whose. A method of somebody else
    /// is not there, whatever the processor would allow.
    pub(super) async fn look_at_method(
        &self,
        tenant: &Tenant,
        system: &PaymentSystem,
        id: &PaymentMethodId,
        asks: &Asking<'_>,
    ) -> Result<Told, Refusal> {
        if let Some(named) = asks.processor_customer {
            self.owner(tenant, named, asks.customer).await?;
        }
        let told = self.method(tenant, system, id).await?;
        let Ok(method) = &told else { return Ok(told) };
        let Some(stored_with) = method.customer.as_ref().map(view::ObjectOrId::id) else { return Ok(told) };
        let owner = self.owner(tenant, stored_with, asks.customer).await?;
        if owner.is_some() || asks.processor_customer == Some(stored_with) {
            return Ok(told);
        }
        Err(Refusal::CardNotFound)
    }

    /// What a PaymentMethod is, from the processor or as it said before: type and brand
    /// never change. Whose it is may, and the journal knows that of every card that is kept
    /// here.
    async fn method(
        &self,
        tenant: &Tenant,
        system: &PaymentSystem,
        id: &PaymentMethodId,
    ) -> Result<Told, Refusal> {
        let key = (tenant.name.clone(), system.name.clone(), id.clone());
        let now = self.surroundings.now();
        if let Some(method) = self.looked_at.get(&key, now, system.card_list_lives) {
            return Ok(Ok(method));
        }
        let path = paths::method(id.as_str());
        let told = read(self.way(&tenant.name, system)?.examine(&path).await)?;
        if let Ok(method) = &told {
            self.looked_at.put(key, now, method.clone());
        }
        Ok(told)
    }

    /// A PaymentMethod that is about to become somebody's has to be looked at anew.
    pub(super) fn will_be_kept(&self, tenant: &Tenant, system: &PaymentSystem, id: &PaymentMethodId) {
        self.looked_at.forget(&(tenant.name.clone(), system.name.clone(), id.clone()));
    }

    /// Lets the processor make a PaymentMethod of a card. No money moves.
    pub(super) async fn make_method(
        &self,
        tenant: &Tenant,
        system: &PaymentSystem,
        card: &RawCard,
        holder: &Profile,
    ) -> Result<Told, Refusal> {
        let key = IdempotencyKey::once(self.surroundings.uuid());
        causeway_runtime::failpoint!("relay.card.before_exchange");
        let told = read(self.way(&tenant.name, system)?.tokenize(card, holder, &key).await)?;
        causeway_runtime::failpoint!("relay.card.exchanged");
        match told {
            Err(error) if error.is_raw_card_refused() => Err(Refusal::RawCardsNotEnabled {
                payment_system: system.name.clone(),
                said: error.body.message.unwrap_or_default(),
            }),
            told => Ok(told),
        }
    }
}

/// Who asks for a PaymentMethod.
pub(super) struct Asking<'a> {
    /// Billing's id of the customer.
    pub(super) customer: Option<&'a CustomerId>,
    /// Stripe's, where billing knows it.
    pub(super) processor_customer: Option<&'a str>,
}

fn read(asked: Asked) -> Result<Told, Refusal> {
    match asked {
        Asked::Done { object, .. } => {
            let why = |error| format!("an object that does not read as a PaymentMethod: {error}");
            let silent = |error| Refusal::ProcessorSilent { why: why(error) };
            serde_json::from_value(object).map(Ok).map_err(silent)
        }
        Asked::Refused { error, .. } => Ok(Err(error)),
        Asked::Unknown { why } | Asked::Kept { why } | Asked::KeyReused { why } => {
            Err(Refusal::ProcessorSilent { why })
        }
    }
}

/// The default card: of those payment systems that could take the payment, the one that
/// was chosen last.
fn default_card(
    tenant: &Tenant,
    order: &Authorize,
    known: &[Versioned<Customer>],
) -> Result<(Customer, StoredCard), Refusal> {
    let assigned = order.amount.money().and_then(|amount| tenant.currencies.get(&amount.currency()));
    let could = |customer: &&Customer| {
        let name = &customer.payment_system;
        let named = order.payment_system.as_ref();
        tenant.payment_systems.get(name).is_some_and(|system| system.active)
            && named.is_none_or(|named| named.as_str().eq_ignore_ascii_case(name))
            && assigned.is_none_or(|all| all.iter().any(|assignment| assignment.payment_system == *name))
    };
    let candidates = known.iter().map(|known| &known.it).filter(could);
    let found = customer::default_among(candidates);
    found.map(|(customer, card)| (customer.clone(), card.clone())).ok_or(Refusal::DefaultCardMissing)
}
