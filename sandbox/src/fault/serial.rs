//! The JSON form of fault values that are unnamed in Rust.

/// A wait in JSON, `{"milliseconds": 500}`.
pub(super) mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct Wait {
        milliseconds: u64,
    }

    /// Writes the wait in milliseconds, capped at `u64::MAX`.
    pub(in crate::fault) fn serialize<S: Serializer>(wait: &Duration, to: S) -> Result<S::Ok, S::Error> {
        Wait { milliseconds: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) }.serialize(to)
    }

    /// Reads the wait from milliseconds.
    pub(in crate::fault) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Wait::deserialize(from).map(|wait| Duration::from_millis(wait.milliseconds))
    }
}

/// Stripe's advice whether to retry, in JSON: `{"retry": true}`.
pub(super) mod retry {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct Advice {
        retry: bool,
    }

    /// Writes the advice as a JSON object.
    pub(in crate::fault) fn serialize<S: Serializer>(retry: &bool, to: S) -> Result<S::Ok, S::Error> {
        Advice { retry: *retry }.serialize(to)
    }

    /// Reads the advice from a JSON object.
    pub(in crate::fault) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
        Advice::deserialize(from).map(|advice| advice.retry)
    }
}
