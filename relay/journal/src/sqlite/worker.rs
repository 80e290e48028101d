//! The threads that own the connections.
//!
//! The writer takes the queued jobs, up to a limit, runs each in a separate savepoint, commits once and
//! wakes all callers. The writer never waits for more jobs: under load groups form without a wait, and
//! an idle relay pays one commit. Tenants take turns, and a group ends early where several wait.
//!
//! The writer also copies SQLite's log into the file, where an error would otherwise stay unnoticed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use causeway_ports::journal::JournalError;
use rusqlite::Connection;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{room::Room, unavailable};

/// The waiting jobs of the writer.
mod turns;

use turns::{Owner, Turns};

/// Jobs in the queue; more wait in front of the queue.
const QUEUE: usize = 4096;
/// Maximum number of jobs in one commit.
const GROUP: usize = 256;
/// Time after which a group takes no further job while several owners wait.
const GROUP_TIME: Duration = Duration::from_millis(8);
/// Number of pages in the log that starts the copy of the log into the file.
const LONG_LOG: i32 = 1000;

/// Wakes the caller of a job, once the job is on disk or has failed.
type Wake = Box<dyn FnOnce(Result<(), JournalError>) + Send>;
/// Runs on the connection, or gets the error that prevents the run.
type Job = Box<dyn FnOnce(Result<&Connection, JournalError>) -> Wake + Send>;

/// A thread that owns a connection.
pub struct Worker {
    queue: mpsc::Sender<(Owner, Job)>,
    /// The room of the disk, notified of a full disk.
    room: Option<Arc<Room>>,
}

impl Worker {
    /// A thread that commits jobs in groups.
    pub fn committing(name: &str, mut connection: Connection) -> Result<Worker, JournalError> {
        let log = Arc::new(AtomicI32::new(0));
        let length = Arc::clone(&log);
        let hook = move |_: &mut rusqlite::hooks::Wal, pages| {
            length.store(pages, Ordering::Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(hook)).map_err(unavailable)?;
        Worker::start(name, move |mut jobs| {
            let mut turns = Turns::default();
            while gather(&mut jobs, &mut turns) {
                commit(&connection, Group::of(&mut turns));
                if log.load(Ordering::Relaxed) >= LONG_LOG {
                    copy_the_log(&connection);
                }
            }
        })
    }

    /// A writing thread that notifies the room of a full disk.
    pub(super) fn telling(self, room: Arc<Room>) -> Worker {
        Worker { room: Some(room), ..self }
    }

    /// A thread for jobs that only read.
    pub fn reading(name: &str, connection: Connection) -> Result<Worker, JournalError> {
        Worker::start(name, move |mut jobs| {
            while let Some((_, job)) = jobs.blocking_recv() {
                job(Ok(&connection))(Ok(()));
            }
        })
    }

    fn start(
        name: &str,
        work: impl FnOnce(mpsc::Receiver<(Owner, Job)>) + Send + 'static,
    ) -> Result<Worker, JournalError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(jobs))
            .map_err(|error| JournalError::Unavailable(format!("its thread cannot be started: {error}")))?;
        Ok(Worker { queue, room: None })
    }

    /// Runs a job and, if the job wrote, waits until the write is on disk.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        self.run_then(None, job, |_| ()).await
    }

    /// As [`Worker::run`], in the turn of an owner, with an action on the thread once the write is on
    /// disk.
    pub async fn run_then<T: Send + 'static>(
        &self,
        owner: Owner,
        job: impl FnOnce(&Connection) -> Result<T, JournalError> + Send + 'static,
        then: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, JournalError> {
        let gone = || JournalError::Unavailable("its thread has ended".to_owned());
        let (sender, answer) = oneshot::channel();
        let room = self.room.clone();
        let job: Job = Box::new(move |connection| {
            let result = connection.and_then(|connection| in_savepoint(connection, job));
            Box::new(move |committed: Result<(), JournalError>| {
                let result = result.and_then(|value| committed.map(|()| value));
                match (&result, room) {
                    (Ok(value), _) => then(value),
                    (Err(JournalError::Full(_)), Some(room)) => room.ran_out(),
                    (Err(_), _) => {}
                }
                // The caller may have left; a committed write stays committed.
                drop(sender.send(result));
            })
        });
        self.queue.send((owner, job)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// Moves the queued jobs to their owners' turns, and waits for a job if there is none. False once the
/// queue is closed and every job was taken.
fn gather(jobs: &mut mpsc::Receiver<(Owner, Job)>, turns: &mut Turns) -> bool {
    if turns.jobs() == 0 {
        let Some((owner, job)) = jobs.blocking_recv() else { return false };
        turns.push(owner, job);
    }
    while turns.jobs() < QUEUE
        && let Ok((owner, job)) = jobs.try_recv()
    {
        turns.push(owner, job);
    }
    true
}

/// The jobs of one commit.
struct Group<'a> {
    turns: &'a mut Turns,
    since: Instant,
    taken: usize,
}

impl Group<'_> {
    fn of(turns: &mut Turns) -> Group<'_> {
        Group { turns, since: Instant::now(), taken: 0 }
    }
}

impl Iterator for Group<'_> {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        let is_late = self.turns.owners() > 1 && self.taken > 0 && self.since.elapsed() >= GROUP_TIME;
        if is_late || self.taken >= GROUP {
            return None;
        }
        self.taken = self.taken.saturating_add(1);
        self.turns.next()
    }
}

/// Runs a group of jobs in one transaction. After some errors SQLite rolls back the whole transaction,
/// and later jobs would run outside of any transaction. When the transaction is lost, the rest of the
/// group does not run, and no caller gets a success.
fn commit(connection: &Connection, jobs: impl Iterator<Item = Job>) {
    let gone = || JournalError::Unavailable("its transaction was taken back".to_owned());
    let there = || if connection.is_autocommit() { Err(gone()) } else { Ok(connection) };
    let begun = connection.execute_batch("BEGIN IMMEDIATE").map_err(unavailable);
    let wakes: Vec<Wake> = jobs.map(|job| job(begun.clone().and_then(|()| there()))).collect();
    causeway_runtime::failpoint!("relay.commit.before");
    let committed = begun
        .and_then(|()| there().map(drop))
        .and_then(|()| connection.execute_batch("COMMIT").map_err(unavailable));
    if let Err(error) = &committed {
        tracing::error!(%error, "a transaction of the journal could not be committed; check the disk of the journal");
        // Without a transaction the rollback has no effect.
        drop(connection.execute_batch("ROLLBACK"));
    }
    causeway_runtime::failpoint!("relay.commit.after");
    for wake in wakes {
        wake(committed.clone());
    }
}

/// Copies the log into the file, except for pages that a reader still needs. An error of the disk
/// matters as much here as in a commit; after any other error the next commit tries again.
fn copy_the_log(connection: &Connection) {
    let copied = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    if let Err(error) = copied.map_err(unavailable) {
        tracing::error!(%error, "the write-ahead log of the journal could not be copied into its file; the next commit tries again");
    }
}

/// A failed job rolls back the job's writes and no others. A reader has no transaction and no writes to
/// roll back.
fn in_savepoint<T>(
    connection: &Connection,
    job: impl FnOnce(&Connection) -> Result<T, JournalError>,
) -> Result<T, JournalError> {
    if connection.is_autocommit() {
        return job(connection);
    }
    connection.execute_batch("SAVEPOINT job").map_err(unavailable)?;
    let result = job(connection);
    let end = if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    connection.execute_batch(end).map_err(unavailable)?;
    result
}

#[cfg(test)]
mod groups;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn count(connection: &Connection) -> Result<i64, JournalError> {
        connection.query_one("SELECT count(*) FROM t", [], |row| row.get(0)).map_err(unavailable)
    }

    #[tokio::test]
    async fn a_failing_write_rolls_back_only_its_own_savepoint() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        let worker = Arc::new(Worker::committing("test", connection).unwrap());
        let jobs = (0..100).map(|number| {
            let worker = Arc::clone(&worker);
            tokio::spawn(async move {
                let insert = move |connection: &Connection| {
                    connection.execute("INSERT INTO t VALUES (1)", []).map_err(unavailable)?;
                    if number % 2 == 0 { Err(JournalError::Corrupt("even".to_owned())) } else { Ok(()) }
                };
                worker.run(insert).await.is_ok()
            })
        });
        let mut good = 0;
        for job in jobs.collect::<Vec<_>>() {
            good += i64::from(job.await.unwrap());
        }
        assert_eq!(good, 50);
        assert_eq!(worker.run(count).await, Ok(50));
    }

    /// After some errors of the disk, SQLite rolls back the whole transaction.
    #[tokio::test]
    async fn a_lost_transaction_writes_no_part_of_the_group() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        let (results, mut received) = mpsc::channel::<(&str, bool)>(8);
        let job = |name: &'static str, sql: &'static str| -> Job {
            let results = results.clone();
            Box::new(move |connection| {
                let result =
                    connection.and_then(|c| in_savepoint(c, |c| c.execute_batch(sql).map_err(unavailable)));
                Box::new(move |committed: Result<(), JournalError>| {
                    results.try_send((name, result.and(committed).is_ok())).unwrap();
                })
            })
        };
        let insert = "INSERT INTO t VALUES (1)";
        commit(
            &connection,
            [job("before", insert), job("breaks", "ROLLBACK"), job("after", insert)].into_iter(),
        );
        for name in ["before", "breaks", "after"] {
            assert_eq!(received.recv().await, Some((name, false)));
        }
        assert_eq!(count(&connection), Ok(0));
        commit(&connection, [job("next", insert)].into_iter());
        assert_eq!(received.recv().await, Some(("next", true)));
        assert_eq!(count(&connection), Ok(1));
    }

    /// A commit writes each changed page once, so the size of the log shows the number of commits: one
    /// for each write that waits for the write before, and a few for as many concurrent writes.
    #[tokio::test]
    async fn writes_that_come_together_share_a_commit() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.db");
        let connection = Connection::open(&path).unwrap();
        let settings = "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x)";
        connection.execute_batch(settings).unwrap();
        let worker = Arc::new(Worker::committing("test", connection).unwrap());
        let log = || std::fs::metadata(path.with_file_name("t.db-wal")).unwrap().len();
        let insert =
            |connection: &Connection| connection.execute("INSERT INTO t VALUES (1)", []).map_err(unavailable);

        let before = log();
        for _ in 0..100 {
            worker.run(insert).await.unwrap();
        }
        let one_by_one = log() - before;

        // While this job runs, the other jobs form a group.
        let busy = Arc::clone(&worker);
        let busy = tokio::spawn(async move {
            busy.run(|_| {
                std::thread::sleep(Duration::from_millis(300));
                Ok(())
            })
            .await
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let before = log();
        let together: Vec<_> = (0..100)
            .map(|_| {
                let worker = Arc::clone(&worker);
                tokio::spawn(async move { worker.run(insert).await })
            })
            .collect();
        busy.await.unwrap().unwrap();
        for write in together {
            write.await.unwrap().unwrap();
        }
        let grouped = log() - before;
        assert!(grouped * 10 < one_by_one, "{grouped} bytes together, {one_by_one} one by one");
        assert_eq!(worker.run(count).await, Ok(200));
    }
}
