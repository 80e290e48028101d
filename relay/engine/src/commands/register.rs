//! Registration of a customer at the processor: created once for each customer of billing,
//! and updated on change.

use std::sync::Arc;

use causeway::{refusal::Refusal, request, tenant::TenantName};
use causeway_domain::{
    change::{Changes, CustomerChange, Versioned},
    customer::{Customer, Profile, Registration},
    idempotency::IdempotencyKey,
    observation::{Purpose, Rejection},
    operation::Source,
    request::ProcessorRequest,
    tenant::PaymentSystem,
};
use causeway_ports::{
    journal::{Commit, CustomerBy},
    processor::{Delivery, Effect, Object, ProcessorReply},
};
use jiff::SignedDuration;

use crate::{
    config::KEY_LIFETIME,
    context::Context,
    phase::{after_contact, before_begin},
    processors::request,
    request_lock::RequestLock,
};

/// The age at which a key without any answer is given up for a new key.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// A customer with a registration at the processor, or the processor's definitive rejection.
pub(crate) type Registered = Result<Versioned<Customer>, Box<Rejection>>;

/// Creates or updates a customer at the processor with billing's latest profile. The caller holds
/// the customer's lock. The journal stores the request before the request is sent: after a crash,
/// the same bytes are sent under the same key, so only one customer is created. `purpose` selects
/// the payer's message in a rejection.
pub(crate) async fn register(
    context: &Context,
    tenant: &TenantName,
    system: &PaymentSystem,
    given: &request::Customer,
    _lock: &RequestLock,
    purpose: Purpose,
) -> Result<Registered, Refusal> {
    let mut delivery = Delivery::MaybeSent;
    loop {
        let found = context.customer_at(tenant, system, given).await?;
        let (mut customer, basis) = match found {
            Some(Versioned { value, version }) => (value, Some(version)),
            None => (context.new_customer_with_profile(tenant, system, given).await?, None),
        };
        let profile = customer.profile.with(given);
        let now = context.environment.now();
        let reply = match &customer.registration {
            Registration::Known { sent_profile, .. } if *sent_profile == profile => {
                if let Some(version) = basis {
                    return Ok(Ok(Versioned { value: customer, version }));
                }
                return Err(Refusal::Internal);
            }
            Registration::Known { id, sent_profile } => {
                let key = IdempotencyKey::once(context.environment.uuid());
                let effect = Effect::UpdateCustomer { id, before: sent_profile, now: &profile };
                let request =
                    request(context.processor(&customer)?, &customer.payment_system, &effect, &key)?;
                context.ask_customer(&customer, &request, &key, Delivery::NotSent, purpose).await?
            }
            Registration::Requested { request, key, at, .. } if now.duration_since(*at) < KEY_LIFETIME => {
                match context.ask_customer(&customer, request, key, delivery, purpose).await {
                    // There is still no answer, for example because Stripe has stored a 500 under the key.
                    Err(Refusal::ProcessorSilent { .. }) if now.duration_since(*at) >= PATIENCE => {
                        customer.registration = Registration::Unregistered;
                        context.put_customer(customer, basis).await?;
                        continue;
                    }
                    reply => reply?,
                }
            }
            // No registration, or a request so old that Stripe has forgotten the key. A duplicate
            // customer would have no cards, and no money would move.
            Registration::Unregistered | Registration::Requested { .. } => {
                let key = IdempotencyKey::once(context.environment.uuid());
                let effect = Effect::CreateCustomer {
                    reference: &given.id,
                    tenant: tenant.as_str(),
                    profile: &profile,
                };
                let request =
                    request(context.processor(&customer)?, &customer.payment_system, &effect, &key)?;
                customer.registration =
                    Registration::Requested { request, sent_profile: profile, key, at: now };
                delivery = Delivery::NotSent;
                causeway_runtime::failpoint!("relay.customer.before_intent");
                context.put_customer(customer, basis).await?;
                causeway_runtime::failpoint!("relay.customer.intended");
                continue;
            }
        };
        causeway_runtime::failpoint!("relay.customer.answered");
        let rejected = settle(&mut customer, profile, reply);
        customer.updated = now;
        context.put_customer(customer, basis).await.map_err(after_contact)?;
        causeway_runtime::failpoint!("relay.customer.registered");
        if let Some(rejection) = rejected {
            return Ok(Err(rejection));
        }
    }
}

impl Context {
    /// Waits for the lock of this customer's registration.
    pub(crate) async fn lock_customer(
        &self,
        tenant: &TenantName,
        system: &str,
        customer: &str,
    ) -> RequestLock {
        Arc::clone(&self.locks).wait(tenant, &format!("customer {system} {customer}")).await
    }

    pub(super) async fn customer_at(
        &self,
        tenant: &TenantName,
        system: &PaymentSystem,
        given: &request::Customer,
    ) -> Result<Option<Versioned<Customer>>, Refusal> {
        let by = CustomerBy::Reference {
            system: system.name.clone(),
            account: system.account.clone(),
            test_mode: system.test_mode,
            customer: given.id.clone(),
        };
        self.journal.customer(tenant, by).await.map_err(before_begin)
    }

    /// A customer record for a new payment system. The profile is taken from another payment
    /// system's record, if that profile has an email.
    async fn new_customer_with_profile(
        &self,
        tenant: &TenantName,
        system: &PaymentSystem,
        given: &request::Customer,
    ) -> Result<Customer, Refusal> {
        let known = self.journal.customers(tenant, &given.id).await.map_err(before_begin)?;
        let elsewhere =
            known.into_iter().map(|known| known.value.profile).find(|profile| profile.email.is_some());
        let customer = self.new_customer(tenant, system, given);
        Ok(Customer { profile: elsewhere.unwrap_or_default(), ..customer })
    }

    /// A customer record with an empty profile.
    pub(super) fn new_customer(
        &self,
        tenant: &TenantName,
        system: &PaymentSystem,
        given: &request::Customer,
    ) -> Customer {
        let (id, now) = (self.environment.uuid(), self.environment.now());
        Customer::new(id, tenant, system, &given.id, now)
    }

    async fn ask_customer(
        &self,
        customer: &Customer,
        request: &ProcessorRequest,
        key: &IdempotencyKey,
        delivery: Delivery,
        purpose: Purpose,
    ) -> Result<Result<String, Box<Rejection>>, Refusal> {
        let silent = |why: String| Err(Refusal::ProcessorSilent { why });
        match self.processor(customer)?.send(request, key, delivery, purpose).await {
            ProcessorReply::Succeeded { object: Object::Customer(customer), .. } => Ok(Ok(customer.id)),
            ProcessorReply::Succeeded { .. } => {
                silent("not a customer: an object of another type".to_owned())
            }
            ProcessorReply::Unreadable { why, .. } => silent(format!("not a customer: {why}")),
            ProcessorReply::Rejected { rejection, .. } => Ok(Err(rejection)),
            ProcessorReply::NoAnswer { why }
            | ProcessorReply::PersistedError { why }
            | ProcessorReply::KeyConflict { why } => silent(why),
        }
    }

    /// Writes a customer. After a version conflict, the caller reads the customer again.
    async fn put_customer(&self, customer: Customer, basis: Option<u64>) -> Result<(), Refusal> {
        let change = CustomerChange { customer, basis, source: Source::Api };
        match self.change(Changes::of_customer(change)).await.map_err(before_begin)? {
            Commit::Committed
            | Commit::VersionConflict
            | Commit::DuplicateRequest
            | Commit::NonceReplayed
            | Commit::LeaseLost
            | Commit::SecondSuccess(_) => Ok(()),
        }
    }
}

/// Applies the processor's answer to the registration, and returns a rejection for the caller. The
/// profile changes only to values that the processor has accepted.
fn settle(
    customer: &mut Customer,
    profile: Profile,
    reply: Result<String, Box<Rejection>>,
) -> Option<Box<Rejection>> {
    let (sent_profile, known) = match &customer.registration {
        Registration::Requested { sent_profile, .. } => (sent_profile.clone(), false),
        Registration::Known { .. } => (profile, true),
        Registration::Unregistered => (profile, false),
    };
    match reply {
        Ok(id) => {
            customer.profile = sent_profile.clone();
            customer.registration = Registration::Known { id, sent_profile };
            None
        }
        // The customer was deleted at Stripe together with the cards. The next round
        // creates a new customer.
        Err(rejection) if known && rejection.is_missing() => {
            customer.forgotten();
            None
        }
        Err(rejection) => {
            if !known {
                customer.registration = Registration::Unregistered;
            }
            Some(rejection)
        }
    }
}
