//! Seeded bugs, for the chaos test and the stories, which have to catch each bug:
//! `CAUSEWAY_BUG=name` activates one bug. The bugs are only in builds with the feature `chaos`.
//! Most bugs are decorators of the ports; the bugs inside the engine are in the engine's module of
//! the same name.

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

/// Seeded bugs of the journal.
mod journal;
/// Seeded bugs of a processor.
mod processor;

/// The options of the journal, with the active bug.
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

/// The transport to Stripe, with the active bug.
pub(crate) fn transport(https: Https) -> Arc<dyn Transport> {
    if causeway_runtime::bug!("new_key_on_retry") {
        return Arc::new(NewKeyOnRetry { inner: https, seen: Mutex::default() });
    }
    Arc::new(https)
}

/// The parts of the engine, with the active bug.
pub(crate) fn seeded(parts: Parts) -> Parts {
    let mut parts = parts;
    if causeway_runtime::bug!("resend_after_a_day") {
        let key_lives = SignedDuration::MAX;
        parts.config.recovery = RecoveryLimits { key_lives, ..parts.config.recovery };
    }
    let environment = parts.environment.clone();
    parts.processors = parts.processors.map(|inner| processor::seeded(inner, &environment));
    parts.journal = journal::seeded(parts.journal, &parts.processors);
    parts
}

/// A transport that retries every request under a new idempotency key.
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
        let fresh = IdempotencyKey::once(causeway_runtime::machine::environment().uuid());
        self.inner.send(Outgoing { idempotency_key: Some(fresh.as_str()), ..outgoing }).await
    }
}
