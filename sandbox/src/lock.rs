//! Locking a mutex without a panic: a poisoned lock still holds the guarded state.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A value that is used by one thread at a time.
pub(crate) trait Lock {
    /// The access to the value.
    type Guard<'a>
    where
        Self: 'a;

    /// Waits for the access.
    fn wait(&self) -> Self::Guard<'_>;
}

impl<T> Lock for Mutex<T> {
    type Guard<'a>
        = MutexGuard<'a, T>
    where
        Self: 'a;

    fn wait(&self) -> MutexGuard<'_, T> {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Lock> Lock for Arc<T> {
    type Guard<'a>
        = T::Guard<'a>
    where
        Self: 'a;

    fn wait(&self) -> T::Guard<'_> {
        (**self).wait()
    }
}

/// Waits for the lock and returns the guard.
pub(crate) fn lock<L: Lock>(locked: &L) -> L::Guard<'_> {
    locked.wait()
}
