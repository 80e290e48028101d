//! The commands `events`, which shows events, and `job`, which runs the relay's jobs now.

use causeway::{request::Job as Known, v1};
use clap::{Args, builder::PossibleValuesParser};

/// The range of events to write.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// The sequence of the first event to show
    #[arg(long, value_name = "SEQUENCE", default_value = "1",
          value_parser = clap::value_parser!(u64).range(1..))]
    from: u64,
    /// Continues with new events, until Ctrl-C
    #[arg(long)]
    pub(crate) follow: bool,
}

/// The job to run, or all jobs.
#[derive(Debug, Args)]
pub(crate) struct Job {
    /// The job to run [default: all, in the order of the list]
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(Known::ALL.iter().map(|job| job.as_str())))]
    job: Option<String>,
}

impl Events {
    /// The sequence before the first event to show.
    pub(crate) fn after(&self) -> u64 {
        self.from.saturating_sub(1)
    }
}

impl Job {
    /// Builds the RunJob message; an empty name means all jobs.
    pub(crate) fn message(self) -> v1::RunJobRequest {
        v1::RunJobRequest { job: self.job.unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::arguments::{Arguments, Command};

    #[test]
    fn events_start_after_the_sequence_before_the_first() {
        let after = |line: &[&str]| match Arguments::try_parse_from(line).unwrap().command {
            Command::Events(events) => (events.after(), events.follow),
            other @ (Command::Call(_) | Command::Dev(_) | Command::Sandbox(_)) => panic!("{other:?}"),
        };
        assert_eq!(after(&["causeway", "events"]), (0, false));
        assert_eq!(after(&["causeway", "events", "--from", "18", "--follow"]), (17, true));
    }
}
