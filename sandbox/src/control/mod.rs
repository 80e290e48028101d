//! The control API: the operations of the Rust handle over HTTP and JSON, under `/_sandbox`. The control
//! API is not a part of Stripe's API: calls need no key, are not logged, and are never hit by a fault.

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

use crate::control::ask::ControlRequest;
pub use crate::control::doors::{Control, controls};
use crate::control::refused::ControlError;
pub use crate::control::refused::Refused;
use crate::exchange::Incoming;
use crate::reply::Reply;
use crate::shared::Shared;

/// The path prefix of the control API.
const ROOT: &str = "/_sandbox";

/// The JSON answer of a handler, or the reason of the failure.
type ControlResult = Result<Value, ControlError>;

/// The reply, if the path belongs to the control API.
pub(crate) fn answer(shared: &Shared, incoming: &Incoming) -> Option<Reply> {
    let place = incoming.path.strip_prefix(ROOT)?;
    if !place.is_empty() && !place.starts_with('/') {
        return None;
    }
    let reply = match doors::open(shared, incoming, place) {
        Ok(reported) => Reply::json(200, &reported),
        Err(trouble) => {
            let body = json!({ "error": { "message": trouble.to_string() } });
            let reply = Reply::json(trouble.status(), &body);
            if let ControlError::Method { allowed, .. } = &trouble {
                reply.with("allow", allowed.join(", "))
            } else {
                reply
            }
        }
    };
    let mut reply = reply.with("cache-control", "no-store");
    // The newline ends the output of a command-line client, so that the shell's prompt starts a new line.
    reply.body.push(b'\n');
    Some(reply)
}
