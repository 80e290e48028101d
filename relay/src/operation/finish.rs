//! Ask the processor, and write down what it said before anybody is answered.

use std::{sync::Arc, time::Duration};

use causeway::refusal::Refusal;

use super::{
    Desk,
    subject::{self, Subject},
};
use crate::{
    journal::{About, Changes, JournalError, Operation, Progress, Record, Source, Versioned, Written},
    payment::{
        observation::{self, Observation},
        observe::Outcome,
    },
    recovery::leases::Leases,
    stripe::client::{Asked, Heard},
};

/// How often an outcome is written before the caller is told that nobody knows. Somebody
/// who holds the journal up for half a minute is outlasted.
const WRITE_TRIES: u32 = 30;
/// The pause between two tries, at the most.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Desk {
    /// Steps 4 to 6. `heard` is what is known of tries before this one, `source` whoever
    /// made it go on.
    pub(super) async fn finish<S: Subject>(
        &self,
        operation: &Operation,
        heard: Heard,
        source: Source,
    ) -> Result<S::Answer, Refusal> {
        let asked = self.ask::<S>(operation, heard).await?;
        self.conclude::<S>(operation, asked, (source, true)).await
    }

    /// Step 4.
    pub(super) async fn ask<S: Subject>(
        &self,
        operation: &Operation,
        heard: Heard,
    ) -> Result<Asked, Refusal> {
        // It has begun, so whatever goes wrong here, it may have been done.
        let it = self.current::<S>(operation).await.map_err(|_| Refusal::Internal)?.it;
        let request = operation.request.as_ref().ok_or(Refusal::Internal)?;
        causeway_runtime::failpoint!("relay.ask.before");
        let asked = if Leases::may_have_lapsed(operation.sent, self.steady.now()) {
            // How old the key is was looked at before; by now Stripe may have forgotten it.
            Asked::Unknown { why: "the relay has slept and has not sent it".to_owned() }
        } else {
            self.processor(&it)?.ask(request, &operation.idempotency_key, heard).await
        };
        causeway_runtime::failpoint!("relay.ask.answered");
        Ok(asked)
    }

    /// Steps 5 and 6: what Stripe said moves the payment, and is written down. `soon`: what is
    /// unknown now is taken up again soon, because it was not looked for yet, or asked for
    /// without an answer.
    pub(super) async fn conclude<S: Subject>(
        &self,
        operation: &Operation,
        asked: Asked,
        (source, soon): (Source, bool),
    ) -> Result<S::Answer, Refusal> {
        let (seen, request) = observation::of(asked, S::expected(operation));
        for tries in 1..=WRITE_TRIES {
            match self.record::<S>(operation, &seen, (request.as_deref(), source, soon)).await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    tracing::error!(%error, tries, operation = %operation.id, "an outcome could not be written down");
                    if matches!(error, JournalError::Corrupt(_)) {
                        break;
                    }
                }
            }
            let pause = Duration::from_millis(100).saturating_mul(tries);
            tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
        }
        // What Stripe did is done. The same request id finds it out again.
        let it = self.current::<S>(operation).await.map_err(|_| Refusal::Internal)?.it;
        let outcome = Outcome::Unknown(S::unknown("the relay could not write the outcome down"));
        Ok(it.answer(operation, &outcome))
    }

    /// Moves the subject by what was seen. When something else moved it meanwhile,
    /// the same observation is folded into what is there now.
    async fn record<S: Subject>(
        &self,
        operation: &Operation,
        seen: &Observation,
        (request, source, soon): (Option<&str>, Source, bool),
    ) -> Result<S::Answer, JournalError> {
        loop {
            let before: Versioned<S> = self.current(operation).await?;
            let now = self.surroundings.now();
            let mut after = before.it.clone().fold(operation, seen.clone(), now);
            let no_news = after.it == before.it;
            if !no_news {
                after.it.touch(now, request);
            }
            let outcome = after.outcome.clone();
            let (changes, answer) =
                S::conclude(self.journal.as_ref(), operation, before, after, (now, source)).await?;
            let progress = subject::progress::<S>(&outcome, &answer);
            let nothing_new = no_news && progress == operation.progress;
            if nothing_new && !operation.is_unknown() {
                return Ok(answer);
            }
            let next = match progress {
                Progress::Unknown => self.next_look(operation, soon || seen.is_silence()).await?,
                Progress::Open | Progress::Waiting | Progress::Finished { .. } => None,
            };
            // A repetition that found nothing new does not make the history longer.
            let changes = if nothing_new { Changes::default() } else { changes };
            let (id, epoch) = (operation.id, operation.lease.epoch);
            let key_spent = seen.spends_the_key();
            let record = Record { operation: id, epoch, next, progress, key_spent, changes };
            if causeway_runtime::bug!("reply_before_record") {
                let journal = Arc::clone(&self.journal);
                self.tasks.spawn(async move {
                    tokio::time::sleep(Duration::from_millis(250)).await;
                    drop(journal.record(record).await);
                });
                return Ok(answer);
            }
            causeway_runtime::failpoint!("relay.record.before");
            match self.journal.record(record).await? {
                Written::Done => {
                    causeway_runtime::failpoint!("relay.record.committed");
                    tell::<S>(operation, &answer);
                    return Ok(answer);
                }
                Written::Taken => return self.as_somebody_else_left_it::<S>(operation).await,
                Written::Moved | Written::RequestKnown | Written::NonceSpent => {}
            }
        }
    }

    /// The operation was taken up by another relay, which asks under the same key: what it
    /// hears is what counts.
    async fn as_somebody_else_left_it<S: Subject>(
        &self,
        operation: &Operation,
    ) -> Result<S::Answer, JournalError> {
        let corrupt = |_| JournalError::Corrupt(format!("the answer of operation {}", operation.id));
        let now = self.journal.operation(&operation.tenant, &operation.request_id).await?;
        if let Some(now) = &now
            && let Some(answer) = subject::answered::<S>(now).map_err(corrupt)?
        {
            return Ok(answer);
        }
        let it = self.current::<S>(operation).await?.it;
        let outcome = Outcome::Unknown(S::unknown("another relay has taken the operation up"));
        Ok(it.answer(operation, &outcome))
    }
}

/// One line in the log for each outcome, where it is known.
fn tell<S: Subject>(operation: &Operation, answer: &S::Answer) {
    let (outcome, code) = S::told(answer);
    let outcome = outcome.as_str_name().trim_start_matches("OUTCOME_").to_lowercase();
    let about = match &operation.about {
        About::Payment(id) => format!("payment {id}"),
        About::Customer { card: Some(card), .. } => format!("card {card}"),
        About::Customer { id, card: None } => format!("customer {id}"),
    };
    tracing::info!(
        tenant = %operation.tenant,
        operation = %operation.id,
        request_id = %operation.request_id,
        about,
        code,
        "{}: {outcome}",
        operation.kind.as_str()
    );
}
