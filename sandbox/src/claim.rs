//! A claim on an idempotency key. Dropping the claim releases the key, also when the caller
//! disconnects during the call.

use crate::access::Side;
use crate::idempotency::{Claim, Fingerprint, Kept};
use crate::lock::lock;
use crate::shared::Shared;

/// The idempotency key held by the call in flight. A call without a key keeps no answer.
pub(crate) struct Claimed<'a> {
    shared: &'a Shared,
    held: Option<(Side, String)>,
}

impl<'a> Claimed<'a> {
    /// The claim of a call without an idempotency key.
    pub(crate) fn nothing(shared: &'a Shared) -> Self {
        Self { shared, held: None }
    }

    /// Tries to claim a key, and returns the result together with the guard.
    pub(crate) fn claim(
        shared: &'a Shared,
        side: &Side,
        idempotency_key: &str,
        fingerprint: &Fingerprint,
    ) -> (Claim, Self) {
        let now = shared.clock.now();
        let claim = lock(&shared.world).account(side).keys.claim(idempotency_key, fingerprint, now);
        let held = matches!(claim, Claim::Begun).then(|| (side.clone(), idempotency_key.to_owned()));
        (claim, Self { shared, held })
    }

    /// Keeps the answer for later calls with the same key.
    pub(crate) fn keep(&self, kept: Kept) {
        if let Some((side, idempotency_key)) = &self.held {
            lock(&self.shared.world).account(side).keys.keep(idempotency_key, kept);
        }
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        if let Some((side, idempotency_key)) = &self.held {
            lock(&self.shared.world).account(side).keys.release(idempotency_key);
        }
    }
}
