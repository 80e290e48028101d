//! The program around the adapter.

use std::path::Path;

use causeway_link::connections::MAX_CONNECTIONS;
use causeway_runtime::{
    log::LogFormat,
    program::{Program, stop_signal},
    settings::Mistakes,
};

use crate::{
    adapter::{Adapter, StartError},
    settings::{PREFIX, Settings},
};

/// Connections to one relay: for calls, for events and for the readiness check.
const CONNECTIONS_TO_RELAY: usize = 4;

/// The program `causeway-adapter`, for the runtime.
pub struct AdapterProgram;

impl Program for AdapterProgram {
    const ABOUT: &'static str = "The adapter: stands beside the billing platform and speaks gRPC";
    const PREFIX: &'static str = PREFIX;
    type Settings = Settings;
    type Error = StartError;

    fn read(file: &Path, environment: Vec<(String, String)>) -> Result<Settings, Mistakes> {
        Settings::read(file, environment)
    }

    fn log(settings: &Settings) -> (LogFormat, &str) {
        (settings.log_format, &settings.log)
    }

    fn warnings(settings: &Settings) -> &[String] {
        &settings.warnings
    }

    /// The connections of the listener, and a few to each relay and to billing.
    fn open_files(settings: &Settings) -> u64 {
        let relays = settings.relay.addresses.len().saturating_mul(CONNECTIONS_TO_RELAY);
        u64::try_from(MAX_CONNECTIONS.saturating_add(relays)).unwrap_or(u64::MAX)
    }

    async fn run(settings: Settings) -> Result<(), StartError> {
        let adapter = Adapter::build(settings, causeway_runtime::machine::environment()).await?;
        let address = adapter.address();
        tracing::info!(%address, "the adapter listens on {address}");
        adapter.serve(stop_signal()).await
    }
}
