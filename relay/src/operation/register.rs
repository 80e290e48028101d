//! The processor's customer: made once for each customer of billing's, and kept in
//! step.

use std::sync::Arc;

use causeway::{order, refusal::Refusal, tenant::TenantName};
use jiff::SignedDuration;

use super::{Desk, turn::Turn, unwritable};
use crate::{
    customer::{Customer, Profile, Registration},
    journal::{Changes, CustomerBy, CustomerChange, Source, Versioned, Written},
    recovery::plan::KEY_LIVES,
    settings::PaymentSystem,
    stripe::{
        client::{Asked, Heard},
        error::StripeError,
        idempotency::IdempotencyKey,
        request::StripeRequest,
        view,
    },
};

/// After this time a key under which there is still no answer is given up for a new one.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// A customer whom the processor knows, or its definitive no.
pub(super) type Registered = Result<Versioned<Customer>, Box<StripeError>>;

impl Desk {
    /// Waits until nobody else changes this customer's registration.
    pub(crate) async fn turn_of(&self, tenant: &TenantName, system: &str, customer: &str) -> Turn {
        Arc::clone(&self.turns).wait(tenant, &format!("customer {system} {customer}")).await
    }

    /// Lets the processor know a customer, as billing tells of them now. Whoever calls
    /// has their turn. What is to be asked is on disk before it is: after a crash the
    /// same bytes go out under the same key, so there is one customer.
    pub(crate) async fn register(
        &self,
        tenant: &TenantName,
        system: &PaymentSystem,
        told: &order::Customer,
        _turn: &Turn,
    ) -> Result<Registered, Refusal> {
        let mut heard = Heard::Maybe;
        loop {
            let found = self.customer_at(tenant, system, told).await?;
            let (mut customer, basis) = match found {
                Some(Versioned { it, version }) => (it, Some(version)),
                None => (self.first_heard_of(tenant, system, told).await?, None),
            };
            let profile = customer.profile.with(told);
            let now = self.surroundings.now();
            let step = match &customer.registration {
                Registration::Known { told, .. } if *told == profile => {
                    if let Some(version) = basis {
                        return Ok(Ok(Versioned { it: customer, version }));
                    }
                    return Err(Refusal::Internal);
                }
                Registration::Known { id, told } => {
                    let request = StripeRequest::update_customer(id, told, &profile);
                    let key = IdempotencyKey::once(self.surroundings.uuid());
                    self.ask_customer(&customer, &request, &key, Heard::Nothing).await?
                }
                Registration::Asked { request, key, at, .. } if now.duration_since(*at) < KEY_LIVES => {
                    match self.ask_customer(&customer, request, key, heard).await {
                        // Still no answer, as when Stripe has kept a 500 under the key.
                        Err(Refusal::ProcessorSilent { .. }) if now.duration_since(*at) >= PATIENCE => {
                            customer.registration = Registration::Nowhere;
                            self.put(customer, basis).await?;
                            continue;
                        }
                        said => said?,
                    }
                }
                // Nowhere, or asked so long ago that the key is forgotten: a second customer
                // would be one without cards, and no money would move.
                Registration::Nowhere | Registration::Asked { .. } => {
                    customer.registration = Registration::Asked {
                        request: StripeRequest::create_customer(&told.id, tenant.as_str(), &profile),
                        told: profile.clone(),
                        key: IdempotencyKey::once(self.surroundings.uuid()),
                        at: now,
                    };
                    heard = Heard::Nothing;
                    causeway_runtime::failpoint!("relay.customer.before_intent");
                    self.put(customer, basis).await?;
                    causeway_runtime::failpoint!("relay.customer.intended");
                    continue;
                }
            };
            causeway_runtime::failpoint!("relay.customer.answered");
            let refused = settle(&mut customer, profile, step);
            customer.updated = now;
            self.put(customer, basis).await?;
            causeway_runtime::failpoint!("relay.customer.registered");
            if let Some(error) = refused {
                return Ok(Err(error));
            }
        }
    }

    pub(super) async fn customer_at(
        &self,
        tenant: &TenantName,
        system: &PaymentSystem,
        told: &order::Customer,
    ) -> Result<Option<Versioned<Customer>>, Refusal> {
        let by = CustomerBy::Reference {
            system: system.name.clone(),
            account: system.account.clone(),
            test_mode: system.test_mode,
            customer: told.id.clone(),
        };
        self.journal.customer(tenant, by).await.map_err(unwritable)
    }

    /// A customer who is new to a payment system. What another one was told of them counts
    /// here too.
    async fn first_heard_of(
        &self,
        tenant: &TenantName,
        system: &PaymentSystem,
        told: &order::Customer,
    ) -> Result<Customer, Refusal> {
        let known = self.journal.customers(tenant, &told.id).await.map_err(unwritable)?;
        let elsewhere =
            known.into_iter().map(|known| known.it.profile).find(|profile| profile.email.is_some());
        let customer = self.new_customer(tenant, system, told);
        Ok(Customer { profile: elsewhere.unwrap_or_default(), ..customer })
    }

    /// A customer of whom nothing is known yet.
    pub(super) fn new_customer(
        &self,
        tenant: &TenantName,
        system: &PaymentSystem,
        told: &order::Customer,
    ) -> Customer {
        let (id, now) = (self.surroundings.uuid(), self.surroundings.now());
        Customer::new(id, tenant, system, &told.id, now)
    }

    async fn ask_customer(
        &self,
        customer: &Customer,
        request: &StripeRequest,
        key: &IdempotencyKey,
        heard: Heard,
    ) -> Result<Result<String, Box<StripeError>>, Refusal> {
        match self.processor(customer)?.ask(request, key, heard).await {
            Asked::Done { object, .. } => {
                let read = serde_json::from_value::<view::Customer>(object);
                let silent = |error| Refusal::ProcessorSilent { why: format!("not a customer: {error}") };
                read.map(|customer| Ok(customer.id)).map_err(silent)
            }
            Asked::Refused { error, .. } => Ok(Err(error)),
            Asked::Unknown { why } | Asked::Kept { why } | Asked::KeyReused { why } => {
                Err(Refusal::ProcessorSilent { why })
            }
        }
    }

    /// Writes it. When something else moved the customer meanwhile, the caller looks again.
    async fn put(&self, customer: Customer, basis: Option<u64>) -> Result<(), Refusal> {
        let change = CustomerChange { customer, basis, source: Source::Api };
        match self.journal.change(Changes::of_customer(change)).await.map_err(unwritable)? {
            Written::Done | Written::Moved | Written::RequestKnown | Written::NonceSpent | Written::Taken => {
                Ok(())
            }
        }
    }
}

/// What the processor's answer means for the registration; the error is for the caller.
/// Only what it has taken is believed of a customer.
fn settle(
    customer: &mut Customer,
    profile: Profile,
    said: Result<String, Box<StripeError>>,
) -> Option<Box<StripeError>> {
    let (told, known) = match &customer.registration {
        Registration::Asked { told, .. } => (told.clone(), false),
        Registration::Known { .. } => (profile, true),
        Registration::Nowhere => (profile, false),
    };
    match said {
        Ok(id) => {
            customer.profile = told.clone();
            customer.registration = Registration::Known { id, told };
            None
        }
        // Somebody deleted the customer at Stripe, and the cards with them. A new one is made.
        Err(error) if known && error.body.code() == "resource_missing" => {
            customer.forgotten();
            None
        }
        Err(error) => {
            if !known {
                customer.registration = Registration::Nowhere;
            }
            Some(error)
        }
    }
}
