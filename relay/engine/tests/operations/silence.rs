//! A Stripe that does not answer, and a Stripe whose answers contain no outcome.

use async_trait::async_trait;
use causeway::{request::Job, v1};
use causeway_domain::{
    idempotency::IdempotencyKey,
    observation::{IntentSnapshot, Purpose},
    request::ProcessorRequest,
};
use causeway_engine::Caller;
use causeway_ports::{
    journal::lease::Recoverable,
    processor::{Capability, Delivery, Effect, NotChargeable, ObjectRef, Processor, ProcessorReply, Span},
};
use jiff::SignedDuration;

use super::setup::{engine, method, order, request};
use crate::setup::{machine, tenant};

/// `sent`: whether a request that changes state gets an answer, a persisted 500 without an outcome.
/// `listed`: whether a list request gets an answer, an empty list.
struct SilentProcessor {
    sent: bool,
    listed: bool,
}

#[async_trait]
impl Processor for SilentProcessor {
    fn account(&self) -> &str {
        ""
    }

    fn test_mode(&self) -> bool {
        true
    }

    fn can(&self, _: Capability) -> bool {
        true
    }

    fn request(&self, _: &Effect<'_>, _: &IdempotencyKey) -> Result<ProcessorRequest, NotChargeable> {
        Ok(request())
    }

    async fn send(
        &self,
        _: &ProcessorRequest,
        _: &IdempotencyKey,
        _: Delivery,
        _: Purpose,
    ) -> ProcessorReply {
        let why = "a test".to_owned();
        if self.sent { ProcessorReply::PersistedError { why } } else { ProcessorReply::NoAnswer { why } }
    }

    async fn retrieve(&self, _: ObjectRef<'_>, _: Purpose) -> ProcessorReply {
        method()
    }

    async fn list_intents(&self, _: Span, _: usize) -> Option<Vec<IntentSnapshot>> {
        self.listed.then(Vec::new)
    }
}

/// F28: after any time without answers from Stripe, an operation is retried within seconds, so that
/// the outcome is known soon after Stripe is back, for every combination of other answers. If
/// Stripe persists a 500, the retries become less frequent.
#[tokio::test]
async fn an_unknown_outcome_without_an_answer_is_retried_soon() {
    for (sent, listed) in [(false, false), (false, true), (true, false), (true, true)] {
        let folder = tempfile::tempdir().unwrap();
        let (engine, journal) = engine(folder.path(), SilentProcessor { sent, listed });
        let answer = engine.execute(Caller::relay(&tenant()), order("r")).await.unwrap();
        assert_eq!(answer.outcome(), v1::Outcome::Unknown);
        for _ in 0..6 {
            engine.run_job(Job::Recovery, None, None).await.unwrap();
        }
        let soon = machine().now().saturating_add(SignedDuration::from_secs(20)).unwrap();
        let due = Recoverable { tenant: None, by: Some(soon), most: 9 };
        let due = journal.recoverable(due).await.unwrap();
        assert_eq!(due.len(), usize::from(!sent || !listed), "sent: {sent}, listed: {listed}");
    }
}
