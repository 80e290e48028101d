//! Taking a mutex without a way to panic: a poisoned lock still holds the state it guarded.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits for the mutex and takes it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
