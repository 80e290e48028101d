//! The operations that recovery works on in the background.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;

/// The ids of the operations that recovery works on now.
#[derive(Default)]
pub(crate) struct InFlight(Mutex<HashSet<Uuid>>);

impl InFlight {
    pub(crate) fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
