//! The last step of a call: the headers that every answer carries, and the entry in the log.

use crate::calls::Answer;
use crate::error::StripeError;
use crate::exchange::Exchange;
use crate::idempotency::Kept;
use crate::lock::lock;
use crate::refusals;
use crate::reply::Reply;
use crate::version;

/// What came of a call, and the request that first had this outcome.
struct Outcome {
    reply: Reply,
    original: Option<String>,
    replayed: bool,
}

impl Exchange<'_> {
    /// A refusal of this very call.
    pub(crate) fn refuse(&self, error: &StripeError) -> Reply {
        self.said(self.refusal(error))
    }

    /// A refusal, with the headers that go with it.
    pub(crate) fn refusal(&self, error: &StripeError) -> Reply {
        let now = self.shared.clock.now();
        let log = format!("https://dashboard.stripe.com/test/logs/{}?t={}", self.request_id, now.as_second());
        let reply = Reply::refusal(error, &log);
        refusals::headers(self.fault, error)
            .into_iter()
            .fold(reply, |reply, (name, value)| reply.with(name, value))
    }

    /// An answer that was made for this very call.
    pub(crate) fn said(&self, reply: Reply) -> Reply {
        let original = self.idempotency_key().map(|_| self.request_id.clone());
        self.dressed(Outcome { reply, original, replayed: false })
    }

    /// The answer that was kept from the first call with the same key.
    pub(crate) fn said_again(&self, kept: Kept) -> Reply {
        let reply = Reply::of("application/json", kept.status, kept.body);
        self.dressed(Outcome { reply, original: Some(kept.request_id), replayed: true })
    }

    /// Adds the headers that every answer carries, and writes the answer into the log.
    fn dressed(&self, outcome: Outcome) -> Reply {
        let mut reply = outcome
            .reply
            .with("request-id", self.request_id.clone())
            .with("stripe-version", version::answered(&self.incoming.headers));
        if let Some(key) = self.idempotency_key() {
            reply = reply.with("idempotency-key", key);
        }
        if let Some(original) = outcome.original {
            reply = reply.with("original-request", original);
        }
        if outcome.replayed {
            reply = reply.with("idempotent-replayed", "true");
        }
        if let Some(call) = lock(&self.shared.calls).get_mut(self.place) {
            call.answer = Some(Answer { status: reply.status, body: reply.body.clone() });
        }
        reply
    }
}
