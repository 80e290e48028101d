//! A claim on an idempotency key that ends by itself, also when the caller hangs up in between.

use crate::auth::Key;
use crate::idempotency::{Claim, Fingerprint, Kept};
use crate::lock::lock;
use crate::shared::Shared;

/// A key that belongs to the call that is being served; without one, nothing is kept.
pub(crate) struct Claimed<'a> {
    shared: &'a Shared,
    held: Option<(Key, String)>,
}

impl<'a> Claimed<'a> {
    /// The claim of a call without an idempotency key.
    pub(crate) fn nothing(shared: &'a Shared) -> Self {
        Self { shared, held: None }
    }

    /// Asks for a key.
    pub(crate) fn claim(
        shared: &'a Shared,
        key: &Key,
        idempotency_key: &str,
        fingerprint: &Fingerprint,
    ) -> (Claim, Self) {
        let now = shared.clock.now();
        let claim = lock(&shared.world).account(key).keys.claim(idempotency_key, fingerprint, now);
        let held = matches!(claim, Claim::Begun).then(|| (key.clone(), idempotency_key.to_owned()));
        (claim, Self { shared, held })
    }

    /// Keeps the answer for calls to come.
    pub(crate) fn keep(&self, kept: Kept) {
        if let Some((key, idempotency_key)) = &self.held {
            lock(&self.shared.world).account(key).keys.keep(idempotency_key, kept);
        }
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        if let Some((key, idempotency_key)) = &self.held {
            lock(&self.shared.world).account(key).keys.release(idempotency_key);
        }
    }
}
