//! Locking a mutex without a panic: a poisoned lock still holds the guarded state.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits for the mutex and returns the guard.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
