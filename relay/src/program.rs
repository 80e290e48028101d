//! The program around the relay: its arguments, its settings, its end.

use std::{io::Write, path::PathBuf, process::ExitCode};

use causeway::{program, surroundings::Surroundings};
use clap::Parser;

use crate::{
    relay::{Relay, StartError},
    settings::{PREFIX, Settings},
};

/// The relay: holds the Stripe keys, enforces the operator's rules, talks to Stripe.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The settings file (TOML). Environment variables CAUSEWAY_RELAY_… override it.
    #[arg(long, env = "CAUSEWAY_RELAY_CONFIG_FILE")]
    config: PathBuf,
    /// Reads the settings, says what is wrong with them, and ends.
    #[arg(long)]
    check_config: bool,
}

/// Exit code for settings that are wrong.
const WRONG_SETTINGS: u8 = 2;

/// The program. Exit codes: 0 stopped as told, 1 failed, 2 wrong settings.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let environment = std::env::vars().filter(|(name, _)| *name != format!("{PREFIX}_CONFIG_FILE"));
    let settings = match Settings::read(&arguments.config, environment) {
        Ok(settings) => settings,
        Err(mistakes) => {
            say(&format!("the settings in {} are wrong:\n{mistakes}", arguments.config.display()));
            return ExitCode::from(WRONG_SETTINGS);
        }
    };
    if arguments.check_config {
        say(&format!("the settings in {} are good", arguments.config.display()));
        return ExitCode::SUCCESS;
    }
    program::log(settings.log_format, &settings.log);
    match run(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the relay ended");
            say(&format!("the relay ended: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(settings: Settings) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let relay = Relay::build(settings, Surroundings::of_the_machine()).await?;
        let address = relay.address();
        tracing::info!(%address, "the relay listens on {address}");
        relay.serve(program::told_to_stop()).await
    })
}

fn say(text: &str) {
    // Nobody hears it when standard error is closed.
    drop(writeln!(std::io::stderr(), "{text}"));
}
