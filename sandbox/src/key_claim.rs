//! A claim on an idempotency key. Dropping the claim releases the key, also when the caller
//! disconnects during the call.

use crate::access::AccountMode;
use crate::idempotency::{ClaimResult, Fingerprint, StoredAnswer};
use crate::lock::lock;
use crate::shared::Shared;
use crate::state::SandboxState;

/// The idempotency key held by the call in flight. A call without a key keeps no answer.
pub(crate) struct KeyClaim<'a> {
    shared: &'a Shared,
    claimed: Option<(AccountMode, String)>,
}

impl<'a> KeyClaim<'a> {
    /// The claim of a call without an idempotency key.
    pub(crate) fn without_key(shared: &'a Shared) -> Self {
        Self { shared, claimed: None }
    }

    /// Tries to claim a key, and returns the result together with the guard.
    pub(crate) fn claim(
        shared: &'a Shared,
        mode: &AccountMode,
        idempotency_key: &str,
        fingerprint: &Fingerprint,
    ) -> (ClaimResult, Self) {
        let now = shared.clock.now();
        let claim =
            lock(&shared.state).account(mode).idempotency_keys.claim(idempotency_key, fingerprint, now);
        let claimed =
            matches!(claim, ClaimResult::Started).then(|| (mode.clone(), idempotency_key.to_owned()));
        (claim, Self { shared, claimed })
    }

    /// Stores the answer for later calls with the same key.
    pub(crate) fn store_answer(&self, state: &mut SandboxState, answer: StoredAnswer) {
        if let Some((mode, idempotency_key)) = &self.claimed {
            state.account(mode).idempotency_keys.store_answer(idempotency_key, answer);
        }
    }
}

impl Drop for KeyClaim<'_> {
    fn drop(&mut self) {
        if let Some((mode, idempotency_key)) = &self.claimed {
            lock(&self.shared.state).account(mode).idempotency_keys.release(idempotency_key);
        }
    }
}
