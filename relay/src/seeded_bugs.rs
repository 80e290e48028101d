//! Deliberate mistakes, for the chaos test and the stories that have to catch each of them:
//! `CAUSEWAY_BUG=name` makes one of them. They are built with the feature `chaos` alone. Most are
//! decorators of the ports; those that only the engine can make are in its module of the same name.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use causeway_domain::idempotency::IdempotencyKey;
use causeway_engine::{Parts, RecoveryLimits};
use causeway_journal::sqlite::{Duplicates, Options, Synchronous};
use causeway_stripe::transport::{Https, Incoming, NoAnswer, Outgoing, Transport};
use jiff::SignedDuration;

/// Mistakes of a journal.
mod journal;
/// Mistakes of a processor.
mod processor;

/// The options of the journal.
pub(crate) fn journal_options(reserve: u64) -> Options {
    let synchronous = if causeway_runtime::bug!("synchronous_off") {
        Synchronous::Off
    } else if causeway_runtime::bug!("synchronous_normal") {
        Synchronous::Normal
    } else {
        Synchronous::Full
    };
    let duplicates =
        if causeway_runtime::bug!("unique_dropped") { Duplicates::Replaced } else { Duplicates::Refused };
    Options { reserve, synchronous, duplicates }
}

/// The way to Stripe.
pub(crate) fn transport(https: Https) -> Arc<dyn Transport> {
    if causeway_runtime::bug!("new_key_on_retry") {
        return Arc::new(NewKeyOnRetry { inner: https, seen: Mutex::default() });
    }
    Arc::new(https)
}

/// The parts of the engine.
pub(crate) fn seeded(parts: Parts) -> Parts {
    let mut parts = parts;
    if causeway_runtime::bug!("resend_after_a_day") {
        let key_lives = SignedDuration::MAX;
        parts.config.recovery = RecoveryLimits { key_lives, ..parts.config.recovery };
    }
    let surroundings = parts.surroundings.clone();
    parts.processors = parts.processors.map(|inner| processor::seeded(inner, &surroundings));
    parts.journal = journal::seeded(parts.journal, &parts.processors);
    parts
}

/// Sends a request that was sent before under a key of its own.
struct NewKeyOnRetry {
    inner: Https,
    seen: Mutex<HashSet<String>>,
}

#[async_trait]
impl Transport for NewKeyOnRetry {
    async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, NoAnswer> {
        let Some(key) = outgoing.idempotency_key else { return self.inner.send(outgoing).await };
        let first = self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned());
        if first {
            return self.inner.send(outgoing).await;
        }
        let fresh = IdempotencyKey::once(causeway_runtime::machine::surroundings().uuid());
        self.inner.send(Outgoing { idempotency_key: Some(fresh.as_str()), ..outgoing }).await
    }
}
