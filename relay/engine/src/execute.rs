//! The sequence from a request to the answer, common to all operations:
//!
//! 1. request id known? return the stored answer, or resolve the earlier operation
//! 2. plan: check the policy for a new payment or card, and the state of an existing aggregate
//! 3. begin: write the operation to the journal before any payment request is sent
//! 4. ask the processor, in a separate task: a caller that disconnects does not stop the operation
//! 5. apply the answer to the payment, or to the customer's cards
//! 6. record: write the outcome to the journal before billing gets the answer
//!
//! The order is fixed. Steps 2 and 3 differ between commands, with one file per command
//! ([`crate::commands`]); payments and customers differ in the implementation of
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

use tokio::time::Instant;
use tracing::Instrument;

use crate::{
    aggregate::{Aggregate, answered},
    context::Context,
    engine::Engine,
    fingerprint::Comparison,
    phase::{AfterBegin, before_begin, before_lookup},
    request_lock::RequestLock,
    seeded_bugs,
};

/// The trait of commands, with the caller and the plan.
pub mod command;
/// Helpers for the plans of all commands.
mod planning;
/// Admission of new operations: capacity and deadline.
mod admit;
/// Answers to a repeated request id, and resumed operations.
mod replay;
/// Steps 4 to 6: ask the processor, apply and record the answer.
mod record;
/// Answers before the outcome is known.
mod async_reply;

use async_reply::accepted;
use command::{Caller, Command, Plan};

/// The answer type of a command.
type Answer<C> = <<C as Command>::Aggregate as Aggregate>::Answer;

impl Engine {
    /// Runs a command, at most once for each request id.
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
            // The task continues after the caller disconnects, until the operation ends.
            let span = tracing::error_span!("request", %tenant, request_id = %asked.request_id());
            let run = async move {
                let answer = engine.run(&caller, command.as_ref(), lock).await;
                causeway_runtime::failpoint!("relay.reply.before");
                if let Err(refusal) = &answer {
                    engine.spend_nonce(&caller, refusal).await;
                }
                answer
            };
            self.tasks.spawn(run.instrument(span)).await.unwrap_or_else(|panicked| {
                tracing::error!(
                    %panicked,
                    tenant = %tenant,
                    request_id = %asked.request_id(),
                    "the task of an operation panicked; a repetition of the request id resumes the operation"
                );
                Err(Refusal::Internal)
            })
        };
        match tokio::time::timeout(patience, work).await {
            Ok(result) => result,
            Err(_) => self.still_in_flight(&tenant, asked.as_ref()).await,
        }
    }

    /// Spends the nonce of a request that is no operation and has effects, before the effects.
    pub async fn spend(&self, caller: &Caller) -> Result<(), Refusal> {
        let Some(nonce) = caller.nonce.clone() else { return Ok(()) };
        match self.journal.spend(nonce).await.map_err(before_begin)? {
            Commit::NonceReplayed => Err(Refusal::LinkReplay),
            Commit::Committed
            | Commit::VersionConflict
            | Commit::DuplicateRequest
            | Commit::LeaseLost
            | Commit::SecondSuccess(_) => Ok(()),
        }
    }

    /// Spends the nonce of a refused request, so that the request cannot be replayed after a change
    /// of the policy. The nonce is in memory already; the journal keeps the nonce over a restart.
    async fn spend_nonce(self: &Arc<Self>, caller: &Caller, refusal: &Refusal) {
        let Some(nonce) = caller.nonce.clone() else { return };
        if !refusal.is_for_lack_of_room() {
            drop(self.journal.spend(nonce).await);
            return;
        }
        // A refusal for lack of capacity does not wait for the disk, which may be the slow part.
        // With too many nonces in flight, the call waits for a permit after all.
        let Ok(room) = self.admission.spending.clone().acquire_owned().await else { return };
        let engine = Arc::clone(self);
        self.tasks.spawn(async move {
            drop(engine.journal.spend(nonce).await);
            drop(room);
        });
    }

    /// Runs the sequence. `own` is the lock of the request id, held until the operation ends.
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
                // The blocking operation may have ended since the read; the second plan
                // then sees the outcome.
                Err(Refusal::OutcomeUnknown { .. }) => command.plan(self, caller).await?,
                planned => planned?,
            };
            let operation = begin.operation.clone();
            // Built before `begin`, because a journal read after `begin` could fail.
            let accepted = if command.is_asynchronous() { accepted::<C>(&begin)? } else { None };
            match self.begin_operation(caller, begin).await? {
                Commit::Committed => {
                    drop(lock);
                    return Ok(self.go_on::<C>(caller, operation, accepted, own).await?);
                }
                // A concurrent write was faster; the loop reads the current state again.
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
        self.admission.room.count(&begin.operation, Instant::now());
        let written = self.admission.journal.timed(self.begin(begin)).await.map_err(before_begin)?;
        causeway_runtime::failpoint!("relay.begin.committed");
        Ok(written)
    }

    /// Continues after `begin`. From here on, no error may claim that no operation was started.
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
    /// Refuses a request with content that differs from the earlier request with the same id.
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
