//! An operation from the request to its answer. It is the same for all:
//!
//! 1. the same request before? its answer, and done
//! 2. may it be? the rules for a new payment or card, the state of an old one
//! 3. begin: on disk before anything leaves
//! 4. ask the processor, in a task of its own: a caller that hangs up stops nothing
//! 5. the answer moves the payment, or the customer's cards
//! 6. record: on disk before billing is answered
//!
//! The order is not to be changed. The second and third step differ between commands and are in a
//! file each ([`crate::commands`]); payments and customers differ in their
//! [`Aggregate`](crate::aggregate::Aggregate).

use std::{sync::Arc, time::Duration};

use causeway::refusal::Refusal;
use causeway_domain::{
    operation::{Operation, Source},
    transition::Outcome,
};
use causeway_ports::{
    journal::{Begin, Commit},
    processor::Delivery,
};

use crate::{
    aggregate::{Aggregate, answered},
    context::Context,
    engine::Engine,
    fingerprint::Comparison,
    phase::{AfterBegin, before_begin, before_lookup},
    request_lock::RequestLock,
    seeded_bugs,
};

/// An operation as it differs from the others.
pub mod command;
/// What the plans of all commands need.
mod planning;
/// Whether something new may begin.
mod admit;
/// The same request again.
mod replay;
/// Ask, and write down the answer.
mod record;
/// Answers before there is an outcome.
mod async_reply;

use async_reply::accepted;
use command::{Caller, Command, Plan};

/// The answer to a command.
type Answer<C> = <<C as Command>::Aggregate as Aggregate>::Answer;

impl Engine {
    /// Runs a command, at most once for its request id.
    pub async fn execute<C: Command>(
        self: &Arc<Self>,
        caller: Caller,
        command: C,
    ) -> Result<Answer<C>, Refusal> {
        let patience = caller.patience.unwrap_or(Duration::MAX);
        let caller = if command.is_asynchronous() { caller.asynchronous() } else { caller };
        let command = Arc::new(command);
        let (tenant, asked) = (caller.tenant.clone(), Arc::clone(&command));
        if command.is_asynchronous() && self.locks.is_held(&tenant, command.request_id().as_str()) {
            return self.in_flight(&tenant, command.as_ref(), Outcome::Pending).await;
        }
        let work = async {
            let lock = self.locks.wait(&tenant, command.request_id().as_str()).await;
            let engine = Arc::clone(self);
            let command = Arc::clone(&command);
            // From here on the caller may go away; the operation goes on to its end.
            let run = self.tasks.spawn(async move {
                let answer = engine.run(&caller, command.as_ref(), lock).await;
                causeway_runtime::failpoint!("relay.reply.before");
                if let Err(refusal) = &answer {
                    engine.spend_nonce(&caller, refusal).await;
                }
                answer
            });
            run.await.unwrap_or_else(|panicked| {
                tracing::error!(%panicked, "an operation broke off; the same request id takes it up again");
                Err(Refusal::Internal)
            })
        };
        match tokio::time::timeout(patience, work).await {
            Ok(result) => result,
            Err(_) => self.still_in_flight(&tenant, asked.as_ref()).await,
        }
    }

    /// A refused request must not be replayed when the rules have changed. Its nonce stands in
    /// memory anyway; on disk it outlives a restart.
    async fn spend_nonce(self: &Arc<Self>, caller: &Caller, refusal: &Refusal) {
        let Some(nonce) = caller.nonce.clone() else { return };
        if !refusal.is_for_lack_of_room() {
            drop(self.journal.spend(nonce).await);
            return;
        }
        // Without letting a caller wait who is only sent away: the disk may be what is slow. When
        // too many are on their way, the disk is waited for after all.
        let Ok(room) = self.admission.spending.clone().acquire_owned().await else { return };
        let engine = Arc::clone(self);
        self.tasks.spawn(async move {
            drop(engine.journal.spend(nonce).await);
            drop(room);
        });
    }

    /// `own` is the lock of the request id, held until the operation ends.
    async fn run<C: Command>(
        self: &Arc<Self>,
        caller: &Caller,
        command: &C,
        own: RequestLock,
    ) -> Result<Answer<C>, Refusal> {
        loop {
            let before = self.journal.operation(&caller.tenant, command.request_id()).await;
            if let Some(before) = before.map_err(before_lookup)? {
                return self.replay(caller, command, before).await;
            }
            self.journal.admits().map_err(before_begin)?;
            self.admit(caller)?;
            let Plan { begin, lock } = match command.plan(self, caller).await {
                // An obstacle may have ended between two looks: then its outcome is known.
                Err(Refusal::OutcomeUnknown { .. }) => command.plan(self, caller).await?,
                planned => planned?,
            };
            let operation = begin.operation.clone();
            // Made before `begin`: reading the journal once more after it could fail.
            let accepted = command.is_asynchronous().then(|| accepted::<C>(&begin)).flatten();
            match self.begin_operation(caller, begin).await? {
                Commit::Committed => {
                    drop(lock);
                    return Ok(self.go_on::<C>(caller, operation, accepted, own).await?);
                }
                // Another request was faster; look again at what is there now.
                Commit::VersionConflict
                | Commit::DuplicateRequest
                | Commit::LeaseLost
                | Commit::SecondSuccess(_) => {}
                Commit::NonceReplayed => return Err(Refusal::LinkReplay),
            }
        }
    }

    async fn begin_operation(&self, caller: &Caller, begin: Begin) -> Result<Commit, Refusal> {
        self.admit_beginning(caller, &begin)?;
        let written = self.admission.journal.timed(self.begin(begin)).await.map_err(before_begin)?;
        causeway_runtime::failpoint!("relay.begin.committed");
        Ok(written)
    }

    /// After `begin`: no error from here on says that nothing was started.
    async fn go_on<C: Command>(
        self: &Arc<Self>,
        caller: &Caller,
        operation: Operation,
        accepted: Option<Answer<C>>,
        own: RequestLock,
    ) -> Result<Answer<C>, AfterBegin> {
        if let Some(answer) = answered::<C::Aggregate>(&operation)? {
            return Ok(answer);
        }
        let held = self.leases.hold(operation.id);
        if let Some(answer) = accepted {
            self.spawn_detached::<C::Aggregate>(operation, (own, held, caller.slot.clone()));
            return Ok(answer);
        }
        self.ask_and_record::<C::Aggregate>(&operation, Delivery::NotSent, Source::Api).await
    }
}

impl Context {
    /// Refuses another request under the same id.
    fn same<C: Command>(&self, command: &C, before: &Operation) -> Result<(), Refusal> {
        let request_id = || command.request_id().to_string();
        match command.content().compare(&before.fingerprint, &self.fingerprints) {
            _ if seeded_bugs::ignores_fingerprints() => Ok(()),
            Comparison::Same if before.kind() == C::Aggregate::kind(C::COMMAND) => Ok(()),
            Comparison::Same | Comparison::Different => {
                Err(Refusal::RequestIdReused { request_id: request_id() })
            }
            Comparison::NotComparable => Err(Refusal::NotComparable { request_id: request_id() }),
        }
    }
}
