//! What a program of ours does around its work: arguments, settings, log, signals.

use std::{
    ffi::OsString,
    fmt::Display,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Arg, ArgAction, Command, value_parser};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::settings::Mistakes;

/// A program that is started with a settings file.
pub trait Program {
    /// What it is, in a sentence.
    const ABOUT: &'static str;
    /// Prefix of the environment variables that override the file.
    const PREFIX: &'static str;
    /// What the operator set.
    type Settings;
    /// Why it ended before it was told to.
    type Error: Display;

    /// Reads the file and lays the environment over it.
    fn read(file: &Path, environment: Vec<(String, String)>) -> Result<Self::Settings, Mistakes>;

    /// How its log is written, and which lines.
    fn log(settings: &Self::Settings) -> (LogFormat, &str);

    /// What its settings allow and may still be a mistake, a sentence each.
    fn doubts(_settings: &Self::Settings) -> &[String] {
        &[]
    }

    /// Arguments that have it look at what it keeps instead of working.
    fn inspections() -> Vec<Inspection<Self::Settings>> {
        vec![]
    }

    /// Its work, until it is told to stop.
    fn run(settings: Self::Settings) -> impl Future<Output = Result<(), Self::Error>>;
}

/// A look at what a program keeps.
pub struct Inspection<Settings> {
    /// The argument that asks for it.
    pub argument: &'static str,
    /// What the help says of it.
    pub help: &'static str,
    /// Looks: `Ok` when all is good, `Err` when it is not, each with what there is to say.
    pub look: fn(&Settings) -> Result<String, String>,
}

/// Exit code for settings that are wrong.
const WRONG_SETTINGS: u8 = 2;

/// Runs a program. Exit codes: 0 stopped as told, 1 failed, 2 wrong settings.
pub fn main<P: Program>(name: &'static str, version: &'static str) -> ExitCode {
    let matches = command::<P>(name, version).get_matches();
    if let Err(error) = leave_no_core() {
        say(&format!("core files cannot be forbidden, and a card could be in one: {error}"));
        return ExitCode::FAILURE;
    }
    let config = matches.get_one::<PathBuf>("config").cloned().unwrap_or_default();
    let settings = match P::read(&config, environment::<P>()) {
        Ok(settings) => settings,
        Err(mistakes) => {
            say(&format!("the settings in {} are wrong:\n{mistakes}", config.display()));
            return ExitCode::from(WRONG_SETTINGS);
        }
    };
    if matches.get_flag("check-config") {
        for doubt in P::doubts(&settings) {
            say(&format!("warning: {doubt}"));
        }
        say(&format!("the settings in {} are good", config.display()));
        return ExitCode::SUCCESS;
    }
    let asked = P::inspections().into_iter().find(|inspection| matches.get_flag(inspection.argument));
    if let Some(inspection) = asked {
        return match (inspection.look)(&settings) {
            Ok(said) => {
                say(&said);
                ExitCode::SUCCESS
            }
            Err(said) => {
                say(&said);
                ExitCode::FAILURE
            }
        };
    }
    let (format, filter) = P::log(&settings);
    log(format, filter);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(P::run(settings)).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "{name} ended");
            say(&format!("{name} ended: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// A card number may be in memory at any moment. So there is no core file of this process,
/// and nobody reads its memory as a debugger does.
fn leave_no_core() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

fn command<P: Program>(name: &'static str, version: &'static str) -> Command {
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .required(true)
        .help(format!("The settings file (TOML). Environment variables {}_… override it", P::PREFIX));
    let check = Arg::new("check-config")
        .long("check-config")
        .action(ArgAction::SetTrue)
        .help("Reads the settings, says what is wrong with them, and ends");
    let inspections = P::inspections().into_iter().map(|Inspection { argument, help, .. }| {
        Arg::new(argument).long(argument).action(ArgAction::SetTrue).help(help)
    });
    Command::new(name).version(version).about(P::ABOUT).arg(config).arg(check).args(inspections)
}

/// Variables that are not text cannot be settings.
fn environment<P: Program>() -> Vec<(String, String)> {
    let text = |pair: (OsString, OsString)| Some((pair.0.into_string().ok()?, pair.1.into_string().ok()?));
    std::env::vars_os().filter_map(text).filter(|(name, _)| name.starts_with(P::PREFIX)).collect()
}

fn say(text: &str) {
    // Nobody hears it when standard error is closed.
    drop(writeln!(io::stderr(), "{text}"));
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A JSON object a line, for machines.
    Json,
    /// For people.
    Text,
}

impl LogFormat {
    /// Reads the setting `log_format`.
    pub fn parse(text: &str) -> Result<LogFormat, &'static str> {
        match text {
            "json" => Ok(LogFormat::Json),
            "text" => Ok(LogFormat::Text),
            _ => Err("it has to be \"json\" or \"text\""),
        }
    }
}

/// Reads the setting `log`: a filter as in `RUST_LOG`.
pub fn parse_filter(text: &str) -> Result<String, String> {
    let wrong =
        |error| format!("it is not a filter as in \"info\" or \"warn,causeway_relay=debug\": {error}");
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(wrong)
}

/// Starts the log, on standard error. `filter` is as in `RUST_LOG`, which wins
/// where it is set. Does nothing when a log was started before.
pub fn log(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(filter));
    // It prints a header that it cannot read, whoever sent it and whatever is in it.
    let filter = match "tonic::transport::service::grpc_timeout=off".parse() {
        Ok(silenced) => filter.add_directive(silenced),
        Err(_) => filter,
    };
    let registry = tracing_subscriber::registry().with(filter);
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let started = match format {
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
        LogFormat::Text => registry.with(lines).try_init(),
    };
    if started.is_err() {
        tracing::debug!("the log was started before");
    }
}

/// Ends when the program is told to stop: SIGTERM or Ctrl-C.
pub async fn told_to_stop() {
    let wait = async |kind| match signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(error) => {
            tracing::warn!(%error, "signals cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::interrupt()) => {}
    }
}
