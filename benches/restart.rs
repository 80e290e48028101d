//! Time until a relay serves again after `kill -9`, with a hundred thousand payments in the
//! journal: `cargo bench --bench restart`.
//!
//! The first thousand payments are real; the other payments are copies under other names. Then, ten
//! times: the relay is killed while payments are in flight, and started again. The bench measures
//! the time until the relay listens, until the health service reports serving, and until a payment
//! is answered.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on should stop where it is"
)]

use std::{
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tonic::transport::Channel;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

/// Relay, adapter and requests, shared by the benches.
mod test_bed;

const PAYMENTS: usize = 100_000;
const REAL: usize = 1_000;
const IN_FLIGHT: usize = 32;
const RESTARTS: usize = 10;

/// Builds the relay's binary with the profile of the bench.
fn binary() -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--package", "causeway-relay", "--bins", "--quiet"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    assert!(build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
    let bench = std::env::current_exe().unwrap();
    bench.parent().and_then(Path::parent).unwrap().join("causeway-relay")
}

async fn pay(billing: Channel, request_id: String) -> bool {
    test_bed::billing(billing).authorize(test_bed::order(request_id, Duration::from_secs(60))).await.is_ok()
}

struct TestBed {
    folder: tempfile::TempDir,
    binary: PathBuf,
    relay: SocketAddr,
    billing: Channel,
}

impl TestBed {
    async fn new() -> TestBed {
        let folder = tempfile::tempdir().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = free.local_addr().unwrap();
        drop(free);
        let processor = "processor = \"dummy\"";
        let settings =
            test_bed::relay_settings(&relay.to_string(), &folder.path().join("relay.db"), processor);
        std::fs::write(folder.path().join("relay.toml"), settings).unwrap();
        let billing = test_bed::channel(test_bed::adapter(relay).await);
        TestBed { folder, binary: binary(), relay, billing }
    }

    fn start(&self) -> Child {
        let mut command = Command::new(&self.binary);
        command.arg("--config").arg(self.folder.path().join("relay.toml")).env("RUST_LOG", "error");
        command.stdin(Stdio::null()).spawn().unwrap()
    }

    async fn listens(&self) {
        while TcpStream::connect(self.relay).is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn serves(&self) {
        let mut health = HealthClient::new(test_bed::channel(self.relay));
        loop {
            let response = health.check(HealthCheckRequest { service: String::new() }).await;
            if response.is_ok_and(|reported| reported.get_ref().status() == ServingStatus::Serving) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Makes `count` payments, with a limit on payments in flight.
    async fn pay_many(&self, name: &str, count: usize) {
        let mut line = tokio::task::JoinSet::new();
        for number in 0..count {
            if line.len() >= IN_FLIGHT {
                line.join_next().await;
            }
            let (billing, id) = (self.billing.clone(), format!("{name}-{number}"));
            line.spawn(async move { pay(billing, id).await });
        }
        line.join_all().await;
    }

    /// Copies the payments in the journal until there are a hundred thousand.
    fn multiply(&self) -> usize {
        let connection = rusqlite::Connection::open(self.folder.path().join("relay.db")).unwrap();
        let count = |table: &str| -> usize {
            let sql = format!("SELECT count(*) FROM {table}");
            connection.query_one(&sql, [], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
        };
        let copies = PAYMENTS / count("payment");
        let numbers = format!(
            "WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {})",
            copies.saturating_sub(1)
        );
        connection
            .execute_batch(
                "PRAGMA synchronous = OFF; BEGIN; CREATE TEMP TABLE old AS SELECT max(seq) AS top FROM event",
            )
            .unwrap();
        for (table, replaced) in [
            ("payment", &[("id", "ID(id)"), ("body", "replace(body, id, ID(id))")][..]),
            (
                "operation",
                &[
                    ("id", "ID(id)"),
                    ("payment", "ID(payment)"),
                    ("request_id", "request_id || '-' || n"),
                    ("idempotency_key", "idempotency_key || '-' || n"),
                ],
            ),
            ("history", &[("seq", "NULL"), ("payment", "ID(payment)")]),
            ("processor_object", &[("id", "id || '-' || n"), ("payment", "ID(payment)")]),
            ("event", &[("seq", "seq + n * (SELECT top FROM old)")]),
        ] {
            let columns: Vec<String> = {
                let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?)").unwrap();
                let names = statement.query_map([table], |row| row.get(0)).unwrap();
                names.map(Result::unwrap).filter(|name| name != "checksum").collect()
            };
            let value = |column: &String| {
                let replacement = replaced.iter().find(|(name, _)| name == column);
                let text = replacement.map_or_else(|| column.clone(), |(_, text)| (*text).to_owned());
                text.replace("ID(id)", "printf('%08x', n) || substr(id, 9)")
                    .replace("ID(payment)", "printf('%08x', n) || substr(payment, 9)")
            };
            let values: Vec<_> = columns.iter().map(value).collect();
            let sql = format!(
                "{numbers} INSERT INTO {table} ({}) SELECT {} FROM {table}, copy",
                columns.join(", "),
                values.join(", ")
            );
            connection.execute(&sql, []).unwrap();
        }
        connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        count("payment")
    }
}

fn reported(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let (least, middle, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
    println!("{name:<36} {least:>8.0?} {middle:>8.0?} {most:>8.0?}");
}

async fn run() {
    let test_bed = TestBed::new().await;
    let mut relay = test_bed.start();
    test_bed.serves().await;
    test_bed.pay_many("real", REAL).await;
    relay.kill().unwrap();
    relay.wait().unwrap();
    let payments = test_bed.multiply();
    let size = std::fs::metadata(test_bed.folder.path().join("relay.db")).unwrap().len() >> 20;
    println!("{payments} payments, {size} MiB; {RESTARTS} times kill -9 under load");
    println!("{:<36} {:>8} {:>8} {:>8}", "", "least", "middle", "most");
    let (mut listening, mut serving, mut paying) = (vec![], vec![], vec![]);
    relay = test_bed.start();
    for round in 0..RESTARTS {
        test_bed.serves().await;
        let name = format!("round-{round}");
        let load = test_bed.pay_many(&name, usize::MAX);
        drop(tokio::time::timeout(Duration::from_secs(1), load).await);
        relay.kill().unwrap();
        relay.wait().unwrap();
        let begun = Instant::now();
        relay = test_bed.start();
        test_bed.listens().await;
        listening.push(begun.elapsed());
        test_bed.serves().await;
        serving.push(begun.elapsed());
        while !pay(test_bed.billing.clone(), format!("{name}-first")).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        paying.push(begun.elapsed());
    }
    relay.kill().unwrap();
    relay.wait().unwrap();
    reported("until it listens", listening);
    reported("until it says that it serves", serving);
    reported("until a payment is answered", paying);
}

fn main() {
    // Cargo omits the argument when the bench is only compiled and tested.
    if std::env::args().any(|argument| argument == "--bench") {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(run());
    }
}
