//! The program around the adapter.

use std::path::Path;

use causeway_runtime::{
    program::{LogFormat, Program, stop_signal},
    settings::Mistakes,
};

use crate::{
    adapter::{Adapter, StartError},
    settings::{PREFIX, Settings},
};

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

    async fn run(settings: Settings) -> Result<(), StartError> {
        let adapter = Adapter::build(settings, causeway_runtime::machine::environment()).await?;
        let address = adapter.address();
        tracing::info!(%address, "the adapter listens on {address}");
        adapter.serve(stop_signal()).await
    }
}
