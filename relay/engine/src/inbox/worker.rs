//! The inbox worker: handles several events at a time, each in a separate task, so that a failing
//! event does not block other events.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use causeway::request::Job;
use causeway_domain::{event::Alarm, payment::AlarmKind};
use causeway_ports::journal::{
    JournalError,
    inbox::{Disposition, Handled, InboxEntry},
};
use jiff::SignedDuration;
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
};

use super::handler::{HandlerResult, handle};
use crate::{context::Context, engine::Engine};

/// Maximum number of entries read from the journal at once.
const BATCH: u32 = 64;
/// Waits before the retries of an event, in seconds, about 22 hours in total; after the last wait
/// the event is parked.
const RETRY_WAITS: [i64; 9] = [1, 2, 5, 15, 60, 300, 1800, 3600, 72_000];
/// Retention of handled events. Stripe does not resend older events.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Handles due events until the relay stops.
pub(crate) async fn run(engine: Arc<Engine>, mut stop: watch::Receiver<bool>) {
    let pause = engine.config.jobs.interval(Job::Inbox).unwrap_or(Duration::from_secs(1));
    loop {
        let worked = tokio::select! {
            worked = work_off(&engine) => worked,
            // The remaining events are stored, and the next relay handles them.
            _ = stop.wait_for(|stop| *stop) => return,
        };
        if let Err(error) = &worked {
            tracing::error!(%error, "the inbox could not read its due events from the journal, and tries again");
        }
        if worked.is_ok_and(|count| count > 0) {
            continue;
        }
        tokio::select! {
            () = engine.inbox.arrived.notified() => {}
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Handles the events that are due now, and returns the number of handled events. The tenants take
/// turns, and events of one tenant that take long leave places for the others.
pub(crate) async fn work_off(engine: &Arc<Engine>) -> Result<usize, JournalError> {
    let _alone = engine.inbox.working.lock().await;
    let mut work = Work::default();
    let ended = work.run(engine).await;
    // Events that are under way are handled in any case.
    while let Some(done) = work.under_way.join_next().await {
        work.end(done);
    }
    ended.map(|()| work.count)
}

/// The events of one run.
#[derive(Default)]
struct Work {
    /// Entries that were read and wait for a place.
    waiting: VecDeque<InboxEntry>,
    /// The entries that are being handled, which the journal still lists as due.
    busy: HashSet<i64>,
    under_way: JoinSet<i64>,
    count: usize,
}

impl Work {
    async fn run(&mut self, engine: &Arc<Engine>) -> Result<(), JournalError> {
        let mut read = true;
        loop {
            if read {
                let entries = engine.journal.due_entries(engine.environment.now(), BATCH).await?;
                self.waiting = entries.into_iter().filter(|entry| !self.busy.contains(&entry.seq)).collect();
            }
            self.begin(engine);
            if self.under_way.is_empty() {
                return Ok(());
            }
            tokio::select! {
                Some(done) = self.under_way.join_next() => {
                    self.end(done);
                    read = self.waiting.is_empty();
                }
                // An event of another tenant may have a place.
                () = engine.inbox.arrived.notified() => read = true,
            }
        }
    }

    /// Begins the entries that have a place, in order.
    fn begin(&mut self, engine: &Arc<Engine>) {
        for entry in std::mem::take(&mut self.waiting) {
            let Ok(place) = engine.inbox.places.take(&entry.event.tenant) else {
                self.waiting.push_back(entry);
                continue;
            };
            self.busy.insert(entry.seq);
            self.count = self.count.saturating_add(1);
            // Tracked with the operations, so that the drain also waits for the events of a cancelled run.
            let (engine, tasks) = (Arc::clone(engine), engine.tasks.clone());
            self.under_way.spawn(tasks.track_future(async move {
                let seq = entry.seq;
                one(&engine, entry).await;
                drop(place);
                seq
            }));
        }
    }

    fn end(&mut self, done: Result<i64, JoinError>) {
        match done {
            Ok(seq) => {
                self.busy.remove(&seq);
            }
            Err(error) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
}

/// Deletes inbox entries past the retention.
pub(crate) async fn forget(context: &Context) -> Result<usize, JournalError> {
    let before = context.environment.now().checked_sub(REMEMBERED).unwrap_or_default();
    context.journal.forget_entries(before).await
}

async fn one(engine: &Arc<Engine>, entry: InboxEntry) {
    let id = entry.event.id.clone();
    let (tenant, payment_system) = (entry.event.tenant.clone(), entry.event.payment_system.clone());
    causeway_runtime::failpoint!("relay.inbox.before_apply");
    let disposition = match handle(engine, &entry.event).await {
        Ok(HandlerResult::Handled(handled)) => {
            let (kind, outcome) = (entry.event.kind.as_str(), handled.as_str());
            match handled {
                Handled::UnknownType | Handled::Unreadable => {
                    tracing::warn!(
                        %tenant,
                        payment_system,
                        event = id,
                        kind,
                        outcome,
                        "an event changed nothing, because its type or its content is not understood"
                    )
                }
                Handled::Changed | Handled::Echo | Handled::Foreign | Handled::NoEffect => {
                    tracing::info!(%tenant, payment_system, event = id, kind, outcome, "an event was handled");
                }
            }
            Disposition::Done(handled)
        }
        Ok(HandlerResult::Unmatched { id: object }) => {
            tracing::warn!(
                %tenant,
                payment_system,
                event = id,
                object,
                "the inbox: an event names a payment by correlation metadata that is not in the journal; the event \
                 is retried for a day before the alarm ORPHAN"
            );
            later(engine, &entry, AlarmKind::Orphan, &object).await
        }
        Err(refusal) => {
            tracing::warn!(
                %tenant,
                payment_system,
                event = id,
                "the inbox could not handle an event, which is retried for a day before the alarm EVENT_STUCK: \
                 {refusal}"
            );
            later(engine, &entry, AlarmKind::EventStuck, &id).await
        }
    };
    causeway_runtime::failpoint!("relay.inbox.applied");
    if let Err(error) = engine.journal.handled(entry.seq, disposition).await {
        tracing::error!(
            %error,
            %tenant,
            payment_system,
            event = id,
            "the result of an event could not be written to the journal, and the event is handled again"
        );
    }
}

/// The time of the next retry. After the last wait, the event is parked with an alarm for the operator.
async fn later(context: &Context, entry: &InboxEntry, code: AlarmKind, about: &str) -> Disposition {
    let tried = usize::try_from(entry.tries).unwrap_or(usize::MAX);
    let now = context.environment.now();
    if let Some(wait) = RETRY_WAITS.get(tried) {
        return Disposition::Later(now.checked_add(SignedDuration::from_secs(*wait)).unwrap_or(now));
    }
    let event = &entry.event;
    let message = if code == AlarmKind::Orphan {
        format!(
            "an event of Stripe's is about {about}, which has the relay's correlation metadata and is not in the journal; find it in Stripe's dashboard, and import or refund it"
        )
    } else {
        format!(
            "the event {about} ({}) could not be handled for a day; call SyncPayment for the payment of the event",
            event.kind
        )
    };
    let alarm = Alarm {
        tenant: event.tenant.clone(),
        key: format!("{}:{about}", code.as_str()),
        at: now,
        code,
        message: message.clone(),
        payment_system: event.payment_system.clone(),
        processor_id: about.to_owned(),
    };
    if let Err(error) = context.journal.raise(alarm).await {
        tracing::error!(
            %error,
            tenant = %event.tenant,
            payment_system = event.payment_system,
            event = event.id,
            code = code.as_str(),
            "an alarm could not be written to the journal and reaches no watcher: {message}"
        );
    }
    Disposition::Parked
}
