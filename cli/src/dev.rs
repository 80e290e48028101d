//! The command `dev`: adapter, relay and a Stripe sandbox in one process.

use std::path::PathBuf;

use causeway_runtime::program::{self, LogFormat};

use crate::{arguments::Dev, client::Client, exit::Exit, problem::Problem, say, story};

/// The directory with journal, secrets and endpoints.
mod home;
/// The choice of free ports.
mod ports;
/// The settings of adapter and relay.
mod settings;
/// Calls straight to the sandbox, past the relay.
mod dashboard;
/// The sandbox's webhook to the relay.
mod webhook;
/// The three programs, running in this process.
mod ground;
/// The text that is shown after the start.
mod greeting;

pub(crate) use dashboard::Dashboard;
pub(crate) use ground::Ground;
use home::Home;
use ports::Ports;

/// The log filter when the environment variable RUST_LOG is not set.
const QUIET: &str = "warn";

/// Runs the three programs until Ctrl-C, or until the end of the story.
pub(crate) async fn run(dev: Dev, state: Option<PathBuf>) -> Result<Exit, Problem> {
    program::log(LogFormat::Text, QUIET);
    let surroundings = causeway_runtime::machine::surroundings();
    let home = Home::open(state, &surroundings)?;
    let ports = Ports::choose(&dev)?;
    let mut ground = Ground::start(&home, &ports, surroundings).await?;
    let ended = on(&mut ground, &home, &ports, dev.story).await;
    let stopped = ground.stop().await;
    let exit = ended?;
    stopped?;
    home.close()?;
    Ok(exit)
}

async fn on(ground: &mut Ground, home: &Home, ports: &Ports, tells: bool) -> Result<Exit, Problem> {
    let client = Client::new(&ground.target()?)?;
    ground.ready(&client).await?;
    if let Some(state) = home.state() {
        ground.endpoints.write(state)?;
    }
    say::out(&greeting::of(ground, home, ports, tells))?;
    if !tells {
        return tokio::select! {
            () = program::told_to_stop() => {
                say::aside("stopping");
                Ok(Exit::Done)
            }
            why = ground.fell() => Err(why),
        };
    }
    let told = tokio::select! {
        told = story::tell(client, &ground.sandbox, &ground.dashboard) => told,
        () = program::told_to_stop() => return Err(Problem::Own("the story was stopped before its end".to_owned())),
    };
    match told {
        Ok(()) => Ok(Exit::Done),
        Err(trouble) => Err(Problem::own(&trouble)),
    }
}
