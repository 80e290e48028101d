//! Works on what has come in: several events at a time, each by itself, so that one that
//! cannot be worked on holds up no other.

use std::{sync::Arc, time::Duration};

use causeway::order::Job;
use jiff::SignedDuration;
use tokio::{sync::watch, task::JoinSet};

use super::apply::{Came, apply};
use crate::{
    journal::{
        JournalError,
        incoming::{Fate, Handled, Letter},
        outgoing::Alarm,
    },
    operation::Desk,
    payment::AlarmKind,
};

/// Events that are worked on at once.
const AT_ONCE: usize = 8;
/// Events that are taken from the journal at once.
const BATCH: u32 = 64;
/// Waits before an event is tried again, in seconds; then it is parked.
const WAITS: [i64; 9] = [1, 2, 5, 15, 60, 300, 1800, 3600, 72_000];
/// How long an event is remembered once it was worked on: Stripe sends none again that is
/// older.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Works on events until it is told to stop.
pub(crate) async fn run(desk: Arc<Desk>, mut stop: watch::Receiver<bool>) {
    let pause = desk.settings.jobs.interval(Job::Inbox).unwrap_or(Duration::from_secs(1));
    loop {
        let worked = tokio::select! {
            worked = work_off(&desk) => worked,
            // However many are left: they are stored, and the next relay works on them.
            _ = stop.wait_for(|stop| *stop) => return,
        };
        if let Err(error) = &worked {
            tracing::error!(%error, "events cannot be worked on");
        }
        if worked.is_ok_and(|count| count > 0) {
            continue;
        }
        tokio::select! {
            () = desk.arrived.notified() => {}
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Works on what is due now. Gives how many events that were.
pub(crate) async fn work_off(desk: &Arc<Desk>) -> Result<usize, JournalError> {
    let _alone = desk.inbox.lock().await;
    let mut count = 0_usize;
    loop {
        let letters = desk.journal.letters(desk.surroundings.now(), BATCH).await?;
        if letters.is_empty() {
            return Ok(count);
        }
        count = count.saturating_add(letters.len());
        let mut under_way = JoinSet::new();
        for letter in letters {
            while under_way.len() >= AT_ONCE {
                under_way.join_next().await;
            }
            let desk = Arc::clone(desk);
            under_way.spawn(async move { one(&desk, letter).await });
        }
        under_way.join_all().await;
    }
}

/// Forgets what was worked on long ago.
pub(crate) async fn forget(desk: &Desk) -> Result<usize, JournalError> {
    let before = desk.surroundings.now().checked_sub(REMEMBERED).unwrap_or_default();
    desk.journal.forget_letters(before).await
}

async fn one(desk: &Arc<Desk>, letter: Letter) {
    let id = letter.incoming.id.clone();
    causeway_runtime::failpoint!("relay.inbox.before_apply");
    let fate = match apply(desk, &letter.incoming).await {
        Ok(Came::To(handled)) => {
            let (kind, outcome) = (letter.incoming.kind.as_str(), handled.as_str());
            match handled {
                Handled::UnknownType | Handled::Unreadable => {
                    tracing::warn!(event = id, kind, outcome, "an event")
                }
                Handled::Changed | Handled::Echo | Handled::Foreign | Handled::NoEffect => {
                    tracing::info!(event = id, kind, outcome, "an event");
                }
            }
            Fate::Done(handled)
        }
        Ok(Came::Unmatched { id: object }) => {
            tracing::warn!(
                event = id,
                object,
                "an event is about something with our marks that nobody knows"
            );
            later(desk, &letter, AlarmKind::Orphan, &object).await
        }
        Err(refusal) => {
            tracing::warn!(event = id, "an event could not be worked on: {refusal}");
            later(desk, &letter, AlarmKind::EventStuck, &id).await
        }
    };
    causeway_runtime::failpoint!("relay.inbox.applied");
    if let Err(error) = desk.journal.handled(letter.seq, fate).await {
        tracing::error!(%error, event = id, "what became of an event could not be written down");
    }
}

/// When an event is tried again; after a day somebody has to look.
async fn later(desk: &Desk, letter: &Letter, code: AlarmKind, about: &str) -> Fate {
    let tried = usize::try_from(letter.tries).unwrap_or(usize::MAX);
    let now = desk.surroundings.now();
    if let Some(wait) = WAITS.get(tried) {
        return Fate::Later(now.checked_add(SignedDuration::from_secs(*wait)).unwrap_or(now));
    }
    let incoming = &letter.incoming;
    let message = if code == AlarmKind::Orphan {
        format!(
            "Stripe told of {about}, which has our marks and is not in the journal; find it in Stripe's dashboard"
        )
    } else {
        format!(
            "{} ({about}) could not be worked on for a day; call SyncPayment for what it is about",
            incoming.kind
        )
    };
    let alarm = Alarm {
        tenant: incoming.tenant.clone(),
        key: format!("{}:{about}", code.as_str()),
        at: now,
        code,
        message,
        payment_system: incoming.payment_system.clone(),
        processor_id: about.to_owned(),
    };
    if let Err(error) = desk.journal.raise(alarm).await {
        tracing::error!(%error, "an alarm could not be written down");
    }
    Fate::Parked
}
