//! The control API: the operations of the Rust handle over HTTP and JSON, under `/_sandbox`. The control
//! API is not a part of Stripe's API: calls need no key, are not logged, and are never hit by a fault.

mod account_settings;
mod accounts;
mod request;
mod calls;
mod clock;
mod decisions;
mod routes;
mod faults;
mod handle;
mod intents;
mod ledger;
mod mandates;
mod methods;
mod pages;
mod payouts;
mod radar;
mod errors;
mod search;
mod versions;
mod webhooks;

use serde_json::{Value, json};

use crate::control::errors::ControlError;
pub use crate::control::errors::Refusal;
use crate::control::request::ControlRequest;
pub use crate::control::routes::{Control, controls};
use crate::exchange::Incoming;
use crate::reply::Reply;
use crate::shared::Shared;

/// The path prefix of the control API.
const ROOT: &str = "/_sandbox";

/// The JSON answer of a handler, or the reason of the failure.
type ControlResult = Result<Value, ControlError>;

/// The reply, if the path belongs to the control API.
pub(crate) fn answer(shared: &Shared, incoming: &Incoming) -> Option<Reply> {
    let suffix = incoming.path.strip_prefix(ROOT)?;
    if !suffix.is_empty() && !suffix.starts_with('/') {
        return None;
    }
    let reply = match routes::dispatch(shared, incoming, suffix) {
        Ok(value) => Reply::json(200, &value),
        Err(error) => {
            let body = json!({ "error": { "message": error.to_string() } });
            let reply = Reply::json(error.status(), &body);
            if let ControlError::Method { allowed, .. } = &error {
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
