//! The moment and the dice, handed in, so that a test can hold both.

use std::sync::Arc;

use jiff::Timestamp;

/// Tells the moment.
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC, in whole microseconds: what the journal keeps of a moment.
    fn now(&self) -> Timestamp;
}

/// Throws the dice.
pub trait Random: Send + Sync + 'static {
    /// Fills the bytes unpredictably.
    fn fill(&self, bytes: &mut [u8]);
}

/// What a part needs of the world around it.
#[derive(Clone)]
pub struct Surroundings {
    /// Tells the moment.
    pub clock: Arc<dyn Clock>,
    /// Throws the dice.
    pub random: Arc<dyn Random>,
}

impl Surroundings {
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A UUIDv7: it sorts by the moment, so the journal's index grows at one end.
    pub fn uuid(&self) -> uuid::Uuid {
        let mut dice = [0; 10];
        self.random.fill(&mut dice);
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &dice).into_uuid()
    }

    /// A number from 0 to `most`, evenly enough for spreading retries.
    pub fn up_to(&self, most: u64) -> u64 {
        let mut dice = [0; 8];
        self.random.fill(&mut dice);
        u64::from_le_bytes(dice).checked_rem(most.saturating_add(1)).unwrap_or_default()
    }
}
