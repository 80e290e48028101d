//! After the load: the faults have ended, and the relay has to resolve every operation without a
//! call.

use std::time::Duration;

use tokio::{task::JoinHandle, time::Instant};

use crate::{
    driver::Driver,
    event_watcher::Watcher,
    evidence,
    history::{Kind, Reply},
};

/// How long the relay may take to resolve all operations.
pub(crate) const LONGEST: Duration = Duration::from_secs(120);

const SHORTEST: Duration = Duration::from_secs(25);

/// How long open operations took to be resolved, in milliseconds, shortest first.
#[derive(Default, Debug, Clone)]
pub(crate) struct Resolved {
    pub(crate) took: Vec<u64>,
    /// The number of operations still open at the end of the time.
    pub(crate) left: usize,
}

impl Resolved {
    /// The duration that so many of a hundred did not exceed.
    pub(crate) fn percentile(&self, of_hundred: usize) -> u64 {
        let place = (self.took.len() * of_hundred).div_ceil(100).saturating_sub(1);
        self.took.get(place).copied().unwrap_or_default()
    }
}

/// Waits until all clients have ended, and the only open operations are those with an outcome that
/// cannot be known. `open` is the list of unresolved operations at the start.
pub(crate) async fn settle(
    driver: &Driver,
    clients: &JoinHandle<()>,
    (begun, mut open): (Instant, Vec<(String, String)>),
) -> Resolved {
    let journal = driver.test_bed.journal();
    let mut resolved = Resolved::default();
    while begun.elapsed() < LONGEST {
        let now = evidence::unresolved(&evidence::open(&journal));
        let took = u64::try_from(begun.elapsed().as_millis()).unwrap();
        resolved.took.extend(open.iter().filter(|item| !now.contains(item)).map(|_| took));
        // An operation that begins now has not been open since the end of the faults.
        open.retain(|item| now.contains(item));
        let broken = driver.test_bed.traffic.read().broken;
        // Long enough for every periodic job to have run.
        if clients.is_finished()
            && now.iter().all(|(_, key)| broken.contains(key))
            && begun.elapsed() > SHORTEST
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    resolved.left = open.len();
    resolved
}

/// Waits until every watcher has received the journal's last event; returns whether this happened.
pub(crate) async fn events_arrive(driver: &Driver, watchers: &[Watcher]) -> bool {
    let journal = driver.test_bed.journal();
    for _ in 0..150 {
        let position = evidence::last_events(&evidence::open(&journal));
        if position.iter().zip(watchers).all(|(last, watcher)| watcher.last() >= *last) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    false
}

/// Looks up the requests that never had an answer.
pub(crate) async fn look_up(driver: &Driver) {
    for (id, request) in driver.history.requests() {
        if request.is_settled() || request.kind != Kind::Authorize {
            continue;
        }
        let billing = driver.billing(request.tenant);
        let mut found = billing.look_up(&id).await;
        for _ in 0..20 {
            if !matches!(&found, Err(Reply::Nothing(_))) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            found = billing.look_up(&id).await;
        }
        let status = match found {
            Ok(payment) => payment.status().as_str_name().trim_start_matches("PAYMENT_STATUS_").to_owned(),
            Err(reply) => format!("{reply:?}"),
        };
        driver.history.note("looked", &id, &status);
        driver.history.change(&id, |request| request.status_at_end = Some(status));
    }
}
