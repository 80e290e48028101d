//! A Stripe that does not answer, and one that answers and tells nothing.

use async_trait::async_trait;
use causeway::{card::RawCard, v1};
use jiff::SignedDuration;

use super::*;
use crate::{
    customer::Profile,
    journal::lease::Recoverable,
    stripe::{client::Asked as Answer, idempotency::IdempotencyKey, request::StripeRequest},
};

/// What it is asked to do, and what it is asked to list: whether there is an answer, which
/// tells nothing.
struct Tells {
    asked: bool,
    listed: bool,
}

#[async_trait]
impl Processor for Tells {
    fn account(&self) -> &str {
        ""
    }

    fn test_mode(&self) -> bool {
        true
    }

    async fn ask(&self, _: &StripeRequest, _: &IdempotencyKey, _: Heard) -> Answer {
        let why = "a story".to_owned();
        if self.asked { Answer::Kept { why } } else { Answer::Unknown { why } }
    }

    async fn examine(&self, path: &str) -> Answer {
        if path.contains("payment_methods") {
            return ground::method();
        }
        if !self.listed {
            return Answer::Unknown { why: "a story".to_owned() };
        }
        let nothing = serde_json::json!({ "object": "list", "data": [], "has_more": false });
        Answer::Done { object: nothing, request: String::new() }
    }

    async fn remove(&self, _: &str) -> Answer {
        Answer::Unknown { why: String::new() }
    }

    async fn tokenize(&self, _: &RawCard, _: &Profile, _: &IdempotencyKey) -> Answer {
        Answer::Unknown { why: String::new() }
    }
}

/// F28: however long Stripe was not there, it is asked again within seconds, so that all is
/// known soon after it is back, whatever else it answers. Where it keeps a 500, it is asked less
/// and less.
#[tokio::test]
async fn what_silence_left_unknown_is_asked_for_soon() {
    for (asked, listed) in [(false, false), (false, true), (true, false), (true, true)] {
        let folder = tempfile::tempdir().unwrap();
        let desk = ground::desk(folder.path(), Tells { asked, listed });
        let answer = desk.work(Caller::itself(&ground::tenant()), ground::order()).await.unwrap();
        assert_eq!(answer.outcome(), v1::Outcome::Unknown);
        for _ in 0..6 {
            crate::recovery::now(&desk, None, &mut crate::jobs::Counts::default()).await.unwrap();
        }
        let soon = desk.steady.now().saturating_add(SignedDuration::from_secs(20)).unwrap();
        let due = Recoverable { tenant: None, by: Some(soon), most: 9 };
        let due = desk.journal.recoverable(due).await.unwrap();
        assert_eq!(due.len(), usize::from(!asked || !listed), "asked: {asked}, listed: {listed}");
    }
}
