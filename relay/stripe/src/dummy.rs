//! A processor that answers by rule, without a network: for trials and for tests of portals.
//!
//! The rule is in the name of the PaymentMethod, "pm_…", or follows from Stripe's test numbers. A name
//! with "decline" is declined, "insufficient" lacks funds, "authenticate" first needs the payer and
//! succeeds at the next look-up, "sepa" is a bank debit, "missing" does not exist. All other names pay.
//! A brand in the name is the card's brand; without a brand the card is a Visa.
//!
//! The dummy keeps the latest objects and keys in memory. After a restart, objects are read from their
//! ids, which hold amount, currency, capture mode and PaymentMethod.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use causeway::{
    card::{Brand, RawCard},
    environment::Environment,
};
use causeway_domain::{
    customer::Profile, idempotency::IdempotencyKey, observation::Purpose, request::ProcessorRequest,
};
use causeway_ports::processor::{
    Capability, Delivery, Effect, NotChargeable, ObjectRef, Processor, ProcessorReply,
};
use sha2::{Digest, Sha256};

use crate::{
    client::Owner,
    endpoint::{Command, ObjectKind},
    error::StripeError,
    expected::Expected,
    json::StripeJson,
    reply::{Context, RawReply},
    request,
};

/// Commands and their effects on the objects.
mod commands;
/// The latest objects and answers, in memory.
mod memory;
/// Ids, with the object's data in the id.
mod names;
/// Objects as JSON in Stripe's format.
mod show;

use memory::{Answer, Memory};
use names::{Behaviour, letters};

/// A processor that answers by rule, without a network.
pub struct Dummy {
    account: String,
    environment: Environment,
    memory: Mutex<Memory>,
}

const NO_SUCH_CALL: &str = "the dummy has no such call";

impl Dummy {
    /// A dummy with empty memory. `account`: the account in the operator's settings, or empty.
    pub fn new(account: String, environment: Environment) -> Dummy {
        Dummy { account, environment, memory: Mutex::default() }
    }

    /// The locked memory, set to the present moment.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.now = self.environment.now().as_second();
        memory
    }

    /// The answer to a request: executed once per key, and repeated for the same request.
    fn answer(
        &self,
        command: Command,
        id: &str,
        request: &ProcessorRequest,
        key: &IdempotencyKey,
    ) -> RawReply {
        let mut memory = self.memory();
        let fingerprint = fingerprint(request);
        if let Some((of, answer)) = memory.answers.get(key.as_str()) {
            let why = "the idempotency key stands for a request with other parameters";
            let reused = || RawReply::KeyReused { why: why.to_owned() };
            return if *of == fingerprint { reply(answer.clone()) } else { reused() };
        }
        let Some(answer) = memory.answer(command, id, request, key.as_str()) else {
            return RawReply::Unknown { why: NO_SUCH_CALL.to_owned() };
        };
        memory.answers.insert(key.as_str(), (fingerprint, answer.clone()));
        reply(answer)
    }
}

/// A hash of the request, which holds no readable customer data.
fn fingerprint(request: &ProcessorRequest) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(&request.path);
    hash.update("\n");
    hash.update(request::body(request));
    hash.finalize().into()
}

/// The log lines of the dummy name no tenant: the dummy's objects are its own.
static OWNER: Owner = Owner { tenant: String::new(), payment_system: String::new() };

fn context(kind: ObjectKind, purpose: Purpose, customer: Option<&str>) -> Context<'_> {
    Context { kind, expected: Expected::of_dummy(kind), owner: &OWNER, purpose, customer }
}

fn reply(answer: Answer) -> RawReply {
    let request = "req_dummy".to_owned();
    match answer {
        Answer::Done(object) => match StripeJson::of(object) {
            Ok(object) => RawReply::Done { object, request },
            Err(_) => RawReply::Unknown { why: "the dummy's object is no object".to_owned() },
        },
        Answer::Refused { status, body } => {
            let error = StripeError { status, body: *body, whole: StripeJson::default() };
            RawReply::Refused { error: Box::new(error), request }
        }
    }
}

#[async_trait]
impl Processor for Dummy {
    fn account(&self) -> &str {
        &self.account
    }

    fn test_mode(&self) -> bool {
        true
    }

    fn can(&self, capability: Capability) -> bool {
        match capability {
            Capability::Authorize
            | Capability::Capture
            | Capability::Cancel
            | Capability::Refund
            | Capability::SetUpCard
            | Capability::CancelSetup
            | Capability::DetachCard
            | Capability::SetDefaultCard
            | Capability::CreateCustomer
            | Capability::UpdateCustomer
            | Capability::DeleteCustomer
            | Capability::CreateMethod => true,
            Capability::Confirm | Capability::Import | Capability::List => false,
        }
    }

    fn request(&self, effect: &Effect<'_>, key: &IdempotencyKey) -> Result<ProcessorRequest, NotChargeable> {
        if !self.can(effect.capability()) {
            return Err(NotChargeable(NO_SUCH_CALL));
        }
        request::build(effect, key)
    }

    async fn send(
        &self,
        request: &ProcessorRequest,
        key: &IdempotencyKey,
        _delivery: Delivery,
        purpose: Purpose,
    ) -> ProcessorReply {
        let Some((command, id)) = Command::parse(&request.path) else {
            return ProcessorReply::NoAnswer { why: NO_SUCH_CALL.to_owned() };
        };
        let customer = request::field(request, "customer");
        let context = context(command.answered_with(), purpose, customer);
        self.answer(command, id, request, key).read(&context)
    }

    async fn retrieve(&self, object: ObjectRef<'_>, purpose: Purpose) -> ProcessorReply {
        let mut memory = self.memory();
        let (answer, kind) = match object {
            ObjectRef::Intent(id) => (memory.look_at_payment(id), ObjectKind::Intent),
            ObjectRef::Setup(id) => (memory.look_at_setup(id), ObjectKind::Setup),
            ObjectRef::Refund(id) => (memory.look_at_refund(id), ObjectKind::Refund),
            ObjectRef::Method(id) => (memory.look_at_method(id), ObjectKind::Method),
            ObjectRef::Customer(id) => (memory.look_at_customer(id), ObjectKind::Customer),
        };
        reply(answer).read(&context(kind, purpose, None))
    }

    async fn create_method(
        &self,
        card: &RawCard,
        _holder: &Profile,
        key: &IdempotencyKey,
        purpose: Purpose,
    ) -> ProcessorReply {
        let brand = card.number.brand().map_or("unknown", Brand::as_str);
        let last4: String =
            card.number.expose().chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
        let id = format!(
            "pm_{}_{brand}_l{last4}_m{}_y{}_{}",
            Behaviour::of_number(card.number.expose()),
            card.exp_month(),
            card.exp_year(),
            letters(key.as_str())
        );
        self.retrieve(ObjectRef::Method(&id), purpose).await
    }

    async fn delete_customer(&self, id: &str) -> ProcessorReply {
        let answer = self.memory().delete_customer(id);
        let kind = ObjectKind::Customer;
        reply(answer).read(&context(kind, Purpose::FollowUp, None))
    }
}

#[cfg(test)]
mod tests;
