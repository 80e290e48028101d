//! `causeway`: adapter, relay and sandbox in one process, and the billing platform's calls from a
//! shell.

// 1. The command line and the exit codes.
mod arguments;
mod exit;
mod problem;
mod output;

// 2. The address and the token of an adapter.
mod endpoints;
mod secret_file;
mod target;
mod client;

// 3. The billing platform's calls, and the formats of their answers.
mod card;
mod calls;
mod names;
mod json;
mod show;

// 4. The command `dev` and the story.
mod dev;
mod story;

// 5. The sandbox alone.
mod sandbox;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use exit::Exit;
use problem::Problem;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error),
    };
    match run(arguments) {
        Ok(exit) => exit.into(),
        Err(problem) => {
            output::problem(&problem);
            problem.exit().into()
        }
    }
}

fn run(arguments: Arguments) -> Result<Exit, Problem> {
    let Arguments { connection, command } = arguments;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Dev(dev) => dev::run(dev, connection.state).await,
            Command::Sandbox(sandbox) => sandbox::run(sandbox, connection.state).await,
            Command::Events(arguments) => calls::events::run(&connection, arguments).await,
            Command::Call(call) => calls::run(&connection, call).await,
        }
    })
}
