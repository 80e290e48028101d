//! The program around the relay.

use std::path::Path;

use causeway::{
    program::{LogFormat, Program, told_to_stop},
    settings::Mistakes,
    surroundings::Surroundings,
};

use crate::{
    relay::{Relay, StartError},
    settings::{PREFIX, Settings},
};

/// `causeway-relay`
pub struct RelayProgram;

impl Program for RelayProgram {
    const ABOUT: &'static str =
        "The relay: holds the Stripe keys, enforces the operator's rules, talks to Stripe";
    const PREFIX: &'static str = PREFIX;
    type Settings = Settings;
    type Error = StartError;

    fn read(file: &Path, environment: Vec<(String, String)>) -> Result<Settings, Mistakes> {
        Settings::read(file, environment)
    }

    fn log(settings: &Settings) -> (LogFormat, &str) {
        (settings.log_format, &settings.log)
    }

    fn doubts(settings: &Settings) -> &[String] {
        &settings.doubts
    }

    async fn run(settings: Settings) -> Result<(), StartError> {
        let relay = Relay::build(settings, Surroundings::of_the_machine()).await?;
        let address = relay.address();
        tracing::info!(%address, "the relay listens on {address}");
        if let Some(webhooks) = relay.webhooks() {
            tracing::info!(%webhooks, "events are listened for at {webhooks}");
        }
        relay.serve(told_to_stop()).await
    }
}
