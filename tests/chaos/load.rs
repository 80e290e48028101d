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
    kills::Nemesis,
    process::Process,
    test_bed::{StartCondition, World},
};

/// The programs and tasks that run on after the last fault.
pub(crate) struct Left {
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
pub(crate) async fn load(nemesis: &Arc<Nemesis>, places: &[String]) -> Left {
    let scale = &nemesis.scale;
    let world = &nemesis.world;
    world.hits.at_least(scale.at_least(fault_coverage::MIN_KILLS));
    let (stop, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let mut adapters = vec![];
    for number in 0..TENANTS {
        adapters.push(world.start_adapter(number, &StartCondition::None).await);
    }
    faults::arm(&world.stripe, scale).await;
    world.breaks(true);
    let (strikes, all) = (Arc::clone(nemesis), places.to_vec());
    let relay = tokio::spawn(async move { strikes.strike_relay(&all).await });
    let (strikes, all, reply) = (Arc::clone(nemesis), places.to_vec(), Arc::clone(&stop));
    let adapters = tokio::spawn(async move { strikes.strike_adapters(adapters, &all, &reply).await });
    let deliveries = count_deliveries(nemesis, Arc::clone(&over));
    let tops = tokio::spawn(top_up(Arc::clone(nemesis)));
    let clients = tokio::spawn(Arc::clone(&nemesis.driver).run(scale.clients));
    let relay = relay.await.expect("the nemesis of the relay does not break");
    stop.store(true, Ordering::SeqCst);
    let mut adapters = adapters.await.expect("the nemesis of the adapters does not break");
    tops.abort();
    nemesis.driver.release_all().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    nemesis.kill(relay);
    let open = evidence::unresolved(&evidence::open(&world.journal()));
    world.stripe.disarm().await;
    world.breaks(false);
    let ended = Instant::now();
    if scale.day_after {
        world.sleep_for_a_day().await;
        for number in 0..TENANTS {
            nemesis.kill(adapters.remove(number));
            adapters.insert(number, world.start_adapter(number, &StartCondition::None).await);
        }
    }
    let relay = world.start_relay(&StartCondition::None).await;
    over.store(true, Ordering::SeqCst);
    let deliveries = deliveries.await.expect("deliveries are counted");
    Left { relay, adapters, clients, ended, open, deliveries }
}

/// Counts the faults of deliveries, before the sandbox drops the oldest records.
fn count_deliveries(nemesis: &Arc<Nemesis>, over: Arc<AtomicBool>) -> JoinHandle<BTreeMap<String, u64>> {
    let stripe = nemesis.world.stripe.clone();
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
async fn top_up(nemesis: Arc<Nemesis>) {
    let late = nemesis.scale.payments * 6 / 10;
    while nemesis.driver.begun() < late {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    nemesis.world.hits.top_up();
    faults::top_up(&nemesis.world.stripe, nemesis.scale.at_least(fault_coverage::MIN_KILLS)).await;
}

/// Stops all programs in good order; returns those that did not stop.
pub(crate) async fn stop(relay: Process, adapters: Vec<Process>) -> Vec<String> {
    let mut wrong = vec![];
    for (number, adapter) in adapters.into_iter().enumerate() {
        match adapter.stop(World::DRAIN).await {
            Some(status) if status.success() => {}
            other => wrong.push(format!("adapter {number} ended with {other:?}")),
        }
    }
    match relay.stop(World::DRAIN).await {
        Some(status) if status.success() => {}
        other => wrong.push(format!("the relay ended with {other:?}")),
    }
    wrong
}
