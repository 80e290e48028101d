//! The selection of the fault for an incoming call.

use axum::http::Method;

use crate::access;
use crate::access::header::carried;
use crate::exchange::Incoming;
use crate::fault::{Fault, Target};
use crate::lock::lock;
use crate::shared::Shared;

/// The fault that hits a call. Only calls to the API are hit, not a browser's `OPTIONS` requests or pages.
pub(crate) fn strike(shared: &Shared, incoming: &Incoming) -> Option<Fault> {
    if incoming.method == Method::OPTIONS || !incoming.path.starts_with("/v") {
        return None;
    }
    let key = access::parse(&carried(&incoming.headers), &lock(&shared.world).keyring);
    let idempotency_key = incoming.headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    lock(&shared.faults).strike(&Target {
        method: incoming.method.as_str(),
        path: &incoming.path,
        idempotency_key,
        account: key.as_ref().map(|key| key.side.account.as_str()),
        body: &incoming.body,
    })
}
