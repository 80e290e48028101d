//! The trial ground: adapter, relay and a Stripe sandbox in one process.

use std::path::PathBuf;

use causeway_runtime::program::{self, LogFormat};

use crate::{arguments::Dev, client::Client, exit::Exit, problem::Problem, say, story};

/// Where it keeps its things.
mod home;
/// Ports that are free.
mod ports;
/// The settings of adapter and relay.
mod settings;
/// What is done straight at the sandbox.
mod dashboard;
/// The sandbox tells the relay what happens.
mod webhook;
/// The three, running.
mod ground;
/// What is said when all are up.
mod greeting;

pub(crate) use dashboard::Dashboard;
pub(crate) use ground::Ground;
use home::Home;
use ports::Ports;

/// What is logged when nobody asks for more with RUST_LOG.
const QUIET: &str = "warn";

/// Runs the trial ground until it is told to stop, or until its story is told.
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
