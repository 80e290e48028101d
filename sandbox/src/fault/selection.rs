//! The selection of the fault for an incoming call.

use axum::http::Method;

use crate::access;
use crate::access::header::api_key;
use crate::exchange::Incoming;
use crate::fault::{Fault, Target};
use crate::lock::lock;
use crate::shared::Shared;

/// The fault that hits a call. Only calls to the API are hit, not a browser's `OPTIONS` requests or pages.
pub(crate) fn select_fault(shared: &Shared, incoming: &Incoming) -> Option<Fault> {
    if incoming.method == Method::OPTIONS || !incoming.path.starts_with("/v") {
        return None;
    }
    let key = access::parse(&api_key(&incoming.headers), &lock(&shared.state).keyring);
    let idempotency_key = incoming.headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    lock(&shared.faults).select_fault(&Target {
        method: incoming.method.as_str(),
        path: &incoming.path,
        idempotency_key,
        account: key.as_ref().map(|key| key.mode.account.as_str()),
        body: &incoming.body,
    })
}
