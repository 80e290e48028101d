//! Clock and randomness, injected so that a test controls both.

use std::sync::Arc;

use jiff::Timestamp;

/// Source of the current time.
pub trait Clock: Send + Sync + 'static {
    /// The current time in UTC, in whole microseconds, the precision of the journal.
    fn now(&self) -> Timestamp;
}

/// Source of random bytes.
pub trait Random: Send + Sync + 'static {
    /// Fills the slice with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// Clock and randomness of a component.
#[derive(Clone)]
pub struct Environment {
    /// Source of the current time.
    pub clock: Arc<dyn Clock>,
    /// Source of random bytes.
    pub random: Arc<dyn Random>,
}

impl Environment {
    /// The current time, in whole microseconds.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A UUIDv7: ids sort by time, so the journal's index grows at one end.
    pub fn uuid(&self) -> uuid::Uuid {
        let mut random_bytes = [0; 10];
        self.random.fill(&mut random_bytes);
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &random_bytes).into_uuid()
    }

    /// A random number from 0 to `most`, uniform enough to spread retries.
    pub fn up_to(&self, most: u64) -> u64 {
        let mut random_bytes = [0; 8];
        self.random.fill(&mut random_bytes);
        u64::from_le_bytes(random_bytes).checked_rem(most.saturating_add(1)).unwrap_or_default()
    }
}
