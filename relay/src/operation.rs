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

use causeway::{order::PaymentId, refusal::Refusal, surroundings::Surroundings, tenant::TenantName};
use jiff::Timestamp;
use tokio::sync::{Mutex, Notify, watch};
use tokio_util::task::TaskTracker;

use crate::{
    admission::Admission,
    fingerprint::{FingerprintKeys, Same},
    journal::{Journal, JournalError, Operation, Progress, Source, Versioned, Written, lease::Lease},
    payment::{Payment, observe::Outcome},
    policy,
    processor::Processor,
    recovery::{UnderWay, leases::Leases, steady::Steady},
    settings::{Settings, Tenant},
    stripe::{
        client::Heard,
        idempotency::{IdempotencyKey, Parts},
    },
};

/// An operation as it differs from the others.
mod order;
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
/// What a lost journal knew.
mod adopt;
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
/// Whether something new may begin.
mod admit;
/// The same request again.
mod again;
/// Ask, and write down what was said.
mod finish;
/// One at a time for each request id and for each customer.
mod turn;

pub use order::{Caller, Order, Prepared};

use order::New;
use subject::Subject;
use turn::{Turn, Turns};

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
    /// Room for new operations.
    pub admission: Arc<Admission>,
    /// Operations under way; they outlive their callers.
    pub tasks: TaskTracker,
    /// When the processor was last asked for a customer's cards.
    pub lists: crate::service::cards::Lists,
    /// Told when an event has come in.
    pub arrived: Notify,
    /// Events are worked on by one at a time.
    pub inbox: Mutex<()>,
    /// What this relay works on.
    pub leases: Arc<Leases>,
    /// What recovery finds out about now.
    pub recovering: UnderWay,
    /// The moment, for how old operations are.
    pub steady: Steady,
    /// Who watches events.
    pub watchers: crate::service::watch::Watchers,
    /// When this relay was started.
    pub started: Timestamp,
    /// Whether it was told to stop.
    pub stopping: watch::Sender<bool>,
    looked_at: instrument::LookedAt,
    turns: Arc<Turns>,
}

impl Desk {
    /// A desk on which nothing lies yet.
    pub fn new(
        settings: Settings,
        journal: Arc<dyn Journal>,
        processors: Processors,
        fingerprints: FingerprintKeys,
        surroundings: Surroundings,
        steady: Steady,
    ) -> Desk {
        let admission = Admission::new(settings.operations_at_once, settings.tenants.len());
        Desk {
            admission,
            settings,
            journal,
            processors,
            fingerprints,
            tasks: TaskTracker::new(),
            lists: crate::service::cards::Lists::default(),
            arrived: Notify::new(),
            inbox: Mutex::new(()),
            leases: Leases::new(surroundings.uuid()),
            recovering: UnderWay::default(),
            steady,
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
        let caller = if order.is_asynchronous() { caller.in_no_hurry() } else { caller };
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
                causeway_runtime::failpoint!("relay.reply.before");
                if let Err(refusal) = &told {
                    // What was refused must not be replayed when the rules have changed.
                    // It stands in memory anyway; on disk it outlives a restart.
                    if refusal.is_for_lack_of_room() {
                        desk.spend_later(&caller).await;
                    } else {
                        desk.spend(&caller).await;
                    }
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
            self.journal.admits().map_err(unwritable)?;
            self.admit(caller)?;
            let Prepared { begin, turn } = match order.prepare(self, caller).await {
                // What was in the way may have ended between two looks: then it is known.
                Err(Refusal::OutcomeUnknown { .. }) => order.prepare(self, caller).await?,
                prepared => prepared?,
            };
            let operation = begin.operation.clone();
            if causeway_runtime::bug!("stripe_before_begin")
                && let (Some(change), Some(request)) = (&begin.changes.payment, &operation.request)
            {
                drop(
                    self.processor(&change.payment)?
                        .ask(request, &operation.idempotency_key, Heard::Nothing)
                        .await,
                );
            }
            self.admit_beginning(caller, &begin)?;
            causeway_runtime::failpoint!("relay.begin.before");
            let written =
                self.admission.journal.timed(self.journal.begin(begin)).await.map_err(unwritable)?;
            causeway_runtime::failpoint!("relay.begin.committed");
            drop(turn);
            match written {
                Written::Done => {
                    if let Some(answer) = subject::answered::<O::About>(&operation)? {
                        return Ok(answer);
                    }
                    let held = self.leases.hold(operation.id);
                    if order.is_asynchronous() {
                        return self
                            .go_on_alone::<O::About>(operation, (own, held, caller.slot.clone()))
                            .await;
                    }
                    return self.finish::<O::About>(&operation, Heard::Nothing, Source::Api).await;
                }
                // Somebody was faster; look again at what is there now.
                Written::Moved | Written::RequestKnown | Written::Taken => {}
                Written::NonceSpent => return Err(Refusal::LinkReplay),
            }
        }
    }

    /// Refuses another request under the same id.
    fn same<O: Order>(&self, order: &O, before: &Operation) -> Result<(), Refusal> {
        let request_id = || order.request_id().to_string();
        if causeway_runtime::bug!("fingerprint_ignored") {
            return Ok(());
        }
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

    /// The key under which Stripe is asked for what an order wants. `system` is the payment
    /// system's name and Stripe account.
    fn key<O: Order>(&self, caller: &Caller, order: &O, (name, account): (&str, &str)) -> IdempotencyKey {
        IdempotencyKey::derive(&Parts {
            environment: &self.settings.environment,
            tenant: &caller.tenant,
            account: if account.is_empty() { name } else { account },
            kind: O::KIND.as_str(),
            request_id: order.request_id(),
        })
    }

    /// A new operation.
    fn operation<O: Order>(&self, caller: &Caller, order: &O, new: New<'_>) -> Operation {
        let started = self.steady.now();
        let open = matches!(new.progress, Progress::Open);
        let idempotency_key = self.key(caller, order, new.system);
        Operation {
            id: new.id,
            tenant: caller.tenant.clone(),
            request_id: order.request_id().clone(),
            kind: O::KIND,
            about: new.about,
            fingerprint: order.asked().fingerprint(&self.fingerprints, &self.surroundings),
            request: new.request.map(|request| request.under(&idempotency_key)),
            idempotency_key,
            started,
            lease: if open { self.leases.first(started) } else { Lease::nobody() },
            progress: new.progress,
            tries: 0,
            sent: started,
            key_spent: false,
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
        JournalError::Full(_) => {
            tracing::error!(%error, "an operation was not started");
            Refusal::JournalFull
        }
        JournalError::Corrupt(_) => {
            tracing::error!(%error, "an operation was not started");
            Refusal::JournalDamaged
        }
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod machine;

#[cfg(test)]
mod protocol;
