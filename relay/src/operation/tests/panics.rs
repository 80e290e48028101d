//! F12: a mistake of ours in the middle of an operation.

use async_trait::async_trait;
use causeway::{card::RawCard, v1};

use super::*;
use crate::{
    customer::Profile,
    journal::SpentNonce,
    stripe::{client::Asked as Answer, idempotency::IdempotencyKey, request::StripeRequest},
};

/// A processor with a mistake in it.
struct Panics;

#[async_trait]
impl Processor for Panics {
    fn account(&self) -> &str {
        ""
    }

    fn test_mode(&self) -> bool {
        true
    }

    async fn ask(&self, _: &StripeRequest, _: &IdempotencyKey, heard: Heard) -> Answer {
        assert!(heard == Heard::Maybe, "a mistake");
        Answer::Unknown { why: "a story".to_owned() }
    }

    async fn examine(&self, _: &str) -> Answer {
        ground::method()
    }

    async fn remove(&self, _: &str) -> Answer {
        Answer::Unknown { why: String::new() }
    }

    async fn tokenize(&self, _: &RawCard, _: &Profile, _: &IdempotencyKey) -> Answer {
        Answer::Unknown { why: String::new() }
    }
}

/// F12: a panic ends one operation. It gives back its turn and its room, and the same request
/// takes it up.
#[tokio::test]
async fn a_panic_leaves_nothing_taken() {
    let folder = tempfile::tempdir().unwrap();
    let desk = ground::desk(folder.path(), Panics);
    let caller = |number: u8| Caller {
        nonce: Some(SpentNonce {
            nonce: ("acme-1".to_owned(), number.to_string()),
            good_until: causeway_runtime::machine::surroundings().now(),
        }),
        ..Caller::itself(&ground::tenant())
    };
    assert_eq!(desk.work(caller(1), ground::order()).await, Err(Refusal::Internal));
    let again = desk.work(caller(2), ground::order()).await.unwrap();
    assert_eq!(again.outcome(), v1::Outcome::Unknown, "it is taken up, and Stripe says nothing");
    assert!(desk.admission.enter(&ground::tenant()).is_ok());
}
