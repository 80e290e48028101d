//! What a sandbox is started with, and why it may fail to start.

use std::net::{Ipv4Addr, SocketAddr};

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
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            statement_prefix: "SBX".to_owned(),
            seed: None,
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
