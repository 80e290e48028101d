//! Errors on the program's own side.

use crate::exit::Exit;

/// An error of the program or the machine. Refusals and declines are answers, and not
/// errors of this type.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// An error in the command line, or in a file that the command line names.
    #[error("{0}")]
    Usage(String),
    /// Any other error of the program.
    #[error("{0}")]
    Own(String),
    /// An error from the operating system.
    #[error(transparent)]
    Machine(#[from] std::io::Error),
}

impl Problem {
    /// An error of the program, with the messages of all causes.
    pub(crate) fn own(error: &dyn std::error::Error) -> Problem {
        Problem::Own(chain(error))
    }

    /// How the program ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Problem::Usage(_) => Exit::Usage,
            Problem::Own(_) | Problem::Machine(_) => Exit::Failed,
        }
    }
}

/// An error and all causes, without repetitions.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let message = cause.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        source = cause.source();
    }
    text
}
