//! Nonces, each accepted only once.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, PoisonError},
};

/// A nonce together with the id of the credential.
pub type Nonce = (String, String);

/// Nonces that were received and may still belong to a fresh signature.
#[derive(Default)]
pub struct Nonces {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    seen: HashSet<Nonce>,
    by_age: VecDeque<(i64, Nonce)>,
}

impl Nonces {
    /// Whether a nonce was used before.
    pub(crate) fn is_known(&self, nonce: &Nonce) -> bool {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).seen.contains(nonce)
    }

    /// True on the first use. `now` and `forget_at` are Unix seconds. Expired nonces are removed in
    /// the same call, so the size of the set follows the traffic.
    pub fn first_time(&self, nonce: Nonce, now: i64, forget_at: i64) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        while inner.by_age.front().is_some_and(|(forget_at, _)| *forget_at < now) {
            if let Some((_, old)) = inner.by_age.pop_front() {
                inner.seen.remove(&old);
            }
        }
        let first = inner.seen.insert(nonce.clone());
        if first {
            inner.by_age.push_back((forget_at, nonce));
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_once_and_forgotten_later() {
        let nonces = Nonces::default();
        let nonce = |text: &str| ("k".to_owned(), text.to_owned());
        assert!(nonces.first_time(nonce("a"), 100, 400));
        assert!(!nonces.first_time(nonce("a"), 399, 400));
        assert!(nonces.first_time(("other".to_owned(), "a".to_owned()), 399, 400));
        assert!(nonces.first_time(nonce("b"), 401, 800));
        assert_eq!(nonces.inner.lock().unwrap().seen.len(), 1, "what is old is forgotten");
    }
}
