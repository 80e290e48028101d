//! A claim on an idempotency key that ends by itself, also when the caller hangs up in between.

use crate::access::Side;
use crate::idempotency::{Claim, Fingerprint, Kept};
use crate::lock::lock;
use crate::shared::Shared;

/// A key that belongs to the call that is being served; without one, nothing is kept.
pub(crate) struct Claimed<'a> {
    shared: &'a Shared,
    held: Option<(Side, String)>,
}

impl<'a> Claimed<'a> {
    /// The claim of a call without an idempotency key.
    pub(crate) fn nothing(shared: &'a Shared) -> Self {
        Self { shared, held: None }
    }

    /// Asks for a key.
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

    /// Keeps the answer for calls to come.
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
