//! Load and all faults at once: calls, broken connections, failures of Stripe, dying programs. The
//! faults end while payments are in flight.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinHandle, time::Instant};

use crate::{
    config::TENANTS,
    evidence, fault_coverage, faults,
    kills::FaultInjector,
    process::Process,
    test_bed::{StartCondition, TestBed},
};

/// The programs and tasks that run on after the last fault.
pub(crate) struct AfterLoad {
    pub(crate) relay: Process,
    pub(crate) adapters: Vec<Process>,
    /// The clients, which have not ended.
    pub(crate) clients: JoinHandle<()>,
    /// The moment of the last fault, and the operations unresolved at this moment:
    /// request ids, with keys.
    pub(crate) ended: Instant,
    pub(crate) open: Vec<(String, String)>,
    /// Faults of event deliveries, with their counts.
    pub(crate) deliveries: BTreeMap<String, u64>,
}

/// Runs the load with all faults. The faults end while payments are in flight that the relay's
/// last SIGKILL has interrupted.
pub(crate) async fn load(injector: &Arc<FaultInjector>, places: &[String]) -> AfterLoad {
    let scale = &injector.scale;
    let test_bed = &injector.test_bed;
    test_bed.hits.at_least(scale.at_least(fault_coverage::MIN_KILLS));
    let (stop, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let mut adapters = vec![];
    for number in 0..TENANTS {
        adapters.push(test_bed.start_adapter(number, &StartCondition::None).await);
    }
    faults::arm(&test_bed.stripe, scale).await;
    test_bed.inject_faults(true);
    let (strikes, all) = (Arc::clone(injector), places.to_vec());
    let relay = tokio::spawn(async move { strikes.strike_relay(&all).await });
    let (strikes, all, reply) = (Arc::clone(injector), places.to_vec(), Arc::clone(&stop));
    let adapters = tokio::spawn(async move { strikes.strike_adapters(adapters, &all, &reply).await });
    let deliveries = count_deliveries(injector, Arc::clone(&over));
    let top_up_task = tokio::spawn(top_up(Arc::clone(injector)));
    let clients = tokio::spawn(Arc::clone(&injector.driver).run(scale.clients));
    let relay = relay.await.expect("the fault injector of the relay does not break");
    stop.store(true, Ordering::SeqCst);
    let mut adapters = adapters.await.expect("the fault injector of the adapters does not break");
    top_up_task.abort();
    injector.driver.release_all().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    injector.kill(relay);
    let open = evidence::unresolved(&evidence::open(&test_bed.journal()));
    test_bed.stripe.disarm().await;
    test_bed.inject_faults(false);
    let ended = Instant::now();
    if scale.day_after {
        test_bed.sleep_for_a_day().await;
        for number in 0..TENANTS {
            injector.kill(adapters.remove(number));
            adapters.insert(number, test_bed.start_adapter(number, &StartCondition::None).await);
        }
    }
    let relay = test_bed.start_relay(&StartCondition::None).await;
    over.store(true, Ordering::SeqCst);
    let deliveries = deliveries.await.expect("deliveries are counted");
    AfterLoad { relay, adapters, clients, ended, open, deliveries }
}

/// Counts the faults of deliveries, before the sandbox drops the oldest records.
fn count_deliveries(
    injector: &Arc<FaultInjector>,
    over: Arc<AtomicBool>,
) -> JoinHandle<BTreeMap<String, u64>> {
    let stripe = injector.test_bed.stripe.clone();
    tokio::spawn(async move {
        let (mut counts, mut since) = (BTreeMap::new(), 0);
        loop {
            let last = over.load(Ordering::SeqCst);
            since = stripe.count_deliveries(since, &mut counts).await;
            if last {
                return counts;
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    })
}

/// Late in the load, forces the faults that have struck too rarely.
async fn top_up(injector: Arc<FaultInjector>) {
    let late = injector.scale.payments * 6 / 10;
    while injector.driver.begun() < late {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    injector.test_bed.hits.top_up();
    faults::top_up(&injector.test_bed.stripe, injector.scale.at_least(fault_coverage::MIN_KILLS)).await;
}

/// Stops all programs in good order; returns those that did not stop.
pub(crate) async fn stop(relay: Process, adapters: Vec<Process>) -> Vec<String> {
    let mut wrong = vec![];
    for (number, adapter) in adapters.into_iter().enumerate() {
        match adapter.stop(TestBed::DRAIN).await {
            Some(status) if status.success() => {}
            other => wrong.push(format!("adapter {number} ended with {other:?}")),
        }
    }
    match relay.stop(TestBed::DRAIN).await {
        Some(status) if status.success() => {}
        other => wrong.push(format!("the relay ended with {other:?}")),
    }
    wrong
}
