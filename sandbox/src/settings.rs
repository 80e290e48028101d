//! What a sandbox is started with, and why it may fail to start.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

/// How to start a sandbox. The default listens on a free port of the loopback interface.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What the statement descriptors of every account begin with. Stripe puts `"* "` after it, and all of it
    /// together with the suffix has to fit into 22 characters.
    pub statement_prefix: String,
    /// Where the ids begin. The same seed gives the same ids; without one they depend on the moment of the
    /// start.
    pub seed: Option<u64>,
    /// What happens to the numbers of cards, in every account for which the handle says nothing else.
    pub raw_cards: RawCards,
    /// How many calls the log keeps. Older ones are counted and forgotten.
    pub calls_kept: usize,
    /// How many deliveries to webhook endpoints the log keeps. Older ones are counted and forgotten.
    pub deliveries_kept: usize,
}

/// What happens to the number of a card that a caller sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RawCards {
    /// It is refused, as Stripe does for every account that was not allowed to send numbers.
    #[default]
    Refused,
    /// It is taken. The number of a test card behaves as the test card does; any other card is declined once
    /// it is charged, set up or attached, because it could be a real one.
    TestNumbers,
    /// It is taken. The number of a test card behaves as the test card does; any other card is approved.
    AnyNumber,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            statement_prefix: "SBX".to_owned(),
            seed: None,
            raw_cards: RawCards::default(),
            calls_kept: 10_000,
            deliveries_kept: 10_000,
        }
    }
}

/// Why a sandbox could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address could not be listened on.
    #[error("the sandbox cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
}
