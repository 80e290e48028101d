//! Ask Stripe, and write down what it said before anybody is answered.

use std::time::Duration;

use causeway::{refusal::Refusal, v1};
use prost::Message;

use super::Desk;
use crate::{
    journal::{JournalError, Kind, Operation, Progress, Record, Source, Step, Versioned, Written},
    payment::{
        Payment,
        failure::Failure,
        observation::{self, Expected, Observation},
        observe::{self, Moved, Outcome},
    },
    stripe::client::{Asked, Heard},
};

/// How often an outcome is written before the caller is told that nobody knows.
const WRITE_TRIES: u32 = 5;

impl Desk {
    /// Steps 4 to 6. `heard` is what is known of tries before this one.
    pub(super) async fn finish(
        &self,
        operation: &Operation,
        heard: Heard,
    ) -> Result<v1::OperationResult, Refusal> {
        // It has begun, so whatever goes wrong here, it may have been done.
        let payment = self.current(operation).await.map_err(|_| Refusal::Internal)?.payment;
        let client = self.client(&payment)?;
        let asked = client.ask(&operation.request, &operation.idempotency_key, heard).await;
        self.conclude(operation, asked).await
    }

    /// Steps 5 and 6: what Stripe said moves the payment, and is written down.
    pub(super) async fn conclude(
        &self,
        operation: &Operation,
        asked: Asked,
    ) -> Result<v1::OperationResult, Refusal> {
        let (seen, request) = observation::of(asked, expected(operation.kind));
        for tries in 1..=WRITE_TRIES {
            match self.record(operation, &seen, request.clone()).await {
                Ok(result) => return Ok(result),
                Err(error) => {
                    tracing::error!(%error, tries, operation = %operation.id, "an outcome could not be written down");
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // What Stripe did is done. The same request id finds it out again.
        let payment = self.current(operation).await.map_err(|_| Refusal::Internal)?.payment;
        Ok(Outcome::Unknown(Failure::unknown("the relay could not write the outcome down")).to_wire(&payment))
    }

    /// Moves the payment by what was seen. When something else moved it meanwhile,
    /// the same observation is folded into what is there now.
    async fn record(
        &self,
        operation: &Operation,
        seen: &Observation,
        request: Option<String>,
    ) -> Result<v1::OperationResult, JournalError> {
        loop {
            let Versioned { payment, version } = self.current(operation).await?;
            let now = self.surroundings.now();
            let (before, from) = (payment.clone(), payment.status());
            let mut moved = moved(operation, payment, seen.clone(), now);
            let step = Step {
                at: now,
                from: Some(from),
                to: moved.payment.status(),
                kind: operation.kind,
                request_id: operation.request_id.clone(),
                source: Source::Api,
                note: moved.note,
            };
            let no_news = moved.payment == before;
            if !no_news {
                moved.payment.updated = now;
                moved.payment.facts.request = request.clone().or(moved.payment.facts.request);
            }
            let result = moved.outcome.to_wire(&moved.payment);
            let progress = progress(&moved.outcome, &result);
            if no_news && progress == operation.progress {
                // A repetition that found nothing new does not make the history longer.
                return Ok(result);
            }
            let record =
                Record { operation: operation.id, progress, payment: moved.payment, basis: version, step };
            if self.journal.record(record).await? == Written::Done {
                tell(operation, &result);
                return Ok(result);
            }
        }
    }

    /// The payment of an operation, as it is now.
    pub(super) async fn current(&self, operation: &Operation) -> Result<Versioned, JournalError> {
        let found = self.journal.payment(&operation.tenant, operation.payment).await?;
        found.ok_or_else(|| JournalError::Corrupt(format!("operation {} has no payment", operation.id)))
    }
}

/// How far an operation is with an outcome. What is not decided can be asked again.
fn progress(outcome: &Outcome, result: &v1::OperationResult) -> Progress {
    match outcome {
        Outcome::Unknown(_) => Progress::Unknown,
        Outcome::ActionRequired(_) | Outcome::Pending => Progress::Waiting,
        Outcome::Approved | Outcome::Declined(_) => Progress::Finished { answer: result.encode_to_vec() },
    }
}

/// One line in the log for each outcome, where it is known.
fn tell(operation: &Operation, result: &v1::OperationResult) {
    let outcome = result.outcome().as_str_name().trim_start_matches("OUTCOME_").to_lowercase();
    tracing::info!(
        tenant = %operation.tenant,
        operation = %operation.id,
        payment = %operation.payment,
        request_id = %operation.request_id,
        code = result.failure.as_ref().map(|failure| failure.code.as_str()),
        "{}: {outcome}",
        operation.kind.as_str()
    );
}

fn expected(kind: Kind) -> Expected {
    match kind {
        Kind::Authorize | Kind::Capture => Expected::Intent,
        Kind::Refund => Expected::Refund,
    }
}

/// Step 5.
fn moved(operation: &Operation, payment: Payment, seen: Observation, now: jiff::Timestamp) -> Moved {
    match operation.kind {
        Kind::Authorize => observe::authorized(payment, seen),
        Kind::Capture => observe::captured(payment, seen, now),
        Kind::Refund => observe::refunded(payment, &operation.request_id, seen),
    }
}
