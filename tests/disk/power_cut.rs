//! Power cuts. `kill -9` cannot show the effect of a power cut, because the kernel keeps all
//! written bytes. So a relay's writes are recorded, and played back up to thousands of moments.
//!
//! `CAUSEWAY_POWER_CUTS` sets the number of cuts, `CAUSEWAY_POWER_SEED` the seed.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use causeway_journal::sqlite::inspect::inspect;
use rusqlite::Connection;

use super::{
    recording::{self, Disk, Event, SeededRng},
    shim,
    test_bed::{TestBed, relay},
};
use crate::{failpoint_builds::programs, stage::order};

/// The number of cuts without `CAUSEWAY_POWER_CUTS`.
const CUTS: usize = 300;
/// The number of cuts that show the losses of a relay that does not sync.
const CONTROL_CUTS: usize = 40;
/// The number of disk calls at the start of a recording that create the journal.
const CREATION: usize = 30;
/// The number of payments in a recording.
const PAYMENTS: usize = 120;
/// The number of payments in flight at a time.
const IN_FLIGHT: usize = 6;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Settings with a processor that answers at once, because the test is about the disk alone.
fn with_a_dummy(settings: String) -> String {
    let (before, rest) = settings.split_once("[tenants.acme.payment_systems.main]").unwrap();
    let (_, after) = rest.split_once("[tenants.acme.payment_systems.second]").unwrap();
    let dummy = "processor = \"dummy\"\nlogin = \"trial\"\ncapture_mode = \"manual\"\ntest_mode = true";
    format!(
        "{before}[tenants.acme.payment_systems.main]\n{dummy}\n[tenants.acme.payment_systems.second]{after}"
    )
}

/// Runs payments through a relay, and records the relay's disk calls and acknowledgements.
async fn record(binary: &Path, bug: &str) -> Option<Vec<Event>> {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("recording");
    let mut command = shim::with_recording(binary, directory.path())?;
    command.env("DISK_LOG", &log).env("CAUSEWAY_BUG", bug);
    let journal = directory.path().canonicalize().unwrap().join("relay.db");
    let test_bed = TestBed::with(directory, &journal, with_a_dummy, command).await;
    let billing = (0..IN_FLIGHT).map(|first| {
        let (billing, log) = (test_bed.billing.clone(), log.clone());
        tokio::spawn(async move {
            for number in (first..PAYMENTS).step_by(IN_FLIGHT) {
                let request = format!("r-{number}");
                let held = billing.authorize(order(&request, "12.50 USD")).await.held_payment();
                recording::acknowledge(&log, &request);
                if number % 3 == 0 {
                    let request = format!("c-{number}");
                    billing.capture(&request, &held.id, None).await.captured_payment();
                    recording::acknowledge(&log, &request);
                }
            }
        })
    });
    for one in billing.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    let events = recording::read(&log);
    let count = |wanted: fn(&Event) -> bool| events.iter().filter(|event| wanted(event)).count();
    assert_eq!(count(|event| matches!(event, Event::Acknowledged { .. })), PAYMENTS + PAYMENTS / 3);
    assert!(count(|event| matches!(event, Event::Wrote { .. })) > 1000, "the relay's writes are seen");
    let copied = count(|event| matches!(event, Event::Wrote { file, .. } if file == "relay.db"));
    assert!(copied > 50, "the log was copied into the file: {copied} writes");
    Some(events)
}

/// Checks a journal that a cut has left; an error describes the fault.
fn examine(folder: &Path, disk: &Disk) -> Result<(), String> {
    let journal = folder.join("relay.db");
    if !journal.exists() || std::fs::metadata(&journal).unwrap().len() == 0 {
        let lost = disk.acknowledged.first();
        return lost.map_or(Ok(()), |lost| Err(format!("there is no journal, and {lost} was acknowledged")));
    }
    let connection = Connection::open(&journal).map_err(|error| error.to_string())?;
    // Before the tables exist, no payment can be acknowledged.
    let setting = "SELECT count(*) FROM sqlite_schema WHERE name = 'payment' AND sql LIKE '%checksum%'";
    let tables: i64 =
        connection.query_one(setting, [], |row| row.get(0)).map_err(|error| error.to_string())?;
    if tables > 0 {
        let found = inspect(&journal, Duration::ZERO).map_err(|error| error.to_string())?;
        if let Some(damage) = found.damage.first() {
            return Err(damage.clone());
        }
    }
    let finished = || -> rusqlite::Result<Vec<String>> {
        let sql = "SELECT request_id FROM operation WHERE state = 'FINISHED' AND answer IS NOT NULL";
        connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
    };
    let finished = if tables > 0 { finished().map_err(|error| error.to_string())? } else { vec![] };
    if let Some(lost) = disk.acknowledged.iter().find(|request| !finished.contains(request)) {
        return Err(format!("{lost} was acknowledged and is not there"));
    }
    if tables > 0 { check_whole_transactions(&connection) } else { Ok(()) }
}

/// A payment, the operation, the timeline and the events are written together.
fn check_whole_transactions(connection: &Connection) -> Result<(), String> {
    for (problem, sql) in [
        ("an operation without its payment", "SELECT count(*) FROM pragma_foreign_key_check"),
        (
            "a payment without its operation",
            "SELECT count(*) FROM payment WHERE id NOT IN (SELECT payment FROM operation)",
        ),
        (
            "a step more or less than changes",
            "SELECT count(*) FROM payment WHERE version <> (SELECT count(*) FROM history WHERE payment = payment.id)",
        ),
        ("a gap in what is told", "SELECT coalesce(max(seq), 0) - count(*) FROM event"),
    ] {
        let found: i64 =
            connection.query_one(sql, [], |row| row.get(0)).map_err(|error| error.to_string())?;
        if found != 0 {
            return Err(format!("{problem}: {found}"));
        }
    }
    Ok(())
}

/// Cuts the power at moments chosen by the seed; returns the faults with their moments.
fn cut(events: &[Event], cuts: usize, seed: u64) -> Vec<(usize, String)> {
    let mut rng = SeededRng::from(seed);
    let mut moments: Vec<_> = (0..cuts).map(|_| rng.below(events.len()) + 1).collect();
    moments.sort_unstable();
    let half = moments.split_off(moments.len() / 2);
    let play = |moments: Vec<usize>, seed: u64| {
        let (mut rng, mut disk, mut played) = (SeededRng::from(seed), Disk::default(), 0);
        let folder = memory();
        let mut wrong = vec![];
        for moment in moments {
            events[played..moment].iter().for_each(|event| disk.apply(event));
            played = moment;
            disk.cut(&mut rng, folder.path());
            if let Err(problem) = examine(folder.path(), &disk) {
                wrong.push((moment, problem));
            }
        }
        wrong
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| play(half, seed ^ 1));
        let mut wrong = play(moments, seed);
        wrong.extend(other.join().unwrap());
        wrong
    })
}

/// A temporary folder, in memory where the machine has /dev/shm.
fn memory() -> tempfile::TempDir {
    let shared = PathBuf::from("/dev/shm");
    if shared.is_dir() { tempfile::tempdir_in(shared).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// F22: after a power cut at any moment, every acknowledged payment is in the journal, and no
/// transaction is half written.
#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_payment_survives_a_power_cut() {
    let seed = number("CAUSEWAY_POWER_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let cuts = number("CAUSEWAY_POWER_CUTS").map_or(CUTS, |cuts| usize::try_from(cuts).unwrap());
    eprintln!("CAUSEWAY_POWER_SEED={seed} CAUSEWAY_POWER_CUTS={cuts}");
    let Some(events) = record(&relay(), "").await else { return };
    let begun = tokio::time::Instant::now();
    // A random moment is seldom one of the first, when the file is created.
    let created: Vec<_> = (0..100).flat_map(|seed| cut(&events[..CREATION], CREATION, seed)).collect();
    assert_eq!(created, [], "while the journal is created");
    let wrong = cut(&events, cuts, seed);
    eprintln!("{cuts} cuts of {} events in {:.1?}: {} wrong", events.len(), begun.elapsed(), wrong.len());
    assert_eq!(wrong, []);
}

/// The controls: the test detects a relay with fewer syncs.
#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_exposes_a_relay_that_does_not_sync() {
    for bug in ["synchronous_normal", "synchronous_off"] {
        let Some(events) = record(&programs().join("causeway-relay"), bug).await else { return };
        let wrong = cut(&events, CONTROL_CUTS, 1);
        eprintln!("{bug}: {} of {CONTROL_CUTS} cuts are wrong, as {:?}", wrong.len(), wrong.first());
        assert!(wrong.len() > CONTROL_CUTS / 4, "{bug} loses nothing: {wrong:?}");
    }
}
