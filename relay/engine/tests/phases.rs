//! Errors of the journal before and after the begin of an operation. Before the begin, a refusal
//! reports that no operation began, and no effect took place. After the begin, no refusal reports
//! that: the billing platform repeats the request with the same request id and gets the outcome,
//! and the processor executed the operation once.

use causeway::{refusal::Refusal, v1::Outcome};
use causeway_domain::operation::CommandKind;
use causeway_ports::journal::JournalError;

/// Every command, in every variant.
mod cases;
/// The engine with journal, processor and clock.
mod fixture;
/// A journal with injected errors.
mod journal;
/// A processor that counts effects.
mod processor;

use cases::Case;
use fixture::Reply;
use journal::Fault;

/// Each error of the journal, with the refusal for the error before the begin.
fn errors() -> [(JournalError, Refusal); 3] {
    let why = || "a test".to_owned();
    [
        (JournalError::Unavailable(why()), Refusal::JournalUnavailable),
        (JournalError::Full(why()), Refusal::JournalFull),
        (JournalError::Corrupt(why()), Refusal::JournalDamaged),
    ]
}

/// Whether the billing platform may conclude from the refusal that the request never began.
fn says_nothing_was_started(refusal: &Refusal) -> bool {
    let journal = [Refusal::JournalUnavailable, Refusal::JournalFull, Refusal::JournalDamaged];
    !refusal.stripe_contacted() || journal.contains(refusal)
}

/// The result of a command with injected errors, and of the repeated command.
struct Run {
    first: Reply,
    /// Whether the begin had committed before the first answer.
    begun: bool,
    failures: usize,
    /// Effects at the processor up to the first answer.
    effects: usize,
    last: Reply,
    effects_at_last: usize,
}

async fn run(case: Case, fault: Fault, error: JournalError) -> Run {
    let fixture = case.prepare().await;
    let before = fixture.processor.effects();
    fixture.journal.fail(fault, error);
    let first = case.send(&fixture).await;
    let begun = fixture.journal.begun();
    assert_eq!(begun, case.has_begun(&fixture).await, "{case:?} {fault:?}");
    fixture.settle().await;
    let failures = fixture.journal.mend();
    let effects = fixture.processor.effects() - before;
    let last = case.send(&fixture).await;
    fixture.settle().await;
    // An asynchronous command that begins only now is answered before the outcome.
    let last = if last == Ok(Outcome::Pending) { case.send(&fixture).await } else { last };
    let effects_at_last = fixture.processor.effects() - before;
    Run { first, begun, failures, effects, last, effects_at_last }
}

/// The result of a command without injected errors.
async fn undisturbed(case: Case) -> Run {
    let run = run(case, Fault::Nothing, JournalError::Full(String::new())).await;
    assert!(matches!(run.last, Ok(Outcome::Approved | Outcome::Pending)), "{case:?}: {:?}", run.last);
    // A renewal makes a new hold and releases the former hold.
    assert!(run.effects_at_last <= if case == Case::RenewHold { 2 } else { 1 }, "{case:?}");
    run
}

/// Runs a command with a fault, and compares the result with the run without faults.
async fn check(case: Case, usual: &Run, fault: Fault, (error, before_begin): (JournalError, Refusal)) -> Run {
    let what = format!("{case:?} with {fault:?} and {error:?}");
    let run = run(case, fault, error).await;
    match &run.first {
        Ok(_) => {}
        Err(refusal) if run.begun => assert!(!says_nothing_was_started(refusal), "{what}: {refusal:?}"),
        Err(Refusal::AnswerLost) => {}
        Err(refusal) => {
            assert_eq!(*refusal, before_begin, "{what}");
            assert_eq!(run.effects, 0, "{what}: it says that nothing was started");
        }
    }
    assert!(run.effects <= usual.effects_at_last, "{what}");
    assert_eq!(run.last, usual.last, "{what}: the same request again");
    assert_eq!(run.effects_at_last, usual.effects_at_last, "{what}");
    run
}

#[test]
fn every_kind_of_command_is_tried() {
    let tried = |kind: &CommandKind| Case::ALL.iter().any(|case| case.kind() == *kind);
    assert_eq!(CommandKind::all().find(|kind| !tried(kind)), None);
}

/// A7: the read right after a committed begin fails, and possibly further reads.
#[tokio::test(start_paused = true)]
async fn a_failed_read_after_begin_is_not_reported_as_not_started() {
    for case in Case::ALL {
        let usual = undisturbed(case).await;
        for (reads, errors) in [(1, &errors()[..]), (2, &errors()[..1]), (usize::MAX, &errors()[..1])] {
            for error in errors {
                let run = check(case, &usual, Fault::ReadsAfterBegin(reads), error.clone()).await;
                assert!(run.begun, "{case:?}");
                let asks = usual.effects_at_last > 0;
                assert_eq!(run.failures > 0, asks, "{case:?}: whoever asks the processor reads before");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_journal_after_begin_is_not_reported_as_not_started() {
    for case in Case::ALL {
        let usual = undisturbed(case).await;
        for error in errors() {
            assert!(check(case, &usual, Fault::AllAfterBegin, error).await.begun, "{case:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_unwritable_outcome_is_not_reported_as_not_started() {
    for case in Case::ALL {
        let usual = undisturbed(case).await;
        for error in errors() {
            let run = check(case, &usual, Fault::Records, error).await;
            assert_eq!(run.effects, usual.effects_at_last.min(1), "{case:?}: the processor was asked");
            assert_eq!(run.failures > 0, usual.effects_at_last > 0, "{case:?}");
            if run.failures > 0 {
                assert!(matches!(run.first, Ok(Outcome::Unknown | Outcome::Pending)), "{case:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_begin_is_reported_as_not_started() {
    for case in Case::ALL {
        let usual = undisturbed(case).await;
        for (error, before_begin) in errors() {
            let run = check(case, &usual, Fault::Begins, (error, before_begin.clone())).await;
            assert!(!run.begun, "{case:?}");
            if case != Case::RenewHold {
                assert_eq!(run.first, Err(before_begin), "{case:?}");
            }
        }
    }
}

/// Each call of the journal fails once, from the first to the last. The first call looks for an
/// operation of the request: while the first call fails, the existence of an operation is unknown.
#[tokio::test(start_paused = true)]
async fn any_call_of_the_journal_may_fail_once() {
    let [unavailable, ..] = errors();
    for case in Case::ALL {
        let usual = undisturbed(case).await;
        let mut said = 0;
        for number in 1.. {
            let run = check(case, &usual, Fault::Call(number), unavailable.clone()).await;
            if run.failures == 0 {
                break;
            }
            if number == 1 && case != Case::RenewHold {
                assert_eq!(run.first, Err(Refusal::AnswerLost), "{case:?}");
            }
            said += usize::from(run.first == Err(Refusal::JournalUnavailable));
        }
        assert!(said >= 1 || case == Case::RenewHold, "{case:?}: it never says that nothing was started");
    }
}

/// The operation of a request has begun, and each call of the journal fails once while the request
/// is repeated.
#[tokio::test(start_paused = true)]
async fn a_repetition_is_not_reported_as_not_started() {
    for case in Case::ALL {
        let usual = undisturbed(case).await;
        for number in 1.. {
            let what = format!("{case:?} with call {number}");
            let fixture = case.prepare().await;
            let before = fixture.processor.effects();
            let error = || JournalError::Unavailable("a test".to_owned());
            fixture.journal.fail(Fault::AllAfterBegin, error());
            drop(case.send(&fixture).await);
            fixture.settle().await;
            fixture.journal.fail(Fault::Call(number), error());
            if let Err(refusal) = case.send(&fixture).await {
                assert!(!says_nothing_was_started(&refusal), "{what}: {refusal:?}");
            }
            fixture.settle().await;
            let failures = fixture.journal.mend();
            assert_eq!(case.send(&fixture).await, usual.last, "{what}");
            assert_eq!(fixture.processor.effects() - before, usual.effects_at_last, "{what}");
            if failures == 0 {
                break;
            }
        }
    }
}
