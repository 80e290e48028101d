//! The shared frame of a program: arguments, settings, log, signals.

use std::{
    ffi::OsString,
    fmt::Display,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Arg, ArgAction, Command, value_parser};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    log::{self, LogFormat},
    machine,
    open_files::OpenFiles,
    settings::Mistakes,
};

/// A program that is started with a settings file.
pub trait Program {
    /// Description of the program, a sentence.
    const ABOUT: &'static str;
    /// Prefix of the environment variables that override the file.
    const PREFIX: &'static str;
    /// The settings of the operator.
    type Settings;
    /// The error that ends the program before a stop signal.
    type Error: Display;

    /// Reads the file and overlays the environment.
    fn read(file: &Path, environment: Vec<(String, String)>) -> Result<Self::Settings, Mistakes>;

    /// Format and filter of the log.
    fn log(settings: &Self::Settings) -> (LogFormat, &str);

    /// Warnings about settings that are valid but suspicious, a sentence each.
    fn warnings(_settings: &Self::Settings) -> &[String] {
        &[]
    }

    /// The maximum number of files and connections that the program has open at once.
    fn open_files(settings: &Self::Settings) -> u64;

    /// Arguments that inspect stored data instead of running the service.
    fn inspections() -> Vec<Inspection<Self::Settings>> {
        vec![]
    }

    /// Runs the program until the stop signal.
    fn run(settings: Self::Settings) -> impl Future<Output = Result<(), Self::Error>>;
}

/// An inspection of stored data.
pub struct Inspection<Settings> {
    /// The command-line argument that starts the inspection.
    pub argument: &'static str,
    /// The help text of the argument.
    pub help: &'static str,
    /// Runs the inspection: `Ok` with a report if the data is sound, `Err` with a report if not.
    pub look: fn(&Settings) -> Result<String, String>,
}

/// Exit code for invalid settings.
const WRONG_SETTINGS: u8 = 2;

/// Runs a program. Exit codes: 0 stopped by a signal, 1 failed, 2 invalid settings.
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
        for warning in P::warnings(&settings) {
            say(&format!("warning: {warning}"));
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
    log::start(format, filter, &machine::environment().clock);
    OpenFiles::raise().report(P::open_files(&settings));
    for warning in P::warnings(&settings) {
        // The name of the setting makes each warning a kind of its own, so that the log writes all.
        let setting = warning.split(": ").next().unwrap_or_default();
        tracing::warn!(setting, "the settings: {warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(P::run(settings)).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    log::finish();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the program {name} ended");
            say(&format!("{name} ended: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// A card number may be in memory at any moment. Therefore the process writes no core file, and a
/// debugger of another process cannot read the memory.
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

/// The environment variables with the program's prefix; a variable that is not UTF-8 is skipped.
fn environment<P: Program>() -> Vec<(String, String)> {
    let text = |pair: (OsString, OsString)| Some((pair.0.into_string().ok()?, pair.1.into_string().ok()?));
    std::env::vars_os().filter_map(text).filter(|(name, _)| name.starts_with(P::PREFIX)).collect()
}

fn say(text: &str) {
    // The error is ignored: standard error may be closed.
    drop(writeln!(io::stderr(), "{text}"));
}

/// Completes when the program receives SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    let wait = async |kind| match signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(error) => {
            tracing::warn!(%error, "a signal handler could not be installed, so this signal does not stop the program");
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::interrupt()) => {}
    }
}
