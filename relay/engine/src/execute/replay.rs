//! A repeated request id: the answer is the stored one, or the operation that broke off is
//! resolved. Recovery resumes operations in the same way.

use std::{sync::Arc, time::Duration};

use causeway::{refusal::Refusal, request::PaymentId, tenant::TenantName};
use causeway_domain::{
    change::Changes,
    observation::Provenance,
    operation::{Operation, Progress, Source},
    transition::Outcome,
};
use causeway_ports::{
    journal::{Commit, Record, lease::Claim},
    processor::{Delivery, ProcessorReply},
};

use super::{
    Answer,
    command::{Caller, Command},
    record::AnswerContext,
};
use crate::{
    aggregate::{Aggregate, answered, progress},
    engine::Engine,
    inspect::inspect,
    leases::{HeldLease, Leases},
    phase::{AfterBegin, damaged},
    recovery_policy::plan::{self, RecoveryAction, RecoveryTrigger},
};

/// Interval of journal reads while another relay holds the operation's lease.
const POLL_OTHER_RELAY: Duration = Duration::from_millis(250);

impl Engine {
    /// The answer to a request with an id that has an operation already.
    pub(super) async fn replay<C: Command>(
        self: &Arc<Self>,
        caller: &Caller,
        command: &C,
        before: Operation,
    ) -> Result<Answer<C>, Refusal> {
        self.same(command, &before)?;
        if let Some(nonce) = &caller.nonce {
            let spent = self.journal.spend(nonce.clone()).await.map_err(AfterBegin::from)?;
            if spent == Commit::NonceReplayed {
                return Err(Refusal::LinkReplay);
            }
        }
        causeway_runtime::failpoint!("relay.repeat.known");
        let answer = self.resolve::<C::Aggregate>(before, RecoveryTrigger::Billing, Source::Api).await?;
        Ok(C::Aggregate::repeated(answer))
    }

    /// Resolves an operation to the outcome or to the current progress. The caller holds the
    /// request lock, so no task of this relay works on the operation: an earlier relay died, or the
    /// processor gave no answer.
    async fn resolve<A: Aggregate>(
        self: &Arc<Self>,
        mut before: Operation,
        trigger: RecoveryTrigger,
        source: Source,
    ) -> Result<A::Answer, AfterBegin> {
        loop {
            if let Some(answer) = answered::<A>(&before)? {
                return Ok(answer);
            }
            if before.progress == Progress::Waiting {
                // The payer may have acted since, or the processor may have decided.
                return self.inspect::<A>(&before, AnswerContext { source, soon: false }).await;
            }
            let (tenant, request_id) = (before.tenant.clone(), before.request_id.clone());
            match self.claim(before, trigger).await? {
                Claimed::Ours { operation, action, held: _held } => {
                    let answer = self.resolve_claimed::<A>(&operation, action, source).await;
                    if answer.is_err() {
                        self.reschedule(&operation).await;
                    }
                    return answer;
                }
                Claimed::AnotherRelays(now) if trigger == RecoveryTrigger::Recovery => {
                    let aggregate = self.current::<A>(&now).await?.value;
                    let outcome = Outcome::Unknown(A::unknown("another relay works on the operation"));
                    return Ok(aggregate.answer(&now, &outcome)?);
                }
                Claimed::AnotherRelays(_) => tokio::time::sleep(POLL_OTHER_RELAY).await,
            }
            let now = self.journal.operation(&tenant, &request_id).await?;
            before = now.ok_or(AfterBegin::Broken("it is not in the journal any more"))?;
        }
    }

    /// Schedules the next attempt when no request could be made, for example because the journal is
    /// unreadable or the payment system is no longer in the settings. The schedule is the same as
    /// after a missing answer.
    async fn reschedule(&self, operation: &Operation) {
        let rescheduled = async {
            let next = self.next_look(operation, true).await?;
            let record = Record {
                operation: operation.id,
                epoch: operation.lease.epoch,
                next,
                progress: Progress::Unknown,
                key_spent: false,
                changes: Changes::default(),
            };
            self.record(record).await
        };
        if let Err(error) = rescheduled.await {
            tracing::warn!(
                %error,
                tenant = %operation.tenant,
                operation = %operation.id,
                request_id = %operation.request_id,
                "the next attempt of an operation could not be scheduled; recovery resumes the operation when \
                 the lease lapses"
            );
        }
    }

    /// Claims the lease of an unfinished operation, and selects the recovery action by the operation's age.
    async fn claim(&self, operation: Operation, trigger: RecoveryTrigger) -> Result<Claimed, AfterBegin> {
        let now = self.clock.now();
        let age = now.duration_since(operation.started);
        let action = plan::action(&operation, trigger, age, &self.config.recovery);
        let until = Leases::until(now);
        let claim = Claim {
            operation: operation.id,
            epoch: operation.lease.epoch,
            owner: self.leases.owner(),
            now,
            until,
            sends: action == RecoveryAction::Resend,
        };
        causeway_runtime::failpoint!("relay.lease.before_claim");
        if !self.journal.claim(claim).await? {
            return Ok(Claimed::AnotherRelays(operation));
        }
        causeway_runtime::failpoint!("relay.lease.claimed");
        let mut operation = operation;
        operation.lease.epoch = operation.lease.epoch.saturating_add(1);
        operation.tries = operation.tries.saturating_add(1);
        if action == RecoveryAction::Resend {
            operation.sent = now;
        }
        let held = self.leases.hold(operation.id);
        Ok(Claimed::Ours { operation, action, held })
    }

    /// Resolves an operation that no task works on. `None`: a task works on the operation, or the
    /// operation is already finished.
    pub(crate) async fn resume<A: Aggregate>(
        self: &Arc<Self>,
        operation: &Operation,
        source: Source,
    ) -> Result<Option<A::Answer>, AfterBegin> {
        if self.locks.is_held(&operation.tenant, operation.request_id.as_str()) {
            return Ok(None);
        }
        self.resume_after_others::<A>(operation, source).await
    }

    /// Resolves an operation after waiting for the request lock. `None` means that the operation is
    /// finished.
    pub(crate) async fn resume_after_others<A: Aggregate>(
        self: &Arc<Self>,
        operation: &Operation,
        source: Source,
    ) -> Result<Option<A::Answer>, AfterBegin> {
        let _lock = self.locks.wait(&operation.tenant, operation.request_id.as_str()).await;
        let now = self.journal.operation(&operation.tenant, &operation.request_id).await?;
        match now {
            None | Some(Operation { progress: Progress::Finished { .. }, .. }) => Ok(None),
            Some(now) => self.resolve::<A>(now, RecoveryTrigger::Recovery, source).await.map(Some),
        }
    }

    /// Sends the request again under the same key while the resend is safe. Otherwise, and when the
    /// answer leaves the outcome unknown, looks up the object.
    async fn resolve_claimed<A: Aggregate>(
        self: &Arc<Self>,
        before: &Operation,
        action: RecoveryAction,
        source: Source,
    ) -> Result<A::Answer, AfterBegin> {
        if action == RecoveryAction::Look {
            return self.inspect::<A>(before, AnswerContext { source, soon: false }).await;
        }
        causeway_runtime::failpoint!("relay.recovery.before_ask");
        let reply = self.ask::<A>(before, Delivery::MaybeSent).await?;
        let silent = reply.is_silence();
        let answer = self.conclude::<A>(before, reply, AnswerContext { source, soon: true }).await?;
        causeway_runtime::failpoint!("relay.recovery.recorded");
        let now = self.journal.operation(&before.tenant, &before.request_id).await?;
        match now {
            // The outcome is still unknown, and Stripe may have stored a 500 under the key.
            Some(now) if now.is_unknown() => {
                self.inspect::<A>(&now, AnswerContext { source, soon: silent }).await
            }
            Some(_) | None => Ok(answer),
        }
    }

    /// Looks up the operation's object at the processor, by id or by correlation metadata. The look-up
    /// changes only the journal's aggregate. `asked.soon` is true after a resend without an answer.
    async fn inspect<A: Aggregate>(
        self: &Arc<Self>,
        before: &Operation,
        mut asked: AnswerContext,
    ) -> Result<A::Answer, AfterBegin> {
        let mut aggregate = self.current::<A>(before).await?.value;
        if let Some(object) = aggregate.object(before) {
            let purpose = aggregate.purpose(before);
            let reply = self.processor_after_begin(&aggregate)?.retrieve(object, purpose).await;
            causeway_runtime::failpoint!("relay.recovery.looked");
            return self.conclude::<A>(before, look_up(reply), asked).await;
        }
        if aggregate.settled(before).is_none() {
            if let Some(payment) = aggregate.sought(before)
                && let Err(error) = self.look_for(&before.tenant, payment, asked.source).await
            {
                tracing::info!(
                    tenant = %before.tenant,
                    payment_system = aggregate.account().payment_system,
                    operation = %before.id,
                    request_id = %before.request_id,
                    payment = %payment,
                    "the look-up at Stripe failed, and recovery repeats the look-up: {error}"
                );
                asked.soon = true;
            }
            causeway_runtime::failpoint!("relay.recovery.searched");
            aggregate = self.current::<A>(before).await?.value;
        }
        let outcome = aggregate.settled(before).unwrap_or_else(unresolved::<A>);
        self.settle::<A>(before, aggregate.answer(before, &outcome)?, &outcome, asked.soon).await
    }

    /// Looks up a payment as a whole. The operation holds the request lock, so a worker
    /// compensates a late success.
    async fn look_for(&self, tenant: &TenantName, id: PaymentId, source: Source) -> Result<(), Refusal> {
        let provenance = Provenance { source, reference: None };
        let found = inspect(self, tenant, id, &provenance).await?;
        if found.payment.must_compensate().map_err(damaged)? {
            // The receiver is closed only while the relay stops; the job `open` then finds the payment.
            drop(self.compensations.found.send((tenant.clone(), id)));
        }
        Ok(())
    }

    /// Records an outcome that the aggregate shows without an answer to the operation, or schedules
    /// the next look-up.
    async fn settle<A: Aggregate>(
        &self,
        before: &Operation,
        answer: A::Answer,
        outcome: &Outcome,
        soon: bool,
    ) -> Result<A::Answer, AfterBegin> {
        let progress = progress::<A>(outcome, &answer);
        let next = match progress {
            Progress::Unknown => self.next_look(before, soon).await?,
            Progress::Open | Progress::Waiting | Progress::Finished { .. } => None,
        };
        let changes = Changes::default();
        let epoch = before.lease.epoch;
        let record = Record { operation: before.id, epoch, next, progress, key_spent: false, changes };
        match self.record(record).await? {
            Commit::LeaseLost => tracing::info!(
                tenant = %before.tenant,
                operation = %before.id,
                request_id = %before.request_id,
                "the lease of an operation is lost, because another relay has claimed the operation"
            ),
            Commit::Committed
            | Commit::VersionConflict
            | Commit::DuplicateRequest
            | Commit::NonceReplayed
            | Commit::SecondSuccess(_) => {}
        }
        Ok(answer)
    }
}

/// The relay that holds the lease of an operation.
enum Claimed {
    /// This relay, while `held` is alive.
    Ours { operation: Operation, action: RecoveryAction, held: HeldLease },
    /// Another relay; the operation is as of the last read.
    AnotherRelays(Operation),
}

/// A rejected look-up carries no information about the object, so the rejection counts as a missing answer.
fn look_up(reply: ProcessorReply) -> ProcessorReply {
    match reply {
        ProcessorReply::Rejected { rejection, .. } => {
            ProcessorReply::NoAnswer { why: format!("HTTP {} to a look-up", rejection.status) }
        }
        other @ (ProcessorReply::Succeeded { .. }
        | ProcessorReply::Unreadable { .. }
        | ProcessorReply::NoAnswer { .. }
        | ProcessorReply::PersistedError { .. }
        | ProcessorReply::KeyConflict { .. }) => other,
    }
}

fn unresolved<A: Aggregate>() -> Outcome {
    let what = "no answer of Stripe arrived, and the request must not or need not be sent again; find it in Stripe's \
                dashboard by its metadata causeway_operation";
    Outcome::Unknown(A::unknown("").unresolved(what))
}
