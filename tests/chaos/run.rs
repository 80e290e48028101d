//! One run, from the first program that starts to the verdict.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use causeway::v1::EventKind;
use tokio::time::Instant;

use crate::{
    config::{Scale, TENANTS},
    driver::Driver,
    event_watcher::Watcher,
    evidence::{self, Evidence, Journal},
    failpoint_builds, fault_coverage,
    history::History,
    judge::{self, Verdict},
    kills::{Done, Nemesis},
    leaks,
    load::{self, Left},
    report::{self, End, Figures, Sums},
    settling,
    test_bed::World,
};

/// The most memory that a relay may use, in KiB.
const MAX_MEMORY: u64 = 256 * 1024;

/// The programs and tasks of a run.
struct Cast {
    world: Arc<World>,
    history: Arc<History>,
    driver: Arc<Driver>,
    nemesis: Arc<Nemesis>,
    watchers: Vec<Watcher>,
}

/// Makes a run, prints the report, and returns sums and result.
pub(crate) async fn run(programs: &Path, scale: &Scale) -> (Sums, End) {
    println!("{scale:?}");
    for (place, why) in fault_coverage::ELSEWHERE {
        println!("nobody dies at {place} here; {why}");
    }
    let begun = Instant::now();
    let cast = Cast::of(programs, scale).await;
    let (world, done) = (&cast.world, &cast.nemesis.done);
    let places = places(scale);
    let Left { relay, adapters, clients, ended, open, deliveries } = load::load(&cast.nemesis, &places).await;
    println!("load: {} s", begun.elapsed().as_secs());
    let resolved = settling::settle(&cast.driver, &clients, (ended, open)).await;
    clients.await.expect("no client breaks");
    let all_heard = settling::events_arrive(&cast.driver, &cast.watchers).await;
    settling::look_up(&cast.driver).await;
    println!("quiet: {} s", begun.elapsed().as_secs());
    world.weigh(&relay);
    let stopped = load::stop(relay, adapters).await;

    let evidence = cast.evidence().await;
    let mut verdict = judge::judge(&evidence);
    verdict.also("I12 all events arrive", (!all_heard).then(|| "billing never caught up".to_owned()));
    verdict.also("programs end in good order", stopped);
    cast.beside(&mut verdict, scale);
    let mut struck = world.stripe.fault_hits().await;
    struck.extend(world.hits.read());
    struck.extend(deliveries.into_iter().map(|(kind, count)| (format!("webhook {kind}"), count)));
    let kills = done.kills.load(Ordering::SeqCst);
    let sums = Sums::of(&verdict, kills, struck.values().sum(), scale.payments);
    let vacuous = fault_coverage::of(scale, &evidence, done, &places, &struck);
    let died = done.places.lock().unwrap().clone();
    let figures = Figures {
        scale,
        evidence: &evidence,
        resolved: &resolved,
        faults: &struck,
        places: &died,
        starts: world.starts.lock().unwrap().clone(),
        memory: *world.memory.lock().unwrap(),
        pauses: done.pauses.load(Ordering::SeqCst),
        new_secrets: done.new_secrets.load(Ordering::SeqCst),
    };
    figures.print();
    verdict.manual.iter().for_each(|one| println!("manual: {one}"));
    vacuous.iter().for_each(|one| println!("vacuous: {one}"));
    verdict.lines().iter().take(60).for_each(|one| println!("WRONG {one}"));
    println!("took {} s", begun.elapsed().as_secs());
    let end = match (verdict.broken(), vacuous.is_empty()) {
        (true, _) => End::Broken,
        (false, false) => End::Vacuous,
        (false, true) => End::Held,
    };
    if end == End::Held {
        std::fs::remove_dir_all(&world.directory).unwrap();
    } else {
        report::keep(scale, &world.directory, &evidence, &verdict);
    }
    (sums, end)
}

/// The failpoints at which a process has to die in this run.
fn places(scale: &Scale) -> Vec<String> {
    let elsewhere = |place: &String| fault_coverage::ELSEWHERE.iter().any(|(name, _)| name == place);
    let here = failpoint_builds::named("failpoint").into_iter().filter(|place| !elsewhere(place));
    let mine = |number: &usize| number % scale.part.1 == scale.part.0;
    here.enumerate().filter(|(number, _)| mine(number)).map(|(_, place)| place).collect()
}

impl Cast {
    async fn of(programs: &Path, scale: &Scale) -> Cast {
        let world = Arc::new(World::open(programs, scale).await);
        let history = Arc::new(History::in_file(&world.directory.join("history.jsonl")));
        let driver = Arc::new(Driver::of(Arc::clone(&world), Arc::clone(&history), scale));
        let nemesis = Arc::new(Nemesis {
            world: Arc::clone(&world),
            history: Arc::clone(&history),
            driver: Arc::clone(&driver),
            done: Arc::<Done>::default(),
            scale: scale.clone(),
            renew: AtomicBool::new(false),
        });
        let watchers = (0..TENANTS)
            .map(|tenant| Watcher::of(tenant, driver.billing(tenant), Arc::clone(&history)))
            .collect();
        Cast { world, history, driver, nemesis, watchers }
    }

    /// Collects the judge's evidence.
    async fn evidence(&self) -> Evidence {
        let journal = Journal::read(&evidence::open(&self.world.journal()));
        let ledger = self.world.stripe.ledger().await;
        let events: Vec<_> = self.watchers.iter().flat_map(Watcher::received).collect();
        let mut alarmed = BTreeMap::<_, u64>::new();
        for event in events.iter().filter(|event| event.kind == EventKind::Alarm) {
            *alarmed.entry(event.alarm.clone()).or_default() += 1;
        }
        println!("alarms: {alarmed:?}");
        let heads = (self.world.accounts.clone(), self.world.tape.read());
        Evidence::of(ledger, journal, self.history.requests(), events, heads)
    }

    /// Adds findings beside the money.
    fn beside(&self, verdict: &mut Verdict, scale: &Scale) {
        let world = &self.world;
        verdict.also("I12 events in order", self.watchers.iter().flat_map(Watcher::wrong));
        let ended = self.nemesis.done.ended.lock().unwrap().clone();
        verdict.also("nobody ends who was not told to", ended);
        let memory = *world.memory.lock().unwrap();
        let heavy = (memory > MAX_MEMORY).then(|| format!("the relay had {memory} KiB"));
        verdict.also("I13 bounded memory", heavy);
        let requests = self.history.requests();
        verdict.also("I14 there is an answer before the deadline", judge::deadlines(requests.values()));
        self.history.flush();
        let folders = ["data", "logs"].map(|folder| world.directory.join(folder));
        let (hits, bytes) = leaks::search(scale.seed, &world.secrets, &folders);
        println!("searched {bytes} bytes for {} cards and all keys: {} hits", leaks::CARDS, hits.len());
        verdict.also("I10 no card number and no key is left", hits);
    }
}
