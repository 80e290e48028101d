//! Groups of writes with a failure at every step: a confirmed write is on disk, and a write that was
//! reported as failed is not.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use proptest::prelude::*;

use super::*;

/// The action of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Writes,
    /// Writes, and then returns an error, so that the write is rolled back.
    WritesAndFails,
    /// A statement that SQLite refuses.
    BreaksAConstraint,
    /// A violation that SQLite detects only at the commit.
    SpoilsTheCommit,
    /// SQLite rolls back the whole transaction.
    LosesTheTransaction,
    Reads,
    Panics,
}

#[derive(Debug, Clone, Copy)]
struct Plan {
    does: Does,
    /// The caller leaves before the answer.
    leaves: bool,
    /// The next job follows after a pause, so perhaps in another group.
    pauses: bool,
}

fn plan() -> impl Strategy<Value = Plan> {
    let does = prop_oneof![
        8 => Just(Does::Writes),
        2 => Just(Does::WritesAndFails),
        2 => Just(Does::BreaksAConstraint),
        1 => Just(Does::SpoilsTheCommit),
        1 => Just(Does::LosesTheTransaction),
        1 => Just(Does::Reads),
    ];
    (does, prop::bool::weighted(0.2), prop::bool::weighted(0.2)).prop_map(|(does, leaves, pauses)| Plan {
        does,
        leaves,
        pauses,
    })
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    let tables = "
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = OFF;
        PRAGMA foreign_keys = ON;
        CREATE TABLE IF NOT EXISTS t (x INTEGER NOT NULL UNIQUE);
        CREATE TABLE IF NOT EXISTS of_t (x INTEGER REFERENCES t (x) DEFERRABLE INITIALLY DEFERRED);";
    connection.execute_batch(tables).unwrap();
    connection
}

/// The rows on disk, as another connection sees them.
fn on_disk(connection: &Connection) -> BTreeSet<i64> {
    let mut all = connection.prepare("SELECT x FROM t").unwrap();
    all.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn job(does: Does, number: i64) -> impl FnOnce(&Connection) -> Result<(), JournalError> + Send + 'static {
    move |connection| {
        let run = |sql: &str| connection.execute(sql, [number]).map(drop).map_err(unavailable);
        if does == Does::Reads {
            return connection.query_one("SELECT count(*) FROM t", [], |_| Ok(())).map_err(unavailable);
        }
        run("INSERT INTO t VALUES (?)")?;
        match does {
            Does::Writes | Does::Reads => Ok(()),
            Does::WritesAndFails => Err(JournalError::Corrupt("it must not".to_owned())),
            Does::BreaksAConstraint => run("INSERT INTO t VALUES (?)"),
            Does::SpoilsTheCommit => run("INSERT INTO of_t VALUES (-?)"),
            Does::LosesTheTransaction => connection.execute_batch("ROLLBACK").map_err(unavailable),
            Does::Panics => panic!("as it is asked to"),
        }
    }
}

/// The answers that the callers received.
#[derive(Default)]
struct Played {
    written: BTreeSet<i64>,
    failed: BTreeSet<i64>,
}

async fn play(path: PathBuf, plans: Vec<Plan>) -> Played {
    let worker = Arc::new(Worker::committing("groups", open(&path)).unwrap());
    let played = Arc::new(Mutex::new(Played::default()));
    let watcher = Arc::new(Mutex::new(open(&path)));
    let mut asking = vec![];
    for (number, plan) in (1_i64..).zip(plans) {
        let (worker, watcher) = (Arc::clone(&worker), Arc::clone(&watcher));
        let played = Arc::clone(&played);
        let asked = tokio::spawn(async move {
            // On the writer's thread, directly before the caller receives the answer.
            let seen = move |(): &()| {
                let there = on_disk(&watcher.lock().unwrap()).contains(&number);
                assert!(
                    there || plan.does == Does::Reads,
                    "{number} is confirmed before the write is on disk"
                );
            };
            let owner = causeway::tenant::TenantName::parse(&format!("tenant-{}", number % 3)).ok();
            let result = worker.run_then(owner, job(plan.does, number), seen).await;
            let mut played = played.lock().unwrap();
            if result.is_ok() { &mut played.written } else { &mut played.failed }.insert(number);
        });
        if plan.leaves {
            tokio::task::yield_now().await;
            asked.abort();
        }
        if plan.pauses {
            tokio::time::sleep(Duration::from_micros(300)).await;
        }
        asking.push(asked);
    }
    for asked in asking {
        // A caller that left received no answer.
        drop(asked.await);
    }
    // The last job of all: an answer to this job proves that every earlier job in the queue is over.
    // The last job may share a group with a job that lost the transaction after the job's caller left.
    drop(worker.run(|_| Ok(())).await);
    std::mem::take(&mut *played.lock().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn each_waiting_writer_gets_the_true_result(plans in prop::collection::vec(plan(), 1..60)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.db");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
        let played = runtime.block_on(play(path.clone(), plans.clone()));
        drop(runtime);
        let there = on_disk(&open(&path));
        for (number, plan) in (1_i64..).zip(&plans) {
            let written = there.contains(&number);
            if played.written.contains(&number) {
                prop_assert!(written || plan.does == Does::Reads, "{} was told it is written", number);
            }
            if played.failed.contains(&number) {
                prop_assert!(!written, "{} was told that it failed, and is written", number);
            }
            prop_assert!(!written || plan.does == Does::Writes, "{:?} is written", plan);
            let answered = played.written.contains(&number) || played.failed.contains(&number);
            prop_assert!(answered || plan.leaves, "{} was told nothing", number);
        }
        // A failed job does not affect other jobs of the group, unless the transaction is lost.
        let harmless = plans.iter().all(|plan| {
            !matches!(plan.does, Does::SpoilsTheCommit | Does::LosesTheTransaction)
        });
        let good = |plan: &&Plan| plan.does == Does::Writes && !plan.leaves;
        prop_assert!(!harmless || plans.iter().filter(good).count() <= there.len());
    }
}

/// When the journal is closed, queued jobs are still written, and later callers get an error.
#[tokio::test]
async fn writes_queued_before_the_end_are_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.db");
    let worker = Arc::new(Worker::committing("groups", open(&path)).unwrap());
    let slow = Arc::clone(&worker);
    let slow = tokio::spawn(async move {
        slow.run(|_| {
            std::thread::sleep(Duration::from_millis(100));
            Ok(())
        })
        .await
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let waiting: Vec<_> = (1..=50)
        .map(|number| {
            let worker = Arc::clone(&worker);
            tokio::spawn(async move { worker.run(job(Does::Writes, number)).await })
        })
        .collect();
    drop(worker);
    assert_eq!(slow.await.unwrap(), Ok(()));
    for waits in waiting {
        assert_eq!(waits.await.unwrap(), Ok(()));
    }
    assert_eq!(on_disk(&open(&path)).len(), 50);
}

/// A panic that ends the writer's thread: no caller gets a success, no caller waits for ever, and no
/// job of the group is written.
#[tokio::test]
async fn no_caller_waits_for_an_ended_writer() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.db");
    let worker = Worker::committing("groups", open(&path)).unwrap();
    let (good, bad) = tokio::join!(worker.run(job(Does::Writes, 1)), worker.run(job(Does::Panics, 2)));
    assert!(bad.is_err());
    assert_eq!(good.is_ok(), on_disk(&open(&path)).contains(&1));
    let later = tokio::time::timeout(Duration::from_secs(5), worker.run(job(Does::Writes, 3))).await;
    assert!(later.expect("an answer comes").is_err());
    assert!(!on_disk(&open(&path)).contains(&3));
}
