//! The story of each operation, from request to answer. It is the same for all:
//!
//! 1. the same request before? its answer, and done
//! 2. may it be? the rules for a new payment or card, the state of what is there
//! 3. begin: on disk before anything leaves
//! 4. ask the processor, in a task of its own: a caller that hangs up stops nothing
//! 5. what it says moves the payment, or the customer's cards
//! 6. record: on disk before anybody is answered
//!
//! The order is not to be changed. What differs between operations, the second and
//! third step, is in a file each. What differs between payments and cards is their
//! [`Subject`].

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway::{
    card::RawCard, link::credential::TenantName, order::PaymentId, refusal::Refusal,
    surroundings::Surroundings, text::RequestId,
};
use jiff::Timestamp;
use tokio::sync::{Mutex, Notify, watch};
use tokio_util::task::TaskTracker;

use crate::{
    fingerprint::{Asked, FingerprintKeys, Same},
    journal::{
        About, Begin, Journal, JournalError, Kind, Operation, Progress, Source, SpentNonce, Versioned,
        Written,
    },
    payment::{Payment, observe::Outcome},
    policy,
    processor::Processor,
    settings::{Settings, Tenant},
    stripe::{
        client::Heard,
        idempotency::{IdempotencyKey, Parts},
        request::StripeRequest,
    },
};

/// What an operation is about.
pub mod subject;
/// Hold an amount, or take it at once.
pub mod authorize;
/// Take a held amount.
pub mod capture;
/// Give captured money back.
pub mod refund;
/// A second person decides on a refund.
pub mod decide_refund;
/// Always refused.
pub mod void;
/// Keep a card.
pub mod tokenize;
/// Forget a card; choose one.
pub mod cards;
/// Tell of a customer; say that they are no more.
pub mod customer;
/// Go on after the payer acted.
pub mod confirm;
/// Give a hold back.
pub mod release;
/// Give back what billing could not fulfil.
pub mod order_failed;
/// Take over a payment of another system.
pub mod import;
/// A payment that Stripe knows nothing of.
mod never_there;
/// Make a new hold in the place of one that ends.
pub mod renew;
/// Look at a payment at Stripe, with all that hangs on it.
pub mod sync;
/// The processor's customer, made once.
mod register;
/// What pays, and what the processor says of it.
mod instrument;
/// Answers before there is an outcome.
mod early;
/// The same request again.
mod again;
/// Ask, and write down what was said.
mod finish;
/// One at a time for each request id and for each customer.
mod turn;

use subject::Subject;
use turn::{Turn, Turns};

/// Who asks, and how long they wait.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Whose request, as the signature proves.
    pub tenant: TenantName,
    /// The signature's nonce, spent with the first write; `None`: it is the relay itself.
    pub nonce: Option<SpentNonce>,
    /// How long the caller waits; `None`: as long as it takes.
    pub patience: Option<Duration>,
}

/// The ways to the processors, by tenant and payment system.
pub type Processors = HashMap<(TenantName, String), Arc<dyn Processor>>;

/// The desk where operations are worked on, with all that they need.
pub struct Desk {
    /// What the operator set.
    pub settings: Settings,
    /// What is remembered.
    pub journal: Arc<dyn Journal>,
    /// The way to each payment system of each tenant.
    pub processors: Processors,
    /// What makes the fingerprints of card numbers.
    pub fingerprints: FingerprintKeys,
    /// The moment and the dice.
    pub surroundings: Surroundings,
    /// Operations under way; they outlive their callers.
    pub tasks: TaskTracker,
    /// When the processor was last asked for a customer's cards.
    pub lists: crate::service::cards::Lists,
    /// Told when an event has come in.
    pub arrived: Notify,
    /// Events are worked on by one at a time.
    pub inbox: Mutex<()>,
    /// Who watches events.
    pub watchers: crate::service::watch::Watchers,
    /// When this relay was started.
    pub started: Timestamp,
    /// Whether it was told to stop.
    pub stopping: watch::Sender<bool>,
    looked_at: instrument::LookedAt,
    turns: Arc<Turns>,
}

/// An operation as it differs from the others.
#[async_trait]
pub trait Order: serde::Serialize + Send + Sync + 'static {
    /// Which one it is.
    const KIND: Kind;

    /// What it is about.
    type About: Subject;

    /// The caller's idempotency key.
    fn request_id(&self) -> &RequestId;

    /// Whether the answer comes before the outcome.
    fn is_asynchronous(&self) -> bool {
        false
    }

    /// The card, if its number was given. It is no part of the JSON.
    fn card(&self) -> Option<&RawCard> {
        None
    }

    /// What makes the request the same. The JSON of an order must not change for what
    /// could be asked before, or requests that are repeated over an upgrade look changed.
    fn asked(&self) -> Asked<'_> {
        // An order is plain data; it always has a JSON form.
        let json = serde_json::to_vec(self).unwrap_or_default();
        Asked { kind: Self::KIND.as_str(), json, card: self.card() }
    }

    /// Steps 2 and 3: examines the order and says what is to be written down.
    async fn prepare(&self, desk: &Desk, caller: &Caller) -> Result<Prepared, Refusal>;
}

/// What is to be written down, and whose turn it is until that is done.
pub struct Prepared {
    begin: Begin,
    turn: Option<Turn>,
}

impl From<Begin> for Prepared {
    fn from(begin: Begin) -> Prepared {
        Prepared { begin, turn: None }
    }
}

/// What an order's operation is about, and what the processor is asked.
struct New<'a> {
    id: uuid::Uuid,
    about: About,
    system: (&'a str, &'a str),
    request: Option<StripeRequest>,
    progress: Progress,
}

impl<'a> New<'a> {
    fn about_payment(id: uuid::Uuid, payment: &'a Payment, request: StripeRequest) -> New<'a> {
        let system = (payment.payment_system.as_str(), payment.account.as_str());
        let about = About::Payment(payment.id);
        New { id, about, system, request: Some(request), progress: Progress::Open }
    }
}

impl Desk {
    /// A desk on which nothing lies yet.
    pub fn new(
        settings: Settings,
        journal: Arc<dyn Journal>,
        processors: Processors,
        fingerprints: FingerprintKeys,
        surroundings: Surroundings,
    ) -> Desk {
        Desk {
            settings,
            journal,
            processors,
            fingerprints,
            tasks: TaskTracker::new(),
            lists: crate::service::cards::Lists::default(),
            arrived: Notify::new(),
            inbox: Mutex::new(()),
            watchers: crate::service::watch::Watchers::default(),
            started: surroundings.now(),
            surroundings,
            stopping: watch::Sender::new(false),
            looked_at: instrument::LookedAt::default(),
            turns: Arc::default(),
        }
    }

    /// Works on an order, at most once for its request id.
    pub async fn work<O: Order>(
        self: &Arc<Self>,
        caller: Caller,
        order: O,
    ) -> Result<<O::About as Subject>::Answer, Refusal> {
        let patience = caller.patience.unwrap_or(Duration::MAX);
        let order = Arc::new(order);
        let (tenant, asked) = (caller.tenant.clone(), Arc::clone(&order));
        if order.is_asynchronous() && self.turns.is_taken(&tenant, order.request_id().as_str()) {
            return self.under_way(&tenant, order.as_ref(), Outcome::Pending).await;
        }
        let work = async {
            let turn = self.turns.wait(&tenant, order.request_id().as_str()).await;
            let desk = Arc::clone(self);
            let order = Arc::clone(&order);
            // From here on the caller may go away; the story goes on to its end.
            let story = self.tasks.spawn(async move {
                let told = desk.story(&caller, order.as_ref(), turn).await;
                if told.is_err() {
                    // What was refused must not be replayed when the rules have changed.
                    // It stands in memory anyway; on disk it outlives a restart.
                    desk.spend(&caller).await;
                }
                told
            });
            story.await.unwrap_or_else(|panicked| {
                tracing::error!(%panicked, "an operation broke off; the same request id takes it up again");
                Err(Refusal::Internal)
            })
        };
        match tokio::time::timeout(patience, work).await {
            Ok(result) => result,
            Err(_) => self.still_under_way(&tenant, asked.as_ref()).await,
        }
    }

    async fn spend(&self, caller: &Caller) {
        if let Some(nonce) = &caller.nonce {
            drop(self.journal.spend(nonce.clone()).await);
        }
    }

    /// `own` is the turn of the request id, held until the story ends.
    async fn story<O: Order>(
        self: &Arc<Self>,
        caller: &Caller,
        order: &O,
        own: Turn,
    ) -> Result<<O::About as Subject>::Answer, Refusal> {
        loop {
            let before =
                self.journal.operation(&caller.tenant, order.request_id()).await.map_err(unwritable)?;
            if let Some(before) = before {
                return self.again(caller, order, before).await;
            }
            let Prepared { begin, turn } = order.prepare(self, caller).await?;
            let operation = begin.operation.clone();
            let written = self.journal.begin(begin).await.map_err(unwritable)?;
            drop(turn);
            match written {
                Written::Done => {
                    return match subject::answered::<O::About>(&operation)? {
                        Some(answer) => Ok(answer),
                        None if order.is_asynchronous() => self.go_on_alone::<O::About>(operation, own).await,
                        None => self.finish::<O::About>(&operation, Heard::Nothing, Source::Api).await,
                    };
                }
                // Somebody was faster; look again at what is there now.
                Written::Moved | Written::RequestKnown => {}
                Written::NonceSpent => return Err(Refusal::LinkReplay),
            }
        }
    }

    /// Refuses another request under the same id.
    fn same<O: Order>(&self, order: &O, before: &Operation) -> Result<(), Refusal> {
        let request_id = || order.request_id().to_string();
        match order.asked().compare(&before.fingerprint, &self.fingerprints) {
            Same::Yes if before.kind == O::KIND => Ok(()),
            Same::Yes | Same::No => Err(Refusal::RequestIdReused { request_id: request_id() }),
            Same::NobodyKnows => Err(Refusal::NotComparable { request_id: request_id() }),
        }
    }

    /// What an operation is about, as it is now.
    async fn current<S: Subject>(&self, operation: &Operation) -> Result<Versioned<S>, JournalError> {
        let found = S::read(self.journal.as_ref(), operation).await?;
        found.ok_or_else(|| JournalError::Corrupt(format!("operation {} is about nothing", operation.id)))
    }

    /// The tenant's settings. A signature is only accepted for a tenant that has them.
    pub fn tenant(&self, name: &TenantName) -> Result<&Tenant, Refusal> {
        self.settings.tenants.get(name).ok_or(Refusal::Internal)
    }

    /// The way to the payment system of a payment or a customer, as long as it is the
    /// account that it was then.
    pub(crate) fn processor<S: Subject>(&self, subject: &S) -> Result<&dyn Processor, Refusal> {
        let home = subject.home();
        let found = self.processors.get(&(home.tenant.clone(), home.payment_system.to_owned()));
        found
            .filter(|found| found.test_mode() == home.test_mode && found.account() == home.account)
            .map(AsRef::as_ref)
            .ok_or_else(|| Refusal::PaymentSystemMissing { payment_system: home.payment_system.to_owned() })
    }

    /// Reads the payment that a follow-up is about. One of another tenant is not there.
    async fn payment(&self, caller: &Caller, id: PaymentId) -> Result<Versioned<Payment>, Refusal> {
        policy::active(self.tenant(&caller.tenant)?)?;
        let found = self.journal.payment(&caller.tenant, id).await.map_err(unwritable)?;
        let found = found.ok_or(Refusal::PaymentNotFound)?;
        self.processor(&found.it)?;
        Ok(found)
    }

    /// A new operation. `system` is the payment system's name and Stripe account.
    fn operation<O: Order>(&self, caller: &Caller, order: &O, new: New<'_>) -> Operation {
        let (name, account) = new.system;
        let parts = Parts {
            environment: &self.settings.environment,
            tenant: &caller.tenant,
            account: if account.is_empty() { name } else { account },
            kind: O::KIND.as_str(),
            request_id: order.request_id(),
        };
        Operation {
            id: new.id,
            tenant: caller.tenant.clone(),
            request_id: order.request_id().clone(),
            kind: O::KIND,
            about: new.about,
            fingerprint: order.asked().fingerprint(&self.fingerprints, &self.surroundings),
            idempotency_key: IdempotencyKey::derive(&parts),
            request: new.request,
            started: self.surroundings.now(),
            progress: new.progress,
        }
    }
}

/// Before Stripe was asked: nothing was started.
pub(crate) fn unwritable(error: JournalError) -> Refusal {
    match error {
        JournalError::Unavailable(_) => {
            tracing::error!(%error, "an operation was not started");
            Refusal::JournalUnavailable
        }
        JournalError::Corrupt(_) => {
            tracing::error!(%error, "an operation was not started");
            Refusal::Internal
        }
    }
}

#[cfg(test)]
mod tests;
