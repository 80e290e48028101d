//! The exit codes of the program, for scripts.

use std::process::ExitCode;

use causeway::{
    status::{Broken, Kind, RefusalDetails, kind},
    v1::{DeletionStatus, Outcome, TokenizationStatus},
};
use tonic::Status;

/// The table of exit codes that `--help` shows.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done: approved, or a look-up answered
  1  an error of this program or of this machine
  2  usage
  3  refused by the adapter or the relay, mostly before a call to Stripe; `check`: a rule is broken
  4  declined by the bank or by Stripe
  5  the outcome is unknown: ask again with the same request id, never with a new one
  6  unreachable: nothing was started; ask again with the same request id
  7  the payer has to act
  8  pending: accepted, and not decided yet";

/// The exit code of the program, by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Approved, or a look-up answered.
    Done,
    /// An error of the program or the machine.
    Failed,
    /// An error in the command line.
    Usage,
    /// The adapter or the relay refused.
    Refused,
    /// The bank or Stripe declined.
    Declined,
    /// The outcome is unknown: money may have moved.
    Unknown,
    /// The adapter or the relay is unreachable: no operation was started.
    Unreachable,
    /// The payer has to act.
    PayerActs,
    /// The outcome is still pending.
    Pending,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Refused => 3,
            Exit::Declined => 4,
            Exit::Unknown => 5,
            Exit::Unreachable => 6,
            Exit::PayerActs => 7,
            Exit::Pending => 8,
        }
    }

    /// The exit code of an answered call. An outcome that this version does not
    /// know counts as unknown.
    pub(crate) fn of_outcome(outcome: Outcome) -> Exit {
        match outcome {
            Outcome::Approved => Exit::Done,
            Outcome::Declined => Exit::Declined,
            Outcome::ActionRequired => Exit::PayerActs,
            Outcome::Pending => Exit::Pending,
            Outcome::Unknown | Outcome::Unspecified => Exit::Unknown,
        }
    }

    /// The exit code of a call that stores a card.
    pub(crate) fn of_tokenization(status: TokenizationStatus) -> Exit {
        match status {
            TokenizationStatus::SuccessfullyTokenized => Exit::Done,
            TokenizationStatus::Pending => Exit::Pending,
            TokenizationStatus::AdditionalActionRequired => Exit::PayerActs,
            TokenizationStatus::FailedToTokenize => Exit::Declined,
            TokenizationStatus::FailedToDeliver | TokenizationStatus::Unspecified => Exit::Unknown,
        }
    }

    /// The exit code of a call that deletes a card.
    pub(crate) fn of_deletion(status: DeletionStatus) -> Exit {
        match status {
            DeletionStatus::SuccessfullyDeleted => Exit::Done,
            DeletionStatus::FailedToDelete => Exit::Declined,
            DeletionStatus::FailedToDeliver | DeletionStatus::Unspecified => Exit::Unknown,
        }
    }

    /// The exit code of a policy check.
    pub(crate) fn of_check(admitted: bool) -> Exit {
        if admitted { Exit::Done } else { Exit::Refused }
    }

    /// The exit code of a refused or broken call. A broken call that changes state may have had an
    /// effect; a look-up has none.
    pub(crate) fn of_status(status: &Status, changes: bool) -> Exit {
        match kind(status) {
            Kind::Refused | Kind::RefusedBeforeLookup | Kind::RefusedForNow => {
                Exit::of_refusal(&RefusalDetails::of(status), changes)
            }
            Kind::Broken(Broken::MaybeSent) if changes => Exit::Unknown,
            Kind::Broken(Broken::MaybeSent | Broken::NotSent) => Exit::Unreachable,
        }
    }

    fn of_refusal(details: &RefusalDetails, changes: bool) -> Exit {
        let contacted = details.metadata.get("stripe_contacted").is_some_and(|contacted| contacted == "true");
        match details.reason.as_str() {
            "ANSWER_LOST" | "OUTCOME_UNKNOWN" => Exit::Unknown,
            "RELAY_UNREACHABLE" => Exit::Unreachable,
            // As with INTERNAL: money may have moved.
            _ if contacted && changes => Exit::Unknown,
            _ => Exit::Refused,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use causeway::refusal::Refusal;

    use super::*;

    #[test]
    fn each_outcome_has_a_code() {
        let codes = [
            (Outcome::Approved, 0),
            (Outcome::Declined, 4),
            (Outcome::Unknown, 5),
            (Outcome::Unspecified, 5),
            (Outcome::ActionRequired, 7),
            (Outcome::Pending, 8),
        ];
        for (outcome, code) in codes {
            assert_eq!(Exit::of_outcome(outcome).code(), code, "{outcome:?}");
        }
    }

    #[test]
    fn each_tokenization_and_deletion_status_has_a_code() {
        let tokenizations = [
            (TokenizationStatus::SuccessfullyTokenized, 0),
            (TokenizationStatus::FailedToTokenize, 4),
            (TokenizationStatus::FailedToDeliver, 5),
            (TokenizationStatus::Unspecified, 5),
            (TokenizationStatus::AdditionalActionRequired, 7),
            (TokenizationStatus::Pending, 8),
        ];
        for (status, code) in tokenizations {
            assert_eq!(Exit::of_tokenization(status).code(), code, "{status:?}");
        }
        let deletions = [
            (DeletionStatus::SuccessfullyDeleted, 0),
            (DeletionStatus::FailedToDelete, 4),
            (DeletionStatus::FailedToDeliver, 5),
            (DeletionStatus::Unspecified, 5),
        ];
        for (status, code) in deletions {
            assert_eq!(Exit::of_deletion(status).code(), code, "{status:?}");
        }
        assert_eq!((Exit::of_check(true).code(), Exit::of_check(false).code()), (0, 3));
    }

    #[track_caller]
    fn check(status: impl Into<Status>, for_changes: u8, for_reads: u8) {
        let status = status.into();
        let actual = (Exit::of_status(&status, true).code(), Exit::of_status(&status, false).code());
        assert_eq!(actual, (for_changes, for_reads), "{status:?}");
    }

    #[test]
    fn each_refusal_has_a_code() {
        check(Refusal::CurrencyUnknown { given: "XXY".to_owned() }, 3, 3);
        check(Refusal::CallerUnknown, 3, 3);
        check(Refusal::PaymentNotFound, 3, 3);
        check(Refusal::JournalUnavailable, 3, 3);
        check(Refusal::PaymentBusy, 3, 3);
        check(Refusal::AnswerLost, 5, 5);
        check(Refusal::OutcomeUnknown { operation: "capture", request_id: "r".to_owned() }, 5, 5);
        check(Refusal::Internal, 5, 3);
        check(Refusal::RelayUnreachable, 6, 6);
        check(Status::cancelled("Timeout expired"), 5, 6);
        check(Status::unavailable("a broken connection"), 5, 6);
    }

    #[test]
    fn the_help_lists_every_exit_code() {
        let all = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::Refused,
            Exit::Declined,
            Exit::Unknown,
            Exit::Unreachable,
            Exit::PayerActs,
            Exit::Pending,
        ];
        for exit in all {
            assert!(HELP.contains(&format!("\n  {}  ", exit.code())), "{exit:?}");
        }
    }
}
