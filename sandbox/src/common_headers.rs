//! The last step of a call: the headers that every answer carries, and the entry in the log.

use crate::access::Key;
use crate::error::StripeError;
use crate::exchange::Exchange;
use crate::idempotency::StoredAnswer;
use crate::lock::lock;
use crate::refusals;
use crate::reply::Reply;
use crate::version;

/// The reply to a call, and the id of the request that first had this outcome.
struct Outcome {
    reply: Reply,
    original: Option<String>,
    replayed: bool,
}

/// The headers that an answer to a browser needs; every other answer carries the headers too.
const COMMON_HEADERS: &[(&str, &str)] = &[
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-methods", "GET, HEAD, PUT, PATCH, POST, DELETE"),
    ("access-control-allow-origin", "*"),
    (
        "access-control-expose-headers",
        "Request-Id, Stripe-Manage-Version, Stripe-Should-Retry, X-Stripe-External-Auth-Required, \
         X-Stripe-Privileged-Session-Required",
    ),
    ("access-control-max-age", "300"),
    ("cache-control", "no-cache, no-store"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains; preload"),
    ("vary", "Origin"),
    ("x-stripe-priority-routing-enabled", "true"),
    ("x-stripe-routing-context-priority-tier", "api-testmode"),
    ("x-wc", "3c3"),
];

impl Exchange<'_> {
    /// A refusal that was made for this call.
    pub(crate) fn refuse(&self, error: &StripeError) -> Reply {
        self.complete(self.refusal(error, None))
    }

    /// The refusal of an error, with the headers that the error or the fault adds.
    pub(crate) fn refusal(&self, error: &StripeError, key: Option<&Key>) -> Reply {
        let account = key.map_or("acct_unknown", |key| key.mode.account.as_str());
        let request = &self.request_id;
        let log = format!("https://dashboard.stripe.com/{account}/test/workbench/logs?object={request}");
        let reply = Reply::refusal(error, &log);
        refusals::headers(self.fault, error)
            .into_iter()
            .fold(reply, |reply, (name, value)| reply.with(name, value))
    }

    /// The complete answer for a reply that was made for this call.
    pub(crate) fn complete(&self, reply: Reply) -> Reply {
        let original = self.request_key().map(|_| self.request_id.clone());
        self.with_common_headers(Outcome { reply, original, replayed: false })
    }

    /// The replay of the answer that was stored for the same idempotency key.
    pub(crate) fn replay(&self, stored: StoredAnswer) -> Reply {
        let body = stored.body.decompress();
        let reply = Reply::of("application/json", stored.status, body);
        let reply = Reply { compressed: Some(stored.body), ..reply };
        self.with_common_headers(Outcome { reply, original: Some(stored.request_id), replayed: true })
    }

    /// Adds the headers that every answer carries, and writes the answer into the log.
    fn with_common_headers(&self, outcome: Outcome) -> Reply {
        let version = version::requested(&self.incoming.headers);
        let mut reply = outcome
            .reply
            .with("request-id", self.request_id.clone())
            .with("stripe-version", version)
            .with("server", "nginx");
        reply = COMMON_HEADERS.iter().fold(reply, |reply, (name, value)| reply.with(name, *value));
        if let Some(key) = self.request_key() {
            reply = reply.with("idempotency-key", key);
        }
        if let Some(original) = outcome.original {
            reply = reply.with("original-request", original);
        }
        if outcome.replayed {
            reply = reply.with("idempotent-replayed", "true");
        }
        let answer = (reply.status, reply.compress());
        lock(&self.shared.calls).update(self.log_number, |call| call.answer = Some(answer));
        reply
    }
}
