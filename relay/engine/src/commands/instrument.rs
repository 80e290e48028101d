//! The payment instrument: the customer and the stored card from the journal, and the processor's
//! snapshot of the PaymentMethod before money moves.

use causeway::{
    card::RawCard,
    refusal::Refusal,
    request::{Authorize, Instrument},
    tenant::TenantName,
    text::{CardToken, CustomerId, PaymentMethodId},
};
use causeway_domain::{
    change::Versioned,
    customer::{self, Customer, Profile, StoredCard},
    idempotency::IdempotencyKey,
    observation::{MethodSnapshot, Purpose, Rejection, RejectionReason},
    policy::Screened,
    tenant::{PaymentSystem, Tenant},
};
use causeway_ports::{
    journal::CustomerBy,
    processor::{Capability, Object, ObjectRef, ProcessorReply},
};

use crate::{caches::MethodKey, context::Context, phase::before_begin, processors::offered};

/// The customer and the stored card of a request, from the journal.
#[derive(Default)]
pub(crate) struct Payer {
    /// The customer's records, one for each payment system with a registration.
    pub(crate) known: Vec<Versioned<Customer>>,
    /// The stored card that pays, with the customer record of the card's payment system.
    kept: Option<(Customer, StoredCard)>,
}

impl Payer {
    /// The stored card that pays, with the card's customer.
    pub(crate) fn kept(&self) -> Option<(&Customer, &StoredCard)> {
        self.kept.as_ref().map(|(customer, card)| (customer, card))
    }

    /// The customer's record at a payment system.
    pub(super) fn at(&self, system: &PaymentSystem) -> Option<&Customer> {
        self.known.iter().map(|known| &known.value).find(|known| known.payment_system == system.name)
    }
}

/// The processor's snapshot of a PaymentMethod, or the processor's definitive rejection.
pub(super) type MethodLookup = Result<MethodSnapshot, Box<Rejection>>;

impl Context {
    /// Finds the customer and, for a stored card, the card. Sends no request to the processor.
    pub(crate) async fn payer(&self, tenant: &Tenant, order: &Authorize) -> Result<Payer, Refusal> {
        let customer = order.customer.as_ref().map(|customer| &customer.id);
        let known = match customer {
            Some(id) => self.known(tenant, id).await?,
            None => vec![],
        };
        let kept = match (&order.instrument, customer) {
            (Instrument::Token(token), Some(id)) => {
                let found = self.card_of(&tenant.name, id, token).await?.value;
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

    /// The customer's records at all payment systems with the same account as at the registration.
    pub(crate) async fn known(
        &self,
        tenant: &Tenant,
        customer: &CustomerId,
    ) -> Result<Vec<Versioned<Customer>>, Refusal> {
        let found = self.journal.customers(&tenant.name, customer).await.map_err(before_begin)?;
        Ok(found.into_iter().filter(|found| self.processor(&found.value).is_ok()).collect())
    }

    /// The customer of a stored card. For any other customer, the card does not exist.
    pub(super) async fn card_of(
        &self,
        tenant: &TenantName,
        customer: &CustomerId,
        token: &CardToken,
    ) -> Result<Versioned<Customer>, Refusal> {
        let found =
            self.journal.customer(tenant, CustomerBy::Card(token.clone())).await.map_err(before_begin)?;
        found.filter(|found| found.value.reference == *customer).ok_or(Refusal::CardNotFound)
    }

    /// The stored card behind a PaymentMethod id. A PaymentMethod named by id has the owner and the
    /// reuse terms of the stored card. Stripe's test ids are excluded, because Stripe turns each
    /// use into a new PaymentMethod.
    pub(crate) async fn kept_as(
        &self,
        tenant: &Tenant,
        method: &PaymentMethodId,
        asking: Option<&CustomerId>,
    ) -> Result<Option<(Customer, StoredCard)>, Refusal> {
        if method.is_test_alias() {
            return Ok(None);
        }
        let Some(owner) = self.owner(tenant, method.as_str(), asking).await? else { return Ok(None) };
        self.processor(&owner)?;
        let token = owner.card_of_method(method.as_str()).map(|card| card.token.clone());
        let card = owner.payable(&token.ok_or(Refusal::CardNotFound)?)?.clone();
        Ok(Some((owner, card)))
    }

    /// The owner of a PaymentMethod or a customer at Stripe. An object with an owner is refused to
    /// all other customers, of this tenant and of other tenants with the same account.
    async fn owner(
        &self,
        tenant: &Tenant,
        processor_id: &str,
        asking: Option<&CustomerId>,
    ) -> Result<Option<Customer>, Refusal> {
        match self.journal.owner(processor_id).await.map_err(before_begin)? {
            Some(owner) if owner.tenant != tenant.name || Some(&owner.reference) != asking => {
                Err(Refusal::CardNotFound)
            }
            owner => Ok(owner),
        }
    }

    /// Looks up a PaymentMethod and the customer that owns the PaymentMethod. Another customer's
    /// PaymentMethod counts as not found, even where the processor would accept the call.
    pub(super) async fn look_up_method(
        &self,
        tenant: &Tenant,
        system: &PaymentSystem,
        id: &PaymentMethodId,
        asks: &Asking<'_>,
        purpose: Purpose,
    ) -> Result<MethodLookup, Refusal> {
        if let Some(named) = asks.processor_customer {
            self.owner(tenant, named, asks.customer).await?;
        }
        let looked_up = self.method(tenant, system, id, purpose).await?;
        let Ok(method) = &looked_up else { return Ok(looked_up) };
        let Some(stored_with) = method.customer.as_deref() else { return Ok(looked_up) };
        let owner = self.owner(tenant, stored_with, asks.customer).await?;
        if owner.is_some() || asks.processor_customer == Some(stored_with) {
            return Ok(looked_up);
        }
        Err(Refusal::CardNotFound)
    }

    /// The snapshot of a PaymentMethod, from the processor or from the cache: type and brand never
    /// change. The owner may change, and the journal has the owner of every stored card. Without a check
    /// of the owner, for a PaymentMethod that pays already.
    pub(super) async fn method(
        &self,
        tenant: &Tenant,
        system: &PaymentSystem,
        id: &PaymentMethodId,
        purpose: Purpose,
    ) -> Result<MethodLookup, Refusal> {
        let key = method_key(tenant, system, id);
        let now = self.environment.now();
        if let Some(method) = self.methods.get(&key, now, system.card_list_lives) {
            return Ok(Ok(method));
        }
        let processor = self.processor_of_system(&tenant.name, system)?;
        let looked_up = read(processor.retrieve(ObjectRef::Method(id.as_str()), purpose).await)?;
        if let Ok(method) = &looked_up {
            self.methods.put(key, now, method.clone());
        }
        Ok(looked_up)
    }

    /// Removes a PaymentMethod from the cache before the PaymentMethod gets an owner.
    pub(super) fn will_be_kept(&self, tenant: &Tenant, system: &PaymentSystem, id: &PaymentMethodId) {
        self.methods.forget(&method_key(tenant, system, id));
    }

    /// Creates a PaymentMethod from card data at the processor. No money moves. Only for an order that
    /// satisfies the policy, as far as a card number shows.
    pub(super) async fn make_method(
        &self,
        (tenant, system): (&Tenant, &PaymentSystem),
        card: &RawCard,
        holder: &Profile,
        purpose: Purpose,
        _screened: &Screened<'_>,
    ) -> Result<MethodLookup, Refusal> {
        let key = IdempotencyKey::once(self.environment.uuid());
        causeway_runtime::failpoint!("relay.card.before_exchange");
        let processor = self.processor_of_system(&tenant.name, system)?;
        offered(processor, Capability::CreateMethod, &system.name)?;
        let looked_up = read(processor.create_method(card, holder, &key, purpose).await)?;
        causeway_runtime::failpoint!("relay.card.exchanged");
        match looked_up {
            Err(rejection) if rejection.reason == RejectionReason::RawCardsNotEnabled => {
                Err(Refusal::RawCardsNotEnabled {
                    payment_system: system.name.clone(),
                    said: rejection.message,
                })
            }
            looked_up => Ok(looked_up),
        }
    }
}

/// The customer that a request names as the owner of a PaymentMethod.
pub(super) struct Asking<'a> {
    /// Billing's id of the customer.
    pub(super) customer: Option<&'a CustomerId>,
    /// Stripe's id of the customer, where billing sends the id.
    pub(super) processor_customer: Option<&'a str>,
}

fn method_key(tenant: &Tenant, system: &PaymentSystem, id: &PaymentMethodId) -> MethodKey {
    MethodKey { tenant: tenant.name.clone(), payment_system: system.name.clone(), method: id.clone() }
}

fn read(reply: ProcessorReply) -> Result<MethodLookup, Refusal> {
    let unreadable = |why: &str| format!("an object that does not read as a PaymentMethod: {why}");
    match reply {
        ProcessorReply::Succeeded { object: Object::Method(method), .. } => Ok(Ok(*method)),
        ProcessorReply::Succeeded { .. } => {
            Err(Refusal::ProcessorSilent { why: unreadable("an object of another type") })
        }
        ProcessorReply::Unreadable { why, .. } => Err(Refusal::ProcessorSilent { why: unreadable(&why) }),
        ProcessorReply::Rejected { rejection, .. } => Ok(Err(rejection)),
        ProcessorReply::NoAnswer { why }
        | ProcessorReply::PersistedError { why }
        | ProcessorReply::KeyConflict { why } => Err(Refusal::ProcessorSilent { why }),
    }
}

/// The default card that was chosen last, among the payment systems that can take the payment.
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
    let candidates = known.iter().map(|known| &known.value).filter(could);
    let found = customer::default_among(candidates);
    found.map(|(customer, card)| (customer.clone(), card.clone())).ok_or(Refusal::DefaultCardMissing)
}
