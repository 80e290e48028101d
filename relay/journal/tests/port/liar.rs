//! A journal with one fault: an honest journal does all other work.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use causeway::{
    request::{Job, Listing, Lookup, PaymentId},
    tenant::TenantName,
    text::{CustomerId, RequestId},
    v1,
};
use causeway_domain::{
    change::{Changes, Versioned},
    customer::Customer,
    event::Alarm,
    operation::Operation,
    payment::Payment,
    timeline::TimelineEntry,
};
use causeway_ports::journal::{
    Begin, Commit, CustomerBy, Journal, JournalError, Page, Record, SpentNonce, Unfinished,
    inbox::{Disposition, InboundEvent, InboxEntry, PollPosition},
    lease::{Claim, Recoverable},
};
use jiff::Timestamp;

/// The one fault of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    /// No fault at all.
    None,
    /// A begin is confirmed and not written.
    BeginWritesNothing,
    /// A begin does not spend the nonce.
    NoncesAreNotKept,
    /// A refused begin spends the nonce.
    RefusedBeginsSpendNonces,
    /// A record is written under the current epoch.
    RecordIgnoresTheEpoch,
    /// A record writes the outcome without the changes.
    RecordDropsChanges,
    /// A stale change is confirmed.
    VersionsAreNotCompared,
    /// A spent key is not spent when read.
    KeysRecover,
    /// A second success is written as the only one.
    SecondSuccessesAreWritten,
    /// A claim always succeeds.
    EveryClaimSucceeds,
    /// A lease is never renewed.
    NothingIsRenewed,
    /// Recoverable operations come in another order.
    RecoveryIsUnordered,
    /// Unfinished operations are filtered by too few kinds.
    UnfinishedIgnoresKinds,
    /// An event is left out.
    EventsHaveGaps,
    /// An event wakes no waiter.
    NoWaiterWakes,
    /// A waiter does not wait.
    EveryWaiterWakes,
    /// An alarm is raised again.
    AlarmsRepeat,
    /// A known inbound event comes in again.
    EventsComeInAgain,
    /// The tries of an inbound event are not counted.
    TriesAreNotCounted,
    /// A parked event is done, and forgotten.
    ParkedIsDone,
    /// The position of polling is not kept.
    PollingForgets,
    /// A list is oldest first.
    ListsAreReversed,
    /// A list has no more payments than the page.
    PagesAreExact,
    /// A look-up also finds payments of another tenant.
    TenantsAreMixed,
    /// Every object is known.
    EveryObjectIsKnown,
    /// No object has an owner.
    NoObjectHasAnOwner,
    /// A run of a job is not remembered.
    RunsAreForgotten,
    /// A heartbeat is not written.
    NoHeartbeat,
    /// A lease survives a restart.
    LeasesSurviveARestart,
    /// A restart loses all rows.
    ARestartForgets,
}

impl Lie {
    /// Every fault, with a check that finds the fault.
    pub(super) const ALL: [(Lie, &'static str); 29] = [
        (Lie::BeginWritesNothing, "begin_writes_everything"),
        (Lie::NoncesAreNotKept, "a_nonce_is_spent_once"),
        (Lie::RefusedBeginsSpendNonces, "a_refused_begin_spends_no_nonce"),
        (Lie::RecordIgnoresTheEpoch, "a_record_under_a_stale_epoch_writes_nothing"),
        (Lie::RecordDropsChanges, "record_writes_everything"),
        (Lie::VersionsAreNotCompared, "a_change_from_a_stale_version_writes_nothing"),
        (Lie::KeysRecover, "a_spent_key_stays_spent"),
        (Lie::SecondSuccessesAreWritten, "a_second_success_is_refused_by_record"),
        (Lie::EveryClaimSucceeds, "of_two_claims_one_succeeds"),
        (Lie::NothingIsRenewed, "only_the_owner_renews"),
        (Lie::RecoveryIsUnordered, "recoverable_operations_come_by_due_time"),
        (Lie::UnfinishedIgnoresKinds, "unfinished_operations_come_by_age"),
        (Lie::EventsHaveGaps, "sequences_have_no_gaps"),
        (Lie::NoWaiterWakes, "a_waiter_wakes_on_an_event"),
        (Lie::EveryWaiterWakes, "a_waiter_wakes_on_an_event"),
        (Lie::AlarmsRepeat, "an_alarm_is_raised_once"),
        (Lie::EventsComeInAgain, "an_event_comes_in_once"),
        (Lie::TriesAreNotCounted, "a_later_entry_comes_again"),
        (Lie::ParkedIsDone, "forgetting_keeps_parked_entries"),
        (Lie::PollingForgets, "the_poll_position_is_kept"),
        (Lie::ListsAreReversed, "a_list_is_newest_first"),
        (Lie::PagesAreExact, "a_list_has_pages"),
        (Lie::TenantsAreMixed, "a_payment_is_found_by_every_name"),
        (Lie::EveryObjectIsKnown, "processor_objects_are_known"),
        (Lie::NoObjectHasAnOwner, "the_owner_of_an_object_is_found"),
        (Lie::RunsAreForgotten, "a_run_is_remembered"),
        (Lie::NoHeartbeat, "a_heartbeat_is_remembered"),
        (Lie::LeasesSurviveARestart, "leases_are_void_after_a_restart"),
        (Lie::ARestartForgets, "everything_is_there_after_a_restart"),
    ];
}

/// A journal that delegates to an honest journal, except for the fault.
pub(super) struct Liar<J> {
    honest: J,
    lie: Lie,
    number: AtomicU32,
}

impl<J: Journal> Liar<J> {
    pub(super) fn new(honest: J, lie: Lie) -> Liar<J> {
        Liar { honest, lie, number: AtomicU32::new(0) }
    }

    fn tells(&self, lie: Lie) -> bool {
        self.lie == lie
    }

    fn next(&self) -> u32 {
        self.number.fetch_add(1, Ordering::Relaxed)
    }

    /// The changes without the promise to be the only success.
    fn alone(&self, changes: Changes) -> Result<Changes, JournalError> {
        match changes.payment() {
            Some(change) if self.tells(Lie::SecondSuccessesAreWritten) => {
                // An answer to a call that began the payment is not guarded.
                let mut change = change.clone();
                change.entry.from = None;
                Ok(Changes::of_payment(change)?)
            }
            Some(_) | None => Ok(changes),
        }
    }
}

/// The tenant that sees every payment where tenants are mixed.
fn mixed() -> TenantName {
    TenantName::parse("acme").unwrap()
}

type Answer<T> = Result<T, JournalError>;

#[async_trait]
impl<J: Journal> Journal for Liar<J> {
    async fn operation(&self, tenant: &TenantName, request_id: &RequestId) -> Answer<Option<Operation>> {
        let mut found = self.honest.operation(tenant, request_id).await?;
        if self.tells(Lie::KeysRecover) {
            found.iter_mut().for_each(|operation| operation.key_spent = false);
        }
        Ok(found)
    }

    async fn payment(&self, tenant: &TenantName, id: PaymentId) -> Answer<Option<Versioned<Payment>>> {
        self.honest.payment(tenant, id).await
    }

    async fn customer(&self, tenant: &TenantName, by: CustomerBy) -> Answer<Option<Versioned<Customer>>> {
        self.honest.customer(tenant, by).await
    }

    async fn customers(
        &self,
        tenant: &TenantName,
        reference: &CustomerId,
    ) -> Answer<Vec<Versioned<Customer>>> {
        self.honest.customers(tenant, reference).await
    }

    async fn owner(&self, processor_id: &str) -> Answer<Option<Customer>> {
        let found = self.honest.owner(processor_id).await?;
        Ok(found.filter(|_| !self.tells(Lie::NoObjectHasAnOwner)))
    }

    async fn is_known(&self, processor_id: &str) -> Answer<bool> {
        Ok(self.honest.is_known(processor_id).await? || self.tells(Lie::EveryObjectIsKnown))
    }

    async fn change(&self, changes: Changes) -> Answer<Commit> {
        let commit = self.honest.change(self.alone(changes)?).await?;
        let lies = self.tells(Lie::VersionsAreNotCompared) && commit == Commit::VersionConflict;
        Ok(if lies { Commit::Committed } else { commit })
    }

    async fn look_up(&self, tenant: &TenantName, lookup: &Lookup) -> Answer<Option<Payment>> {
        let tenant = if self.tells(Lie::TenantsAreMixed) { &mixed() } else { tenant };
        self.honest.look_up(tenant, lookup).await
    }

    async fn history(&self, id: PaymentId) -> Answer<Vec<TimelineEntry>> {
        self.honest.history(id).await
    }

    async fn list(&self, tenant: &TenantName, listing: &Listing) -> Answer<Vec<Payment>> {
        let mut found = self.honest.list(tenant, listing).await?;
        if self.tells(Lie::ListsAreReversed) {
            found.reverse();
        }
        if self.tells(Lie::PagesAreExact) {
            found.truncate(usize::try_from(listing.page_size).unwrap());
        }
        Ok(found)
    }

    fn admits(&self) -> Answer<()> {
        self.honest.admits()
    }

    async fn begin(&self, begin: Begin) -> Answer<Commit> {
        let mut begin = begin;
        begin.changes = self.alone(begin.changes)?;
        if self.tells(Lie::BeginWritesNothing) {
            return Ok(Commit::Committed);
        }
        if self.tells(Lie::NoncesAreNotKept) {
            begin.nonce = None;
        }
        let nonce = begin.nonce.clone().filter(|_| self.tells(Lie::RefusedBeginsSpendNonces));
        let commit = self.honest.begin(begin).await?;
        if let Some(nonce) = nonce {
            self.honest.spend(nonce).await?;
        }
        Ok(commit)
    }

    async fn record(&self, record: Record) -> Answer<Commit> {
        let mut record = record;
        record.changes = self.alone(record.changes)?;
        if self.tells(Lie::RecordDropsChanges) {
            record.changes = Changes::default();
        }
        if self.tells(Lie::RecordIgnoresTheEpoch) {
            let all = Recoverable { tenant: None, by: None, most: u32::MAX };
            let open = self.honest.recoverable(all).await?;
            let current = open.iter().find(|operation| operation.id == record.operation);
            record.epoch = current.map_or(record.epoch, |operation| operation.lease.epoch);
        }
        self.honest.record(record).await
    }

    async fn claim(&self, claim: Claim) -> Answer<bool> {
        Ok(self.honest.claim(claim).await? || self.tells(Lie::EveryClaimSucceeds))
    }

    async fn renew(&self, owner: uuid::Uuid, operations: Vec<uuid::Uuid>, until: Timestamp) -> Answer<()> {
        if self.tells(Lie::NothingIsRenewed) {
            return Ok(());
        }
        self.honest.renew(owner, operations, until).await
    }

    async fn recoverable(&self, which: Recoverable) -> Answer<Vec<Operation>> {
        let mut found = self.honest.recoverable(which).await?;
        if self.tells(Lie::RecoveryIsUnordered) {
            found.reverse();
        }
        Ok(found)
    }

    async fn unfinished(&self, which: Unfinished) -> Answer<Vec<Operation>> {
        let mut which = which;
        if self.tells(Lie::UnfinishedIgnoresKinds) {
            which.kinds.truncate(1);
        }
        self.honest.unfinished(which).await
    }

    async fn open_payments(&self, page: Page) -> Answer<Vec<Payment>> {
        self.honest.open_payments(page).await
    }

    async fn holds_ending(&self, before: Timestamp, page: Page) -> Answer<Vec<Payment>> {
        self.honest.holds_ending(before, page).await
    }

    async fn customers_pending_sync(&self, page: Page) -> Answer<Vec<Versioned<Customer>>> {
        self.honest.customers_pending_sync(page).await
    }

    async fn enqueue(&self, arrivals: Vec<InboundEvent>, position: Option<PollPosition>) -> Answer<usize> {
        let mut arrivals = arrivals;
        if self.tells(Lie::EventsComeInAgain) {
            arrivals.iter_mut().for_each(|event| event.id = format!("{}-{}", event.id, self.next()));
        }
        let position = position.filter(|_| !self.tells(Lie::PollingForgets));
        self.honest.enqueue(arrivals, position).await
    }

    async fn due_entries(&self, now: Timestamp, most: u32) -> Answer<Vec<InboxEntry>> {
        let mut found = self.honest.due_entries(now, most).await?;
        if self.tells(Lie::TriesAreNotCounted) {
            found.iter_mut().for_each(|entry| entry.tries = 0);
        }
        Ok(found)
    }

    async fn handled(&self, seq: i64, fate: Disposition) -> Answer<()> {
        use causeway_ports::journal::inbox::Handled;
        let parks = fate == Disposition::Parked && self.tells(Lie::ParkedIsDone);
        let fate = if parks { Disposition::Done(Handled::Foreign) } else { fate };
        self.honest.handled(seq, fate).await
    }

    async fn inbox_counts(&self, tenant: &TenantName) -> Answer<Vec<(String, u64)>> {
        self.honest.inbox_counts(tenant).await
    }

    async fn forget_entries(&self, before: Timestamp) -> Answer<usize> {
        self.honest.forget_entries(before).await
    }

    async fn position(&self, tenant: &TenantName, system: &str) -> Answer<Option<PollPosition>> {
        self.honest.position(tenant, system).await
    }

    async fn raise(&self, alarm: Alarm) -> Answer<bool> {
        let mut alarm = alarm;
        if self.tells(Lie::AlarmsRepeat) {
            alarm.key = format!("{}-{}", alarm.key, self.next());
        }
        self.honest.raise(alarm).await
    }

    async fn events(&self, tenant: &TenantName, after: u64, most: u32) -> Answer<Vec<v1::Event>> {
        let mut found = self.honest.events(tenant, after, most).await?;
        if self.tells(Lie::EventsHaveGaps) {
            found.retain(|event| event.sequence != 3);
        }
        Ok(found)
    }

    async fn last_run(&self, job: Job) -> Answer<Option<Timestamp>> {
        self.honest.last_run(job).await
    }

    async fn ran(&self, job: Job, at: Timestamp) -> Answer<()> {
        if self.tells(Lie::RunsAreForgotten) {
            return Ok(());
        }
        self.honest.ran(job, at).await
    }

    async fn spend(&self, nonce: SpentNonce) -> Answer<Commit> {
        self.honest.spend(nonce).await
    }

    async fn nonces(&self, now: Timestamp) -> Answer<Vec<SpentNonce>> {
        self.honest.nonces(now).await
    }

    async fn writable(&self, now: Timestamp) -> Answer<()> {
        if self.tells(Lie::NoHeartbeat) {
            return Ok(());
        }
        self.honest.writable(now).await
    }

    async fn heartbeat(&self) -> Answer<Option<Timestamp>> {
        self.honest.heartbeat().await
    }

    fn last_event(&self, tenant: &TenantName) -> u64 {
        self.honest.last_event(tenant)
    }

    async fn event_after(&self, tenant: &TenantName, after: u64) {
        if self.tells(Lie::NoWaiterWakes) {
            std::future::pending::<()>().await;
        }
        if !self.tells(Lie::EveryWaiterWakes) {
            self.honest.event_after(tenant, after).await;
        }
    }
}
