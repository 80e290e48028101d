//! Ask Stripe, and write down what it said before anybody is answered.

use std::time::Duration;

use causeway::{refusal::Refusal, v1};
use prost::Message;

use super::{Desk, unwritable};
use crate::{
    journal::{JournalError, Kind, Operation, Progress, Record, Source, Step, Versioned, Written},
    payment::{
        Payment,
        failure::Failure,
        observation::{self, Expected, Observation},
        observe::{self, Moved, Outcome},
    },
};

/// How often an outcome is written before the caller is told that nobody knows.
const WRITE_TRIES: u32 = 5;

impl Desk {
    /// Steps 4 to 6.
    pub(super) async fn finish(&self, operation: &Operation) -> Result<v1::OperationResult, Refusal> {
        let payment = self.current(operation).await.map_err(unwritable)?.payment;
        let client = self.client(&payment)?;
        let asked = client.ask(&operation.request, &operation.idempotency_key).await;
        let (seen, request) = observation::of(asked, expected(operation.kind));
        for tries in 1..=WRITE_TRIES {
            match self.record(operation, &seen, request.clone()).await {
                Ok(result) => return Ok(result),
                Err(error) => {
                    tracing::error!(%error, tries, operation = %operation.id, "an outcome could not be written down")
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // What Stripe did is done. The same request id finds it out again.
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
            let from = payment.status();
            let mut moved = moved(operation, payment, seen.clone(), now);
            moved.payment.updated = now;
            moved.payment.facts.request = request.clone().or(moved.payment.facts.request);
            let result = moved.outcome.to_wire(&moved.payment);
            let progress = match moved.outcome {
                Outcome::Unknown(_) => Progress::Unknown,
                Outcome::Approved | Outcome::Declined(_) | Outcome::ActionRequired(_) | Outcome::Pending => {
                    Progress::Finished { answer: result.encode_to_vec() }
                }
            };
            let step = Step {
                at: now,
                from: Some(from),
                to: moved.payment.status(),
                kind: operation.kind,
                request_id: operation.request_id.clone(),
                source: Source::Api,
                note: moved.note,
            };
            let outcome = in_a_word(&result);
            let record =
                Record { operation: operation.id, progress, payment: moved.payment, basis: version, step };
            if self.journal.record(record).await? == Written::Done {
                tracing::info!(
                    tenant = %operation.tenant,
                    operation = %operation.id,
                    payment = %operation.payment,
                    request_id = %operation.request_id,
                    stripe_request = request,
                    "{} {outcome}",
                    operation.kind.as_str()
                );
                return Ok(result);
            }
        }
    }

    async fn current(&self, operation: &Operation) -> Result<Versioned, JournalError> {
        let found = self.journal.payment(&operation.tenant, operation.payment).await?;
        found.ok_or_else(|| JournalError::Corrupt(format!("operation {} has no payment", operation.id)))
    }
}

/// An outcome in a word or two, for the log.
fn in_a_word(result: &v1::OperationResult) -> String {
    let outcome = result.outcome().as_str_name().trim_start_matches("OUTCOME_").to_lowercase();
    match &result.failure {
        Some(failure) => format!("{outcome}: {}", failure.code),
        None => outcome,
    }
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
