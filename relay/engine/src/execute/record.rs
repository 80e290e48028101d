//! Steps 4 to 6: ask the processor, apply the answer, and record the outcome before billing gets
//! the answer.

use std::time::Duration;

use causeway_domain::{
    change::{Changes, Versioned},
    observation::Observation,
    operation::{Operation, Progress, Source},
    transition::Outcome,
};
use causeway_ports::{
    journal::{Commit, JournalError, Record},
    processor::{Delivery, ProcessorReply},
};

use crate::{
    aggregate::{Aggregate, Moment, answered, progress},
    engine::Engine,
    leases::Leases,
    phase::AfterBegin,
};

/// Number of attempts to write an outcome, before the caller gets an unknown outcome. The attempts
/// outlast a journal that is blocked for half a minute.
const WRITE_TRIES: u32 = 30;
/// Maximum pause between two write attempts.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// The circumstances of a processor answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct AnswerContext {
    /// The side that continued the operation.
    pub(super) source: Source,
    /// Whether an unknown outcome is retried soon, because there was no look-up yet, or no
    /// answer to the request.
    pub(super) soon: bool,
}

impl Engine {
    /// Steps 4 to 6. `delivery` states whether an earlier attempt may have sent the request.
    pub(super) async fn ask_and_record<A: Aggregate>(
        &self,
        operation: &Operation,
        delivery: Delivery,
        source: Source,
    ) -> Result<A::Answer, AfterBegin> {
        let reply = self.ask::<A>(operation, delivery).await?;
        self.conclude::<A>(operation, reply, AnswerContext { source, soon: true }).await
    }

    /// Step 4: sends the operation's request to the processor.
    pub(super) async fn ask<A: Aggregate>(
        &self,
        operation: &Operation,
        delivery: Delivery,
    ) -> Result<ProcessorReply, AfterBegin> {
        let aggregate = self.current::<A>(operation).await?.value;
        let request = operation.request.as_ref().ok_or(AfterBegin::Broken("it has no request"))?;
        causeway_runtime::failpoint!("relay.ask.before");
        let reply = if Leases::may_have_lapsed(operation.sent, self.clock.now()) {
            // The key's age was checked before the pause of the process; Stripe may have forgotten
            // the key by now.
            ProcessorReply::NoAnswer {
                why: "the relay process was suspended, and the request was not sent".to_owned(),
            }
        } else {
            let processor = self.processor_after_begin(&aggregate)?;
            let purpose = aggregate.purpose(operation);
            processor.send(request, &operation.idempotency_key, delivery, purpose).await
        };
        causeway_runtime::failpoint!("relay.ask.answered");
        Ok(reply)
    }

    /// Steps 5 and 6: applies the answer to the aggregate and records the outcome.
    pub(super) async fn conclude<A: Aggregate>(
        &self,
        operation: &Operation,
        reply: ProcessorReply,
        asked: AnswerContext,
    ) -> Result<A::Answer, AfterBegin> {
        let (seen, request) = reply.into_observation();
        for tries in 1..=WRITE_TRIES {
            match self.write_outcome::<A>(operation, &seen, request.as_deref(), asked).await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    tracing::error!(
                        %error,
                        tries,
                        tenant = %operation.tenant,
                        operation = %operation.id,
                        request_id = %operation.request_id,
                        about = %operation.target,
                        "the outcome of an operation could not be written to the journal; check its disk"
                    );
                    if matches!(error, JournalError::Corrupt(_)) {
                        break;
                    }
                }
            }
            let pause = Duration::from_millis(100).saturating_mul(tries);
            tokio::time::sleep(pause.min(MAX_PAUSE)).await;
        }
        // The processor's effect stays, and a repetition of the request id resolves the outcome.
        let aggregate = self.current::<A>(operation).await?.value;
        let outcome = Outcome::Unknown(A::unknown("the relay could not write the outcome to the journal"));
        Ok(aggregate.answer(operation, &outcome)?)
    }

    /// Applies an observation and writes the transition. After a version conflict, the same
    /// observation is applied to the current version.
    async fn write_outcome<A: Aggregate>(
        &self,
        operation: &Operation,
        seen: &Observation,
        request: Option<&str>,
        asked: AnswerContext,
    ) -> Result<A::Answer, JournalError> {
        loop {
            let before: Versioned<A> = self.current(operation).await?;
            let payment_system = before.value.account().payment_system.to_owned();
            let now = self.environment.now();
            let mut after = before.value.clone().apply(operation, seen.clone(), now);
            let no_change = after.aggregate == before.value;
            if !no_change {
                after.aggregate.touch(now, request);
            }
            let outcome = after.outcome.clone();
            let moment = Moment { at: now, source: asked.source };
            let (changes, answer) =
                A::conclude(self.journal.as_ref(), operation, before, after, moment).await?;
            let progress = progress::<A>(&outcome, &answer);
            let nothing_new = no_change && progress == operation.progress;
            if nothing_new && !operation.is_unknown() {
                return Ok(answer);
            }
            let next = match progress {
                Progress::Unknown => self.next_look(operation, asked.soon || seen.is_silence()).await?,
                Progress::Open | Progress::Waiting | Progress::Finished { .. } => None,
            };
            // A repetition without a change adds no entry to the timeline.
            let changes = if nothing_new { Changes::default() } else { changes };
            let (id, epoch) = (operation.id, operation.lease.epoch);
            let key_spent = seen.spends_the_key();
            let record = Record { operation: id, epoch, next, progress, key_spent, changes };
            causeway_runtime::failpoint!("relay.record.before");
            match self.record(record).await? {
                Commit::Committed => {
                    causeway_runtime::failpoint!("relay.record.committed");
                    log_outcome::<A>(operation, &payment_system, &answer);
                    return Ok(answer);
                }
                Commit::LeaseLost => return self.answer_of_lease_holder::<A>(operation).await,
                Commit::VersionConflict
                | Commit::DuplicateRequest
                | Commit::NonceReplayed
                | Commit::SecondSuccess(_) => {}
            }
        }
    }

    /// Another relay has the lease and sends the request under the same key. The answer to that
    /// relay is the valid one.
    async fn answer_of_lease_holder<A: Aggregate>(
        &self,
        operation: &Operation,
    ) -> Result<A::Answer, JournalError> {
        let corrupt = |_| JournalError::Corrupt(format!("the answer of operation {}", operation.id));
        let now = self.journal.operation(&operation.tenant, &operation.request_id).await?;
        if let Some(now) = &now
            && let Some(answer) = answered::<A>(now).map_err(corrupt)?
        {
            return Ok(answer);
        }
        let aggregate = self.current::<A>(operation).await?.value;
        let outcome = Outcome::Unknown(A::unknown("another relay has claimed the operation"));
        Ok(aggregate.answer(operation, &outcome)?)
    }
}

/// Writes one log line for each recorded outcome.
fn log_outcome<A: Aggregate>(operation: &Operation, payment_system: &str, answer: &A::Answer) {
    let (outcome, code) = A::outcome_of(answer);
    let outcome = outcome.as_str_name().trim_start_matches("OUTCOME_").to_lowercase();
    tracing::info!(
        tenant = %operation.tenant,
        payment_system,
        operation = %operation.id,
        request_id = %operation.request_id,
        about = %operation.target,
        code,
        "the outcome of {} is {outcome}",
        operation.kind().as_str()
    );
}
