//! What pays: found in the journal, and what the processor says of it before money
//! moves.

use causeway::{
    card::RawCard,
    order::{Authorize, Instrument},
    refusal::Refusal,
    tenant::TenantName,
    text::{CardToken, CustomerId, PaymentMethodId},
};
use causeway_domain::{
    change::Versioned,
    customer::{self, Customer, Profile, StoredCard},
    idempotency::IdempotencyKey,
    observation::{MethodSnapshot, Purpose, Rejection, RejectionReason},
    tenant::{PaymentSystem, Tenant},
};
use causeway_ports::{
    journal::CustomerBy,
    processor::{Capability, Object, ObjectRef, ProcessorReply},
};

use crate::{caches::MethodKey, context::Context, phase::before_begin, processors::offered};

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
        self.known.iter().map(|known| &known.value).find(|known| known.payment_system == system.name)
    }
}

/// A PaymentMethod as the processor shows it, or its definitive no.
pub(super) type MethodLookup = Result<MethodSnapshot, Box<Rejection>>;

impl Context {
    /// Finds who pays and, if it is a kept card, with which. Asks nobody.
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

    /// A customer at all payment systems that know them and are what they were then.
    pub(crate) async fn known(
        &self,
        tenant: &Tenant,
        customer: &CustomerId,
    ) -> Result<Vec<Versioned<Customer>>, Refusal> {
        let found = self.journal.customers(&tenant.name, customer).await.map_err(before_begin)?;
        Ok(found.into_iter().filter(|found| self.processor(&found.value).is_ok()).collect())
    }

    /// The customer of a card. To anybody else there is no such card.
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

    /// The kept card that a PaymentMethod is. Under this name it is that card all the same:
    /// its customer's, and good for what it was kept for. Stripe's test ids become
    /// PaymentMethods of their own.
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

    /// Whose a PaymentMethod or a customer of Stripe's is. If it is somebody's, nobody else
    /// may name it, of this tenant or of another one with the same account.
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

    /// Asks the processor what a PaymentMethod is, and whose. A method of somebody else
    /// is not there, whatever the processor would allow.
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
        let told = self.method(tenant, system, id, purpose).await?;
        let Ok(method) = &told else { return Ok(told) };
        let Some(stored_with) = method.customer.as_deref() else { return Ok(told) };
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
        purpose: Purpose,
    ) -> Result<MethodLookup, Refusal> {
        let key = method_key(tenant, system, id);
        let now = self.surroundings.now();
        if let Some(method) = self.methods.get(&key, now, system.card_list_lives) {
            return Ok(Ok(method));
        }
        let processor = self.processor_of_system(&tenant.name, system)?;
        let told = read(processor.retrieve(ObjectRef::Method(id.as_str()), purpose).await)?;
        if let Ok(method) = &told {
            self.methods.put(key, now, method.clone());
        }
        Ok(told)
    }

    /// A PaymentMethod that is about to become somebody's has to be looked at anew.
    pub(super) fn will_be_kept(&self, tenant: &Tenant, system: &PaymentSystem, id: &PaymentMethodId) {
        self.methods.forget(&method_key(tenant, system, id));
    }

    /// Lets the processor make a PaymentMethod of a card. No money moves.
    pub(super) async fn make_method(
        &self,
        tenant: &Tenant,
        system: &PaymentSystem,
        card: &RawCard,
        holder: &Profile,
        purpose: Purpose,
    ) -> Result<MethodLookup, Refusal> {
        let key = IdempotencyKey::once(self.surroundings.uuid());
        causeway_runtime::failpoint!("relay.card.before_exchange");
        let processor = self.processor_of_system(&tenant.name, system)?;
        offered(processor, Capability::CreateMethod, &system.name)?;
        let told = read(processor.create_method(card, holder, &key, purpose).await)?;
        causeway_runtime::failpoint!("relay.card.exchanged");
        match told {
            Err(rejection) if rejection.reason == RejectionReason::RawCardsNotEnabled => {
                Err(Refusal::RawCardsNotEnabled {
                    payment_system: system.name.clone(),
                    said: rejection.message,
                })
            }
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
    let candidates = known.iter().map(|known| &known.value).filter(could);
    let found = customer::default_among(candidates);
    found.map(|(customer, card)| (customer.clone(), card.clone())).ok_or(Refusal::DefaultCardMissing)
}
