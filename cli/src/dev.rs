//! The command `dev`: adapter, relay and a Stripe sandbox in one process.

use std::path::PathBuf;

use causeway_runtime::{
    log::{self, LogFormat},
    open_files::OpenFiles,
    program,
};

use crate::{arguments::Dev, client::Client, exit::Exit, output, problem::Problem, story};

/// The directory with journal, secrets and endpoints.
mod state_dir;
/// The choice of free ports.
mod ports;
/// The settings of adapter and relay.
mod settings;
/// Calls straight to the sandbox, past the relay.
mod dashboard;
/// The sandbox's webhook to the relay.
mod webhook;
/// The three programs, running in this process.
mod programs;
/// The text that is shown after the start.
mod greeting;

pub(crate) use dashboard::Dashboard;
use ports::Ports;
pub(crate) use programs::DevPrograms;
use state_dir::StateDir;

/// The log filter when the environment variable RUST_LOG is not set.
const DEFAULT_LOG_FILTER: &str = "warn";

/// Runs the three programs until Ctrl-C, or until the end of the story.
pub(crate) async fn run(dev: Dev, state: Option<PathBuf>) -> Result<Exit, Problem> {
    log::start(LogFormat::Text, DEFAULT_LOG_FILTER, &causeway_runtime::machine::environment().clock);
    OpenFiles::raise();
    let environment = causeway_runtime::machine::environment();
    let state_dir = StateDir::open(state, &environment)?;
    let ports = Ports::choose(&dev)?;
    let mut programs = DevPrograms::start(&state_dir, &ports, environment).await?;
    let result = run_programs(&mut programs, &state_dir, &ports, dev.story).await;
    let stopped = programs.stop().await;
    let exit = result?;
    stopped?;
    state_dir.close()?;
    Ok(exit)
}

async fn run_programs(
    programs: &mut DevPrograms,
    state_dir: &StateDir,
    ports: &Ports,
    story: bool,
) -> Result<Exit, Problem> {
    let client = Client::new(&programs.target()?)?;
    programs.ready(&client).await?;
    if let Some(state) = state_dir.state() {
        programs.endpoints.write(state)?;
    }
    output::write(&greeting::of(programs, state_dir, ports, story))?;
    if !story {
        return tokio::select! {
            () = program::stop_signal() => {
                output::note("stopping");
                Ok(Exit::Done)
            }
            problem = programs.first_failure() => Err(problem),
        };
    }
    let outcome = tokio::select! {
        outcome = story::run(client, &programs.sandbox, &programs.dashboard) => outcome,
        () = program::stop_signal() => return Err(Problem::Own("the story was stopped before its end".to_owned())),
    };
    match outcome {
        Ok(()) => Ok(Exit::Done),
        Err(error) => Err(Problem::own(&error)),
    }
}
