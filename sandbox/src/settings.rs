//! The settings for the start of a sandbox, and the errors of a failed start.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::storage::error::StateError;

/// The usual size of a log, in bytes.
const LOG_BYTES: usize = 64 * 1024 * 1024;

/// The settings of a sandbox. The default listens on a free port of the loopback interface.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The prefix of the statement descriptors of every account. Stripe adds `"* "` after the prefix,
    /// and all of the text together with the suffix has to fit into 22 characters.
    pub statement_prefix: String,
    /// The seed of the ids. The same seed gives the same ids; without a seed the ids depend on the
    /// moment of the start.
    pub seed: Option<u64>,
    /// The time of the sandbox's clock at the start; without a time the clock starts at the real time.
    pub starts_at: Option<Timestamp>,
    /// The treatment of card numbers, for every account without a setting from the handle.
    pub raw_cards: RawCards,
    /// The number of calls that the log keeps. Older calls are counted and dropped.
    pub calls_kept: usize,
    /// The size of the log of calls, in bytes. Older calls are counted and dropped.
    pub calls_kept_bytes: usize,
    /// The directory that keeps the state across restarts. Without a directory the state is in memory only.
    /// The seed and the time at the start are used for a new directory only.
    pub state: Option<PathBuf>,
    /// Whether webhook deliveries wait for [`crate::Sandbox::start_deliveries`].
    pub deliveries_wait: bool,
    /// The number of webhook deliveries that the log keeps. Older deliveries are counted and dropped.
    pub deliveries_kept: usize,
    /// The size of the log of deliveries, in bytes. Older deliveries are counted and dropped.
    pub deliveries_kept_bytes: usize,
}

/// The treatment of a card number that a caller sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RawCards {
    /// The number is refused, as Stripe does for every account that is not allowed to send numbers.
    #[default]
    Refused,
    /// The number is accepted. The number of a test card behaves as the test card does; any other card
    /// is declined when charged, set up or attached, because the card could be a real card.
    TestNumbers,
    /// The number is accepted. The number of a test card behaves as the test card does; any other card
    /// is approved.
    AnyNumber,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            statement_prefix: "SBX".to_owned(),
            seed: None,
            starts_at: None,
            raw_cards: RawCards::default(),
            calls_kept: 10_000,
            calls_kept_bytes: LOG_BYTES,
            state: None,
            deliveries_wait: false,
            deliveries_kept: 10_000,
            deliveries_kept_bytes: LOG_BYTES,
        }
    }
}

/// The error of a failed start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address could not be listened on.
    #[error("the sandbox cannot listen on {address}")]
    Listen {
        /// The address from the settings.
        address: SocketAddr,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The state directory could not be used.
    #[error(transparent)]
    State(#[from] StateError),
}
