//! What can go wrong on our own side.

use crate::exit::Exit;

/// Something of our own. Refusals and declines are answers, and not this.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// The command line, or what stands behind it.
    #[error("{0}")]
    Usage(String),
    /// Anything else.
    #[error("{0}")]
    Own(String),
    /// The machine said no.
    #[error(transparent)]
    Machine(#[from] std::io::Error),
}

impl Problem {
    /// Something of our own, with all that its error has to say.
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

/// An error and its causes, each told once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let told = cause.to_string();
        if !text.contains(&told) {
            text.push_str(": ");
            text.push_str(&told);
        }
        source = cause.source();
    }
    text
}
