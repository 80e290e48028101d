//! The program around the relay.

use std::{path::Path, time::Duration};

use causeway_link::connections::MAX_CONNECTIONS;
use causeway_runtime::{
    log::LogFormat,
    program::{Inspection, Program, stop_signal},
    settings::Mistakes,
};

use causeway_journal::sqlite::{inspect::inspect, unresolved::unresolved as not_known};

use crate::{
    relay::{Relay, StartError},
    settings::{PREFIX, Settings, processor::Processor},
    unresolved_report,
};

/// The open files of the journal: a writer, readers and an inspection with three files each, and locks.
const FILES_OF_JOURNAL: u64 = 32;

/// The program `causeway-relay`, for the runtime.
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

    /// The connections of both listeners and to Stripe, and the files of the journal.
    fn open_files(settings: &Settings) -> u64 {
        let listeners = if settings.webhooks.is_some() { 2 } else { 1 };
        let to_stripe = settings.processors.values().map(|processor| match processor {
            Processor::Stripe(config) => config.limits.at_once,
            Processor::Dummy => 0,
        });
        let connections = to_stripe.fold(listeners * MAX_CONNECTIONS, usize::saturating_add);
        u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(FILES_OF_JOURNAL)
    }

    fn warnings(settings: &Settings) -> &[String] {
        &settings.warnings
    }

    fn inspections() -> Vec<Inspection<Settings>> {
        vec![
            Inspection {
                argument: "check-journal",
                help: "Looks whether every row of the journal is as it was written, and ends. A relay may be running",
                look: check_journal,
            },
            Inspection {
                argument: "unresolved",
                help: "Lists the operations with an unknown outcome, and ends. A relay may be running",
                look: unresolved,
            },
        ]
    }

    async fn run(settings: Settings) -> Result<(), StartError> {
        let relay = Relay::build(settings, causeway_runtime::machine::environment()).await?;
        let address = relay.address();
        tracing::info!(%address, "the relay listens on {address}");
        if let Some(webhooks) = relay.webhooks() {
            tracing::info!(%webhooks, "the webhook endpoints are served at {webhooks}");
        }
        relay.serve(stop_signal()).await
    }
}

/// Checks that every row of the journal is unchanged since the write.
fn check_journal(settings: &Settings) -> Result<String, String> {
    let journal = settings.journal.display();
    let found = inspect(&settings.journal, Duration::ZERO).map_err(|error| error.to_string())?;
    let unsealed = match found.unsealed {
        0 => String::new(),
        unsealed => format!(", {unsealed} of them from before there were checksums"),
    };
    let looked = format!("{} rows were looked at{unsealed}", found.rows);
    if found.damage.is_empty() {
        return Ok(format!("the journal {journal} is good: {looked}"));
    }
    Err(format!("the journal {journal} is damaged:\n- {}\n{looked}", found.damage.join("\n- ")))
}

/// Lists the operations with an unknown outcome.
fn unresolved(settings: &Settings) -> Result<String, String> {
    let found = not_known(&settings.journal).map_err(|error| error.to_string())?;
    let now = causeway_runtime::machine::environment().now();
    if found.is_empty() {
        return Ok("the outcome of every operation is known".to_owned());
    }
    let lines: Vec<_> = found.iter().map(|found| unresolved_report::line(found, now)).collect();
    Err(format!("operations whose outcome is not known: {}\n- {}", found.len(), lines.join("\n- ")))
}
