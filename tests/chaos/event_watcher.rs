//! The billing platform's event stream: a watcher for each tenant, which continues after the last
//! handled event when a connection breaks.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use causeway::v1::{self, EventKind, PaymentStatus, RefundStatus};
use tokio::task::JoinHandle;

use crate::{billing::Billing, history::History};

/// The parts of an event that the judge needs.
#[derive(Clone, Debug)]
pub(crate) struct WatchedEvents {
    pub(crate) kind: EventKind,
    /// Request id of the Authorize.
    pub(crate) payment: String,
    pub(crate) status: PaymentStatus,
    pub(crate) captured: Option<v1::Money>,
    /// Request ids of the refunds of the payment that have not failed.
    pub(crate) refunds: Vec<String>,
    /// The code, of an alarm.
    pub(crate) alarm: String,
}

#[derive(Default)]
struct WatchState {
    last: u64,
    received: Vec<WatchedEvents>,
    ids: HashSet<String>,
    wrong: Vec<String>,
}

/// A watcher of one tenant's events.
pub(crate) struct Watcher {
    ear: Arc<Mutex<WatchState>>,
    task: JoinHandle<()>,
}

/// How long no event may arrive before the watcher reconnects, because the
/// connection could be dead.
const SILENCE: Duration = Duration::from_secs(6);

impl Watcher {
    pub(crate) fn of(tenant: usize, billing: Billing, history: Arc<History>) -> Watcher {
        let ear = Arc::<Mutex<WatchState>>::default();
        let hears = Arc::clone(&ear);
        let task = tokio::spawn(async move {
            loop {
                let after = hears.lock().unwrap().last;
                let response = tokio::time::timeout(SILENCE, billing.watch(after)).await;
                if let Ok(Ok(mut stream)) = response {
                    while let Ok(Ok(Some(reply))) = tokio::time::timeout(SILENCE, stream.message()).await {
                        let event = reply.event.expect("each message has an event");
                        history.note(
                            "event",
                            &format!("tenant-{tenant} {}", event.sequence),
                            &event_line(&event),
                        );
                        hears.lock().unwrap().receive(event);
                    }
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
        Watcher { ear, task }
    }

    /// The sequence of the last event that came.
    pub(crate) fn last(&self) -> u64 {
        self.ear.lock().unwrap().last
    }

    pub(crate) fn received(&self) -> Vec<WatchedEvents> {
        self.ear.lock().unwrap().received.clone()
    }

    /// Faults in the order of the events.
    pub(crate) fn wrong(&self) -> Vec<String> {
        self.ear.lock().unwrap().wrong.clone()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl WatchState {
    fn receive(&mut self, event: v1::Event) {
        if event.sequence != self.last + 1 {
            self.wrong.push(format!("event {} came behind {}", event.sequence, self.last));
        }
        if !self.ids.insert(event.id.clone()) {
            self.wrong.push(format!("event {} has the id of another one", event.sequence));
        }
        self.last = event.sequence;
        let kind = event.kind();
        let alarm = event.alarm.map(|alarm| alarm.code).unwrap_or_default();
        let payment = event.payment.unwrap_or_default();
        let failed =
            [RefundStatus::Failed, RefundStatus::Canceled, RefundStatus::Declined, RefundStatus::Unknown];
        let stands = |refund: &&v1::RefundRecord| !failed.contains(&refund.status());
        self.received.push(WatchedEvents {
            kind,
            status: payment.status(),
            captured: payment.captured.clone(),
            refunds: payment.refunds.iter().filter(stands).map(|refund| refund.request_id.clone()).collect(),
            payment: payment.request_id,
            alarm,
        });
    }
}

fn event_line(event: &v1::Event) -> String {
    let payment = event.payment.as_ref().map(|payment| payment.request_id.as_str()).unwrap_or_default();
    format!("{} {payment}", event.kind().as_str_name())
}
