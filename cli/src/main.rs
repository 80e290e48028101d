//! `causeway`: a trial ground in one process, and billing's calls from a shell.

// 1. What was asked for, and how it ends.
mod arguments;
mod exit;
mod problem;
mod say;

// 2. The way to an adapter.
mod endpoints;
mod private;
mod target;
mod client;

// 3. Billing's calls, and how their answers are written.
mod card;
mod calls;
mod names;
mod json;
mod show;

// 4. The trial ground, and the story that is played on it.
mod dev;
mod story;

// 5. The sandbox by itself.
mod alone;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use exit::Exit;
use problem::Problem;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return say::usage(&error),
    };
    match run(arguments) {
        Ok(exit) => exit.into(),
        Err(problem) => {
            say::problem(&problem);
            problem.exit().into()
        }
    }
}

fn run(arguments: Arguments) -> Result<Exit, Problem> {
    let Arguments { place, command } = arguments;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Dev(dev) => dev::run(dev, place.state).await,
            Command::Sandbox(sandbox) => alone::run(sandbox).await,
            Command::Events(asked) => calls::events::run(&place, asked).await,
            Command::Call(call) => calls::run(&place, call).await,
        }
    })
}
