//! How the values of faults that have no name in Rust are named in JSON.

/// A wait, `{"milliseconds": 500}`.
pub(super) mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct Wait {
        milliseconds: u64,
    }

    /// Writes it.
    pub(in crate::fault) fn serialize<S: Serializer>(wait: &Duration, to: S) -> Result<S::Ok, S::Error> {
        Wait { milliseconds: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) }.serialize(to)
    }

    /// Reads it.
    pub(in crate::fault) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Wait::deserialize(from).map(|wait| Duration::from_millis(wait.milliseconds))
    }
}

/// Stripe's advice whether to retry, `{"retry": true}`.
pub(super) mod retry {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct Advice {
        retry: bool,
    }

    /// Writes it.
    pub(in crate::fault) fn serialize<S: Serializer>(retry: &bool, to: S) -> Result<S::Ok, S::Error> {
        Advice { retry: *retry }.serialize(to)
    }

    /// Reads it.
    pub(in crate::fault) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
        Advice::deserialize(from).map(|advice| advice.retry)
    }
}
