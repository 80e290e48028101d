//! The promises of a journal. Each check begins with a new, empty journal.

use std::{pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway_ports::journal::Journal;

use crate::report::{Checked, Failure, Fault, Report};
use samples::Samples;

mod begin;
mod customers;
mod events;
mod inbox;
mod leases;
mod look_up;
mod record;
mod reopen;
mod samples;
mod second_success;
mod snapshot;
mod upkeep;
mod recovery;

/// The time limit of one check. A journal that never answers fails the check.
const LONGEST: Duration = Duration::from_secs(60);

/// An implementation of the port under test.
#[async_trait]
pub trait JournalUnderTest: Send + Sync {
    /// A new, empty journal.
    async fn fresh(&self) -> Result<Arc<dyn Journal>, String>;

    /// The same journal after a restart of the process: the last journal of [`fresh`]. The suite hands
    /// over the only reference. `None`: the implementation does not persist.
    ///
    /// [`fresh`]: JournalUnderTest::fresh
    async fn reopened(&self, journal: Arc<dyn Journal>) -> Result<Option<Arc<dyn Journal>>, String>;
}

/// The stage of one check: an empty journal, and sample values.
struct Stage<'a> {
    under_test: &'a dyn JournalUnderTest,
    journal: Arc<dyn Journal>,
    samples: Samples,
}

impl<'a> Stage<'a> {
    async fn set(under_test: &'a dyn JournalUnderTest) -> Result<Stage<'a>, Fault> {
        let journal = under_test.fresh().await?;
        Ok(Stage { under_test, journal, samples: Samples::new()? })
    }

    /// The stage after a restart; `None` for a journal that does not persist.
    async fn reopened(self) -> Result<Option<Stage<'a>>, Fault> {
        let Stage { under_test, journal, samples } = self;
        let journal = under_test.reopened(journal).await?;
        Ok(journal.map(|journal| Stage { under_test, journal, samples }))
    }
}

type Running<'a> = Pin<Box<dyn Future<Output = Checked> + Send + 'a>>;

struct Check {
    name: &'static str,
    run: for<'a> fn(Stage<'a>) -> Running<'a>,
}

/// Checks with the names of their functions.
macro_rules! checks {
    ($($module:ident::$name:ident),* $(,)?) => {
        [$(Check { name: stringify!($name), run: |stage| Box::pin($module::$name(stage)) }),*]
    };
}

const CHECKS: &[Check] = &checks![
    begin::begin_writes_everything,
    begin::a_request_id_begins_once,
    begin::a_nonce_is_spent_once,
    begin::a_refused_begin_spends_no_nonce,
    begin::a_begin_from_a_stale_version_writes_nothing,
    record::record_writes_everything,
    record::a_record_from_a_stale_version_writes_nothing,
    record::a_record_under_a_stale_epoch_writes_nothing,
    record::a_finished_operation_never_changes,
    record::a_spent_key_stays_spent,
    record::a_change_from_a_stale_version_writes_nothing,
    record::of_two_changes_from_one_version_one_is_written,
    second_success::a_second_success_is_refused_by_begin,
    second_success::a_second_success_is_refused_by_record,
    second_success::a_second_success_is_refused_by_change,
    second_success::a_second_success_is_written_beside_the_first,
    second_success::a_success_without_another_one_is_written,
    leases::of_two_claims_one_succeeds,
    leases::a_claim_raises_the_epoch,
    leases::a_lease_is_taken_when_it_lapsed,
    leases::a_free_operation_is_taken_before_it_is_due,
    leases::a_decided_operation_is_not_claimed,
    leases::only_the_owner_renews,
    recovery::recoverable_operations_come_by_due_time,
    recovery::unfinished_operations_come_by_age,
    recovery::open_payments_come_in_pages,
    recovery::ending_holds_come_in_pages,
    events::sequences_have_no_gaps,
    events::a_waiter_wakes_on_an_event,
    events::an_alarm_is_raised_once,
    inbox::an_event_comes_in_once,
    inbox::due_entries_come_in_order,
    inbox::a_later_entry_comes_again,
    inbox::counts_follow_dispositions,
    inbox::forgetting_keeps_parked_entries,
    inbox::the_poll_position_is_kept,
    look_up::a_payment_is_found_by_every_name,
    look_up::a_list_is_newest_first,
    look_up::a_list_is_filtered,
    look_up::a_list_has_pages,
    look_up::processor_objects_are_known,
    customers::a_customer_is_found_by_every_name,
    customers::a_customer_is_found_at_every_system,
    customers::the_owner_of_an_object_is_found,
    customers::wishing_customers_come_in_pages,
    upkeep::a_run_is_remembered,
    upkeep::a_heartbeat_is_remembered,
    upkeep::an_empty_journal_is_empty,
    reopen::everything_is_there_after_a_restart,
    reopen::leases_are_void_after_a_restart,
    reopen::sequences_go_on_after_a_restart,
];

impl Check {
    async fn failure(&self, under_test: &dyn JournalUnderTest) -> Option<Failure> {
        let checked = async { (self.run)(Stage::set(under_test).await?).await };
        let late = || Fault(format!("the check did not end within {} s", LONGEST.as_secs()));
        let outcome = tokio::time::timeout(LONGEST, checked).await.unwrap_or_else(|_| Err(late()));
        outcome.err().map(|fault| Failure { check: self.name, fault })
    }
}

/// Runs every check against a journal. The report holds the checks that failed.
pub async fn journal(under_test: &dyn JournalUnderTest) -> Result<(), Report> {
    run(under_test, |_| true).await
}

/// As [`journal`], but only the check of a name: a journal with one fault fails the check of the
/// broken promise. A name without a check is a failure too.
pub async fn check(under_test: &dyn JournalUnderTest, name: &'static str) -> Result<(), Report> {
    if !CHECKS.iter().any(|check| check.name == name) {
        return Err(Report(vec![Failure { check: "", fault: Fault(format!("there is no check {name}")) }]));
    }
    run(under_test, |check| check == name).await
}

async fn run(under_test: &dyn JournalUnderTest, wanted: impl Fn(&str) -> bool + Send) -> Result<(), Report> {
    let mut failures = vec![];
    for check in CHECKS.iter().filter(|check| wanted(check.name)) {
        failures.extend(check.failure(under_test).await);
    }
    if failures.is_empty() { Ok(()) } else { Err(Report(failures)) }
}
