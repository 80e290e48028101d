//! F12: a panic during an operation.

use async_trait::async_trait;
use causeway::{refusal::Refusal, v1};
use causeway_domain::{idempotency::IdempotencyKey, observation::Purpose, request::ProcessorRequest};
use causeway_engine::Caller;
use causeway_ports::{
    journal::SpentNonce,
    processor::{Capability, Delivery, Effect, NotChargeable, ObjectRef, Processor, ProcessorReply},
};

use super::setup::{engine, method, order, request};
use crate::setup::{machine, tenant};

/// A processor that panics on the first delivery.
struct Panics;

#[async_trait]
impl Processor for Panics {
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
        delivery: Delivery,
        _: Purpose,
    ) -> ProcessorReply {
        assert!(delivery == Delivery::MaybeSent, "a mistake");
        ProcessorReply::NoAnswer { why: "a test".to_owned() }
    }

    async fn retrieve(&self, _: ObjectRef<'_>, _: Purpose) -> ProcessorReply {
        method()
    }
}

/// F12: a panic ends one operation only. The request lock and the admission permit are released,
/// and the same request resumes the operation.
#[tokio::test]
async fn a_panic_frees_locks_and_slots() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, _journal) = engine(folder.path(), Panics);
    let caller = |number: u8| Caller {
        nonce: Some(SpentNonce {
            nonce: ("acme-1".to_owned(), number.to_string()),
            good_until: machine().now(),
        }),
        ..Caller::relay(&tenant())
    };
    assert_eq!(engine.execute(caller(1), order("r")).await, Err(Refusal::Internal));
    let again = engine.execute(caller(2), order("r")).await.unwrap();
    assert_eq!(again.outcome(), v1::Outcome::Unknown, "it is taken up, and Stripe says nothing");
    // The engine has room for one operation. Another operation reaches the same panic.
    assert_eq!(engine.execute(caller(3), order("s")).await, Err(Refusal::Internal));
}
