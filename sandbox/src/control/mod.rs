//! The control API: what the handle does in Rust, over HTTP and in JSON, under `/_sandbox`. It is no part of
//! Stripe's API: it needs no key, stands in no log, and no fault hits it.

mod accounts;
mod ask;
mod calls;
mod clock;
mod doors;
mod faults;
mod intents;
mod ledger;
mod pages;
mod refused;
mod search;
mod webhooks;

use serde_json::{Value, json};

use crate::control::ask::Ask;
pub use crate::control::doors::{Control, controls};
pub use crate::control::refused::Refused;
use crate::control::refused::Trouble;
use crate::exchange::Incoming;
use crate::reply::Reply;
use crate::shared::Shared;

/// Where it is.
const ROOT: &str = "/_sandbox";

/// What comes of asking.
type Told = Result<Value, Trouble>;

/// The answer, if the call is for the control API.
pub(crate) fn answer(shared: &Shared, incoming: &Incoming) -> Option<Reply> {
    let place = incoming.path.strip_prefix(ROOT)?;
    if !place.is_empty() && !place.starts_with('/') {
        return None;
    }
    let reply = match doors::open(shared, incoming, place) {
        Ok(told) => Reply::json(200, &told),
        Err(trouble) => {
            let body = json!({ "error": { "message": trouble.to_string() } });
            let reply = Reply::json(trouble.status(), &body);
            if let Trouble::Method { allowed, .. } = &trouble {
                reply.with("allow", allowed.join(", "))
            } else {
                reply
            }
        }
    };
    let mut reply = reply.with("cache-control", "no-store");
    // So that a shell's prompt stands on a line of its own.
    reply.body.push(b'\n');
    Some(reply)
}
