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
    kills::{Done, FaultInjector},
    leaks,
    load::{self, AfterLoad},
    report::{self, End, Figures, Sums},
    settling,
    test_bed::TestBed,
};

/// The most memory that a relay may use, in KiB.
const MAX_MEMORY: u64 = 256 * 1024;

/// The programs and tasks of a run.
struct Participants {
    test_bed: Arc<TestBed>,
    history: Arc<History>,
    driver: Arc<Driver>,
    injector: Arc<FaultInjector>,
    watchers: Vec<Watcher>,
}

/// Makes a run, prints the report, and returns sums and result.
pub(crate) async fn run(programs: &Path, scale: &Scale) -> (Sums, End) {
    println!("{scale:?}");
    for (place, why) in fault_coverage::ELSEWHERE {
        println!("nobody dies at {place} here; {why}");
    }
    let begun = Instant::now();
    let participants = Participants::of(programs, scale).await;
    let (test_bed, done) = (&participants.test_bed, &participants.injector.done);
    let places = places(scale);
    let AfterLoad { relay, adapters, clients, ended, open, deliveries } =
        load::load(&participants.injector, &places).await;
    println!("load: {} s", begun.elapsed().as_secs());
    let resolved = settling::settle(&participants.driver, &clients, (ended, open)).await;
    clients.await.expect("no client breaks");
    let events_arrived = settling::events_arrive(&participants.driver, &participants.watchers).await;
    settling::look_up(&participants.driver).await;
    println!("quiet: {} s", begun.elapsed().as_secs());
    test_bed.record_memory(&relay);
    let stopped = load::stop(relay, adapters).await;

    let evidence = participants.evidence().await;
    let mut verdict = judge::judge(&evidence);
    verdict.add("I12 all events arrive", (!events_arrived).then(|| "billing never caught up".to_owned()));
    verdict.add("programs end in good order", stopped);
    participants.add_other_findings(&mut verdict, scale);
    let mut struck = test_bed.stripe.fault_hits().await;
    struck.extend(test_bed.hits.read());
    struck.extend(deliveries.into_iter().map(|(kind, count)| (format!("webhook {kind}"), count)));
    let kills = done.kills.load(Ordering::SeqCst);
    let sums = Sums::of(&verdict, kills, struck.values().sum(), scale.payments);
    let too_few_faults = fault_coverage::of(scale, &evidence, done, &places, &struck);
    let died = done.places.lock().unwrap().clone();
    let figures = Figures {
        scale,
        evidence: &evidence,
        resolved: &resolved,
        faults: &struck,
        places: &died,
        starts: test_bed.starts.lock().unwrap().clone(),
        memory: *test_bed.memory.lock().unwrap(),
        pauses: done.pauses.load(Ordering::SeqCst),
        new_secrets: done.new_secrets.load(Ordering::SeqCst),
    };
    figures.print();
    verdict.manual.iter().for_each(|item| println!("manual: {item}"));
    too_few_faults.iter().for_each(|item| println!("vacuous: {item}"));
    verdict.lines().iter().take(60).for_each(|item| println!("WRONG {item}"));
    println!("took {} s", begun.elapsed().as_secs());
    let end = match (verdict.broken(), too_few_faults.is_empty()) {
        (true, _) => End::Broken,
        (false, false) => End::Vacuous,
        (false, true) => End::Held,
    };
    if end == End::Held {
        std::fs::remove_dir_all(&test_bed.directory).unwrap();
    } else {
        report::keep(scale, &test_bed.directory, &evidence, &verdict);
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

impl Participants {
    async fn of(programs: &Path, scale: &Scale) -> Participants {
        let test_bed = Arc::new(TestBed::open(programs, scale).await);
        let history = Arc::new(History::in_file(&test_bed.directory.join("history.jsonl")));
        let driver = Arc::new(Driver::of(Arc::clone(&test_bed), Arc::clone(&history), scale));
        let injector = Arc::new(FaultInjector {
            test_bed: Arc::clone(&test_bed),
            history: Arc::clone(&history),
            driver: Arc::clone(&driver),
            done: Arc::<Done>::default(),
            scale: scale.clone(),
            renew: AtomicBool::new(false),
        });
        let watchers = (0..TENANTS)
            .map(|tenant| Watcher::of(tenant, driver.billing(tenant), Arc::clone(&history)))
            .collect();
        Participants { test_bed, history, driver, injector, watchers }
    }

    /// Collects the judge's evidence.
    async fn evidence(&self) -> Evidence {
        let journal = Journal::read(&evidence::open(&self.test_bed.journal()));
        let ledger = self.test_bed.stripe.ledger().await;
        let events: Vec<_> = self.watchers.iter().flat_map(Watcher::received).collect();
        let mut alarmed = BTreeMap::<_, u64>::new();
        for event in events.iter().filter(|event| event.kind == EventKind::Alarm) {
            *alarmed.entry(event.alarm.clone()).or_default() += 1;
        }
        println!("alarms: {alarmed:?}");
        let heads = (self.test_bed.accounts.clone(), self.test_bed.traffic.read());
        Evidence::of(ledger, journal, self.history.requests(), events, heads)
    }

    /// Adds findings beside the money.
    fn add_other_findings(&self, verdict: &mut Verdict, scale: &Scale) {
        let test_bed = &self.test_bed;
        verdict.add("I12 events in order", self.watchers.iter().flat_map(Watcher::wrong));
        let ended = self.injector.done.ended.lock().unwrap().clone();
        verdict.add("nobody ends who was not told to", ended);
        let memory = *test_bed.memory.lock().unwrap();
        let heavy = (memory > MAX_MEMORY).then(|| format!("the relay had {memory} KiB"));
        verdict.add("I13 bounded memory", heavy);
        let requests = self.history.requests();
        verdict.add("I14 there is an answer before the deadline", judge::deadlines(requests.values()));
        self.history.flush();
        let folders = ["data", "logs"].map(|folder| test_bed.directory.join(folder));
        let (hits, bytes) = leaks::search(scale.seed, &test_bed.secrets, &folders);
        println!("searched {bytes} bytes for {} cards and all keys: {} hits", leaks::CARDS, hits.len());
        verdict.add("I10 no card number and no key is left", hits);
    }
}
