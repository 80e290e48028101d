//! The limit of open files: raised at the start, and compared with the need of the program.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The open files of a program beside connections: log, runtime, libraries, name look-ups.
const OWN: u64 = 64;

/// The limit of open files of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFiles {
    /// The limit of this process. `None`: no limit.
    pub limit: Option<u64>,
    /// The limit before it was raised. `None`: no limit.
    pub before: Option<u64>,
}

impl OpenFiles {
    /// Raises the soft limit to the hard limit. A limit that cannot be raised stays.
    pub fn raise() -> OpenFiles {
        let Rlimit { current: before, maximum } = getrlimit(Resource::Nofile);
        let raised: io::Result<()> =
            setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).map_err(Into::into);
        if let Err(error) = raised {
            tracing::warn!(%error, "the limit of open files could not be raised");
        }
        OpenFiles { limit: getrlimit(Resource::Nofile).current, before }
    }

    /// Logs the limit and the need of a program with `connections` connections at the most.
    pub fn report(self, connections: u64) {
        let needed = connections.saturating_add(OWN);
        let limit = self.limit.unwrap_or(u64::MAX);
        let before = self.before.unwrap_or(u64::MAX);
        if limit < needed {
            tracing::warn!(
                limit,
                needed,
                "the limit of open files is {limit}, and up to {needed} are needed: connections will be \
                 refused under load; raise the hard limit (LimitNOFILE= of systemd, ulimit -Hn)"
            );
        } else {
            tracing::info!(
                limit,
                before,
                needed,
                "the limit of open files is {limit}, and up to {needed} are needed"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_becomes_the_hard_limit() {
        let raised = OpenFiles::raise();
        let now = getrlimit(Resource::Nofile);
        assert_eq!((now.current, raised.limit), (now.maximum, now.maximum));
        assert_eq!(OpenFiles::raise().before, now.maximum);
    }
}
